using System.Diagnostics.CodeAnalysis;

namespace Strata.Core.Trees;

/// <summary>What brought a path into a tree.</summary>
/// <param name="Capability">Name of the capability; null below that level.</param>
/// <param name="Package">Name of the package; null when the capability itself or an effect made it.</param>
/// <param name="Reason">Why in words: <c>program</c>, <c>needed by /usr/bin/curl</c>, <c>effect ca-bundle</c>.</param>
public sealed record Origin(string? Capability, string? Package, string Reason);

/// <summary>One name in a tree.</summary>
/// <param name="Path">Where.</param>
/// <param name="Node">What.</param>
/// <param name="Origin">Why.</param>
public readonly record struct TreeEntry(GuestPath Path, TreeNode Node, Origin Origin);

/// <summary>A tree of names in ordinal order, parents always present and before their children. The root exists from the start.</summary>
/// <remarks>Several threads may read it at once, as long as nobody changes it.</remarks>
public sealed class FileTree
{
    private static readonly Origin s_parent = new(null, null, "parent directory");

    private readonly Dictionary<GuestPath, TreeEntry> _entries = [];
    private readonly Lock _sorting = new();
    private readonly List<GuestPath> _changed = []; // since the names were sorted; one may stand here several times
    private TreeEntry[] _sorted = [];

    /// <summary>An empty tree: the root directory, 0755, owned by root.</summary>
    public FileTree() => Set(GuestPath.Root, new DirectoryNode { Permissions = Modes.Folder }, s_parent);

    /// <summary>Number of names, the root included.</summary>
    public int Count => _entries.Count;

    /// <summary>All names in ordinal order of their paths, as they are now: later changes of the tree do not change the list.</summary>
    public IReadOnlyList<TreeEntry> Entries => Sorted();

    /// <summary>Looks up one name; links are not followed.</summary>
    public bool TryGet(GuestPath path, out TreeEntry entry) => _entries.TryGetValue(path, out entry);

    /// <summary>True when the name exists; links are not followed.</summary>
    public bool Contains(GuestPath path) => _entries.ContainsKey(path);

