using System.Buffers.Binary;

namespace Strata.Formats.VirtualDisks;

/// <summary>Writes a disk as VDI 1.1, dynamic (VirtualBox, src/VBox/Storage/VDICore.h; QEMU, block/vdi.c).</summary>
/// <remarks>A header, a table of blocks of 1 MiB, the blocks that are not all zeros. Integers are little-endian.</remarks>
public static class VdiWriter
{
    private const int Block = 1 << 20; // all that QEMU takes
    private const int Header = 512;
    private const uint NoBlock = uint.MaxValue; // reads as zeros

    private static class At // byte offsets in the header
    {
        public const int Signature = 0x40; // u32
        public const int Version = 0x44; // u32
        public const int HeaderSize = 0x48; // u32, of what follows the version
        public const int Type = 0x4C; // u32, 1: dynamic
        public const int TableOffset = 0x154; // u32
        public const int DataOffset = 0x158; // u32
        public const int SectorSize = 0x168; // u32
        public const int Size = 0x170; // u64, bytes of the disk
        public const int BlockSize = 0x178; // u32
        public const int Blocks = 0x180; // u32
        public const int Allocated = 0x184; // u32
        public const int Id = 0x188; // 16 bytes, mixed-endian
        public const int Modification = 0x198; // 16 bytes
    }

    /// <summary>Writes the whole file from the present position on.</summary>
    /// <param name="disk">The disk: seekable, it starts at position 0.</param>
    /// <param name="id">Identity of the disk; VirtualBox registers no two of one.</param>
    /// <param name="output">Written forwards only.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteAsync(Stream disk, Guid id, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        DiskBlocks blocks = await DiskBlocks.OfAsync(disk, Block, cancellationToken);
        int data = Header + ((((blocks.Count * 4) + 511) / 512) * 512);
        byte[] front = new byte[data];
        "<<< Strata Virtual Disk Image >>>\n"u8.CopyTo(front);
        U32(front, At.Signature, 0xBEDA107F);
        U32(front, At.Version, 0x0001_0001);
        U32(front, At.HeaderSize, 0x180);
        U32(front, At.Type, 1);
        U32(front, At.TableOffset, Header);
        U32(front, At.DataOffset, (uint)data);
        U32(front, At.SectorSize, 512);
        BinaryPrimitives.WriteUInt64LittleEndian(front.AsSpan(At.Size), (ulong)blocks.Size);
        U32(front, At.BlockSize, Block);
        U32(front, At.Blocks, (uint)blocks.Count);
        U32(front, At.Allocated, (uint)blocks.DataCount);
        id.TryWriteBytes(front.AsSpan(At.Id));
        id.TryWriteBytes(front.AsSpan(At.Modification));
        uint next = 0;
        for (int i = 0; i < blocks.Count; i++)
        {
            U32(front, Header + (i * 4), blocks.HasData(i) ? next++ : NoBlock);
        }
        await output.WriteAsync(front, cancellationToken);
        await blocks.CopyAsync(output, cancellationToken);
    }

    private static void U32(byte[] bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
}
