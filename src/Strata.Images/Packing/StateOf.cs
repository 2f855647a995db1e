using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Updates.State;

namespace Strata.Images.Packing;

/// <summary>What the early init is told about state.</summary>
internal static class StateOf
{
    /// <summary>The plan of an edition, owners and modes as its tree has them; null for one that keeps nothing.</summary>
    /// <param name="edition">Says what is kept.</param>
    /// <param name="tree">Its whole tree.</param>
    /// <param name="init">The program that becomes process 1 of a system that is all in the initramfs; empty for layers.</param>
    /// <exception cref="StrataException">What is to be kept is no folder.</exception>
    public static StatePlan? Edition(Edition edition, FileTree tree, string init = "")
    {
        ArgumentNullException.ThrowIfNull(edition);
        ArgumentNullException.ThrowIfNull(tree);
        return edition.State is not EditionState state ? null : new StatePlan
        {
            Edition = edition.Name,
            Init = init,
            IsEverything = state.IsEverything,
            Encryption = state.Encryption,
            Folders = [.. state.Kept.Select(k => Folder(edition, tree, k))],
        };
    }

    private static KeptFolder Folder(Edition edition, FileTree tree, KeptPath kept) =>
        tree.TryGet(kept.Path, out TreeEntry entry) && entry.Node is DirectoryNode folder
            ? new KeptFolder(kept.Path.ToString(), folder.Uid, folder.Gid, folder.Permissions, kept.Limit?.Bytes ?? 0)
            : throw new StrataException(
                $"cannot keep {kept.Path} of {edition.Name}: it is no folder in the image",
                "'state: keep' takes folders; keep the one that it is in.");
}
