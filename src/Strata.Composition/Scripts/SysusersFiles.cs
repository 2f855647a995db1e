using System.Globalization;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts;

/// <summary>Accounts that <c>sysusers.d</c> files of the tree ask for (sysusers.d(5)).</summary>
internal static class SysusersFiles
{
    private const int MostBytes = 1 << 20;
    private static readonly GuestPath s_folder = GuestPath.Parse("/usr/lib/sysusers.d");

    /// <summary>Adds them.</summary>
    /// <exception cref="StrataException">A line is not understood.</exception>
    public static void Add(FileTree tree, IContentReader contents, ScriptAccounts accounts)
    {
        List<(string[] Fields, TreeEntry Entry)> lines = [];
        foreach (TreeEntry entry in tree.InContentOrder())
        {
            if (entry.Path.Parent == s_folder && entry.Path.Name.EndsWith(".conf", StringComparison.Ordinal) && entry.Node is FileNode file)
            {
                if (file.Content.Size > MostBytes)
                {
                    throw new StrataException(
                        $"cannot read {entry.Path}: it has {new ByteSize(file.Content.Size)}, at most 1 MiB are allowed");
                }
                using StreamReader reader = new(contents.Open(file.Content));
                lines.AddRange(reader.ReadToEnd().Split('\n').Select(l => (Split(l), entry)).Where(l => l.Item1.Length > 1));
            }
        }
        // groups before the users who are in them, whatever the order of files
        foreach (string kind in new[] { "g", "u", "m" })
        {
            foreach ((string[] fields, TreeEntry entry) in lines.Where(l => l.Fields[0].TrimEnd('!') == kind))
            {
                Add(accounts, fields, entry);
            }
        }
        if (lines.FirstOrDefault(l => l.Fields[0].TrimEnd('!') is not ("g" or "u" or "m" or "r")) is (string[] unknown, TreeEntry where))
        {
            throw new StrataException(
                $"cannot read {where.Path} of package '{where.Origin.Package}': '{unknown[0]}' is no kind of line of sysusers.d(5)");
        }
    }

    private static void Add(ScriptAccounts accounts, string[] fields, TreeEntry entry)
    {
        string name = fields[1];
        string id = Field(2);
        if (name.Contains('%', StringComparison.Ordinal) || name.AsSpan().ContainsAny(":/ \t"))
        {
            throw Problem($"'{name}' is no name of an account");
        }
        switch (fields[0])
        {
            case "m":
                if (!accounts.HasUser(name))
                {
                    accounts.Add(new WantedUser(name, null, null, "/", "/usr/sbin/nologin", ""));
                }
                accounts.AddGroup(id, null);
                accounts.AddMember(id, name);
                break;
            case "g":
                accounts.AddGroup(name, Number(id));
                break;
            default:
                string[] both = id.Split(':');
                string? group = both.Length < 2 ? null : both[1];
                int? uid = Number(both[0]);
                if (group is not null && int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out int gid))
                {
                    group = accounts.Groups.FirstOrDefault(g => g.Value == gid).Key ?? throw Problem($"no group has the number {gid}");
                }
                accounts.Add(new WantedUser(
                    name, uid, group, Field(4) is { Length: > 0 } home ? home : "/", Field(5) is { Length: > 0 } shell ? shell
                        : "/usr/sbin/nologin", Field(3)));
                break;
        }

        string Field(int index) => index < fields.Length && fields[index] != "-" ? fields[index] : "";

        int? Number(string text) => text is "" or "-" || text.StartsWith('/') ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 65534 ? number
            : throw Problem($"'{text}' is no number of an account");

        StrataException Problem(string why) => new($"cannot read {entry.Path} of package '{entry.Origin.Package}': {why}",
            "Leave the file out with 'except' and declare its accounts under 'users' and 'groups'.");
    }

    // blanks apart, quotes keep them
    private static string[] Split(string line)
    {
        List<string> fields = [];
        for (int at = 0; at < line.Length;)
        {
            if (line[at] is ' ' or '\t' or '\r')
            {
                at++;
            }
            else if (line[at] == '#')
            {
                break;
            }
            else
            {
                bool isQuoted = line[at] is '"' or '\'';
                int end = isQuoted ? line.IndexOf(line[at], at + 1) : line.AsSpan(at).IndexOfAny(' ', '\t', '\r') is int length and >= 0
                    ? at + length : line.Length;
                end = end < 0 ? line.Length : end;
                fields.Add(line[(isQuoted ? at + 1 : at)..end]);
                at = isQuoted ? end + 1 : end;
            }
        }
        return [.. fields];
    }
}
