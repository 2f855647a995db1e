using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;

namespace Strata.Composition.Effects;

/// <summary>
/// Says which packages an image has files of, in <c>/var/lib/dpkg/status.d</c>, a file each in dpkg's own words, where scanners for known
/// vulnerabilities look for the packages of images that have no dpkg; <c>/etc/debian_version</c> tells them whose versions these are.
/// </summary>
/// <remarks>
/// A package counts when one file of it is there: a scanner that knows too much asks a question, one that knows too little gives none.
/// </remarks>
internal sealed class PackageStatusEffect : IEffect
{
    private static readonly GuestPath s_version = GuestPath.Parse("/etc/debian_version");

    // scanners compare the number before the point; a suite that moves, as sid does, has none
    private static readonly Dictionary<string, string> s_releases = new(StringComparer.Ordinal)
    {
        ["bookworm"] = "12", ["trixie"] = "13", ["forky"] = "14",
    };

    /// <inheritdoc/>
    public string Name => "package-status";

    /// <inheritdoc/>
    public string Description => "the packages of the image in dpkg's words, for scanners";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.Blueprint.Edition.HasPackageStatus)
        {
            return;
        }
        Dictionary<string, int> order = context.Blueprint.Capabilities.Select((c, i) => (c.Name, i))
            .ToDictionary(c => c.Name, c => c.i, StringComparer.Ordinal);
        List<IGrouping<string, TreeEntry>> packages =
        [
            .. context.Tree.Entries.Where(e => e is { Node: not DirectoryNode, Origin.Package: not null })
                .GroupBy(e => e.Origin.Package!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal),
        ];
        foreach (IGrouping<string, TreeEntry> entries in packages)
        {
            if (context.Packages.TryGetPackage(entries.Key, out ListedPackage? package))
            {
                string? capability = entries.Select(e => e.Origin.Capability).OfType<string>()
                    .MinBy(c => order.GetValueOrDefault(c, int.MaxValue));
                Put(context, GuestPath.Parse("/var/lib/dpkg/status.d/" + package.Name), Status(package), capability);
            }
        }
        if (context.Part is null && packages.Count > 0 && !context.Tree.Contains(s_version)
            && s_releases.TryGetValue(context.Blueprint.Edition.Suite, out string? release))
        {
            Put(context, s_version, release + "\n", capability: null);
        }
    }

    private void Put(EffectContext context, GuestPath path, string text, string? capability) =>
        context.Put(this, path, new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(text) }, capability);

    // what a scanner asks: vulnerabilities are told by source package
    private static string Status(ListedPackage package) =>
        $"Package: {package.Name}\nStatus: install ok installed\nArchitecture: {package.Architecture}\n"
        + (package.Source.Length > 0 ? $"Source: {package.Source}\n" : "") + $"Version: {package.Version}\n";
}
