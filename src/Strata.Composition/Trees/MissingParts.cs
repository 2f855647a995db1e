using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;
using Strata.Packages.Slices;

namespace Strata.Composition.Trees;

/// <summary>
/// Tells of packages that a slice left behind although what it took cannot do without: modules that its Python, Perl or Ruby code imports,
/// and the half of a program that Debian keeps in a package of its own (<c>nginx-common</c>, <c>dnsmasq-base</c>).
/// </summary>
/// <remarks>
/// Libraries come by the loader's search and programs of units are looked at by <see cref="LateFaults"/>. Everything else that Depends
/// names is mostly for maintainer scripts or a matter of taste; to tell of it would hide what matters.
/// </remarks>
internal static class MissingParts
{
    private const string KernelsHalf = "linux-base"; // what scripts of kernels call

    private static readonly Language[] s_languages =
    [
        new("python3", n => n.StartsWith("python3-", StringComparison.Ordinal), [".py"]),
        new("perl", n => n.StartsWith("lib", StringComparison.Ordinal) && n.EndsWith("-perl", StringComparison.Ordinal), [".pm", ".pl"]),
        new("ruby", n => n.StartsWith("ruby-", StringComparison.Ordinal), [".rb"]),
    ];

    private static readonly string[] s_halves = ["-common", "-base", "-data", "-core", "-config"];

    /// <summary>Finds them in a tree; one full sentence for each package that lacks something.</summary>
    public static IReadOnlyList<string> Of(FileTree tree, PackageSet packages)
    {
        List<(ListedPackage Package, List<TreeEntry> Files)> present = [];
        foreach (IGrouping<string, TreeEntry> group in tree.Entries.Where(e => e is { Node: not DirectoryNode, Origin.Package: not null })
            .GroupBy(e => e.Origin.Package!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            if (packages.TryGetPackage(group.Key, out ListedPackage? package))
            {
                present.Add((package, [.. group]));
            }
        }
        UnmetDepends unmet = new([.. present.Select(p => p.Package)]);
        Language[] spoken = [.. s_languages.Where(l => l.IsSpoken(tree))];
        List<string> sentences = [];
        foreach ((ListedPackage package, List<TreeEntry> files) in present)
        {
            string[] missing =
            [
                .. unmet.Of(package).Where(n => IsHalf(n, package.Name) || spoken.Any(l => l.Imports(n, files))),
            ];
            if (missing.Length > 0)
            {
                sentences.Add($"{package.Name} needs {string.Join(", ", missing)}, and nothing of "
                    + $"{(missing.Length == 1 ? "it" : "them")} is in the image; '{{whole-with: depends}}' takes it along");
            }
        }
        return sentences;
    }

    // 'dnsmasq-base' of dnsmasq, 'openvpn-core' of openvpn-gui
    private static bool IsHalf(string name, string package) => name != KernelsHalf
        && s_halves.Any(h => name.EndsWith(h, StringComparison.Ordinal) && IsPartOf(name[..^h.Length], package));

    private static bool IsPartOf(string stem, string package) =>
        package == stem || package.StartsWith(stem + "-", StringComparison.Ordinal);

    private sealed record Language(string Program, Func<string, bool> IsModule, string[] Endings)
    {
        public bool IsSpoken(FileTree tree) => tree.TryResolve(GuestPath.Parse("/usr/bin/" + Program), out _);

        public bool Imports(string package, List<TreeEntry> files) => IsModule(package)
            && files.Any(f => Endings.Any(e => f.Path.Name.EndsWith(e, StringComparison.Ordinal)));
    }
}
