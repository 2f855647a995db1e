using System.Globalization;
using System.Text;
using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;

namespace Strata.Editions.Installing;

/// <summary>What the scripts of a package came to where dpkg ran them, in the words of a capability.</summary>
/// <remarks>
/// A path counts when a root with the package has there something else than the package's own file and than a root that has all that the
/// package depends on. What two installations do not agree about is told and never proposed: a key, a name, a time of one machine.
/// </remarks>
internal sealed class LearnedChanges
{
    private const int LongestText = 4096; // characters of a file that is proposed with its content

    // dpkg's own, what each start makes anew, what a running system notes: nothing of an image
    private static readonly PathPattern[] s_passedOver =
    [
        .. new[]
        {
            "/var/lib/dpkg/", "/var/cache/debconf/", "/var/lib/ucf/", "/var/lib/systemd/deb-systemd-**", "/var/lib/pam/", "/var/lib/apt/",
            "/var/cache/apt/", "/run/", "/tmp/", "/var/tmp/", "/dev/", "/proc/", "/sys/", "/debs/", "/var/log/*.log", "/var/log/apt/",
            "/etc/ld.so.cache", "/var/cache/ldconfig/", "/etc/rc?.d/", "/etc/init.d/.depend.*", "/**.pyc", "/**/__pycache__",
            "/etc/alternatives/README",
            // accounts are told by their names
            "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-",
            "/etc/subuid", "/etc/subgid", "/etc/subuid-", "/etc/subgid-", "/etc/.pwd.lock",
        }.SelectMany(p => p.EndsWith('/') ? new[] { p, p.TrimEnd('/') } : [p]).Select(PathPattern.Parse),
    ];

    private readonly ListedPackage _package;
    private readonly IReadOnlyDictionary<GuestPath, ListingEntry> _own;
    private readonly FileTree _without;
    private readonly FileTree _first;
    private readonly FileTree _second;
    private readonly RoomAccounts _accounts;
    private readonly HashSet<GuestPath> _parents; // of all that an image gets
    private readonly List<string> _files = [];
    private readonly List<string> _directories = [];
    private readonly List<string> _links = [];
    private readonly List<string> _modes = [];
    private readonly List<string> _gone = [];
    private readonly List<string> _told = [];

    private LearnedChanges(ListedPackage package, InstalledFiles without, InstalledFiles first, InstalledFiles second)
    {
        _package = package;
        _own = package.Listing.Entries.GroupBy(e => MergedUsr.Canonical(e.Path)).ToDictionary(g => g.Key, g => g.Last());
        (_without, _first, _second) = (without.Tree, first.Tree, second.Tree);
        _accounts = new RoomAccounts(first.Tree);
        IEnumerable<GuestPath> found = _first.Entries.Where(e => !IsPlain(e.Node) && !IsPassedOver(e.Path)).Select(e => e.Path);
        _parents = [.. _own.Keys.Concat(found).SelectMany(Above)];
    }

    /// <summary>Words for a capability, with remarks where there is no word.</summary>
    /// <param name="package">The package.</param>
    /// <param name="without">A root with all that it depends on.</param>
    /// <param name="first">The same with the package.</param>
    /// <param name="second">Once more.</param>
    public static string Describe(ListedPackage package, InstalledFiles without, InstalledFiles first, InstalledFiles second)
    {
        LearnedChanges changes = new(package, without, first, second);
        foreach (GuestPath path in changes.Paths())
        {
            changes.Look(path);
        }
        return changes.Write();
    }

    private SortedSet<GuestPath> Paths() =>
    [
        .. _without.Entries.Concat(_first.Entries).Concat(_second.Entries).Select(e => e.Path).Concat(_own.Keys)
            .Where(p => !p.IsRoot && !IsPassedOver(p)),
    ];

    private static bool IsPassedOver(GuestPath path) => Array.Exists(s_passedOver, o => o.Matches(path));

    private static bool IsPlain(TreeNode node) => node is DirectoryNode { Permissions: Modes.Folder, Uid: 0, Gid: 0 };

    private static IEnumerable<GuestPath> Above(GuestPath path)
    {
        for (GuestPath above = path.Parent; !above.IsRoot; above = above.Parent)
        {
            yield return above;
        }
    }

    private void Look(GuestPath path)
    {
        TreeNode? before = NodeIn(_without, path);
        TreeNode? after = NodeIn(_first, path);
        TreeNode? again = NodeIn(_second, path);
        _own.TryGetValue(path, out ListingEntry? own);
        if (own is not null ? after is not null && IsAsPackaged(own, after) : AreAlike(before, after) && AreAlike(before, again))
        {
            return;
        }
        if (!AreAlike(after, again))
        {
            _told.Add($"{path} is not the same in two installations, so no image should have it");
            return;
        }
        if (after is null)
        {
            _gone.Add(path.ToString());
            return;
        }
        if (own is not null && after is FileNode file && file.Content.Digest == own.Digest)
        {
            if (after.Permissions != own.Permissions)
            {
                _modes.Add($"{Quote(path)}: \"{Octal(after)}\"");
            }
            if ((after.Uid, after.Gid) != (own.Uid, own.Gid))
            {
                _told.Add($"{path} of the package belongs to {_accounts.UserOf(after.Uid)}:{_accounts.GroupOf(after.Gid)}");
            }
            return;
        }
        Propose(path, after);
    }

