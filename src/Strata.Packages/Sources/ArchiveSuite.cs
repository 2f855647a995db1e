using Strata.Packages.Keys;

namespace Strata.Packages.Sources;

/// <summary>A suite of an archive.</summary>
public sealed record ArchiveSuite
{
    /// <summary>What stands for the component of a flat archive, which has none.</summary>
    public const string FlatComponent = "flat";

    private static readonly string[] s_flat = [FlatComponent];

    /// <summary>Names a suite.</summary>
    /// <param name="archive">Where it is: at least one mirror, and a component unless it is flat.</param>
    /// <param name="name">Codename or suite name: <c>trixie-security</c>; of a flat archive the folder, with a slash at its end.</param>
    /// <exception cref="ArgumentException">A name is no path component, or there is no mirror or no component.</exception>
    public ArchiveSuite(PackageArchive archive, string name)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(name);
        (Archive, Name) = (archive, name);
        if (archive.Roots.Count == 0 || Components.Count == 0)
        {
            throw new ArgumentException("a suite needs at least one mirror and one component", nameof(archive));
        }
        if (ProblemOfName(name) is { } wrong)
        {
            throw new ArgumentException($"'{name}' is no name of a suite: {wrong}", nameof(name));
        }
        foreach (string component in Components)
        {
            if (ArchivePath.ProblemOf(component) is { } problem)
            {
                throw new ArgumentException($"'{component}' is no name of a component: {problem}", nameof(archive));
            }
        }
    }

    /// <summary>Names a suite of Debian's own archive.</summary>
    /// <param name="roots">Folders that hold <c>dists</c> and <c>pool</c>, one for each mirror, tried in this order; at least one.</param>
    /// <param name="name">Codename or suite name: <c>trixie-security</c>.</param>
    /// <param name="components">At least one: <c>main</c>, <c>non-free-firmware</c>.</param>
    /// <param name="keyrings">Keys that sign it; those that came with Strata when null.</param>
    /// <exception cref="ArgumentException">A name is no path component, or there is no mirror or no component.</exception>
    public ArchiveSuite(IReadOnlyList<Uri> roots, string name, IReadOnlyList<string> components, IReadOnlyList<Keyring>? keyrings = null)
        : this(
            new PackageArchive
            {
                Name = PackageArchive.DebianName, Roots = roots, Suites = [name], Components = components,
                Keyrings = keyrings ?? Keyring.Debian, Packages = ["*"],
            },
            name)
    {
    }

    /// <summary>Names a suite of Debian's own archive that one mirror serves.</summary>
    public ArchiveSuite(Uri root, string name, IReadOnlyList<string> components)
        : this([root], name, components)
    {
    }

    /// <summary>The archive that it belongs to.</summary>
    public PackageArchive Archive { get; }

    /// <summary>Codename or suite name.</summary>
    public string Name { get; }

    /// <summary>Mirrors in the order in which they are tried.</summary>
    public IReadOnlyList<Uri> Roots => Archive.Roots;

    /// <summary>Components used, in order of preference among equal versions.</summary>
    public IReadOnlyList<string> Components => IsFlat ? s_flat : Archive.Components;

    /// <summary>
    /// True for a flat archive: index and packages lie in one folder (Debian repository format, "Flat Repository Format").
    /// </summary>
    public bool IsFlat => IsFlatName(Name);

    /// <summary>For hints: what names its mirrors.</summary>
    public string MirrorSetting => Archive.IsDebian ? ArchiveMirrors.MainSetting : $"'urls' of archive '{Archive.Name}'";

    /// <summary>Where files that the mirrors no longer have may still be; null when nobody named such an archive.</summary>
    public SnapshotArchive? Snapshot { get; init; }

    /// <summary>True for the name of a flat archive, which ends in a slash as in sources.list(5).</summary>
    public static bool IsFlatName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith('/');
    }

    /// <summary>The rule that a name of a suite breaks; null when it can be one.</summary>
    public static string? ProblemOfName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name is "./" ? null : ArchivePath.ProblemOf(IsFlatName(name) ? name[..^1] : name);
    }

    /// <summary>The rule that a name of a component breaks; null when it can be one.</summary>
    public static string? ProblemOfComponent(string name) => ArchivePath.ProblemOf(name);

    /// <summary>Address of a file in the folder of the suite at one of its mirrors: <c>InRelease</c>.</summary>
    public Uri AddressOf(Uri root, string path) =>
        ArchivePath.Below(root, !IsFlat ? $"dists/{Name}/{path}" : Name is "./" ? path : Name + path);

    /// <summary>For people: <c>trixie</c>, <c>docker/trixie</c>.</summary>
    public override string ToString() => Show(Archive.Name, Name);

    /// <summary>For people: <c>trixie</c>, <c>docker/trixie</c>.</summary>
    /// <param name="archive">Name of the archive; empty for Debian's own.</param>
    /// <param name="suite">Name of the suite.</param>
    public static string Show(string archive, string suite) => archive == PackageArchive.DebianName ? suite : $"{archive}/{suite}";
}
