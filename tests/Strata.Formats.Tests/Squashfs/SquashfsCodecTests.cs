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
}
