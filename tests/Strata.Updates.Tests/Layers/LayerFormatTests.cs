using Strata.Core;
using Strata.Updates.Layers;

namespace Strata.Updates.Tests.Layers;

public class LayerFormatTests
{
    internal static readonly BlockIndex s_index = new(
        4096, 96, [new IndexedBlock(Sha256Digest.Of("a"u8), 100, 4096), new IndexedBlock(Sha256Digest.Of("b"u8), 4096, 4096), new IndexedBlock(Sha256Digest.Of("c"u8), 7, 9)]);

    internal static readonly LayerManifest s_manifest = new()
    {
        Name = "network",
        Architecture = "amd64",
        Requires = ["base", "shell"],
        Provides = ["network"],
        Packages = [new LayerPackage("g++", "4:14.2.0-1+b1", Sha256Digest.Of("g"u8), 3, 4096, ["GPL-3+"])],
        Effects = [],
        Entries = 5,
        PlainBytes = 4096,
        Codec = "zstd",
        BlockSize = 131072,
        Image = Sha256Digest.Of("i"u8),
        Size = 12288,
        Data = 4096,
        Root = Sha256Digest.Of("r"u8),
        Salt = "",
        BlockIndex = Sha256Digest.Of("x"u8),
    };

    // offsets typed from docs/formats/layer.md
    [Fact]
    public void Write_Index_HasTheFieldsWhereTheFormatSays()
    {
        byte[] bytes = s_index.Write();
        Assert.Equal(32 + (3 * 40) + 32, bytes.Length);
        Assert.Equal("strata-index 1\n\0"u8, bytes.AsSpan(0, 16));
        Assert.Equal((4096, 3, 96L), (BitConverter.ToInt32(bytes, 16), BitConverter.ToInt32(bytes, 20), BitConverter.ToInt64(bytes, 24)));
        Assert.Equal(Sha256Digest.Of("b"u8).Bytes, bytes.AsSpan(72, 32));
        Assert.Equal((7, 9), (BitConverter.ToInt32(bytes, 144), BitConverter.ToInt32(bytes, 148)));
    }

    [Fact]
    public void Read_Index_IsWhatWasWritten()
    {
        BlockIndex again = BlockIndex.Read(s_index.Write());
        Assert.Equal(s_index.Blocks, again.Blocks);
        Assert.Equal((4096, 96L, 4203L), (again.BlockSize, again.FirstOffset, again.StoredBytes));
    }

    [Fact]
    public void Read_IndexChangedAnywhere_IsRefused()
    {
        byte[] bytes = s_index.Write();
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 0x10;
            Assert.Throws<ImageFormatException>(() => BlockIndex.Read(changed));
            Assert.Throws<ImageFormatException>(() => BlockIndex.Read(bytes.AsSpan(0, at)));
        }
    }

    [Theory]
    [InlineData(20, int.MaxValue, "blocks, allowed are")]
    [InlineData(20, 2, "take")]
    [InlineData(20, -1, "blocks, allowed are")]
    [InlineData(16, 4095, "block size")]
    [InlineData(16, 2048, "block size")]
    [InlineData(16, 2 << 20, "block size")]
    [InlineData(24, 0, "first block")] // there are blocks, and the superblock stands before them
    [InlineData(64, 5000, "not possible")] // stored length of the first block
    [InlineData(68, 0, "not possible")] // its plain length
    [InlineData(68, 4097, "not possible")]
    [InlineData(144, 10, "not possible")] // the last block is shorter than the others: 9 plain bytes
    [InlineData(144, 0, "not possible")]
    public void Read_IndexWithARightDigestAndAWrongField_NamesIt(int at, int value, string words)
    {
        byte[] bytes = s_index.Write();
        BitConverter.TryWriteBytes(bytes.AsSpan(at), value);
        Sha256Digest.Of(bytes.AsSpan(0, bytes.Length - 32)).Bytes.CopyTo(bytes.AsSpan(bytes.Length - 32));
        Assert.Contains(words, Assert.Throws<ImageFormatException>(() => BlockIndex.Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManifestChangedAnywhere_IsRefusedOrMeansSomethingElse()
    {
        byte[] text = LayerManifestText.Write(s_manifest);
        Assert.Equal(text, LayerManifestText.Write(LayerManifestText.Read(text)));
        for (int at = 0; at < text.Length; at++)
        {
            foreach (byte flip in (byte[])[1, 2, 0x20, 0x80])
            {
                byte[] changed = [.. text];
                changed[at] ^= flip;
                try
                {
                    Assert.Equal(changed, LayerManifestText.Write(LayerManifestText.Read(changed)));
                }
                catch (ImageFormatException)
                {
                    // the only exception that may leave
                }
            }
        }
    }

    [Fact]
    public void Write_ManifestAgainstTheRules_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => LayerManifestText.Write(s_manifest with { Packages = [.. s_manifest.Packages, .. s_manifest.Packages] }));
        Assert.Throws<ArgumentException>(() => LayerManifestText.Write(s_manifest with { Data = 100 }));
        Assert.Throws<ArgumentException>(() => LayerManifestText.Write(s_manifest with { Architecture = "" }));
        Assert.Throws<ArgumentException>(() => LayerManifestText.Write(s_manifest with { Codec = "ZSTD" }));
    }

    [Theory]
    [InlineData("shell", "base")]
    [InlineData("base", "base")]
    [InlineData("Base")]
    public void Write_NamesThatAreNoneOrNotSorted_AreRefusedInEachList(params string[] names)
    {
        foreach ((string list, LayerManifest wrong) in new[]
            { ("requires", s_manifest with { Requires = names }), ("provides", s_manifest with { Provides = names }), ("effects",
                s_manifest with { Effects = names }) })
        {
            Assert.Contains($"{list} is no sorted list", Assert.Throws<ArgumentException>(() =>
                LayerManifestText.Write(wrong)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Between_ChangedBlockInTheMiddle_IsOneRangeMore()
    {
        BlockIndex fresh = s_index with { Blocks = [s_index.Blocks[0], new IndexedBlock(Sha256Digest.Of("n"u8), 50, 4096), s_index.Blocks[2]] };
        LayerChange change = LayerChange.Between(s_index, fresh, 8192);
        Assert.Equal(new LayerChange(8192, 3, 1, 8192 - 157 + 50, 3), change);
        Assert.Equal(2, LayerChange.Between(s_index, s_index, 8192).Ranges); // superblock, and tables with the tree
    }

    // letters are blocks; a capital is one that the old image does not have. Head and tail of an image are always moved.
    [Theory]
    [InlineData("abc", 2)]
    [InlineData("Abc", 2)]
    [InlineData("abC", 2)]
    [InlineData("AbC", 2)]
    [InlineData("aBc", 3)]
    [InlineData("aBbCc", 4)]
    [InlineData("aBCc", 3)]
    [InlineData("aBBc", 3)] // the second is there by then
    [InlineData("ABC", 1)]
    public void Between_NewBlocksAnywhere_RangesAreRunsOfNeighbours(string blocks, int expected)
    {
        BlockIndex fresh = s_index with { Blocks = [.. blocks.Select(b => new IndexedBlock(Sha256Digest.Of([(byte)b]), 10, 4096))] };
        Assert.Equal(expected, LayerChange.Between(s_index, fresh, 8192).Ranges);
    }
}
