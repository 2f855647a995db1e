using System.Globalization;
using System.Text;

namespace Strata.Formats.Squashfs;

/// <summary>An image as lines of text, for tests and for people: superblock, then one line a name.</summary>
/// <remarks>
/// <c>/usr/bin/env #12 file 0755 0:0 48536 blocks 96+20481,20577+1 fragment 3+512</c>; <c>zero</c> stands for a block that is not stored;
/// <c>!</c> marks one that is not compressed. <c>index 7</c> counts the entries of a directory's index.
/// </remarks>
internal static class SquashfsDump
{
    /// <summary>Describes a whole image.</summary>
    /// <exception cref="Core.ImageFormatException">Something in it breaks a rule.</exception>
    public static string Of(SquashfsReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        SquashfsSuperblock super = reader.Superblock;
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"squashfs 4.0 {super.Compression} block {super.BlockSize} time {super.ModificationTime}\n");
        text.Append(CultureInfo.InvariantCulture, $"inodes {super.InodeCount} fragments {super.FragmentCount} ids {super.IdCount} bytes {super.BytesUsed}\n");
        text.Append(CultureInfo.InvariantCulture, $"features {super.Features}\n");
        foreach (SquashfsEntry entry in reader.ReadEntries())
        {
            SquashfsInode inode = entry.Inode;
            string mode = Convert.ToString(inode.Permissions, 8).PadLeft(4, '0');
            text.Append(CultureInfo.InvariantCulture, $"{entry.Path} #{inode.Number} {KindOf(inode)} {mode} {inode.Uid}:{inode.Gid}");
            text.Append(Details(inode));
            if (inode.Kind != SquashfsKind.Directory && inode.LinkCount > 1)
            {
                text.Append(CultureInfo.InvariantCulture, $" links {inode.LinkCount}");
            }
            foreach ((string name, ReadOnlyMemory<byte> value) in reader.ReadXattrs(inode))
            {
                text.Append(CultureInfo.InvariantCulture, $" {name}=0x{Convert.ToHexStringLower(value.Span)}");
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string KindOf(SquashfsInode inode) => inode.Kind switch
    {
        SquashfsKind.Directory => "dir",
        SquashfsKind.File => "file",
        SquashfsKind.Symlink => "symlink",
        SquashfsKind.BlockDevice => "b",
        SquashfsKind.CharacterDevice => "c",
        SquashfsKind.Fifo => "fifo",
        _ => "socket",
    };

    private static string Details(SquashfsInode inode) => inode.Kind switch
    {
        SquashfsKind.Directory when inode.Listing.Index.Count > 0 => $" index {inode.Listing.Index.Count}",
        SquashfsKind.File => FileDetails(inode),
        SquashfsKind.Symlink => " " + inode.Target,
        SquashfsKind.BlockDevice or SquashfsKind.CharacterDevice => $" {inode.Device.Major}:{inode.Device.Minor}",
        _ => "",
    };

    private static string FileDetails(SquashfsInode inode)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $" {inode.Size}");
        long position = inode.Start;
        for (int i = 0; i < inode.SizeWords.Count; i++)
        {
            uint word = inode.SizeWords[i];
            uint length = word & SquashfsFormat.DataLengthMask;
            text.Append(i == 0 ? " blocks " : ",");
            text.Append(length == 0 ? "zero" : string.Create(CultureInfo.InvariantCulture, $"{position}+{length}"));
            text.Append((word & SquashfsFormat.DataUncompressed) != 0 ? "!" : "");
            position += length;
        }
        if (inode.Fragment is uint fragment)
        {
            text.Append(CultureInfo.InvariantCulture, $" fragment {fragment}+{inode.FragmentOffset}");
        }
        return text.ToString();
    }
}
