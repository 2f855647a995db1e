using Strata.Core;
using Strata.Updates.Applying;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Trials;

/// <summary>Kernel images of a machine that systemd-boot starts: put on trial, said to be good or bad, gone back from, removed.</summary>
/// <remarks>
/// Every step leaves an image that starts by itself, whatever becomes of the one on trial: the one that has proven good last is never
/// written over, renamed or removed while nothing newer has proven good.
/// </remarks>
public sealed class SystemdBoot : IBootSide
{
    /// <summary>How often a release is started before it counts as bad.</summary>
    public const int Tries = 3;

    /// <summary>How many releases have a kernel image at most.</summary>
    public const int MostImages = 3;

    // folders and file tables of FAT take room too
    private const long Margin = 64 << 10;

    private readonly IStorage _esp;
    private readonly string _edition;
    private readonly string _version;
    private readonly StartFacts _start;
    private readonly BootImages _images;

    /// <summary>Of this machine.</summary>
    /// <param name="esp">Its EFI system partition.</param>
    /// <param name="edition">Edition that runs.</param>
    /// <param name="version">Its version, as the running system knows it.</param>
    /// <param name="start">What the boot program told of this start.</param>
    public SystemdBoot(IStorage esp, string edition, string version, StartFacts start)
    {
        ArgumentNullException.ThrowIfNull(esp);
        ArgumentNullException.ThrowIfNull(start);
        (_esp, _edition, _version, _start, _images) = (esp, edition, version, start, new BootImages(esp));
    }

    /// <summary>Name of the entry of the system that runs, whatever started it.</summary>
    public string RunningName => BootEntry.NameOf(_edition, _version);

    /// <summary>What lies there now.</summary>
    /// <exception cref="StrataException">It cannot be read.</exception>
    public BootEntries Entries() => Do("look for kernel images", () => BootEntries.Read(_esp, _edition));

    /// <summary>How far the system that runs is trusted; null when its kernel image is not there.</summary>
    /// <exception cref="StrataException">The images cannot be read.</exception>
    public BootImageState? RunningState() => StateOf(Entries().Of(RunningName), isRunning: true);

    /// <inheritdoc/>
    public IReadOnlyList<BootImage> List() => Do<IReadOnlyList<BootImage>>("look at kernel images", () =>
    {
        BootEntries entries = BootEntries.Read(_esp, _edition);
        return [.. entries.Names.Select(name => new BootImage(
            _images.DigestOf(entries.Of(name)[0].FileName), StateOf(entries.Of(name), IsRunning(name))!.Value, IsRunning(name)))];
    });

    /// <inheritdoc/>
    public void DemandTry(PublishedRelease release, IReadOnlySet<Sha256Digest> kept)
    {
        ArgumentNullException.ThrowIfNull(release);
        string name = BootEntry.NameOf(_edition, release.Release.Version);
        Do($"put {name} on trial", () =>
        {
            BootEntries entries = BootEntries.Read(_esp, _edition);
            DemandNoTrial(entries, name);
            DemandName(name);
            DemandOrder(entries, name);
            return 0;
        });
        DemandRoom(release.Uki.Size, kept);
    }

    /// <summary>
    /// Throws when there is no room for a kernel image, also after those that are not kept have gone. Nothing is changed.
    /// </summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="kept">Kernel images that must stay.</param>
    /// <exception cref="StrataException">There is no room; says how much there is.</exception>
    public void DemandRoom(long bytes, IReadOnlySet<Sha256Digest> kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        Do("look for room for a kernel image", () =>
        {
            BootEntries entries = BootEntries.Read(_esp, _edition);
            long gained = Removable(entries).Where(n => !IsKept(entries, n, kept)).Sum(n => SizeOf(entries.Of(n)[0].FileName));
            Demand(bytes, _esp.FreeBytes + gained);
            return 0;
        });
    }

    /// <inheritdoc/>
    public void Try(PublishedRelease release, IStoredFile content)
    {
        ArgumentNullException.ThrowIfNull(release);
        Try(release.Release.Version, content);
    }

