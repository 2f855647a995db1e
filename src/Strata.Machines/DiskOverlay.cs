using System.Buffers.Binary;

namespace Strata.Machines;

/// <summary>
/// The file that takes what a guest writes to an image that has free room behind it: an empty qcow2 (QEMU, docs/interop/qcow2.rst) longer
/// than the image below it, which QEMU is told of by its arguments.
/// </summary>
/// <remarks>Clusters of 64 KiB: header, table of refcount blocks, one such block, L1 table. QEMU adds what it needs.</remarks>
internal static class DiskOverlay
{
    private const int ClusterBits = 16;
    private const int Cluster = 1 << ClusterBits;
    private const long BytesOfL1Entry = (long)Cluster * (Cluster / 8);
    private const int L1Cluster = 3;

    private static class At // byte offsets in the header; integers are big-endian
    {
        public const int Version = 4; // u32
        public const int ClusterBits = 20; // u32
        public const int Size = 24; // u64, bytes of the disk
        public const int L1Entries = 36; // u32
        public const int L1Offset = 40; // u64
        public const int RefcountOffset = 48; // u64
        public const int RefcountClusters = 56; // u32
        public const int RefcountOrder = 96; // u32, 4: of 16 bits
        public const int HeaderLength = 100; // u32
    }

    /// <summary>Makes it for the image that the machine boots, where that has room; does nothing otherwise.</summary>
    public static async Task PrepareAsync(MachineConfig config, QemuFiles files, CancellationToken cancellationToken)
    {
        if (config.Boot is BootMedium.Disk { HasOverlay: true } disk)
        {
            byte[] empty = Of(new FileInfo(disk.Path).Length + disk.RoomBytes);
            await File.WriteAllBytesAsync(files.BootOverlay, empty, cancellationToken);
        }
    }

    /// <summary>The bytes of an overlay in which nothing was written yet.</summary>
    /// <param name="size">Length of the disk in bytes.</param>
    public static byte[] Of(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        size = (size + DiskConfig.SectorBytes - 1) / DiskConfig.SectorBytes * DiskConfig.SectorBytes;
        int entries = checked((int)((size + BytesOfL1Entry - 1) / BytesOfL1Entry));
        int l1Clusters = ((entries * 8) + Cluster - 1) / Cluster;
        byte[] file = new byte[(L1Cluster + l1Clusters) * Cluster];
        ((ReadOnlySpan<byte>)[(byte)'Q', (byte)'F', (byte)'I', 0xFB]).CopyTo(file);
        U32(At.Version, 3);
        U32(At.ClusterBits, ClusterBits);
        U64(At.Size, (ulong)size);
        U32(At.L1Entries, (uint)entries);
        U64(At.L1Offset, L1Cluster * Cluster);
        U64(At.RefcountOffset, Cluster);
        U32(At.RefcountClusters, 1);
        U32(At.RefcountOrder, 4);
        U32(At.HeaderLength, 104);
        U64(Cluster, 2 * Cluster); // the first refcount block
        for (int used = 0; used < L1Cluster + l1Clusters; used++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan((2 * Cluster) + (used * 2)), 1);
        }
        return file;

        void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(offset), value);
        void U64(int offset, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(file.AsSpan(offset), value);
    }
}
