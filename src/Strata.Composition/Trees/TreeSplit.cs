using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Trees;

/// <summary>Takes a tree apart into the parts that capabilities brought.</summary>
public static class TreeSplit
{
    /// <summary>One tree a capability that brought something, in the order given, and <see cref="Capability.SystemName"/> on top: what no capability brought, results of effects such as <c>/etc/passwd</c>.</summary>
    /// <remarks>Put on top of each other they are the whole tree: a directory has its own owner and mode in every part that has something in it.</remarks>
    public static IReadOnlyList<(string Name, FileTree Tree)> ByCapability(FileTree tree, IEnumerable<string> capabilities)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ILookup<string, TreeEntry> byCapability = tree.Entries
            .Where(e => !e.Path.IsRoot && !IsMereParent(e))
            .ToLookup(e => e.Origin.Capability ?? Capability.SystemName, StringComparer.Ordinal);
        List<(string, FileTree)> parts = [];
        foreach (string name in capabilities.Append(Capability.SystemName).Distinct(StringComparer.Ordinal).Where(byCapability.Contains))
        {
            FileTree part = new();
            tree.TryGet(GuestPath.Root, out TreeEntry root);
            part.Replace(GuestPath.Root, root.Node, root.Origin);
            foreach (TreeEntry entry in byCapability[name]) // in path order, so parents of its own come first
            {
                AddParents(entry.Path, tree, part);
                part.Add(entry.Path, entry.Node, entry.Origin);
            }
            parts.Add((name, part));
        }
        return parts;

        // a directory that nobody asked for comes along with what is in it
        static bool IsMereParent(TreeEntry entry) => entry.Node is DirectoryNode && entry.Origin is { Capability: null, Package: null };
    }

    private static void AddParents(GuestPath path, FileTree whole, FileTree part)
    {
        if (path.Parent is { IsRoot: false } parent && !part.Contains(parent) && whole.TryGet(parent, out TreeEntry entry))
        {
            AddParents(parent, whole, part);
            part.Add(parent, entry.Node, entry.Origin);
        }
    }
}
