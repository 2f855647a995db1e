using System.Buffers.Binary;

namespace Strata.Formats.VirtualDisks;

/// <summary>Writes a disk as qcow2, version 3 (QEMU, docs/interop/qcow2.rst). It has no identity: the same disk is the same file.</summary>
/// <remarks>
/// Clusters of 64 KiB in this order: header, L1 table, refcount table, refcount blocks, L2 tables, data. Integers are big-endian. Not used:
/// snapshots, compression, encryption, backing files.
/// </remarks>
public static class Qcow2Writer
{
    private const int ClusterBits = 16;
    private const int Cluster = 1 << ClusterBits;
    private const int EntriesInL2 = Cluster / 8;
    private const int RefcountsInBlock = Cluster / 2; // of 16 bits
    private const ulong Copied = 1UL << 63; // its refcount is exactly one: it may be written where it lies

    private static class At // byte offsets in the header
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

    /// <summary>Writes the whole file from the present position on.</summary>
    /// <param name="disk">The disk: seekable, it starts at position 0.</param>
    /// <param name="output">Written forwards only.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteAsync(Stream disk, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        DiskBlocks blocks = await DiskBlocks.OfAsync(disk, Cluster, cancellationToken);
        await output.WriteAsync(Tables(blocks), cancellationToken);
        await blocks.CopyAsync(output, cancellationToken);
    }

    private static byte[] Tables(DiskBlocks blocks)
    {
        int l1Entries = (blocks.Count + EntriesInL2 - 1) / EntriesInL2;
        bool[] hasL2 = [.. Enumerable.Range(0, l1Entries)
            .Select(i => Enumerable.Range(i * EntriesInL2, Math.Min(EntriesInL2, blocks.Count - (i * EntriesInL2))).Any(blocks.HasData))];
        int l1 = 1; // clusters: the header has the one before
        int refcountTable = l1 + Clusters(l1Entries * 8L);
        int fixedClusters = refcountTable + hasL2.Count(h => h) + blocks.DataCount;
        // what counts clusters has clusters of its own, which are counted too
        int refcountBlocks = 0, tableClusters = 0, needed;
        while ((needed = Need(fixedClusters + refcountBlocks + tableClusters)) != refcountBlocks)
        {
            refcountBlocks = needed;
            tableClusters = Clusters(refcountBlocks * 8L);
        }
        int firstRefcount = refcountTable + tableClusters;
        int firstL2 = firstRefcount + refcountBlocks;
        int firstData = firstL2 + hasL2.Count(h => h);
        int all = firstData + blocks.DataCount;

        byte[] tables = new byte[firstData * Cluster];
        WriteHeader(tables, blocks.Size, l1Entries, l1, refcountTable, tableClusters);
        for (int i = 0; i < refcountBlocks; i++)
        {
            Entry(tables, refcountTable, i, (ulong)(firstRefcount + i) * Cluster);
        }
        for (int i = 0; i < all; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(tables.AsSpan((firstRefcount * Cluster) + (i * 2)), 1);
        }
        int l2 = firstL2, data = firstData;
        for (int i = 0; i < l1Entries; i++)
        {
            if (!hasL2[i])
            {
                continue;
            }
            Entry(tables, l1, i, ((ulong)l2 * Cluster) | Copied);
            for (int j = i * EntriesInL2; j < Math.Min(blocks.Count, (i + 1) * EntriesInL2); j++)
            {
                if (blocks.HasData(j))
                {
                    Entry(tables, l2, j - (i * EntriesInL2), ((ulong)data++ * Cluster) | Copied);
                }
            }
            l2++;
        }
        return tables;

        static int Need(int clusters) => (clusters + RefcountsInBlock - 1) / RefcountsInBlock;
    }

    private static void WriteHeader(Span<byte> header, long size, int l1Entries, int l1, int refcountTable, int tableClusters)
    {
        "QFI"u8.CopyTo(header);
        header[3] = 0xFB;
        BinaryPrimitives.WriteUInt32BigEndian(header[At.Version..], 3);
        BinaryPrimitives.WriteUInt32BigEndian(header[At.ClusterBits..], ClusterBits);
        BinaryPrimitives.WriteUInt64BigEndian(header[At.Size..], (ulong)size);
        BinaryPrimitives.WriteUInt32BigEndian(header[At.L1Entries..], (uint)l1Entries);
        BinaryPrimitives.WriteUInt64BigEndian(header[At.L1Offset..], (ulong)l1 * Cluster);
        BinaryPrimitives.WriteUInt64BigEndian(header[At.RefcountOffset..], (ulong)refcountTable * Cluster);
        BinaryPrimitives.WriteUInt32BigEndian(header[At.RefcountClusters..], (uint)tableClusters);
        BinaryPrimitives.WriteUInt32BigEndian(header[At.RefcountOrder..], 4);
        BinaryPrimitives.WriteUInt32BigEndian(header[At.HeaderLength..], 104);
    }

    private static void Entry(byte[] tables, int cluster, int index, ulong value) =>
        BinaryPrimitives.WriteUInt64BigEndian(tables.AsSpan((cluster * Cluster) + (index * 8)), value);

    private static int Clusters(long bytes) => (int)((bytes + Cluster - 1) / Cluster);
}
