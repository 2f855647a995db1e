using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Units;

/// <summary>Finds the units of an image and enables them as <c>systemctl enable</c> does: systemd.unit(5).</summary>
/// <param name="tree">Links are added to it.</param>
/// <param name="read">Reads a text of the tree.</param>
/// <param name="origin">Of what is added.</param>
internal sealed class UnitLinks(FileTree tree, Func<FileContent, string> read, Origin origin)
{
    /// <summary>Where links lie that enable units.</summary>
    public const string LinkFolder = "/etc/systemd/";

    // the first that has a file wins, for what an image may hold
    private static readonly string[] s_folders = [LinkFolder, "/usr/lib/systemd/"];

    /// <summary>The file of a unit, or that of its template, and where it is found; false when the image takes none.</summary>
    public bool TryFind(string unit, bool isOfUsers, out GuestPath path, out TreeEntry entry)
    {
        foreach (string name in new[] { unit, TemplateOf(unit) }.Distinct())
        {
            foreach (string folder in s_folders)
            {
                if (GuestPath.TryParse($"{folder}{(isOfUsers ? "user" : "system")}/{name}", out path, out _)
                    && tree.TryResolve(path, out entry) && entry.Node is FileNode)
                {
                    return true;
                }
            }
        }
        (path, entry) = (default, default);
        return false;
    }

    /// <summary>Names of all units of the system.</summary>
    public IEnumerable<string> Names() => tree.Entries
        .Where(e => e.Node is not DirectoryNode && s_folders.Any(f => e.Path.Parent.ToString() == f + "system"))
        .Select(e => e.Path.Name);

    /// <summary>A link of a package itself that starts a unit, and so stays when it is disabled; null for none.</summary>
    public TreeEntry? WishOfPackage(string unit) => tree.Entries
        .Where(e => e.Node is SymlinkNode && e.Path.Name == unit && e.Path.Parent.Name.EndsWith(".wants", StringComparison.Ordinal)
            && e.Path.Parent.Parent.ToString() == "/usr/lib/systemd/system").Cast<TreeEntry?>().FirstOrDefault();

    /// <summary>Makes the links that its <c>[Install]</c> section asks for.</summary>
    /// <param name="unit">Its name.</param>
    /// <param name="isOfUsers">True for one of users' own systemd.</param>
    /// <returns>Units that shall be enabled with it.</returns>
    /// <exception cref="StrataException">The section asks for what cannot be done in an image.</exception>
    public IReadOnlyList<string> Enable(string unit, bool isOfUsers)
    {
        if (!TryFind(unit, isOfUsers, out GuestPath path, out TreeEntry entry))
        {
            return []; // a unit that the image does not take
        }
        string kind = isOfUsers ? "user" : "system";
        string file = path.Name;
        List<string> also = [];
        string? instance = null;
        List<(string Section, string Key, string Value)> lines =
            [.. UnitText.Read(read(((FileNode)entry.Node).Content)).Where(s => s.Section == "Install")];
        foreach ((_, string key, string value) in lines)
        {
            instance = key == "DefaultInstance" ? value : instance;
        }
        string name = unit == file && instance is not null && file.Contains("@.", StringComparison.Ordinal)
            ? file.Replace("@.", $"@{instance}.", StringComparison.Ordinal) : unit;
        foreach ((_, string key, string value) in lines)
        {
            foreach (string word in value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                string? at = key switch
                {
                    "WantedBy" => $"{word}.wants/{name}",
                    "RequiredBy" => $"{word}.requires/{name}",
                    "UpheldBy" => $"{word}.upholds/{name}",
                    "Alias" => word,
                    _ => null,
                };
                if (at is not null)
                {
                    Link($"{LinkFolder}{kind}/{at}", path);
                }
                else if (key == "Also")
                {
                    also.Add(word);
                }
            }
        }
        return also;
    }

    private void Link(string at, GuestPath unit)
    {
        if (at.Contains('%', StringComparison.Ordinal) || !GuestPath.TryParse(at, out GuestPath path, out _))
        {
            throw new StrataException($"cannot enable {unit}: its [Install] section asks for {at}");
        }
        if (!tree.Contains(path))
        {
            tree.Add(path, new SymlinkNode { Permissions = Modes.Link, Target = unit.ToString() }, origin);
        }
    }

    private static string TemplateOf(string unit)
    {
        int at = unit.IndexOf('@', StringComparison.Ordinal);
        int dot = unit.LastIndexOf('.');
        return at > 0 && dot > at ? unit[..(at + 1)] + unit[dot..] : unit;
    }
}
