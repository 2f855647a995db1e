using System.Buffers.Binary;
using Strata.Core.Trees;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>A signpost into a long listing: which header stands at the start of which metadata block.</summary>
/// <param name="ListingOffset">Offset of the header in the plain listing.</param>
/// <param name="Block">Start of the metadata block in the stored directory table.</param>
/// <param name="FirstName">First name under the header.</param>
internal readonly record struct DirectoryIndexEntry(int ListingOffset, long Block, byte[] FirstName);

/// <summary>Where a listing came to lie.</summary>
/// <param name="Block">Start of its first metadata block in the stored directory table.</param>
/// <param name="Offset">Offset in that block.</param>
/// <param name="Length">Plain bytes.</param>
/// <param name="Index">Signposts; empty for short listings.</param>
internal readonly record struct DirectoryListing(long Block, int Offset, int Length, IReadOnlyList<DirectoryIndexEntry> Index);

/// <summary>Listings of directories: runs of entries whose inodes lie in one metadata block, each under a header.</summary>
internal sealed class DirectoryTable(IBlockEncoder encoder)
{
    private readonly MetadataWriter _table = new(encoder);

    /// <summary>Writes the listing of a directory whose children are all written.</summary>
    public DirectoryListing Add(PlannedInode directory)
    {
        (long firstBlock, int firstOffset) = _table.Position;
        List<DirectoryIndexEntry> index = [];
        int length = 0;
        int indexedBlock = 0; // counted from the first block of the listing
        List<(byte[] Name, PlannedInode Inode)> children = directory.Children;
        for (int start = 0, end; start < children.Count; start = end)
        {
            int block = (firstOffset + length) / SquashfsFormat.MetadataBlockSize;
            if (block > indexedBlock)
            {
                // the kernel finds the header at (first offset + listing offset) modulo 8,192 of this block
                index.Add(new DirectoryIndexEntry(length, _table.Position.Block, children[start].Name));
                indexedBlock = block;
            }
            end = EndOfRun(children, start, firstOffset + length);
            length += WriteRun(children, start, end);
        }
        return new DirectoryListing(firstBlock, firstOffset, length, index);
    }

    /// <summary>All stored bytes.</summary>
    public ReadOnlyMemory<byte> Finish() => _table.Finish();

    /// <summary>
    /// A run ends after 256 entries, where the inodes' metadata block changes, where inode numbers are too far from the first for 16 bits,
    /// and where a new metadata block of the listing begins, so that every block has a header for the index to point to.
    /// </summary>
    private static int EndOfRun(List<(byte[] Name, PlannedInode Inode)> children, int start, int offset)
    {
        PlannedInode first = children[start].Inode;
        int block = offset / SquashfsFormat.MetadataBlockSize;
        offset += SquashfsFormat.DirectoryHeaderSize + EntrySize(children[start].Name);
        int end = start + 1;
        while (end < children.Count && end - start < SquashfsFormat.MaxEntriesPerHeader)
        {
            PlannedInode inode = children[end].Inode;
            long distance = (long)inode.Number - first.Number;
            if (inode.Position.Block != first.Position.Block
                || distance is < short.MinValue or > short.MaxValue
                || offset / SquashfsFormat.MetadataBlockSize != block)
            {
                break;
            }
            offset += EntrySize(children[end].Name);
            end++;
        }
        return end;
    }

    private static int EntrySize(byte[] name) => SquashfsFormat.DirectoryEntrySize + name.Length;

    private int WriteRun(List<(byte[] Name, PlannedInode Inode)> children, int start, int end)
    {
        PlannedInode first = children[start].Inode;
        Span<byte> header = stackalloc byte[SquashfsFormat.DirectoryHeaderSize];
        BinaryPrimitives.WriteInt32LittleEndian(header, end - start - 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], checked((uint)first.Position.Block));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], first.Number);
        _table.Write(header);
        int length = header.Length;
        Span<byte> entry = stackalloc byte[SquashfsFormat.DirectoryEntrySize];
        for (int i = start; i < end; i++)
        {
            (byte[] name, PlannedInode inode) = children[i];
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)inode.Position.Offset);
            BinaryPrimitives.WriteInt16LittleEndian(entry[2..], (short)((long)inode.Number - first.Number));
            BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], (ushort)BasicTypeOf(inode.Node));
            BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], (ushort)(name.Length - 1));
            _table.Write(entry);
            _table.Write(name);
            length += entry.Length + name.Length;
        }
        return length;
    }

    /// <summary>Type of a node in directory entries, and in inodes that need nothing special.</summary>
    public static InodeType BasicTypeOf(TreeNode node) => node switch
    {
        DirectoryNode => InodeType.Directory,
        FileNode => InodeType.File,
        SymlinkNode => InodeType.Symlink,
        SpecialNode { Kind: SpecialKind.BlockDevice } => InodeType.BlockDevice,
        SpecialNode { Kind: SpecialKind.CharacterDevice } => InodeType.CharacterDevice,
        SpecialNode { Kind: SpecialKind.Fifo } => InodeType.Fifo,
        SpecialNode { Kind: SpecialKind.Socket } => InodeType.Socket,
        _ => throw new ArgumentException($"a node of type {node.GetType().Name} has no squashfs inode type", nameof(node)),
    };
}
