using System.Buffers.Binary;
using System.Globalization;
using Strata.Formats.Compression;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary>A compression and its parameters.</summary>
public sealed record SquashfsCodec
{
    /// <summary>What the libraries are needed for, when one is missing.</summary>
    internal const string NativePurpose = "compress or decompress a squashfs block";

    private SquashfsCodec(SquashfsCompression compression, int level)
    {
        Compression = compression;
        Level = level;
    }

    /// <summary>Which one.</summary>
    public SquashfsCompression Compression { get; }

    /// <summary>How hard it tries, in the compressor's own numbers: xz 0 … 9, zstd 1 … 22, lz4 1 (fast) or 3 … 12, gzip 1 … 9.</summary>
    public int Level { get; }

    /// <summary>xz only: blocks of x86 machine code go through the branch filter. The kernel then needs CONFIG_XZ_DEC_X86.</summary>
    public bool X86Filter { get; private init; }

    /// <summary>xz only: search harder for about twice the time.</summary>
    public bool IsExtreme { get; private init; }

    /// <summary>
    /// xz and zstd only: whose library compresses. Where the bytes of an image are part of a promise, they are not the machine's
    /// (docs/decisions/0071-layers-are-packed-by-locked-libraries.md).
    /// </summary>
    public CompressionLibraries Libraries { get; init; } = CompressionLibraries.Host;

    /// <summary>xz with a dictionary of one block: the smallest.</summary>
    /// <param name="x86Filter">See <see cref="X86Filter"/>.</param>
    /// <param name="level">0 … 9.</param>
    /// <param name="isExtreme">See <see cref="IsExtreme"/>.</param>
    public static SquashfsCodec Xz(bool x86Filter = false, int level = 6, bool isExtreme = false) =>
        new(SquashfsCompression.Xz, Within(level, 0, 9)) { X86Filter = x86Filter, IsExtreme = isExtreme };

    /// <summary>Zstandard: nearly as small, and read several times as fast.</summary>
    /// <param name="level">1 … 22.</param>
    public static SquashfsCodec Zstd(int level = 15) => new(SquashfsCompression.Zstd, Within(level, 1, 22));

    /// <summary>LZ4: read fastest.</summary>
    /// <param name="level">1, or 3 … 12.</param>
    public static SquashfsCodec Lz4(int level = 12) => level == 2
        ? throw new ArgumentOutOfRangeException(nameof(level), "lz4 has no level 2: 1 is the fast compressor, 3..12 the thorough one")
        : new(SquashfsCompression.Lz4, Within(level, 1, 12));

    /// <summary>zlib, which every kernel with squashfs can read.</summary>
    /// <param name="level">1 … 9.</param>
    public static SquashfsCodec Gzip(int level = 9) => new(SquashfsCompression.Gzip, Within(level, 1, 9));

    /// <summary>
    /// Everything besides the plain bytes that decides about a compressed block, the library included: the key under which a cache keeps it
    /// together with the plain digest. <c>xz 50040012 level=6 dict=1048576 bcj=x86</c> with this machine's library of version 5.4.1; a
    /// library of a folder is named by the SHA-256 of its file instead.
    /// </summary>
    /// <exception cref="Core.StrataException">The library cannot be loaded.</exception>
    public string CacheKey(int blockSize) => Compression switch
    {
        SquashfsCompression.Xz =>
            $"xz {Libraries.Lzma.Identity} level={Level}{(IsExtreme ? "e" : "")} dict={XzDictionary(blockSize)}"
                + (X86Filter ? " bcj=x86" : ""),
        SquashfsCompression.Zstd => $"zstd {Libraries.Zstd.Identity} level={Level}",
        SquashfsCompression.Lz4 => string.Create(CultureInfo.InvariantCulture, $"lz4 {Lz4Native.Version} level={Level}"),
        _ => $"gzip net{Environment.Version} level={Level}", // the framework carries its own zlib
    };

    /// <summary>Working memory of one encoder in bytes, an upper estimate.</summary>
    internal long EncoderMemory(int blockSize) => Compression switch
    {
        SquashfsCompression.Xz => (13L * blockSize) + (3 << 20) + (X86Filter ? SquashfsFormat.MaxBlockSize : 0),
        SquashfsCompression.Zstd => (16L * blockSize) + (2 << 20),
        _ => blockSize + (1 << 20),
    };

    /// <summary>For blocks of data.</summary>
    internal IBlockEncoder CreateEncoder(int blockSize) => Create(XzDictionary(blockSize), X86Filter);

    /// <summary>For metadata blocks, which are small and never code: a small dictionary starts faster.</summary>
    internal IBlockEncoder CreateMetadataEncoder() => Create(SquashfsFormat.MetadataBlockSize, x86Filter: false);

    internal static IBlockDecoder CreateDecoder(SquashfsCompression compression) => compression switch
    {
        SquashfsCompression.Xz => new XzBlockDecoder(),
        SquashfsCompression.Zstd => new ZstdBlockDecoder(),
        SquashfsCompression.Lz4 => new Lz4BlockDecoder(),
        _ => new GzipBlockDecoder(),
    };

    /// <summary>What stands behind the superblock; empty when the defaults of mksquashfs hold.</summary>
    internal byte[] Options(int blockSize)
    {
        byte[] options;
        switch (Compression)
        {
            case SquashfsCompression.Xz when X86Filter || XzDictionary(blockSize) != blockSize:
                options = new byte[8];
                BinaryPrimitives.WriteUInt32LittleEndian(options, (uint)XzDictionary(blockSize));
                BinaryPrimitives.WriteUInt32LittleEndian(options.AsSpan(4), X86Filter ? 1u : 0u); // bit 0: x86
                return options;
            case SquashfsCompression.Lz4: // always there; the kernel checks the version
                options = new byte[8];
                BinaryPrimitives.WriteUInt32LittleEndian(options, 1); // LZ4_LEGACY, the only one
                BinaryPrimitives.WriteUInt32LittleEndian(options.AsSpan(4), Level > 1 ? 1u : 0u); // bit 0: HC
                return options;
            case SquashfsCompression.Zstd when Level != 15:
                options = new byte[4];
                BinaryPrimitives.WriteUInt32LittleEndian(options, (uint)Level);
                return options;
            case SquashfsCompression.Gzip when Level != 9:
                options = new byte[8];
                BinaryPrimitives.WriteUInt32LittleEndian(options, (uint)Level);
                BinaryPrimitives.WriteUInt16LittleEndian(options.AsSpan(4), 15); // window bits
                return options;
            default:
                return [];
        }
    }

    private static int Within(int level, int least, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, most);
        return level;
    }

    /// <summary>A metadata block has to fit too (Linux <c>xz_wrapper.c</c> takes the larger of the two as its default).</summary>
    private static int XzDictionary(int blockSize) => Math.Max(blockSize, SquashfsFormat.MetadataBlockSize);

    private IBlockEncoder Create(int dictionary, bool x86Filter) => Compression switch
    {
        SquashfsCompression.Xz => new XzBlockEncoder(Libraries.Lzma, Level, IsExtreme, dictionary, x86Filter),
        SquashfsCompression.Zstd => new ZstdBlockEncoder(Libraries.Zstd, Level),
        SquashfsCompression.Lz4 => new Lz4BlockEncoder(Level),
        _ => new GzipBlockEncoder(Level),
    };
}