    private void Propose(GuestPath path, TreeNode after)
    {
        switch (after)
        {
            case DirectoryNode when IsPlain(after) && _parents.Contains(path):
                break; // it comes with what is in it
            case DirectoryNode:
                _directories.Add($"{Quote(path)}: {{mode: \"{Octal(after)}\"{OwnerOf(after)}}}");
                break;
            case SymlinkNode link:
                _links.Add($"{Quote(path)}: {Quote(link.Target)}");
                break;
            case FileNode { Content: InlineContent content } when TextOf(content) is string text:
                _files.Add(IsOfLines(text)
                    ? $"{Quote(path)}:\n    mode: \"{Octal(after)}\"{OwnerOf(after).Replace(", ", "\n    ", StringComparison.Ordinal)}\n"
                        + "    content: |" + string.Concat(text.TrimEnd('\n').Split('\n').Select(l => l.Length > 0 ? "\n      " + l : "\n"))
                    : $"{Quote(path)}: {{mode: \"{Octal(after)}\"{OwnerOf(after)}, content: {Quote(text)}}}");
                break;
            case FileNode large:
                _told.Add($"{path} is a file of {new ByteSize(large.Content.Size)} (mode {Octal(after)}{OwnerOf(after)}): bring it as a "
                    + "'source:', or have a 'builds:' make it");
                break;
            default:
                _told.Add($"{path} is a device or a pipe, which is made when a system starts");
                break;
        }
    }

    private string Write()
    {
        StringBuilder text = new();
        (string[] users, string[] groups) = _accounts.NewSince(new RoomAccounts(_without));
        if (!_accounts.IsLike(new RoomAccounts(_second)))
        {
            _told.Add("accounts got other numbers in the second installation; give them numbers of your own");
        }
        if (_modes.Count + _gone.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"packages:\n  {_package.Name}:\n");
            Section(text, "    ", "except", [.. _gone.Select(p => "- " + Quote(p))]);
            Section(text, "    ", "modes", _modes);
        }
        Section(text, "", "groups", groups);
        Section(text, "", "users", users);
        Section(text, "", "directories", _directories);
        Section(text, "", "files", _files);
        Section(text, "", "links", _links);
        if (text.Length == 0 && _told.Count == 0)
        {
            return $"# the scripts of {_package.Name} {_package.Version} left nothing that an image has\n";
        }
        foreach (string told in _told.Order(StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"# {told}\n");
        }
        return text.ToString();
    }

    private static void Section(StringBuilder text, string indent, string name, IReadOnlyList<string> lines)
    {
        if (lines.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}{name}:\n");
            foreach (string line in lines)
            {
                text.Append(CultureInfo.InvariantCulture, $"{indent}  {line}\n");
            }
        }
    }

    private static TreeNode? NodeIn(FileTree tree, GuestPath path) => tree.TryGet(path, out TreeEntry entry) ? entry.Node : null;

    private static bool AreAlike(TreeNode? a, TreeNode? b) => a is null ? b is null : b is not null && a.IsLike(b);

    private static bool IsAsPackaged(ListingEntry own, TreeNode node) =>
        (own.Kind, node) switch
        {
            (ListingKind.Directory, DirectoryNode) => IsOwned(own, node),
            (ListingKind.Symlink, SymlinkNode link) => link.Target == own.Target,
            (ListingKind.File or ListingKind.HardLink, FileNode file) => IsOwned(own, node) && file.Content.Digest == own.Digest,
            _ => false,
        };

    private static bool IsOwned(ListingEntry own, TreeNode node) =>
        (own.Permissions, own.Uid, own.Gid) == (node.Permissions, node.Uid, node.Gid);

    private string OwnerOf(TreeNode node) => (node.Uid, node.Gid) is (0, 0) ? ""
        : $", owner: {_accounts.UserOf(node.Uid)}, group: {_accounts.GroupOf(node.Gid)}";

    private static string Octal(TreeNode node) => Convert.ToString(node.Permissions, 8).PadLeft(4, '0');

    // a text that YAML can hold: UTF-8 without control characters
    private static string? TextOf(InlineContent content)
    {
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content.Bytes.Span);
            return text.Length <= LongestText && !text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? text : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // what a block of lines keeps as it is: YAML 1.2 §8.1
    private static bool IsOfLines(string text) => text.TrimEnd('\n').Contains('\n') && text.EndsWith('\n')
        && !text.EndsWith("\n\n", StringComparison.Ordinal) && text[0] is not (' ' or '\n') && !text.Contains('\t');

    private static string Quote(GuestPath path) => Quote(path.ToString());

    // plain where it cannot be taken for anything else; YAML 1.2 §7.3
    private static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-' or '+') && text[0] is '/' or '.'
            ? text : '"' + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal) + '"';
}