    /// <summary>Puts the kernel image of a version of the edition on trial: the next start takes it.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="content">The image.</param>
    /// <exception cref="StrataException">It cannot be written, or would not be started next; nothing that starts was touched.</exception>
    public void Try(string version, IStoredFile content)
    {
        ArgumentNullException.ThrowIfNull(content);
        string name = BootEntry.NameOf(_edition, version);
        Do($"put {name} on trial", () =>
        {
            BootEntries entries = BootEntries.Read(_esp, _edition);
            BootImageState? state = StateOf(entries.Of(name), IsRunning(name));
            bool isSame = state is not null && entries.Of(name).All(e => _images.IsSame(e.FileName, content));
            if (isSame && state != BootImageState.Failed)
            {
                return 0; // it is there
            }
            if (state == BootImageState.Proven || (state is not null && !isSame && IsRunning(name)))
            {
                throw new StrataException(
                    $"cannot put {name} on trial: another kernel image of that version is there",
                    "A release that is to replace it needs another version.");
            }
            DemandNoTrial(entries, name);
            DemandName(name);
            DemandOrder(entries, name);
            if (!isSame)
            {
                long gained = Removable(entries).Sum(n => SizeOf(entries.Of(n)[0].FileName));
                Demand(content.Length, _esp.FreeBytes + gained); // while nothing is gone yet
            }
            Tidy(entries, (_, there) => there == BootImageState.OnTrial); // what was not started yet gives way
            if (isSame)
            {
                _images.Rename(entries.Of(name)[0].FileName, BootEntry.OnTrial(name, Tries)); // somebody wants it tried once more
                return 0;
            }
            if (state is not null)
            {
                Remove(entries, name);
            }
            MakeRoom(content.Length);
            _images.Write(content, name, BootEntry.OnTrial(name, Tries));
            return 0;
        });
    }

    /// <inheritdoc/>
    public void Collect(IReadOnlySet<Sha256Digest> kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        Do("remove kernel images", () =>
        {
            BootEntries entries = BootEntries.Read(_esp, _edition);
            IReadOnlyList<string> removable = Removable(entries);
            Tidy(entries, (name, state) => removable.Contains(name) && (state == BootImageState.Failed || !IsKept(entries, name, kept)));
            return 0;
        });
    }

    /// <summary>Says that the system that runs is good: from now on it starts when nothing newer does.</summary>
    /// <returns>False when that was said before.</returns>
    /// <exception cref="StrataException">
    /// Firmware did not start it in this start of the machine, or its image was changed since.
    /// </exception>
    public bool Bless() => Do($"say that {RunningName} is good", () =>
    {
        string what = $"cannot say that {RunningName} is good: ";
        if (_start.RunningEntry(_edition, _version) is not BootEntry started)
        {
            throw new StrataException(
                what + (_start.IsByKernel ? "another kernel started it, and not the firmware"
                    : _start.Started is BootEntry other ? $"the firmware started {other.Name}"
                    : "the boot program does not tell what it started"),
                "Restart the machine, so that it starts as it will after a power cut.");
        }
        IReadOnlyList<BootEntry> there = BootEntries.Read(_esp, _edition).Of(RunningName);
        if (there.Any(e => e.IsProven))
        {
            return false;
        }
        BootEntry entry = there.FirstOrDefault(e => BootEntry.IsSame(e.FileName, started.FileName)) ?? throw new StrataException(
            what + $"{started.FileName}, which was started, is "
            + (there.Count == 0 ? "not there any more" : $"called {there[0].FileName} now"));
        _images.Rename(entry.FileName, BootEntry.Proven(entry.Name));
        return true;
    });

    /// <summary>Goes back: everything newer than a release counts as bad, and the next start takes that one.</summary>
    /// <param name="version">Version of a release that has proven good; null for the last one before that which runs.</param>
    /// <returns>Name of the entry that is started next.</returns>
    /// <exception cref="StrataException">There is none; nothing was changed.</exception>
    public string RollBack(string? version) => Do("go back to an earlier release", () =>
    {
        BootEntries entries = BootEntries.Read(_esp, _edition);
        string? wanted = version is null ? null : BootEntry.NameOf(_edition, version);
        BootEntry target = entries.All.FirstOrDefault(e => e.IsProven && !IsRunning(e.Name)
                && (wanted is null ? BootEntries.IsNewer(RunningName, e.Name, _edition) : BootEntry.IsSame(e.Name, wanted)))
            ?? throw new StrataException(
                $"cannot go back to {wanted ?? "an earlier release"}: no kernel image of it that has proven good is there",
                "'strata-agent history' says what is there.");
        foreach (BootEntry newer in entries.All.Where(e => !e.IsBad && BootEntries.IsNewer(e.Name, target.Name, _edition)))
        {
            int done = Math.Max(1, newer.TriesDone);
            while (_esp.HasFile(StorageSteps.Join(BootEntries.Folder, BootEntry.Bad(newer.Name, done))))
            {
                done++; // of the same name, after a power cut
            }
            _images.Rename(newer.FileName, BootEntry.Bad(newer.Name, done));
        }
        return target.Name;
    });

    private bool IsRunning(string name) => BootEntry.IsSame(name, RunningName);

