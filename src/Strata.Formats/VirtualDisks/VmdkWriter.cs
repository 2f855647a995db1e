using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Strata.Formats.VirtualDisks;

/// <summary>Writes a disk as VMDK, <c>monolithicSparse</c> (VMware, Virtual Disk Format 5.0).</summary>
/// <remarks>
/// Header, descriptor, the redundant grain directory with its tables, the directory itself with its own, grains of 64 KiB. Places are in
/// sectors of 512 bytes, integers little-endian.
/// </remarks>
public static class VmdkWriter
{
    private const int Sector = 512;
    private const int GrainSectors = 128;
    private const int GrainsInTable = 512;
    private const int TableSectors = GrainsInTable * 4 / Sector;
    private const int DescriptorSector = 1;
    private const int DescriptorSectors = 20;
    private const uint Flags = 3; // the test of line ends is there, and so is the redundant directory

    private static class At // byte offsets in the header
    {
        public const int Version = 4; // u32
        public const int Flags = 8; // u32
        public const int Capacity = 12; // u64
        public const int GrainSize = 20; // u64
        public const int DescriptorOffset = 28; // u64
        public const int DescriptorSize = 36; // u64
        public const int TableEntries = 44; // u32
        public const int RedundantDirectory = 48; // u64
        public const int Directory = 56; // u64
        public const int Overhead = 64; // u64, where grains begin
        public const int LineEnds = 73; // shows whether something took the file for text
    }

    /// <summary>Writes the whole file from the present position on.</summary>
    /// <param name="disk">The disk: seekable, it starts at position 0.</param>
    /// <param name="contentId">CID: tells whether the content is that of an earlier time; not all ones.</param>
    /// <param name="fileName">Name of the file, without folders: its descriptor names it.</param>
    /// <param name="output">Written forwards only.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteAsync(
        Stream disk, uint contentId, string fileName, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        DiskBlocks blocks = await DiskBlocks.OfAsync(disk, GrainSectors * Sector, cancellationToken);
        await output.WriteAsync(Front(blocks, contentId, fileName), cancellationToken);
        await blocks.CopyAsync(output, cancellationToken);
    }

    private static byte[] Front(DiskBlocks blocks, uint contentId, string fileName)
    {
        int tables = (blocks.Count + GrainsInTable - 1) / GrainsInTable;
        int directorySectors = ((tables * 4) + Sector - 1) / Sector;
        int redundant = DescriptorSector + DescriptorSectors;
        int directory = redundant + directorySectors + (tables * TableSectors);
        int end = directory + directorySectors + (tables * TableSectors);
        int grains = (end + GrainSectors - 1) / GrainSectors * GrainSectors;

        byte[] front = new byte[grains * Sector];
        "KDMV"u8.CopyTo(front);
        U32(front, At.Version, 1);
        U32(front, At.Flags, Flags);
        U64(front, At.Capacity, (ulong)(blocks.Size / Sector));
        U64(front, At.GrainSize, GrainSectors);
        U64(front, At.DescriptorOffset, DescriptorSector);
        U64(front, At.DescriptorSize, DescriptorSectors);
        U32(front, At.TableEntries, GrainsInTable);
        U64(front, At.RedundantDirectory, (ulong)redundant);
        U64(front, At.Directory, (ulong)directory);
        U64(front, At.Overhead, (ulong)grains);
        "\n \r\n"u8.CopyTo(front.AsSpan(At.LineEnds));
        Encoding.ASCII.GetBytes(Descriptor(blocks.Size, contentId, fileName)).CopyTo(front, DescriptorSector * Sector);
        foreach (int copy in (ReadOnlySpan<int>)[redundant, directory])
        {
            int firstTable = copy + directorySectors;
            for (int i = 0; i < tables; i++)
            {
                U32(front, (copy * Sector) + (i * 4), (uint)(firstTable + (i * TableSectors)));
            }
            uint next = (uint)grains;
            for (int i = 0; i < blocks.Count; i++)
            {
                if (blocks.HasData(i))
                {
                    U32(front, (firstTable * Sector) + (i * 4), next);
                    next += GrainSectors;
                }
            }
        }
        return front;
    }

    private static string Descriptor(long size, uint contentId, string fileName)
    {
        const int heads = 16, sectors = 63; // of an IDE disk, which every program can attach
        long cylinders = Math.Min(size / (heads * sectors * Sector), 16383);
        string text = string.Create(CultureInfo.InvariantCulture, $"""
            # Disk DescriptorFile
            version=1
            CID={contentId:x8}
            parentCID=ffffffff
            createType="monolithicSparse"

            # Extent description
            RW {size / Sector} SPARSE "{fileName}"

            # The Disk Data Base
            #DDB

            ddb.virtualHWVersion = "4"
            ddb.geometry.cylinders = "{cylinders}"
            ddb.geometry.heads = "{heads}"
            ddb.geometry.sectors = "{sectors}"
            ddb.adapterType = "ide"

            """);
        return text.Length <= DescriptorSectors * Sector ? text
            : throw new ArgumentException($"a name of {fileName.Length} characters is too long for the descriptor", nameof(fileName));
    }

    private static void U32(byte[] bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);

    private static void U64(byte[] bytes, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
}
