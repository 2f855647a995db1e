using Strata.Core;

namespace Strata.Formats.Squashfs;

/// <summary>What an inode is.</summary>
public enum SquashfsKind
{
    /// <summary>Directory.</summary>
    Directory = 1,

    /// <summary>Regular file.</summary>
    File = 2,

    /// <summary>Symbolic link.</summary>
    Symlink = 3,

    /// <summary>Block device.</summary>
    BlockDevice = 4,

    /// <summary>Character device.</summary>
    CharacterDevice = 5,

    /// <summary>Named pipe.</summary>
    Fifo = 6,

    /// <summary>UNIX domain socket.</summary>
    Socket = 7,
}

/// <summary>One name of an image.</summary>
/// <param name="Path">Where.</param>
/// <param name="Inode">What; the same object for several names of one inode.</param>
public sealed record SquashfsEntry(GuestPath Path, SquashfsInode Inode);

/// <summary>An inode as read.</summary>
public sealed class SquashfsInode
{
    /// <summary>What it is.</summary>
    public required SquashfsKind Kind { get; init; }

    /// <summary>1 … number of inodes.</summary>
    public required uint Number { get; init; }

    /// <summary>Permission bits with setuid, setgid and sticky.</summary>
    public required int Permissions { get; init; }

    /// <summary>Numeric owner.</summary>
    public required uint Uid { get; init; }

    /// <summary>Numeric group.</summary>
    public required uint Gid { get; init; }

    /// <summary>Seconds since 1970-01-01 UTC.</summary>
    public required uint ModificationTime { get; init; }

    /// <summary>Number of names; of a directory 2 and one for each directory in it.</summary>
    public required uint LinkCount { get; init; }

    /// <summary>Bytes of a file; 0 for everything else.</summary>
    public long Size { get; init; }

    /// <summary>Target of a symbolic link; empty for everything else.</summary>
    public string Target { get; init; } = "";

    /// <summary>Device number; 0:0 for everything else.</summary>
    public (uint Major, uint Minor) Device { get; init; }

    /// <summary>Number of its attribute set, or <see cref="uint.MaxValue"/>.</summary>
    public uint XattrSet { get; init; } = SquashfsFormat.NoXattrs;

    /// <summary>Position of the first stored block of a file.</summary>
    public long Start { get; init; }

    /// <summary>One word a block of a file: stored length, bit 24 for uncompressed; 0 for a block of zeros.</summary>
    public IReadOnlyList<uint> SizeWords { get; init; } = [];

    /// <summary>Number of the fragment block with a file's tail; null without one.</summary>
    public uint? Fragment { get; init; }

    /// <summary>Offset of the tail in the plain fragment block.</summary>
    public int FragmentOffset { get; init; }

    /// <summary>Place of a directory's names.</summary>
    internal ListingPlace Listing { get; init; }
}

/// <summary>Where the names of a directory are.</summary>
/// <param name="Block">Start of the metadata block in the directory table.</param>
/// <param name="Offset">Offset in it.</param>
/// <param name="Length">Plain bytes.</param>
/// <param name="ParentNumber">Inode number of the directory this one is in.</param>
/// <param name="Index">Signposts of long listings: offset in the listing, start of its metadata block, first name.</param>
internal readonly record struct ListingPlace(
    uint Block, ushort Offset, uint Length, uint ParentNumber, IReadOnlyList<(uint ListingOffset, uint Block, byte[] Name)> Index);