    /// <summary>
    /// Adds a name. Missing parents are made (0755, root). A directory may be added again: the later description of it wins over a
    /// parent made on the way, otherwise the first stays.
    /// </summary>
    /// <exception cref="StrataException">The name exists with another content or type, or a parent is no directory.</exception>
    public void Add(GuestPath path, TreeNode node, Origin origin)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(origin);
        if (_entries.TryGetValue(path, out TreeEntry existing))
        {
            if (existing.Node is DirectoryNode && node is DirectoryNode)
            {
                if (ReferenceEquals(existing.Origin, s_parent))
                {
                    Set(path, node, origin);
                }
                return;
            }
            if (!existing.Node.IsLike(node))
            {
                throw new StrataException(
                    $"cannot add {path} ({Describe(node)} of {Describe(origin)}): it is already {Describe(existing.Node)} of {Describe(existing.Origin)}");
            }
            return;
        }
        AddParents(path, origin);
        Set(path, node, origin);
    }

    /// <summary>Puts a name in place of whatever is there, except of a directory.</summary>
    /// <exception cref="StrataException">A directory is there, or a parent is no directory.</exception>
    public void Replace(GuestPath path, TreeNode node, Origin origin)
    {
        if (_entries.TryGetValue(path, out TreeEntry existing))
        {
            if (existing.Node is DirectoryNode && node is not DirectoryNode)
            {
                throw new StrataException($"cannot replace directory {path} by {Describe(node)} of {Describe(origin)}");
            }
            Set(path, node, origin);
            return;
        }
        Add(path, node, origin);
    }

    /// <summary>Removes a name; a directory only with everything below it.</summary>
    public void Remove(GuestPath path)
    {
        if (!_entries.TryGetValue(path, out TreeEntry entry))
        {
            return;
        }
        foreach (TreeEntry below in entry.Node is DirectoryNode ? Below(path) : [])
        {
            Forget(below.Path);
        }
        if (!path.IsRoot)
        {
            Forget(path);
        }
    }

    /// <summary>Everything in a directory, at any depth, in ordinal order; as it is now.</summary>
    public IReadOnlyList<TreeEntry> Below(GuestPath directory)
    {
        string start = directory.IsRoot ? "/" : directory + "/";
        TreeEntry[] all = Sorted();
        (int first, int high) = (0, all.Length);
        while (first < high)
        {
            int middle = (first + high) >>> 1;
            (first, high) = string.CompareOrdinal(all[middle].Path.ToString(), start) <= 0 ? (middle + 1, high) : (first, middle);
        }
        int end = first;
        while (end < all.Length && all[end].Path.ToString().StartsWith(start, StringComparison.Ordinal))
        {
            end++;
        }
        return new ArraySegment<TreeEntry>(all, first, end - first);
    }

    /// <summary>
    /// Follows links until a name that is none: every component of the path, at most 40 links as Linux does (ELOOP).
    /// </summary>
    public bool TryResolve(GuestPath path, out TreeEntry entry)
    {
        GuestPath current = path;
        for (int hops = 0; hops <= 40; hops++)
        {
            if (!TryFindLink(current, out GuestPath link, out string? target))
            {
                return _entries.TryGetValue(current, out entry);
            }
            string rest = current.ToString()[link.ToString().Length..];
            if (!link.Parent.TryResolveLink(target + rest, out current))
            {
                break;
            }
        }
        entry = default;
        return false;
    }

    /// <summary>
    /// Entries in the order in which contents are cheapest to read: first everything without content or with its bytes at hand, in path
    /// order; then the files of each package together (ordinal by package name), in the order of its archive.
    /// </summary>
    public IReadOnlyList<TreeEntry> InContentOrder()
    {
        ILookup<bool, TreeEntry> isPackaged = Sorted().ToLookup(e => PackageOf(e) is not null);
        TreeEntry[] packaged = [.. isPackaged[true]];
        Array.Sort(packaged, ByPlace);
        return [.. isPackaged[false], .. packaged];
    }

    private static int ByPlace(TreeEntry left, TreeEntry right)
    {
        (PackageContent one, PackageContent other) = (PackageOf(left)!, PackageOf(right)!);
        int order = string.CompareOrdinal(left.Origin.Package, right.Origin.Package);
        order = order != 0 ? order : one.Package.CompareTo(other.Package);
        order = order != 0 ? order : one.Offset.CompareTo(other.Offset);
        return order != 0 ? order : left.Path.CompareTo(right.Path);
    }

    private static PackageContent? PackageOf(TreeEntry entry) => (entry.Node as FileNode)?.Content as PackageContent;

    private static string Describe(TreeNode node) => node switch
    {
        DirectoryNode => "a directory",
        FileNode f => $"a file of {f.Content.Size} bytes",
        SymlinkNode s => $"a link to {s.Target}",
        SpecialNode s => $"a {s.Kind}",
        _ => node.GetType().Name,
    };

    private static string Describe(Origin origin) => origin switch
    {
        { Package: string package, Capability: string capability } => $"package {package}, capability {capability}",
        { Package: string package } => $"package {package}",
        { Capability: string capability } => $"capability {capability} ({origin.Reason})",
        _ => origin.Reason,
    };

    private bool TryFindLink(GuestPath path, out GuestPath link, [NotNullWhen(true)] out string? target)
    {
        string text = path.ToString();
        for (int slash = text.IndexOf('/', 1); ; slash = text.IndexOf('/', slash + 1))
        {
            GuestPath prefix = slash < 0 ? path : GuestPath.Parse(text[..slash]);
            if (_entries.TryGetValue(prefix, out TreeEntry entry) && entry.Node is SymlinkNode symlink)
            {
                (link, target) = (prefix, symlink.Target);
                return true;
            }
            if (slash < 0)
            {
                (link, target) = (default, null);
                return false;
            }
        }
    }

    private void AddParents(GuestPath path, Origin origin)
    {
        Stack<GuestPath> missing = [];
        for (GuestPath parent = path.Parent; ; parent = parent.Parent)
        {
            if (_entries.TryGetValue(parent, out TreeEntry entry))
            {
                if (entry.Node is not DirectoryNode)
                {
                    throw new StrataException($"cannot add {path} of {Describe(origin)}: {parent} is {Describe(entry.Node)} of {Describe(entry.Origin)}");
                }
                break;
            }
            missing.Push(parent);
        }
        foreach (GuestPath parent in missing)
        {
            Set(parent, new DirectoryNode { Permissions = Modes.Folder }, s_parent);
        }
    }

    private void Set(GuestPath path, TreeNode node, Origin origin)
    {
        _entries[path] = new TreeEntry(path, node, origin);
        _changed.Add(path);
    }

    private void Forget(GuestPath path)
    {
        _entries.Remove(path);
        _changed.Add(path);
    }

    private TreeEntry[] Sorted()
    {
        lock (_sorting)
        {
            if (_changed.Count > 0)
            {
                _changed.Sort();
                _sorted = Merge();
                _changed.Clear();
            }
            return _sorted;
        }
    }

    /// <summary>What was sorted before, with the names that changed as they are now.</summary>
    private TreeEntry[] Merge()
    {
        TreeEntry[] merged = new TreeEntry[_entries.Count];
        int count = 0;
        int old = 0;
        for (int i = 0; i < _changed.Count; i++)
        {
            GuestPath path = _changed[i];
            if (i > 0 && path == _changed[i - 1])
            {
                continue;
            }
            for (; old < _sorted.Length && _sorted[old].Path < path; old++)
            {
                merged[count++] = _sorted[old];
            }
            old += old < _sorted.Length && _sorted[old].Path == path ? 1 : 0;
            if (_entries.TryGetValue(path, out TreeEntry entry))
            {
                merged[count++] = entry;
            }
        }
        _sorted.AsSpan(old).CopyTo(merged.AsSpan(count));
        return merged;
    }
}
