using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs;
using Strata.Toolbox;
using Strata.Updates.Layers;

namespace Strata.Layers;

/// <summary>Takes files out of a layer, without root: owners are the caller's, devices are left out.</summary>
public static class LayerExtractor
{
    /// <summary>Checks the image against its digest, then writes a path and everything below it into a new folder.</summary>
    /// <param name="shelf">Where the layer is.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="path">What to take; the root for all.</param>
    /// <param name="folder">Must not exist, or be empty.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <returns>Names written, and names left out because they are devices.</returns>
    /// <exception cref="StrataException">The image is damaged, the path is not in it, or the folder cannot be written.</exception>
    public static (int Written, int LeftOut) Extract(
        LayerShelf shelf, StoredLayer layer, GuestPath path, string folder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shelf);
        ArgumentNullException.ThrowIfNull(layer);
        using FileStream image = shelf.Open(layer.Manifest.Image);
        if (image.Length != layer.Manifest.Size || Sha256Digest.Of(image) != layer.Manifest.Image)
        {
            throw new StrataException(
                $"cannot take files out of layer {layer.Manifest.Name}: its image is damaged (the SHA-256 is not {layer.Manifest.Image.ToShortString()})",
                "'strata store verify' moves damaged objects aside; then build again.");
        }
        image.Position = 0;
        try
        {
            using SquashfsReader reader = new(image);
            IReadOnlyList<SquashfsEntry> entries = reader.ReadEntries();
            if (!entries.Any(e => e.Path == path))
            {
                throw new StrataException(
                    $"cannot take {path} out of layer {layer.Manifest.Name}: it is not in it{NearMiss.Suggestion(path.ToString(), entries.Select(e => e.Path.ToString()))}");
            }
            FileTree tree = new();
            Dictionary<uint, FileNode> files = [];
            LayerContents contents = new(reader);
            int leftOut = 0;
            foreach (SquashfsEntry entry in entries.Where(e => e.Path.IsAtOrBelow(path) && !e.Path.IsRoot))
            {
                SquashfsInode inode = entry.Inode;
                TreeNode? node = inode.Kind switch
                {
                    SquashfsKind.Directory => new DirectoryNode { Permissions = inode.Permissions },
                    SquashfsKind.Symlink => new SymlinkNode { Permissions = Modes.Link, Target = inode.Target },
                    SquashfsKind.File => files.TryGetValue(inode.Number, out FileNode? known) ? known
                        : files[inode.Number] = new FileNode { Permissions = inode.Permissions, Content = new InodeContent(inode) },
                    _ => null,
                };
                if (node is null)
                {
                    leftOut++;
                }
                else
                {
                    tree.Add(entry.Path, node, new Origin(null, null, "layer"));
                }
            }
            TreeExtractor.Write(tree, contents, folder, cancellationToken);
            return (tree.Count - 1, leftOut);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot take files out of layer {layer.Manifest.Name}: {e.Message}", innerException: e);
        }
    }

    /// <summary>A file of the image. The image as a whole was checked, so there is no digest of the file alone.</summary>
    private sealed record InodeContent(SquashfsInode Inode) : FileContent(Inode.Size, default);

    private sealed class LayerContents(SquashfsReader reader) : IContentReader
    {
        public Stream Open(FileContent content) => reader.OpenFile(((InodeContent)content).Inode);

        public void Dispose()
        {
        }
    }
}
