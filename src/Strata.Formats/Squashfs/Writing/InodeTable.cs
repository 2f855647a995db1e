using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>Inodes, each in the smallest form that can say what it has to say (<c>squashfs_fs.h</c>, <c>union squashfs_inode</c>).</summary>
internal sealed class InodeTable(IBlockEncoder encoder, uint timestamp, IdTable ids)
{
    private const int ExtendedOffset = InodeType.ExtendedDirectory - InodeType.Directory;

    private readonly MetadataWriter _table = new(encoder);
    private readonly ArrayBufferWriter<byte> _inode = new();

    /// <summary>Writes an inode other than a directory's.</summary>
    public void Add(PlannedInode inode, StoredFile? file, uint xattrs)
    {
        inode.Position = _table.Position;
        switch (inode.Node)
        {
            case FileNode:
                WriteFile(inode, file!, xattrs);
                break;
            case SymlinkNode link:
                WriteSymlink(inode, link, xattrs);
                break;
            case SpecialNode special:
                WriteSpecial(inode, special, xattrs);
                break;
            default:
                throw new ArgumentException($"{inode.FirstPath} is no file, link or device", nameof(inode));
        }
        Store();
    }

    /// <summary>Writes a directory's inode.</summary>
    /// <param name="inode">The directory.</param>
    /// <param name="listing">Where its names are.</param>
    /// <param name="parentNumber">Inode number of the directory it is in.</param>
    /// <param name="xattrs">Number of its attribute set.</param>
    public void AddDirectory(PlannedInode inode, DirectoryListing listing, uint parentNumber, uint xattrs)
    {
        inode.Position = _table.Position;
        int size = listing.Length + SquashfsFormat.DirectorySizeBias;
        if (listing.Index.Count == 0 && size <= ushort.MaxValue && xattrs == SquashfsFormat.NoXattrs)
        {
            WriteCommon(inode, InodeType.Directory);
            U32((uint)listing.Block);
            U32(inode.LinkCount);
            U16((ushort)size);
            U16((ushort)listing.Offset);
            U32(parentNumber);
        }
        else
        {
            if (listing.Index.Count > ushort.MaxValue)
            {
                throw new StrataException(
                    $"cannot pack directory {inode.FirstPath}: {inode.Children.Count} names are too many for squashfs");
            }
            WriteCommon(inode, InodeType.ExtendedDirectory);
            U32(inode.LinkCount);
            U32((uint)size);
            U32((uint)listing.Block);
            U32(parentNumber);
            U16((ushort)listing.Index.Count);
            U16((ushort)listing.Offset);
            U32(xattrs);
            foreach (DirectoryIndexEntry entry in listing.Index)
            {
                U32((uint)entry.ListingOffset);
                U32((uint)entry.Block);
                U32((uint)entry.FirstName.Length - 1);
                _inode.Write(entry.FirstName);
            }
        }
        Store();
    }

    /// <summary>All stored bytes.</summary>
    public ReadOnlyMemory<byte> Finish() => _table.Finish();

    private void WriteFile(PlannedInode inode, StoredFile file, uint xattrs)
    {
        bool isBasic = file.Size <= uint.MaxValue && file.Start <= uint.MaxValue
            && inode.LinkCount == 1 && file.SparseBytes == 0 && xattrs == SquashfsFormat.NoXattrs;
        if (isBasic)
        {
            WriteCommon(inode, InodeType.File);
            U32((uint)file.Start);
            U32(file.Fragment);
            U32((uint)file.FragmentOffset);
            U32((uint)file.Size);
        }
        else
        {
            WriteCommon(inode, InodeType.ExtendedFile);
            U64((ulong)file.Start);
            U64((ulong)file.Size);
            U64((ulong)file.SparseBytes);
            U32(inode.LinkCount);
            U32(file.Fragment);
            U32((uint)file.FragmentOffset);
            U32(xattrs);
        }
        foreach (uint word in file.SizeWords)
        {
            U32(word);
        }
    }

    private void WriteSymlink(PlannedInode inode, SymlinkNode link, uint xattrs)
    {
        byte[] target = Encoding.UTF8.GetBytes(link.Target);
        if (target.Length is 0 or > SquashfsFormat.MaxSymlinkTarget || target.Contains((byte)0))
        {
            throw new StrataException(
                $"cannot pack link {inode.FirstPath}: its target has {target.Length} bytes, allowed are 1 to {SquashfsFormat.MaxSymlinkTarget} without NUL");
        }
        bool hasXattrs = xattrs != SquashfsFormat.NoXattrs;
        WriteCommon(inode, hasXattrs ? InodeType.ExtendedSymlink : InodeType.Symlink);
        U32(inode.LinkCount);
        U32((uint)target.Length);
        _inode.Write(target);
        if (hasXattrs)
        {
            U32(xattrs);
        }
    }

    private void WriteSpecial(PlannedInode inode, SpecialNode special, uint xattrs)
    {
        bool hasXattrs = xattrs != SquashfsFormat.NoXattrs;
        WriteCommon(inode, DirectoryTable.BasicTypeOf(special) + (ushort)(hasXattrs ? ExtendedOffset : 0));
        U32(inode.LinkCount);
        if (special.Kind is SpecialKind.BlockDevice or SpecialKind.CharacterDevice)
        {
            U32(DeviceNumber.Encode(special.Major, special.Minor, inode.FirstPath));
        }
        if (hasXattrs)
        {
            U32(xattrs);
        }
    }

    private void WriteCommon(PlannedInode inode, InodeType type)
    {
        U16((ushort)type);
        U16((ushort)inode.Node.Permissions);
        U16(ids.NumberOf(inode.Node.Uid));
        U16(ids.NumberOf(inode.Node.Gid));
        U32(timestamp);
        U32(inode.Number);
    }

    private void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_inode.GetSpan(sizeof(ushort)), value);
        _inode.Advance(sizeof(ushort));
    }

    private void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_inode.GetSpan(sizeof(uint)), value);
        _inode.Advance(sizeof(uint));
    }

    private void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_inode.GetSpan(sizeof(ulong)), value);
        _inode.Advance(sizeof(ulong));
    }

    private void Store()
    {
        _table.Write(_inode.WrittenSpan);
        _inode.ResetWrittenCount();
    }
}
