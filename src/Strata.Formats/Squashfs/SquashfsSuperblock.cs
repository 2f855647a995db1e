using System.Buffers.Binary;
using System.Numerics;
using Strata.Core;

namespace Strata.Formats.Squashfs;

/// <summary>First 96 bytes of an image (Linux <c>squashfs_fs.h</c>, <c>struct squashfs_super_block</c>).</summary>
/// <remarks>Positions are bytes from the start of the image; <see cref="ulong.MaxValue"/> for a table that is not there.</remarks>
public sealed record SquashfsSuperblock
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 96;

    private const uint Magic = 0x73717368; // "hsqs"

    private static class At // byte offsets
    {
        public const int Magic = 0;
        public const int InodeCount = 4;
        public const int ModificationTime = 8;
        public const int BlockSize = 12;
        public const int FragmentCount = 16;
        public const int Compression = 20;
        public const int BlockLog = 22;
        public const int Features = 24;
        public const int IdCount = 26;
        public const int VersionMajor = 28;
        public const int VersionMinor = 30;
        public const int RootInode = 32;
        public const int BytesUsed = 40;
        public const int IdTable = 48;
        public const int XattrTable = 56;
        public const int InodeTable = 64;
        public const int DirectoryTable = 72;
        public const int FragmentTable = 80;
        public const int ExportTable = 88;
    }

    /// <summary>Number of inodes; inode numbers are 1 … this.</summary>
    public required uint InodeCount { get; init; }

    /// <summary>Seconds since 1970-01-01 UTC.</summary>
    public required uint ModificationTime { get; init; }

    /// <summary>Plain size of a data block in bytes: a power of two, 4 KiB … 1 MiB.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Number of fragment blocks.</summary>
    public required uint FragmentCount { get; init; }

    /// <summary>How blocks are compressed.</summary>
    public required SquashfsCompression Compression { get; init; }

    /// <summary>Flags.</summary>
    public required SquashfsFeatures Features { get; init; }

    /// <summary>Number of different owners and groups, 1 … 65,535.</summary>
    public required ushort IdCount { get; init; }

    /// <summary>Reference of the root directory's inode: metadata block in the inode table, shifted left by 16, and offset in it.</summary>
    public required ulong RootInode { get; init; }

    /// <summary>Length of the image in bytes, without padding.</summary>
    public required long BytesUsed { get; init; }

    /// <summary>Position of the list of the owner table's blocks.</summary>
    public required ulong IdTable { get; init; }

    /// <summary>Position of the attribute table's header.</summary>
    public required ulong XattrTable { get; init; }

    /// <summary>Position of the first inode block; data ends here.</summary>
    public required ulong InodeTable { get; init; }

    /// <summary>Position of the first directory block.</summary>
    public required ulong DirectoryTable { get; init; }

    /// <summary>Position of the list of the fragment table's blocks.</summary>
    public required ulong FragmentTable { get; init; }

    /// <summary>Position of the list of the export table's blocks.</summary>
    public required ulong ExportTable { get; init; }

    /// <summary>Writes 96 bytes.</summary>
    internal void WriteTo(Span<byte> block)
    {
        block[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.Magic..], Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.InodeCount..], InodeCount);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.ModificationTime..], ModificationTime);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.BlockSize..], (uint)BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.FragmentCount..], FragmentCount);
        BinaryPrimitives.WriteUInt16LittleEndian(block[At.Compression..], (ushort)Compression);
        BinaryPrimitives.WriteUInt16LittleEndian(block[At.BlockLog..], (ushort)BitOperations.Log2((uint)BlockSize));
        BinaryPrimitives.WriteUInt16LittleEndian(block[At.Features..], (ushort)Features);
        BinaryPrimitives.WriteUInt16LittleEndian(block[At.IdCount..], IdCount);
        BinaryPrimitives.WriteUInt16LittleEndian(block[At.VersionMajor..], 4);
        BinaryPrimitives.WriteUInt16LittleEndian(block[At.VersionMinor..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(block[At.RootInode..], RootInode);
        BinaryPrimitives.WriteUInt64LittleEndian(block[At.BytesUsed..], (ulong)BytesUsed);
        BinaryPrimitives.WriteUInt64LittleEndian(block[At.IdTable..], IdTable);
        BinaryPrimitives.WriteUInt64LittleEndian(block[At.XattrTable..], XattrTable);
        BinaryPrimitives.WriteUInt64LittleEndian(block[At.InodeTable..], InodeTable);
        BinaryPrimitives.WriteUInt64LittleEndian(block[At.DirectoryTable..], DirectoryTable);
        BinaryPrimitives.WriteUInt64LittleEndian(block[At.FragmentTable..], FragmentTable);
        BinaryPrimitives.WriteUInt64LittleEndian(block[At.ExportTable..], ExportTable);
    }

    /// <summary>Reads 96 bytes and checks every field that can be checked without the rest of the image.</summary>
    /// <param name="block">At least 96 bytes.</param>
    /// <param name="imageLength">Bytes that are there; <see cref="BytesUsed"/> may not be more.</param>
    /// <exception cref="ImageFormatException">A field breaks a rule.</exception>
    internal static SquashfsSuperblock Read(ReadOnlySpan<byte> block, long imageLength)
    {
        static ushort U16(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt16LittleEndian(b[at..]);
        static uint U32(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt32LittleEndian(b[at..]);
        static ulong U64(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt64LittleEndian(b[at..]);

        Require(U32(block, At.Magic) == Magic, $"magic is 0x{U32(block, At.Magic):x8}, expected 0x{Magic:x8}");
        (ushort major, ushort minor) = (U16(block, At.VersionMajor), U16(block, At.VersionMinor));
        Require(major == 4 && minor == 0, $"version is {major}.{minor}, expected 4.0");
        uint blockSize = U32(block, At.BlockSize);
        Require(
            BitOperations.IsPow2(blockSize) && blockSize is >= SquashfsFormat.MinBlockSize and <= SquashfsFormat.MaxBlockSize,
            $"block_size is {blockSize}, expected a power of two from {SquashfsFormat.MinBlockSize} to {SquashfsFormat.MaxBlockSize}");
        int blockLog = BitOperations.Log2(blockSize);
        Require(
            U16(block, At.BlockLog) == blockLog,
            $"block_log is {U16(block, At.BlockLog)}, expected {blockLog} for block_size {blockSize}");
        ushort compression = U16(block, At.Compression);
        Require(compression is 1 or 4 or 5 or 6, $"compressor {compression} is not one of 1 (gzip), 4 (xz), 5 (lz4), 6 (zstd)");
        ushort ids = U16(block, At.IdCount);
        Require(ids > 0, "id_count is 0");
        uint inodes = U32(block, At.InodeCount);
        Require(inodes > 0, "inode_count is 0");
        ulong used = U64(block, At.BytesUsed);
        Require(
            used >= Size && used <= (ulong)imageLength,
            $"bytes_used is {used}, expected {Size} to {imageLength}, the bytes that are there");
        SquashfsSuperblock read = new()
        {
            InodeCount = inodes,
            ModificationTime = U32(block, At.ModificationTime),
            BlockSize = (int)blockSize,
            FragmentCount = U32(block, At.FragmentCount),
            Compression = (SquashfsCompression)compression,
            Features = (SquashfsFeatures)U16(block, At.Features),
            IdCount = ids,
            RootInode = U64(block, At.RootInode),
            BytesUsed = (long)used,
            IdTable = U64(block, At.IdTable),
            XattrTable = U64(block, At.XattrTable),
            InodeTable = U64(block, At.InodeTable),
            DirectoryTable = U64(block, At.DirectoryTable),
            FragmentTable = U64(block, At.FragmentTable),
            ExportTable = U64(block, At.ExportTable),
        };
        read.RequireOrder();
        return read;
    }

    /// <summary>Linux (<c>fs/squashfs/super.c</c>) insists on this order too.</summary>
    private void RequireOrder()
    {
        ulong used = (ulong)BytesUsed;
        Require(InodeTable >= Size && InodeTable < used, $"inode_table is {InodeTable}, outside {Size}..{used}");
        Require(DirectoryTable > InodeTable && DirectoryTable <= used, $"dir_table is {DirectoryTable}, outside {InodeTable}..{used}");
        ulong last = DirectoryTable;
        if (FragmentCount > 0)
        {
            Require(FragmentTable > last && FragmentTable < used, $"frag_table is {FragmentTable}, outside {last}..{used}");
            last = FragmentTable;
        }
        if (ExportTable != SquashfsFormat.NoTable)
        {
            Require(ExportTable > last && ExportTable < used, $"export_table is {ExportTable}, outside {last}..{used}");
            last = ExportTable;
        }
        Require(IdTable > last && IdTable < used, $"id_table is {IdTable}, outside {last}..{used}");
        if (XattrTable != SquashfsFormat.NoTable)
        {
            Require(XattrTable > IdTable && XattrTable < used, $"xattr_table is {XattrTable}, outside {IdTable}..{used}");
        }
    }

    private static void Require(bool rule, string problem)
    {
        if (!rule)
        {
            throw new ImageFormatException("squashfs superblock", 0, problem);
        }
    }
}
