using Strata.Core;
using Strata.Formats.Deb;
using Strata.Formats.Elf;
using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>One entry that a slice takes, and why.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Reason"><c>program</c>, <c>file</c>, <c>library libz.so.1 of /usr/bin/curl</c> …</param>
public sealed record TakenEntry(PackagedEntry Entry, string Reason);

/// <summary>
/// Everything that programs need to start: their interpreter and libraries (DT_NEEDED, System V ABI chapter 5), the libraries that they
/// open themselves and say so (ELF dlopen notes of priority <em>required</em> and <em>recommended</em>), and the links on the way.
/// </summary>
/// <remarks>
/// Each program is loaded as ld.so(8) would load it. A library that is taken by itself has no process of its own; whether what it needs is
/// there is only known when every program has been taken.
/// </remarks>
/// <param name="packages">Where it may come from.</param>
/// <param name="architecture">Of the system: its programs have to start.</param>
public sealed class SliceClosure(PackageSet packages, GuestArchitecture architecture)
{
    private const int Executable = 0b001_001_001;

    private readonly LibrarySearch _search = new(packages, architecture);
    private readonly MissingObjects _missing = new();

    // by package too: what two packages bring under one name is for whoever builds the tree to judge
    private readonly HashSet<(GuestPath Path, Sha256Digest Package)> _taken = [];
    private readonly Queue<PackagedEntry> _toLoad = [];
    private readonly List<TakenEntry> _new = [];

    /// <summary>Programs taken so far that cannot start, and why, as full sentences.</summary>
    public IReadOnlyList<string> Problems => _missing.Problems(_search);

    /// <summary>Programs that came along and cannot start, and plugins that no program taken so far can load, as full sentences.</summary>
    public IReadOnlyList<string> Warnings => _missing.Warnings(_search);

    /// <summary>Takes an entry with everything it needs; what was taken before is not returned again.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="reason">Why.</param>
    /// <param name="isNamed">
    /// False for what comes along with a whole package: a program that the loader would not start on the archive's own system either,
    /// though its libraries are there, is worth a warning and no more.
    /// </param>
    public IReadOnlyList<TakenEntry> Take(PackagedEntry entry, string reason, bool isNamed = true)
    {
        ArgumentNullException.ThrowIfNull(entry);
        _new.Clear();
        Start(entry, reason);
        if (entry.Entry.Kind == ListingKind.Symlink && entry.Path.Parent.TryResolveLink(entry.Entry.Target, out GuestPath target))
        {
            foreach (PackagedEntry step in packages.Follow(target)) // empty for a link to /proc, /run, or to what an effect makes
            {
                Start(step, reason);
            }
        }
        while (_toLoad.TryDequeue(out PackagedEntry? next))
        {
            Load(next, isNamed);
        }
        return [.. _new];
    }

    private void Start(PackagedEntry entry, string reason)
    {
        if (Keep(entry, reason) && entry.Entry.Elf is not null)
        {
            _toLoad.Enqueue(entry);
        }
    }

    private bool Keep(PackagedEntry step, string reason)
    {
        bool isNew = _taken.Add((step.Path, step.Package.Digest));
        if (isNew)
        {
            _new.Add(new TakenEntry(step, reason));
        }
        return isNew;
    }

    /// <summary>
    /// True for what the kernel starts. What no bit of the mode allows to be started is data, such as tests of compilers read. Some
    /// libraries name an interpreter too, to print their version; libraries of another machine's programs come with tools that can look
    /// at such programs, and are none of this system's own.
    /// </summary>
    private bool IsProgram(ListingEntry entry) => entry.Elf is ElfFile elf && (entry.Permissions & Executable) != 0
        && (elf.Type == ElfType.Executable || elf.IsPie || (elf.Interpreter is not null && elf.Soname is null))
        && elf.Class == ElfClass.Elf64 && elf.Machine == (ElfMachine)architecture.ElfMachine;

    private void Load(PackagedEntry start, bool isNamed)
    {
        LoadedProcess process = new();
        bool isProgram = IsProgram(start.Entry);
        List<MissingObject> missing = [];
        process.Add(new LoadedObject(start, null, IsOptional: false), start.Path.Name);
        int mapped = 0;
        for (int running = 0; running < process.Objects.Count; running++)
        {
            for (; mapped < process.Objects.Count; mapped++) // all of them, before the first instruction runs
            {
                missing.AddRange(LoadNeeded(process, process.Objects[mapped], isProgram));
            }
            missing.AddRange(OpenNoted(process, process.Objects[running], isProgram));
        }
        foreach (MissingObject one in missing)
        {
            if (!isProgram || one.WantedBy.IsOptional)
            {
                _missing.AddOfPlugin(one);
            }
            else if (isNamed || _search.Elsewhere(one.Sonames) is null)
            {
                _missing.AddFault(one);
            }
            else
            {
                _missing.AddAlong(one);
            }
        }
        if (isProgram && missing.TrueForAll(m => m.WantedBy.IsOptional))
        {
            _missing.NoteProgram(process);
        }
    }

    private List<MissingObject> LoadNeeded(LoadedProcess process, LoadedObject loaded, bool isProgram)
    {
        List<MissingObject> missing = [];
        if (loaded.Elf.Interpreter is string interpreter && GuestPath.TryParse(interpreter, out GuestPath loader, out _))
        {
            IReadOnlyList<PackagedEntry> way = packages.Follow(MergedUsr.Canonical(loader));
            if (way.Count == 0)
            {
                missing.Add(new MissingObject(loaded, $"needs {interpreter}", []));
            }
            KeepAll(way, $"loader of {loaded.Entry.Path}");
        }
        foreach (string needed in loaded.Elf.Needed.Where(n => !process.Has(n)))
        {
            if (_search.Find(loaded, needed, isProgram) is { Count: > 0 } way)
            {
                KeepAll(way, $"library {needed} of {loaded.Entry.Path}");
                process.Add(new LoadedObject(way[^1], loaded, loaded.IsOptional), needed);
            }
            else
            {
                missing.Add(new MissingObject(loaded, $"needs library {needed}", [needed]));
            }
        }
        return missing;
    }

    private List<MissingObject> OpenNoted(LoadedProcess process, LoadedObject loaded, bool isProgram)
    {
        List<MissingObject> missing = [];
        IEnumerable<DlopenNote> wanted = loaded.Elf.DlopenNotes.Where(n => n.Priority != DlopenPriority.Suggested);
        foreach (DlopenNote note in wanted.Where(n => !n.Sonames.Any(process.Has)))
        {
            bool isRequired = note.Priority == DlopenPriority.Required;
            (string Name, IReadOnlyList<PackagedEntry> Way) found = note.Sonames
                .Select(s => (s, _search.Find(loaded, s, isProgram))).FirstOrDefault(f => f.Item2.Count > 0);
            if (found.Name is not null)
            {
                KeepAll(found.Way, $"library {found.Name} opened by {loaded.Entry.Path} for {note.Feature}");
                process.Add(new LoadedObject(found.Way[^1], loaded, loaded.IsOptional || !isRequired), found.Name);
            }
            else if (isRequired)
            {
                missing.Add(new MissingObject(loaded, $"opens {string.Join(" or ", note.Sonames)} ({note.Description})", note.Sonames));
            }
        }
        return missing;
    }

    private void KeepAll(IReadOnlyList<PackagedEntry> way, string reason)
    {
        foreach (PackagedEntry step in way)
        {
            Keep(step, reason);
        }
    }
}
