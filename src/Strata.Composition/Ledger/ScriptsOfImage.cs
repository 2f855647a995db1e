using Strata.Blueprints;
using Strata.Composition.Scripts;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Packages.Slices;

namespace Strata.Composition.Ledger;

/// <summary>Follows the scripts of the packages that an image takes files from.</summary>
internal static class ScriptsOfImage
{
    /// <summary>Follows them.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="packages">All packages of its lock.</param>
    /// <param name="used">Those whose scripts count.</param>
    /// <param name="tree">The composed tree, before effects.</param>
    /// <param name="contents">Reads its files.</param>
    /// <param name="rules">What is declared of scripts.</param>
    public static FollowedScripts Follow(
        Blueprint blueprint, PackageSet packages, IReadOnlyList<ListedPackage> used, FileTree tree, IContentReader contents,
            ScriptRules rules)
    {
        ScriptAccounts accounts = new() { Standard = rules.Standard, Offered = SysusersFiles.Read(tree, contents) };
        foreach (Capability capability in blueprint.Capabilities)
        {
            foreach (GroupAccount group in capability.Groups)
            {
                accounts.AddGroup(group.Name, group.Id);
            }
            foreach (UserAccount user in capability.Users)
            {
                accounts.Add(new WantedUser(user.Name, user.Id, user.Group, user.Home, user.Shell, user.Description));
            }
        }
        accounts.AddOwners(tree.Entries.Select(e => e.Node));
        HashSet<string> whole = WholePackages(blueprint, packages);
        FreshInstall install = new(
            tree, contents, accounts, blueprint.Edition.Architecture.Name,
            p => DropPolicy.Drops(p, blueprint.Edition) || IsUntaken(p, packages, whole, tree), rules.ForCommand)
        {
            Installed = used.Select(p => p.Name).ToHashSet(StringComparer.Ordinal),
        };
        return install.Install(
            [.. InOrder(used, packages).Select(p =>
                ScriptLedger.ToFollow(new PackageScripts(p.Name, p.Version, p.Scripts), rules, p.Templates))],
            whole);
    }

    // what a slice does not take of its package a script finds nowhere, and may change as it likes
    private static bool IsUntaken(GuestPath path, PackageSet packages, HashSet<string> whole, FileTree tree) =>
        packages.TryGet(path, out PackagedEntry? entry) && entry.Entry.Kind != ListingKind.Directory && !tree.Contains(entry.Path)
        && !whole.Contains(entry.Package.Name);

    // what a package depends on is configured before it; of two that depend on each other the first by name
    private static IEnumerable<ListedPackage> InOrder(IReadOnlyList<ListedPackage> used, PackageSet packages) =>
        used.Where(p => p.Scripts.Count > 0)
            .Select(p => (Package: p, DependencyClosure.Of(p, packages).Count))
            .OrderBy(p => p.Count)
            .ThenBy(p => p.Package.Name, StringComparer.Ordinal)
            .Select(p => p.Package);

    private static HashSet<string> WholePackages(Blueprint blueprint, PackageSet packages)
    {
        HashSet<string> whole = new(StringComparer.Ordinal);
        foreach (PackageSlice slice in blueprint.Capabilities.SelectMany(c => c.Packages).Where(s => s.IsWhole))
        {
            if (packages.TryGetPackage(slice.Package, out ListedPackage? package))
            {
                whole.UnionWith(slice.IsWholeWithDepends ? DependencyClosure.Of(package, packages).Select(p => p.Name) : [package.Name]);
            }
        }
        return whole;
    }
}
