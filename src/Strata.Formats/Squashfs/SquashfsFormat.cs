namespace Strata.Formats.Squashfs;

/// <summary>Numbers of the Squashfs 4.0 disk format (Linux <c>fs/squashfs/squashfs_fs.h</c>). All integers on disk are little-endian.</summary>
/// <remarks>
/// Not supported, and refused: versions before 4.0, big-endian images, lzma (1) and lzo compression, extended attributes outside
/// <c>user.</c>, <c>trusted.</c> and <c>security.</c>, names that are not UTF-8.
/// Largest image 2^63 - 1 bytes; largest file 2^32 - 2 blocks; 65,535 different owners; 2^32 - 1 inodes; 65,535 index entries a directory.
/// </remarks>
internal static class SquashfsFormat
{
    /// <summary>Smallest block size in bytes.</summary>
    public const int MinBlockSize = 4096;

    /// <summary>Largest block size in bytes.</summary>
    public const int MaxBlockSize = 1 << 20;

    /// <summary>Plain size of a metadata block in bytes; only the last one of a table is shorter.</summary>
    public const int MetadataBlockSize = 8192;

    /// <summary>An image ends on a multiple of this many bytes, so that it can be a block device.</summary>
    public const int ImageAlignment = 4096;

    /// <summary>Name of the format in errors.</summary>
    internal const string Name = "squashfs";

    /// <summary>Metadata header: set when the block is stored as it is.</summary>
    internal const ushort MetadataUncompressed = 0x8000;

    /// <summary>Size word of a data block or fragment: set when it is stored as it is.</summary>
    internal const uint DataUncompressed = 1 << 24;

    /// <summary>Size word: the length bits.</summary>
    internal const uint DataLengthMask = DataUncompressed - 1;

    /// <summary>Position of a table that is not there.</summary>
    internal const ulong NoTable = ulong.MaxValue;

    /// <summary>Fragment number of a file without one.</summary>
    internal const uint NoFragment = uint.MaxValue;

    /// <summary>Attribute set number of an inode without attributes.</summary>
    internal const uint NoXattrs = uint.MaxValue;

    /// <summary>Entries under one directory header.</summary>
    internal const int MaxEntriesPerHeader = 256;

    /// <summary>The size field of a directory counts the listing and 3 bytes for <c>.</c> and <c>..</c>, which are not stored.</summary>
    internal const int DirectorySizeBias = 3;

    /// <summary>Bytes of a directory header: count, inode block, inode number.</summary>
    internal const int DirectoryHeaderSize = 12;

    /// <summary>Bytes of a directory entry before its name.</summary>
    internal const int DirectoryEntrySize = 8;

    /// <summary>Bytes of a fragment table entry: position, size word, reserved.</summary>
    internal const int FragmentEntrySize = 16;

    /// <summary>Bytes of an attribute set entry: reference, count, size.</summary>
    internal const int XattrIdSize = 16;

    /// <summary>Longest value of an attribute in bytes (Linux XATTR_SIZE_MAX).</summary>
    internal const int MaxXattrValue = 65536;

    /// <summary>Longest target of a symbolic link in bytes (PATH_MAX of Linux less its NUL).</summary>
    internal const int MaxSymlinkTarget = 4095;
}

/// <summary>Inode types on disk. The extended form of a type is the basic one + 7.</summary>
internal enum InodeType : ushort
{
    Directory = 1,
    File = 2,
    Symlink = 3,
    BlockDevice = 4,
    CharacterDevice = 5,
    Fifo = 6,
    Socket = 7,
    ExtendedDirectory = 8,
    ExtendedFile = 9,
    ExtendedSymlink = 10,
    ExtendedBlockDevice = 11,
    ExtendedCharacterDevice = 12,
    ExtendedFifo = 13,
    ExtendedSocket = 14,
}

/// <summary>Flags of the superblock.</summary>
[Flags]
public enum SquashfsFeatures
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Inodes are stored as they are.</summary>
    UncompressedInodes = 0x1,

    /// <summary>Data blocks are stored as they are.</summary>
    UncompressedData = 0x2,

    /// <summary>Fragments are stored as they are.</summary>
    UncompressedFragments = 0x8,

    /// <summary>There are no fragments.</summary>
    NoFragments = 0x10,

    /// <summary>Tail ends of large files are in fragments too.</summary>
    AlwaysFragments = 0x20,

    /// <summary>Files with equal contents share their blocks.</summary>
    Duplicates = 0x40,

    /// <summary>There is an export table: inode number to position.</summary>
    Exportable = 0x80,

    /// <summary>Attributes are stored as they are.</summary>
    UncompressedXattrs = 0x100,

    /// <summary>There are no extended attributes.</summary>
    NoXattrs = 0x200,

    /// <summary>A metadata block with options of the compressor follows the superblock.</summary>
    CompressorOptions = 0x400,

    /// <summary>The table of owners is stored as it is.</summary>
    UncompressedIds = 0x800,
}

/// <summary>Compression of an image, by its number in the superblock.</summary>
public enum SquashfsCompression
{
    /// <summary>zlib streams (RFC 1950).</summary>
    Gzip = 1,

    /// <summary>.xz streams with CRC32.</summary>
    Xz = 4,

    /// <summary>Raw LZ4 blocks.</summary>
    Lz4 = 5,

    /// <summary>Zstandard frames (RFC 8878).</summary>
    Zstd = 6,
}
