using Strata.Packages.Indexes;
using Strata.Packages.Releases;
using Strata.Packages.Sources;

namespace Strata.Packages.Solving;

/// <summary>What may come from which archive, and which archive comes first for a name that several have.</summary>
/// <remarks>
/// As apt_preferences(5) in the plain case: the version of the highest priority is the only one that counts, among equal priorities the
/// highest version. What an archive is not allowed to bring does not exist.
/// </remarks>
internal sealed class ArchivePreferences
{
    private readonly Dictionary<(string Archive, string Suite), int> _priorities = [];
    private readonly Dictionary<string, PackageArchive> _archives = new(StringComparer.Ordinal);

    /// <summary>Takes those of the archives, and where they have none those of their releases.</summary>
    public ArchivePreferences(IEnumerable<VerifiedRelease> releases)
    {
        foreach (VerifiedRelease release in releases)
        {
            PackageArchive archive = release.Suite.Archive;
            _archives.TryAdd(archive.Name, archive);
            _priorities.TryAdd((archive.Name, release.Suite.Name), archive.Priority ?? release.File.Priority);
        }
    }

    private ArchivePreferences(ArchivePreferences other, IEnumerable<PackageArchive> folders)
    {
        (_priorities, _archives) = (new(other._priorities), new(other._archives, StringComparer.Ordinal));
        foreach (PackageArchive folder in folders)
        {
            _archives.TryAdd(folder.Name, folder);
            _priorities.TryAdd((folder.Name, PackageArchive.OwnSuite), folder.Priority ?? PackageArchive.UsualPriority);
        }
    }

    /// <summary>The same with folders of packages, which have no release that says anything of them.</summary>
    public ArchivePreferences With(IEnumerable<PackageArchive> folders) => new(this, folders);

    /// <summary>Everything may come from everywhere, and the highest version comes first.</summary>
    public static ArchivePreferences None { get; } = new([]);

    /// <summary>True when a package of this name may come from there.</summary>
    public bool Allows(IndexOrigin origin, string name) =>
        !_archives.TryGetValue(origin.Archive, out PackageArchive? archive) || archive.Allows(name);

    /// <summary>Higher comes first.</summary>
    public int PriorityOf(IndexOrigin origin) =>
        _priorities.GetValueOrDefault((origin.Archive, origin.Suite), PackageArchive.UsualPriority);
}
