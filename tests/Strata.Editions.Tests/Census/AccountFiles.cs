using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Editions.Tests.Census;

/// <summary>The accounts of a tree: numbers by name and names by number, so that trees that number differently can be compared.</summary>
internal sealed class AccountFiles
{
    private readonly Dictionary<uint, string> _userNames = [];
    private readonly Dictionary<uint, string> _groupNames = [];

    public AccountFiles(FileTree tree)
    {
        foreach (string[] group in Lines(tree, "/etc/group", 4))
        {
            _groupNames.TryAdd(Number(group[2]), group[0]);
            Groups[group[0]] = (Number(group[2]), [.. group[3].Split(',',
                StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)]);
        }
        foreach (string[] user in Lines(tree, "/etc/passwd", 7))
        {
            _userNames.TryAdd(Number(user[2]), user[0]);
            Users[user[0]] = (Number(user[2]),
                $"group {GroupOf(Number(user[3]))}, home {user[5]}, shell {user[6]}, '{user[4].TrimEnd(',')}'");
        }
        foreach (string[] shadow in Lines(tree, "/etc/shadow", 9))
        {
            Passwords[shadow[0]] = shadow[1];
        }
    }

    public Dictionary<string, (uint Id, string Fields)> Users { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, (uint Id, string[] Members)> Groups { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Passwords { get; } = new(StringComparer.Ordinal);

    public string UserOf(uint id) => _userNames.GetValueOrDefault(id) ?? id.ToString(CultureInfo.InvariantCulture);

    public string GroupOf(uint id) => _groupNames.GetValueOrDefault(id) ?? id.ToString(CultureInfo.InvariantCulture);

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<string[]> Lines(FileTree tree, string path, int fields) =>
        tree.TryGet(GuestPath.Parse(path), out TreeEntry entry) && entry.Node is FileNode { Content: InlineContent content }
            ? Encoding.UTF8.GetString(content.Bytes.Span).Split('\n').Select(l => l.Split(':')).Where(l => l.Length == fields)
            : [];
}
