using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Units;

/// <summary>A service of systemd that starts with the system, with all that its drop-ins add.</summary>
/// <param name="Name">Its name, with the instance of a template: <c>getty@tty1.service</c>.</param>
/// <param name="Entry">The file that describes it.</param>
/// <param name="IsNamed">True when that file, or one of its drop-ins, is the edition's own.</param>
/// <param name="Settings">What all of them say, in their order.</param>
internal sealed record ServiceUnit(
    string Name, TreeEntry Entry, bool IsNamed, IReadOnlyList<(string Section, string Key, string Value)> Settings)
{
    /// <summary>What it says of a setting of <c>[Service]</c>.</summary>
    public IReadOnlyList<string> Values(string key) => UnitText.Values(Settings, "Service", key);

    /// <summary>The last word on a setting of <c>[Service]</c>; null for none.</summary>
    public string? Value(string key) => Values(key) is [.., string last] ? last : null;
}

/// <summary>Finds the services that start with a system: those that something enabled wants, and those of the edition's own.</summary>
internal sealed class ServiceUnits
{
    private const string Service = ".service";

    // the first that has a file wins: systemd.unit(5), for what an image may hold
    private static readonly GuestPath[] s_folders =
        [.. new[] { "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system" }.Select(GuestPath.Parse)];

    private static readonly string[] s_wishes = [".wants", ".requires", ".upholds"];

    private readonly FileTree _tree;
    private readonly Func<FileContent, string> _read;

    private readonly ILookup<string, TreeEntry> _dropIns; // by the folder's name, those that win in the place of others first

    private ServiceUnits(FileTree tree, Func<FileContent, string> read)
    {
        (_tree, _read) = (tree, read);
        _dropIns = tree.Entries
            .Where(e => e.Node is FileNode && e.Path.Name.EndsWith(".conf", StringComparison.Ordinal)
                && s_folders.Contains(e.Path.Parent.Parent))
            .OrderBy(e => Array.IndexOf(s_folders, e.Path.Parent.Parent)).ToLookup(e => e.Path.Parent.Name, StringComparer.Ordinal);
    }

    /// <summary>Finds them, by name.</summary>
    /// <param name="tree">A tree to which all effects were applied.</param>
    /// <param name="read">Reads a text of the tree.</param>
    public static IReadOnlyList<ServiceUnit> Of(FileTree tree, Func<FileContent, string> read) => new ServiceUnits(tree, read).Find();

    private List<ServiceUnit> Find()
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (TreeEntry entry in _tree.Entries.Where(e => e.Node is not DirectoryNode))
        {
            GuestPath folder = entry.Path.Parent;
            bool isWanted = s_folders.Contains(folder.Parent) && s_wishes.Any(w => folder.Name.EndsWith(w, StringComparison.Ordinal));
            bool isOwn = s_folders.Contains(folder) && entry.Node is FileNode && entry.Origin.Package is null;
            bool isOwnDropIn = s_folders.Contains(folder.Parent) && entry.Origin.Package is null
                && folder.Name.EndsWith(Service + ".d", StringComparison.Ordinal);
            string name = isOwnDropIn ? folder.Name[..^2] : entry.Path.Name;
            name = isWanted && name.EndsWith(".socket", StringComparison.Ordinal) ? name[..^".socket".Length] + Service : name;
            if ((isWanted || isOwn || isOwnDropIn) && name.EndsWith(Service, StringComparison.Ordinal))
            {
                names.Add(name);
            }
        }
        return [.. names.Select(Read).OfType<ServiceUnit>()];
    }

    private ServiceUnit? Read(string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        string template = at > 0 ? name[..(at + 1)] + Service : name;
        TreeEntry? found = File(name) ?? File(template);
        if (found is not TreeEntry { Node: FileNode main } entry)
        {
            return null; // masked, or made when the system runs
        }
        List<TreeEntry> dropIns =
        [
            .. new[] { "service.d", template + ".d", name + ".d" }.Distinct(StringComparer.Ordinal).SelectMany(DropIns)
                .OrderBy(e => e.Path.Name, StringComparer.Ordinal),
        ];
        return new ServiceUnit(
            name, entry, entry.Origin.Package is null || dropIns.Any(d => d.Origin.Package is null && d.Path.Parent.Name != "service.d"),
            [.. UnitText.Read(_read(main.Content)), .. dropIns.SelectMany(d => UnitText.Read(_read(((FileNode)d.Node).Content)))]);
    }

    private TreeEntry? File(string name)
    {
        foreach (GuestPath folder in s_folders)
        {
            if (GuestPath.TryParse($"{folder}/{name}", out GuestPath path, out _) && _tree.Contains(path))
            {
                return _tree.TryResolve(path, out TreeEntry entry) && entry.Node is FileNode ? entry : null;
            }
        }
        return null;
    }

    private IEnumerable<TreeEntry> DropIns(string folder) =>
        _dropIns[folder].DistinctBy(e => e.Path.Name, StringComparer.Ordinal);
}
