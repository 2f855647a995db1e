using Strata.Core.Trees;

namespace Strata.Layers;

/// <summary>What a system sees of layers that lie on each other, as the kernel's overlay joins them.</summary>
/// <remarks>
/// Documentation/filesystems/overlayfs.rst of Linux: directories merge, the upper one deciding about mode and owner; all else hides.
/// </remarks>
public sealed class LayerStack
{
    private static readonly Origin s_whiteout = new(null, null, "hides what lies below");

    /// <summary>Hides a name of lower layers: a character device 0:0.</summary>
    public static SpecialNode Whiteout { get; } = new() { Permissions = 0, Kind = SpecialKind.CharacterDevice };

    /// <summary>What is seen.</summary>
    public FileTree Tree { get; } = new();

    /// <summary>Lays one more on top.</summary>
    public void Add(FileTree layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        foreach (TreeEntry entry in layer.Entries.Where(e => !e.Path.IsRoot)) // parents first
        {
            if (entry.Node.IsLike(Whiteout))
            {
                Tree.Remove(entry.Path);
                continue;
            }
            if (Tree.TryGet(entry.Path, out TreeEntry below) && (below.Node is DirectoryNode) != (entry.Node is DirectoryNode))
            {
                Tree.Remove(entry.Path);
            }
            Tree.Replace(entry.Path, entry.Node, entry.Origin);
        }
    }

    /// <summary>The layer that makes the whole of it: what is missing or different so far, and whiteouts for what is too much.</summary>
    public FileTree Completion(FileTree whole)
    {
        ArgumentNullException.ThrowIfNull(whole);
        FileTree layer = new();
        foreach (TreeEntry entry in whole.Entries.Where(e => !Tree.TryGet(e.Path, out TreeEntry seen) || !seen.Node.IsLike(e.Node)))
        {
            AddWithParents(layer, entry, whole);
        }
        foreach (TreeEntry seen in Tree.Entries.Where(e => !whole.Contains(e.Path)))
        {
            if (whole.TryGet(seen.Path.Parent, out TreeEntry parent) && parent.Node is DirectoryNode)
            {
                AddWithParents(layer, new TreeEntry(seen.Path, Whiteout, s_whiteout), whole);
            }
        }
        return layer;
    }

    /// <summary>Adds a name and the directories above it, with the mode and owner that they have in another tree.</summary>
    internal static void AddWithParents(FileTree layer, TreeEntry entry, FileTree directories)
    {
        if (entry.Path is { IsRoot: false, Parent: { IsRoot: false } parent } && !layer.Contains(parent)
            && directories.TryGet(parent, out TreeEntry above))
        {
            AddWithParents(layer, above, directories);
        }
        layer.Replace(entry.Path, entry.Node, entry.Origin);
    }
}
