using Strata.Updates.Storage;

namespace Strata.Updates.Trials;

/// <summary>The kernel images of an edition that systemd-boot finds, in the order in which it prefers them.</summary>
/// <remarks>
/// systemd-boot 257 puts those without tries left last, then looks at <c>ID</c> and <c>VERSION_ID</c> in each image, of which the names
/// here are made, and starts the first. Images of other editions are left alone.
/// </remarks>
public sealed class BootEntries
{
    /// <summary>Where they lie on the EFI system partition.</summary>
    public const string Folder = "EFI/Linux";

    private BootEntries(IReadOnlyList<BootEntry> all, IReadOnlyList<string> leftovers) => (All, Leftovers) = (all, leftovers);

    /// <summary>
    /// All of them, the one that is started next first. After a power cut a name may be there twice, with different tries.
    /// </summary>
    public IReadOnlyList<BootEntry> All { get; }

    /// <summary>Files whose writing was cut short.</summary>
    public IReadOnlyList<string> Leftovers { get; }

    /// <summary>The one that is started next; null when there is none.</summary>
    public BootEntry? Next => All.Count == 0 ? null : All[0];

    /// <summary>The one that is started when nothing is on trial; null when none has proven good.</summary>
    public BootEntry? LastProven => All.FirstOrDefault(e => e.IsProven);

    /// <summary>Each name once, in the same order.</summary>
    public IReadOnlyList<string> Names => [.. All.Select(e => e.Name).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Looks what lies there.</summary>
    /// <param name="esp">The EFI system partition.</param>
    /// <param name="edition">The edition.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static BootEntries Read(IStorage esp, string edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        ArgumentNullException.ThrowIfNull(esp);
        List<BootEntry> all = [];
        List<string> leftovers = [];
        foreach (StoredName file in esp.List(Folder))
        {
            if (file.IsFolder)
            {
                continue;
            }
            if (file.Name.StartsWith(StorageSteps.Aside, StringComparison.OrdinalIgnoreCase))
            {
                leftovers.Add(file.Name);
            }
            else if (BootEntry.TryParse(file.Name) is BootEntry entry && IsOf(entry.Name, edition))
            {
                all.Add(entry);
            }
        }
        return new BootEntries([.. all.Order(Comparer<BootEntry>.Create((a, b) => Compare(a, b, edition)))], leftovers);
    }

    /// <summary>What is there of a name: one entry, or several after a power cut.</summary>
    public IReadOnlyList<BootEntry> Of(string name) => [.. All.Where(e => BootEntry.IsSame(e.Name, name))];

    /// <summary>Whether one of them would be started before another that is no worse.</summary>
    /// <param name="name">The name.</param>
    /// <param name="other">The other name.</param>
    /// <param name="edition">The edition of both.</param>
    public static bool IsNewer(string name, string other, string edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return EntryVersion.Compare(VersionOf(name, edition), VersionOf(other, edition)) > 0;
    }

    private static bool IsOf(string name, string edition) =>
        name.Length > edition.Length + 1 && name[edition.Length] == '_' && name.StartsWith(edition, StringComparison.OrdinalIgnoreCase);

    private static string VersionOf(string name, string edition) => name[(edition.Length + 1)..];

    private static int Compare(BootEntry a, BootEntry b, string edition)
    {
        int order = a.IsBad.CompareTo(b.IsBad);
        order = order != 0 ? order : EntryVersion.Compare(VersionOf(b.Name, edition), VersionOf(a.Name, edition));
        order = order != 0 ? order : a.IsOnTrial.CompareTo(b.IsOnTrial); // of two names of one image the one that is proven counts
        order = order != 0 ? order : (b.TriesLeft ?? 0).CompareTo(a.TriesLeft ?? 0);
        return order != 0 ? order : string.CompareOrdinal(a.FileName, b.FileName);
    }
}
