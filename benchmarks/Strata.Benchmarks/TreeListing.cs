using System.Globalization;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Benchmarks;

/// <summary>All files of the packages of a lock, as a tree, and as lines that another process reads as fast as a build reads its listings.</summary>
internal static class TreeListing
{
    private static readonly Origin s_link = new(null, null, "merged /usr");

    /// <summary>The tree of all packages, as an unpacked one would be; of two packages that disagree the first wins.</summary>
    public static async Task<FileTree> OfLockAsync(ObjectStore store, string lockFile)
    {
        PackageLock packages = PackageLockFile.Read(await File.ReadAllBytesAsync(lockFile), lockFile);
        PackageLister lister = new(store, new ActionCache(store));
        IReadOnlyList<ListedPackage> listed = await lister.ListAsync(
            [.. packages.Packages.Select(p => (p.Name, p.Version, p.Sha256))], Core.Progress.SilentProgress.Instance, CancellationToken.None);
        FileTree tree = new();
        foreach (string moved in new[] { "bin", "sbin", "lib", "lib64" })
        {
            tree.Add(GuestPath.Parse("/" + moved), new SymlinkNode { Permissions = Modes.Link, Target = "usr/" + moved }, s_link);
        }
        foreach (ListedPackage package in listed)
        {
            Dictionary<long, FileNode> files = []; // one node for all names of a file
            foreach (ListingEntry entry in package.Listing.Entries.Where(e => !e.Path.IsRoot && !MergedUsr.IsMovedDirectory(e.Path)))
            {
                GuestPath path = MergedUsr.Canonical(entry.Path);
                if (!tree.Contains(path))
                {
                    tree.Add(path, NodeOf(entry, package, files), new Origin(null, package.Name, "whole package"));
                }
            }
        }
        return tree;
    }

    /// <summary>Writes a tree as lines.</summary>
    public static void Write(FileTree tree, string file)
    {
        using StreamWriter writer = new(file);
        foreach (TreeEntry entry in tree.Entries.Where(e => !e.Path.IsRoot))
        {
            string rest = entry.Node switch
            {
                FileNode { Content: PackageContent c } => string.Create(CultureInfo.InvariantCulture, $"f\t{c.Size}\t{c.Digest}\t{c.Package}\t{c.Offset}"),
                SymlinkNode link => $"l\t{link.Target}",
                _ => "d",
            };
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{entry.Path}\t{entry.Origin.Package}\t{entry.Node.Permissions}\t{rest}\n"));
        }
    }

    /// <summary>Reads the lines.</summary>
    /// <param name="file">From <see cref="Write"/>.</param>
    /// <param name="isUnpacked">True for contents that lie in a folder, false for contents inside packages.</param>
    /// <param name="changed">A path whose content is another one; null for none.</param>
    public static FileTree Read(string file, bool isUnpacked, string? changed)
    {
        FileTree tree = new();
        Dictionary<string, FileNode> files = new(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(file))
        {
            string[] parts = line.Split('\t');
            int permissions = int.Parse(parts[2], CultureInfo.InvariantCulture);
            TreeNode node = parts[3] switch
            {
                "f" when parts[0] == changed => new FileNode { Permissions = permissions, Content = new InlineContent(Changed(long.Parse(parts[4], CultureInfo.InvariantCulture))) },
                "f" => FileOf(parts, permissions, isUnpacked, files),
                "l" => new SymlinkNode { Permissions = permissions, Target = parts[4] },
                _ => new DirectoryNode { Permissions = permissions },
            };
            tree.Add(GuestPath.Parse(parts[0]), node, new Origin(null, parts[1].Length == 0 ? null : parts[1], "listed"));
        }
        return changed is null || (tree.TryGet(GuestPath.Parse(changed), out TreeEntry entry) && entry.Node is FileNode { Content: InlineContent })
            ? tree
            : throw new StrataException($"cannot measure a change of {changed}: it is no file of the tree");
    }

    private static FileNode FileOf(string[] parts, int permissions, bool isUnpacked, Dictionary<string, FileNode> files)
    {
        string place = $"{parts[6]} {parts[7]}";
        if (files.TryGetValue(place, out FileNode? known) && known.Content.Size > 0)
        {
            return known;
        }
        (long size, Sha256Digest digest) = (long.Parse(parts[4], CultureInfo.InvariantCulture), Sha256Digest.Parse(parts[5]));
        FileContent content = isUnpacked
            ? new UnpackedContent(size, digest, parts[0])
            : new PackageContent(size, digest, Sha256Digest.Parse(parts[6]), long.Parse(parts[7], CultureInfo.InvariantCulture));
        return files[place] = new FileNode { Permissions = permissions, Content = content };
    }

    /// <summary>A content of that length that nothing else has, as compressible as a program about is.</summary>
    private static byte[] Changed(long length)
    {
        byte[] bytes = new byte[length];
        uint state = 7;
        for (int i = 0; i < bytes.Length; i++)
        {
            state = unchecked((state * 1664525) + 1013904223); // Numerical Recipes, "quick and dirty" generator
            bytes[i] = i % 3 == 0 ? (byte)0x48 : (byte)(state >> 28);
        }
        return bytes;
    }

    private static TreeNode NodeOf(ListingEntry entry, ListedPackage package, Dictionary<long, FileNode> files)
    {
        switch (entry.Kind)
        {
            case ListingKind.Directory:
                return new DirectoryNode { Permissions = entry.Permissions };
            case ListingKind.Symlink:
                return new SymlinkNode { Permissions = Modes.Link, Target = entry.Target };
            default:
                if (entry.Size > 0 && files.TryGetValue(entry.Offset, out FileNode? known))
                {
                    return known;
                }
                FileNode node = new() { Permissions = entry.Permissions, Content = entry.ContentIn(package.Digest) };
                if (entry.Size > 0)
                {
                    files.Add(entry.Offset, node);
                }
                return node;
        }
    }
}

/// <summary>A file of an unpacked tree.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Digest">SHA-256.</param>
/// <param name="Path">Where, from the root of the tree.</param>
internal sealed record UnpackedContent(long Size, Sha256Digest Digest, string Path) : FileContent(Size, Digest);

/// <summary>Opens files of an unpacked tree.</summary>
internal sealed class UnpackedReader(string root) : IContentReader
{
    private Stream? _open;

    public Stream Open(FileContent content)
    {
        _open?.Dispose();
        return _open = content is InlineContent inline
            ? new MemoryStream(inline.Bytes.ToArray(), writable: false)
            : new FileStream(root + ((UnpackedContent)content).Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
    }

    public void Dispose() => _open?.Dispose();
}
