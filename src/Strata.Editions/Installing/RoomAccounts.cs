using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Editions.Installing;

/// <summary>The accounts of a root that dpkg made: <c>/etc/passwd</c> and <c>/etc/group</c> (passwd(5), group(5)).</summary>
internal sealed class RoomAccounts
{
    private readonly SortedDictionary<string, string[]> _users = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string[]> _groups = new(StringComparer.Ordinal);

    public RoomAccounts(FileTree tree)
    {
        Read(tree, "/etc/passwd", 7, _users);
        Read(tree, "/etc/group", 4, _groups);
    }

    /// <summary>Name of a user; the number where it has none.</summary>
    public string UserOf(uint id) => NameOf(_users, id);

    /// <summary>Name of a group; the number where it has none.</summary>
    public string GroupOf(uint id) => NameOf(_groups, id);

    /// <summary>True when all names, numbers and members are the same.</summary>
    public bool IsLike(RoomAccounts other) => Text() == other.Text();

    /// <summary>What was not there before, as <c>users:</c> and <c>groups:</c> of a capability say it.</summary>
    public (string[] Users, string[] Groups) NewSince(RoomAccounts before) =>
    (
        [
            .. _users.Values.Where(u => !before._users.ContainsKey(u[0])).Select(u =>
                $"{u[0]}: {{id: {u[2]}, group: {GroupOf(Number(u[3]))}, home: {u[5]}, shell: {u[6]}}}"),
        ],
        [
            .. _groups.Values.Where(g => !before._groups.TryGetValue(g[0], out string[]? old) || old[3] != g[3]).Select(g =>
                $"{g[0]}: {{id: {g[2]}{(g[3].Length == 0 ? "" : $", members: [{g[3].Replace(",", ", ", StringComparison.Ordinal)}]")}}}"),
        ]
    );

    private static void Read(FileTree tree, string path, int fields, SortedDictionary<string, string[]> accounts)
    {
        if (tree.TryGet(GuestPath.Parse(path), out TreeEntry entry) && entry.Node is FileNode { Content: InlineContent content })
        {
            foreach (string[] line in Encoding.UTF8.GetString(content.Bytes.Span).Split('\n').Select(l => l.Split(':')))
            {
                if (line.Length == fields && uint.TryParse(line[2], NumberStyles.None, CultureInfo.InvariantCulture, out _))
                {
                    accounts.TryAdd(line[0], line);
                }
            }
        }
    }

    private static string NameOf(SortedDictionary<string, string[]> accounts, uint id) =>
        accounts.Values.FirstOrDefault(a => Number(a[2]) == id)?[0] ?? id.ToString(CultureInfo.InvariantCulture);

    private static uint Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : uint.MaxValue;

    private string Text() => string.Join('\n', _users.Values.Concat(_groups.Values).Select(a => string.Join(':', a)));
}
