using System.Buffers.Binary;
using Strata.Device.Posix;

namespace Strata.Device.Disks;

/// <summary>What the superblock of an ext4 file system says of its health.</summary>
/// <param name="BlockSize">Bytes of a block.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="HasErrors">True when the kernel has found its structures damaged, once or more, and nobody has repaired them since.</param>
public readonly record struct Ext4Health(int BlockSize, long Size, bool HasErrors);

/// <summary>What is asked of an ext4 file system beside mounting it.</summary>
public static unsafe class Ext4Volume
{
    private const ulong Resize = 0x40086610; // EXT4_IOC_RESIZE_FS (fs/ext4/ext4.h): _IOW('f', 16, __u64)

    /// <summary>Reads the superblock; null when there is none.</summary>
    /// <param name="path">The device.</param>
    /// <exception cref="PosixException">The device cannot be read.</exception>
    public static Ext4Health? TryRead(string path)
    {
        using OpenFile device = OpenFile.Open(path);
        Span<byte> super = stackalloc byte[1024];
        // s_blocks_count_lo 0x4 and _hi 0x150, s_log_block_size 0x18, s_magic 0x38, s_state 0x3A with EXT4_ERROR_FS 2
        if (!device.TryReadAt(1024, super) || BinaryPrimitives.ReadUInt16LittleEndian(super[0x38..]) != 0xEF53
            || BinaryPrimitives.ReadUInt32LittleEndian(super[0x18..]) > 6)
        {
            return null;
        }
        int blockSize = 1024 << super[0x18];
        // the upper half belongs to the feature 64BIT (0x80 of s_feature_incompat, 0x60)
        ulong high = (super[0x60] & 0x80) != 0 ? BinaryPrimitives.ReadUInt32LittleEndian(super[0x150..]) : 0;
        ulong blocks = (high << 32) | BinaryPrimitives.ReadUInt32LittleEndian(super[4..]);
        long size = blocks > (ulong)(long.MaxValue / blockSize) ? long.MaxValue : (long)blocks * blockSize;
        return new Ext4Health(blockSize, size, (BinaryPrimitives.ReadUInt16LittleEndian(super[0x3A..]) & 2) != 0);
    }

    /// <summary>Grows one that is mounted to the room there is; nothing is asked of the kernel when it has that size.</summary>
    /// <param name="mounted">Where it is mounted.</param>
    /// <param name="found">What its superblock said when it was mounted.</param>
    /// <param name="room">Bytes of what it lies on.</param>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Grow(string mounted, Ext4Health found, long room)
    {
        long blocks = room / found.BlockSize;
        if (blocks * found.BlockSize == found.Size)
        {
            return; // the kernel would empty its journal first, at each start
        }
        using OpenFile folder = OpenFile.Open(mounted);
        PosixException.Check(Libc.Control(folder.Number, Resize, (byte*)&blocks));
    }
}
