using System.Text;
using Strata.Composition;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Editions.Installing;
using Strata.Packages.Listings;

namespace Strata.Editions.Tests.Census;

/// <summary>Something that dpkg does otherwise than we.</summary>
/// <param name="Where">A path, or an account.</param>
/// <param name="What">What dpkg has, and what we have.</param>
/// <param name="Rule">The rule that explains it; null for none.</param>
internal sealed record Difference(string Where, string What, string? Rule);

/// <summary>A path at which two trees differ, for rules.</summary>
/// <param name="Path">The path.</param>
/// <param name="Theirs">What dpkg has there; null for nothing.</param>
/// <param name="Ours">What we have; null for nothing.</param>
/// <param name="Package">The package that brings it; null where none does.</param>
/// <param name="Judge">Both sides.</param>
internal sealed record Disagreement(GuestPath Path, TreeNode? Theirs, TreeEntry? Ours, string? Package, TreeJudge Judge);

/// <summary>Compares the tree that dpkg made with ours, path by path, owners by name.</summary>
internal sealed class TreeJudge
{
    /// <summary>Where packages say what systemd makes at each start (tmpfiles.d(5)).</summary>
    public const string Tmpfiles = "/usr/lib/tmpfiles.d/";

    private readonly ComposedEdition _ours;
    private readonly InstalledFiles _before;
    private readonly InstalledFiles _after;
    private readonly PackageSet _packages;
    private readonly string? _alone;
    private readonly AccountFiles _theirAccounts;
    private readonly AccountFiles _ourAccounts;
    private readonly Lazy<HashSet<GuestPath>> _atStart;

    /// <param name="ours">What we composed.</param>
    /// <param name="before">The root that dpkg installed into.</param>
    /// <param name="after">The same afterwards.</param>
    /// <param name="packages">All that dpkg installed, what was there before too.</param>
    /// <param name="alone">The only package that is whole; null where all are.</param>
    public TreeJudge(ComposedEdition ours, InstalledFiles before, InstalledFiles after, PackageSet packages, string? alone = null)
    {
        (_ours, _before, _after, _packages, _alone) = (ours, before, after, packages, alone);
        (_theirAccounts, _ourAccounts) = (new AccountFiles(after.Tree), new AccountFiles(ours.Tree));
        _atStart = new(FindMadeAtStart);
    }

    /// <summary>True when a package is one of ours; those that only scripts need are not.</summary>
    public bool IsOurs(string package) => _ours.UsedPackages.Contains(package);

    /// <summary>The package that brings a path; null where none does.</summary>
    public string? PackageOf(GuestPath path) => _packages.TryGet(path, out PackagedEntry? packaged) ? packaged.Package.Name : null;

    /// <summary>True when the policy leaves a path out.</summary>
    public bool IsLeftOut(GuestPath path) => DropPolicy.Drops(path, _ours.Edition);

    /// <summary>True for what a line of tmpfiles.d(5) of the image makes, or is above it.</summary>
    public bool IsMadeAtStart(GuestPath path) => _atStart.Value.Contains(path);

    /// <summary>True when our image has this path.</summary>
    public bool HasOurs(string path) => _ours.Tree.Contains(GuestPath.Parse(path));

    /// <summary>True for a program to which dpkg's installation gave capabilities (setcap).</summary>
    public bool HasTheirCapabilities(GuestPath path) => _after.Privileged.Contains(path);

    /// <summary>A link of dpkg's root; null for none.</summary>
    public SymlinkNode? TheirLink(GuestPath path) => _after.Tree.TryGet(path, out TreeEntry entry) ? entry.Node as SymlinkNode : null;

    /// <summary>All differences, explained or not.</summary>
    public IReadOnlyList<Difference> Compare()
    {
        List<Difference> differences = [.. CompareAccounts()];
        SortedSet<GuestPath> paths = [.. _ours.Tree.Entries.Where(e => e.Origin is not { Package: null,
            Capability: "base" }).Select(e => e.Path)];
        foreach (TreeEntry entry in _after.Tree.Entries)
        {
            bool isMeant = _alone is null || (_packages.TryGet(entry.Path, out PackagedEntry? packaged) && packaged.Package.Name == _alone);
            if (isMeant && (!_before.Tree.TryGet(entry.Path, out TreeEntry before) || !before.Node.IsLike(entry.Node)))
            {
                paths.Add(entry.Path);
            }
        }
        foreach (GuestPath path in paths.Where(p => !p.IsRoot))
        {
            TreeNode? theirs = _after.Tree.TryGet(path, out TreeEntry found) ? found.Node : null;
            TreeEntry? ours = _ours.Tree.TryGet(path, out TreeEntry mine) ? mine : null;
            if (ours is { Origin: { Package: null, Capability: "base" } } || IsImplied(theirs, ours) || DifferenceOf(theirs,
                ours?.Node) is not string what)
            {
                continue;
            }
            differences.Add(new Difference(path.ToString(), what, JudgeRules.NameFor(new Disagreement(path, theirs, ours,
                PackageOf(path), this))));
        }
        differences.AddRange(_after.Privileged.Except(_before.Privileged).Where(p => _ours.Tree.Contains(p)).Select(p =>
            new Difference(p.ToString(), "has capabilities (setcap), ours none", JudgeRules.Capabilities)));
        return differences;
    }

