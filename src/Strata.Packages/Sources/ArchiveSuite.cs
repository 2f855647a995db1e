using Strata.Packages.Indexes;

namespace Strata.Packages.Sources;

/// <summary>A suite of an archive and the components of it that are used.</summary>
public sealed record ArchiveSuite
{
    /// <summary>Names a suite.</summary>
    /// <param name="root">Folder that holds <c>dists</c> and <c>pool</c>.</param>
    /// <param name="name">Codename or suite name: <c>trixie-security</c>.</param>
    /// <param name="components">At least one: <c>main</c>, <c>non-free-firmware</c>.</param>
    /// <exception cref="ArgumentException">A name is no path component, or there is no component.</exception>
    public ArchiveSuite(Uri root, string name, IReadOnlyList<string> components)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(components);
        if (components.Count == 0)
        {
            throw new ArgumentException("a suite needs at least one component", nameof(components));
        }
        foreach (string word in (IEnumerable<string>)[name, .. components])
        {
            if (ArchivePath.ProblemOf(word) is { } problem)
            {
                throw new ArgumentException($"'{word}' is no name of a suite or component: {problem}");
            }
        }
        (Root, Name, Components) = (root, name, components);
    }

    /// <summary>Folder that holds <c>dists</c> and <c>pool</c>.</summary>
    public Uri Root { get; }

    /// <summary>Codename or suite name.</summary>
    public string Name { get; }

    /// <summary>Components used, in order of preference among equal versions.</summary>
    public IReadOnlyList<string> Components { get; }

    /// <summary>Address of a file in the folder of the suite: <c>InRelease</c>.</summary>
    public Uri AddressOf(string path) => ArchivePath.Below(Root, $"dists/{Name}/{path}");
}