    // the last try of what runs has none left, and is not over
    private BootImageState? StateOf(IReadOnlyList<BootEntry> there, bool isRunning) =>
        there.Count == 0 ? null
        : there.Any(e => e.IsProven) ? BootImageState.Proven
        : there.Any(e => e.IsOnTrial) || (isRunning && IsStarted(there)) ? BootImageState.OnTrial
        : BootImageState.Failed;

    private bool IsStarted(IReadOnlyList<BootEntry> there) =>
        _start.RunningEntry(_edition, _version) is BootEntry started && there.Any(e => BootEntry.IsSame(e.FileName, started.FileName));

    private void DemandNoTrial(BootEntries entries, string name)
    {
        if (StateOf(entries.Of(RunningName), isRunning: true) == BootImageState.OnTrial)
        {
            throw new StrataException(
                $"cannot put {name} on trial: {RunningName}, which runs, is on trial itself",
                "Wait until it has proven good ('strata-agent health' says what is missing), or go back ('strata-agent rollback').");
        }
    }

    private static void DemandName(string name)
    {
        string longest = BootImages.AsideOf(BootEntry.Bad(name, int.MaxValue));
        if (longest.Length > BootEntry.MostCharacters || BootEntry.TryParse(BootEntry.OnTrial(name, Tries))?.Name != name)
        {
            throw new StrataException(
                $"cannot put {name} on trial: systemd-boot finds no kernel image of that name",
                "Give edition and version at most 200 characters together, and an edition no name that begins with 'auto-'.");
        }
    }

    // what was put on trial and not started yet gives way to this one
    private void DemandOrder(BootEntries entries, string name)
    {
        foreach (BootEntry other in entries.All.Where(e => e.IsProven && !BootEntries.IsNewer(name, e.Name, _edition)))
        {
            throw new StrataException(
                $"cannot put {name} on trial: {other.Name} would be started in its place, as its version is no older",
                "Publish the release with a version that stands behind that one.");
        }
    }

    private static void Demand(long bytes, long room)
    {
        if (room < bytes + Margin)
        {
            throw new StrataException(
                $"cannot keep a kernel image of {new ByteSize(bytes)}: the EFI system partition has room for "
                + $"{new ByteSize(Math.Max(0, room - Margin))}",
                "Give its part more 'size' in the blueprint; it should hold four kernel images.");
        }
    }

    /// <summary>Removes what was written in part, and images that go; what runs stays.</summary>
    private void Tidy(BootEntries entries, Func<string, BootImageState, bool> goes)
    {
        foreach (string name in entries.Names.Where(n => !IsRunning(n) && goes(n, StateOf(entries.Of(n), isRunning: false)!.Value)))
        {
            Remove(entries, name);
        }
        foreach (string leftover in entries.Leftovers.Where(l => !entries.All.Any(e => BootEntry.IsSame(BootImages.AsideOf(e.Name), l))))
        {
            _images.Remove([leftover]);
        }
    }

    /// <summary>Makes room for one more, of those that are wanted least first. All that fails leaves the last ones.</summary>
    private void MakeRoom(long bytes)
    {
        BootEntries entries = BootEntries.Read(_esp, _edition);
        int images = entries.Names.Count;
        foreach (string name in Removable(entries))
        {
            if (images < MostImages && _esp.FreeBytes >= bytes + Margin)
            {
                return;
            }
            Remove(entries, name);
            images--;
        }
        Demand(bytes, _esp.FreeBytes);
    }

    /// <summary>Names that may go, the least wanted first: bad ones, then good ones that are older than the last, oldest first.</summary>
    private IReadOnlyList<string> Removable(BootEntries entries)
    {
        string? last = entries.LastProven?.Name;
        List<string> names = [.. entries.Names.Where(n => !IsRunning(n) && (last is null || !BootEntry.IsSame(n, last))).Reverse()];
        return [.. names.OrderBy(n => StateOf(entries.Of(n), isRunning: false) == BootImageState.Proven)];
    }

    // with what may share its content
    private void Remove(BootEntries entries, string name)
    {
        IEnumerable<string> written = entries.Leftovers.Where(l => BootEntry.IsSame(l, BootImages.AsideOf(name)));
        _images.Remove([.. entries.Of(name).Select(e => e.FileName), .. written]);
    }

    private bool IsKept(BootEntries entries, string name, IReadOnlySet<Sha256Digest> kept) =>
        kept.Contains(_images.DigestOf(entries.Of(name)[0].FileName));

    private long SizeOf(string fileName) => _esp.SizeOf(StorageSteps.Join(BootEntries.Folder, fileName)) ?? 0;

    private static T Do<T>(string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException e)
        {
            throw new StrataException($"cannot {what}: {e.Message}", "Look at the EFI system partition from another system (fsck.fat).", e);
        }
    }
}
