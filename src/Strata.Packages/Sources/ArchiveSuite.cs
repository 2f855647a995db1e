namespace Strata.Packages.Sources;

/// <summary>A suite of an archive, the components of it that are used, and the mirrors that serve it.</summary>
public sealed record ArchiveSuite
{
    /// <summary>Names a suite.</summary>
    /// <param name="roots">Folders that hold <c>dists</c> and <c>pool</c>, one for each mirror, tried in this order; at least one.</param>
    /// <param name="name">Codename or suite name: <c>trixie-security</c>.</param>
    /// <param name="components">At least one: <c>main</c>, <c>non-free-firmware</c>.</param>
    /// <exception cref="ArgumentException">A name is no path component, or there is no mirror or no component.</exception>
    public ArchiveSuite(IReadOnlyList<Uri> roots, string name, IReadOnlyList<string> components)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentNullException.ThrowIfNull(components);
        if (roots.Count == 0 || components.Count == 0)
        {
            throw new ArgumentException("a suite needs at least one mirror and one component", nameof(components));
        }
        foreach (string word in (IEnumerable<string>)[name, .. components])
        {
            if (ArchivePath.ProblemOf(word) is { } problem)
            {
                throw new ArgumentException($"'{word}' is no name of a suite or component: {problem}");
            }
        }
        (Roots, Name, Components) = (roots, name, components);
    }

    /// <summary>Names a suite that one mirror serves.</summary>
    public ArchiveSuite(Uri root, string name, IReadOnlyList<string> components)
        : this([root], name, components)
    {
    }

    /// <summary>Folders that hold <c>dists</c> and <c>pool</c>, in the order in which they are tried.</summary>
    public IReadOnlyList<Uri> Roots { get; }

    /// <summary>Codename or suite name.</summary>
    public string Name { get; }

    /// <summary>Components used, in order of preference among equal versions.</summary>
    public IReadOnlyList<string> Components { get; }

    /// <summary>Where files that the mirrors no longer have may still be; null when nobody named such an archive.</summary>
    public SnapshotArchive? Snapshot { get; init; }

    /// <summary>Address of a file in the folder of the suite at one of its mirrors: <c>InRelease</c>.</summary>
    public Uri AddressOf(Uri root, string path) => ArchivePath.Below(root, $"dists/{Name}/{path}");
}
