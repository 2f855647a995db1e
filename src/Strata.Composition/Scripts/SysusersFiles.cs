using System.Globalization;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts;

/// <summary>A line of a <c>sysusers.d</c> file.</summary>
/// <param name="Fields">Its fields; at least two.</param>
/// <param name="Entry">The file.</param>
internal sealed record SysusersLine(string[] Fields, TreeEntry Entry)
{
    /// <summary>What it is about: <c>u</c>, <c>g</c>, <c>m</c>, <c>r</c>.</summary>
    public string Kind => Fields[0].TrimEnd('!');
}

/// <summary>Accounts that <c>sysusers.d</c> files of the tree ask for (sysusers.d(5)).</summary>
internal static class SysusersFiles
{
    private const int MostBytes = 1 << 20;
    private static readonly GuestPath s_folder = GuestPath.Parse("/usr/lib/sysusers.d");

    /// <summary>Reads them.</summary>
    /// <exception cref="StrataException">A line is not understood.</exception>
    public static IReadOnlyList<SysusersLine> Read(FileTree tree, IContentReader contents)
    {
        List<SysusersLine> lines = [];
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
                lines.AddRange(reader.ReadToEnd().Split('\n').Select(Split).Where(f => f.Length > 1).Select(f => new SysusersLine(f,
                    entry)));
            }
        }
        return lines.Find(l => l.Kind is not ("g" or "u" or "m" or "r")) is not SysusersLine unknown ? lines
            : throw new StrataException($"cannot read {unknown.Entry.Path} of package '{unknown.Entry.Origin.Package}': "
                + $"'{unknown.Fields[0]}' is no kind of line of sysusers.d(5)");
    }

    /// <summary>Adds what lines ask for.</summary>
    /// <exception cref="StrataException">A line is not understood.</exception>
    public static void Add(ScriptAccounts accounts, IReadOnlyList<SysusersLine> lines)
    {
        // groups before the users who are in them, whatever the order of files
        foreach (string kind in new[] { "g", "u", "m" })
        {
            foreach (SysusersLine line in lines.Where(l => l.Kind == kind))
            {
                Add(accounts, line.Fields, line.Entry);
            }
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
                if (accounts.HasUser(name))
                {
                    break; // one of every system is as the system has it
                }
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