    private HashSet<GuestPath> FindMadeAtStart()
    {
        HashSet<GuestPath> made = [];
        foreach (TreeEntry entry in _after.Tree.Entries)
        {
            if (!entry.Path.ToString().StartsWith(Tmpfiles, StringComparison.Ordinal) || !_ours.Tree.Contains(entry.Path)
                || entry.Node is not FileNode { Content: InlineContent content })
            {
                continue;
            }
            foreach (string line in Encoding.UTF8.GetString(content.Bytes.Span).Split('\n'))
            {
                string[] fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 1 && fields[0][0] != '#' && GuestPath.TryParse(fields[1].TrimEnd('/'), out GuestPath path, out _))
                {
                    for (path = MergedUsr.Canonical(path); !path.IsRoot && made.Add(path); path = path.Parent)
                    {
                        continue;
                    }
                }
            }
        }
        return made;
    }

    // a parent that a tree makes by the way, where dpkg has a directory of a package that the policy leaves out
    private static bool IsImplied(TreeNode? theirs, TreeEntry? ours) => theirs is DirectoryNode && ours is { Node: DirectoryNode,
        Origin.Reason: "parent directory" }
        && theirs.Permissions == Modes.Folder && theirs.Uid == 0 && theirs.Gid == 0;

    private string? DifferenceOf(TreeNode? theirs, TreeNode? ours)
    {
        if (theirs is null || ours is null)
        {
            return theirs is null ? $"ours alone: {Describe(ours!, _ourAccounts)}" : $"dpkg alone: {Describe(theirs, _theirAccounts)}";
        }
        (string a, string b) = (Describe(theirs, _theirAccounts), Describe(ours, _ourAccounts));
        return a == b ? null : $"dpkg {a}, ours {b}";
    }

    private static string Describe(TreeNode node, AccountFiles accounts)
    {
        string owner = $"{Convert.ToString(node.Permissions, 8).PadLeft(4, '0')} {accounts.UserOf(node.Uid)}:{accounts.GroupOf(node.Gid)}";
        return node switch
        {
            DirectoryNode => $"directory {owner}",
            SymlinkNode link => $"link to {link.Target}",
            FileNode file => $"file {owner} {file.Content.Size} bytes {file.Content.Digest.ToShortString()}",
            SpecialNode special => $"{special.Kind} {owner}",
            _ => "?",
        };
    }

    private IEnumerable<Difference> CompareAccounts()
    {
        AccountFiles before = new(_before.Tree);
        // those of other packages come with what of them is there
        foreach (string name in Names(_alone is not null ? [] : _theirAccounts.Users.Keys.Except(before.Users.Keys),
            _ourAccounts.Users.Keys))
        {
            bool isThere = _theirAccounts.Users.TryGetValue(name, out (uint Id, string Fields) theirs);
            bool isOurs = _ourAccounts.Users.TryGetValue(name, out (uint Id, string Fields) ours);
            string what = !isThere ? $"ours alone: {ours.Fields}" : !isOurs ? $"dpkg alone: {theirs.Fields}"
                : theirs.Fields != ours.Fields ? $"dpkg {theirs.Fields}; ours {ours.Fields}"
                : theirs.Id != ours.Id && IsFixed(theirs.Id) ? $"dpkg {theirs.Id}, ours {ours.Id}"
                : HasPassword(_theirAccounts, name) || HasPassword(_ourAccounts, name) ? "has a password" : "";
            if (what.Length > 0)
            {
                yield return new Difference($"user {name}", what, JudgeRules.NameForAccount(name, what));
            }
        }
        foreach (string name in Names(_alone is not null ? [] : _theirAccounts.Groups.Keys.Except(before.Groups.Keys),
            _ourAccounts.Groups.Keys))
        {
            bool isThere = _theirAccounts.Groups.TryGetValue(name, out (uint Id, string[] Members) theirs);
            bool isOurs = _ourAccounts.Groups.TryGetValue(name, out (uint Id, string[] Members) ours);
            string what = !isThere ? "ours alone" : !isOurs ? "dpkg alone"
                : !theirs.Members.SequenceEqual(ours.Members)
                    ? $"dpkg members {string.Join(',', theirs.Members)}, ours {string.Join(',', ours.Members)}"
                : theirs.Id != ours.Id && IsFixed(theirs.Id) ? $"dpkg {theirs.Id}, ours {ours.Id}" : "";
            if (what.Length > 0)
            {
                yield return new Difference($"group {name}", what, JudgeRules.NameForAccount(name, what));
            }
        }
    }

    private static IEnumerable<string> Names(IEnumerable<string> theirs, IEnumerable<string> ours) =>
        theirs.Union(ours).Order(StringComparer.Ordinal);

    // what Debian numbers, and what a script asked for by number; the rest is given out as it comes
    private static bool IsFixed(uint id) => id is < 100 or > 999;

    private static bool HasPassword(AccountFiles accounts, string user) =>
        accounts.Passwords.GetValueOrDefault(user) is string password && password is not ("*" or "!" or "!*" or "x" or "");
}
