using Strata.Formats.Compression;
using Strata.Formats.Squashfs.Codecs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

public class SquashfsCodecTests
{
    [Fact]
    public void CacheKey_EverySettingThatChangesBlocks_GivesAnotherKey()
    {
        using TemporaryFolder folder = new();
        HostLibrary.Copy("libzstd.so.1", folder["libraries"]);
        HostLibrary.Copy("liblzma.so.5", folder["libraries"]);
        CompressionLibraries libraries = CompressionLibraries.In(folder["libraries"]);
        (SquashfsCodec Codec, int BlockSize)[] all =
        [
            (SquashfsCodec.Zstd(3), 1 << 17),
            (SquashfsCodec.Zstd(19), 1 << 17),
            (SquashfsCodec.Zstd(19) with { Libraries = libraries }, 1 << 17),
            (SquashfsCodec.Xz(), 1 << 17),
            (SquashfsCodec.Xz(), 1 << 20), // the dictionary is as large as a block
            (SquashfsCodec.Xz(level: 9), 1 << 17),
            (SquashfsCodec.Xz(isExtreme: true), 1 << 17),
            (SquashfsCodec.Xz(x86Filter: true), 1 << 17),
            (SquashfsCodec.Xz() with { Libraries = libraries }, 1 << 17),
            (SquashfsCodec.Lz4(1), 1 << 17),
            (SquashfsCodec.Lz4(12), 1 << 17),
            (SquashfsCodec.Gzip(6), 1 << 17),
            (SquashfsCodec.Gzip(9), 1 << 17),
        ];
        string[] keys = [.. all.Select(c => c.Codec.CacheKey(c.BlockSize))];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void CacheKey_OfLibrariesOfAFolder_NamesTheFileAndNotThePlace()
    {
        using TemporaryFolder folder = new();
        foreach (string place in new[] { "one", "two" })
        {
            HostLibrary.Copy("libzstd.so.1", folder[place]);
        }
        SquashfsCodec codec = SquashfsCodec.Zstd(19);
        string[] keys = [.. new[] { "one", "two" }
            .Select(place => codec with { Libraries = CompressionLibraries.In(folder[place]) }).Select(c => c.CacheKey(1 << 17))];
        Assert.Matches("^zstd [0-9a-f]{64} level=19$", keys[0]);
        Assert.Equal(keys[0], keys[1]);
    }

    /// <summary>A block that is not exactly one compressed block, or holds more than there is room for, is damaged.</summary>
    [Theory]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("lz4")]
    [InlineData("gzip")]
    public void Decode_BlockCutOrTooLarge_IsDamaged(string name)
    {
        SquashfsCodec codec = SquashfsWriterTests.CodecOf(name);
        byte[] plain = new byte[3000];
        plain.AsSpan(1000).Fill(7);
        byte[] room = new byte[plain.Length];
        using IBlockEncoder encoder = codec.CreateEncoder(4096);
        byte[] stored = room[..encoder.Encode(plain, room)];
        using IBlockDecoder decoder = SquashfsCodec.CreateDecoder(codec.Compression);

        byte[] exact = new byte[plain.Length];
        Assert.Equal(plain.Length, decoder.Decode(stored, exact));
        Assert.Equal(plain, exact);
        Assert.Equal(plain.Length, decoder.Decode(stored, new byte[plain.Length + 1]));
        Assert.Equal(-1, decoder.Decode(stored, new byte[plain.Length - 1]));
        Assert.Equal(-1, decoder.Decode(stored.AsSpan(1), exact));
        if (name != "gzip") // the framework's zlib neither misses the end of its checksum nor tells what follows
        {
            Assert.Equal(-1, decoder.Decode(stored.AsSpan(..^1), exact));
            Assert.Equal(-1, decoder.Decode([.. stored, 0], exact));
        }
    }
}
