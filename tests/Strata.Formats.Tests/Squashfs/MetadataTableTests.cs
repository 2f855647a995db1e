using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;
using Strata.Formats.Squashfs.Reading;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>Chains of metadata blocks made by hand (squashfs.rst, 3.2): what a foreign image may say at the edges.</summary>
public class MetadataTableTests
{
    private const int Full = 8192;

    [Theory]
    [InlineData("8192")]
    [InlineData("1")]
    [InlineData("8192 1")]
    [InlineData("8192 8192")]
    [InlineData("z8192 8192 z100")] // compressed
    public void ReadBlock_FullBlocksAndAShorterLast_AreRead(string blocks)
    {
        (MetadataTable table, byte[][] plain) = Make(blocks);
        Assert.Equal(plain.Length, table.Count);
        for (int i = plain.Length - 1; i >= 0; i--)
        {
            Assert.Equal(plain[i], table.ReadBlock(i).ToArray());
        }
    }

    [Theory]
    [InlineData("100 8192", "a block that is not the last has 100 plain bytes, expected 8192")]
    [InlineData("8191 1", "a block that is not the last has 8191 plain bytes, expected 8192")]
    [InlineData("z100 8192", "a block that is not the last has 100 plain bytes, expected 8192")]
    [InlineData("z8193", "cannot be decompressed")]
    public void ReadBlock_NotAsLongAsItMustBe_IsRefused(string blocks, string problem) =>
        Refuses(problem, () => Make(blocks).Table.ReadBlock(0).ToArray());

    [Theory]
    [InlineData("0", 0, "a metadata block has 0 stored bytes, allowed are 1 to 8192")]
    [InlineData("8193", 0, "a metadata block has 8193 stored bytes, allowed are 1 to 8192")]
    [InlineData("100", -1, "a block of 100 bytes does not fit before the end")]
    [InlineData("100", 1, "2 bytes reach past the end")]
    [InlineData("100", 2, "a metadata block has 0 stored bytes")]
    [InlineData("7 8192", 0, "a block of 7 bytes does not fit before the end")] // no full block is so short
    public void Constructor_ChainThatDoesNotEndWhereItMust_IsRefused(string blocks, int more, string problem) =>
        Refuses(problem, () => Make(blocks, more));

    [Fact]
    public void Constructor_ShortestBlockInTheMiddle_IsWalkedOver() => Assert.Equal(2, Make("8 8192").Table.Count);

    [Fact]
    public void Constructor_AsLongAsTheLimit_IsTakenAndNoLonger()
    {
        Make("100", limit: 102);
        Refuses("it has 102 bytes, more than the limit of 101", () => Make("100", limit: 101));
    }

    [Fact]
    public void At_ReferenceToAByteOfABlock_IsFollowedAndNoOther()
    {
        (MetadataTable table, byte[][] plain) = Make("8192 100");
        Assert.Equal(plain[0][0], First(table.At(0, 0)));
        Assert.Equal(plain[0][Full - 1], First(table.At(0, Full - 1)));
        Assert.Equal(plain[1][99], First(table.At(Full + 2, 99)));
        Assert.Equal(plain[1][1], First(table.At(((ulong)(Full + 2) << 16) | 1)));
        MetadataCursor across = table.At(0, Full - 1);
        byte[] both = new byte[101];
        across.Read(both);
        Assert.Equal([plain[0][^1], .. plain[1]], both);

        (long, int)[] nowhere = [(0, Full), (0, -1), (1, 0), (Full, 0), (-1, 0), (Full + 2 + 102, 0), (1L << 32, 0)];
        foreach ((long start, int offset) in nowhere)
        {
            Refuses("and no block starts there", () => table.At(start, offset));
        }
        Refuses("behind the end", () => First(table.At(Full + 2, 100)));
        Refuses("is beyond the 100", () => First(table.At(Full + 2, 101)));

        static byte First(MetadataCursor cursor)
        {
            Span<byte> one = stackalloc byte[1];
            cursor.Read(one);
            return one[0];
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2048)] // one block of entries of 4 bytes
    [InlineData(2049)]
    public void LookupTable_EveryEntry_IsFoundAndNoneOutside(int count)
    {
        byte[] entries = Plain(count * 4);
        LookupTable table = Lookup(entries, count);
        foreach (int number in (int[])[0, count / 2, count - 1])
        {
            Assert.Equal(entries[(number * 4)..((number * 4) + 4)], table[number].ToArray());
        }
        foreach (int number in (int[])[-1, count])
        {
            Refuses($"entry {number} is outside 0..{count - 1}", () => table[number].ToArray());
        }
    }

    [Theory]
    [InlineData(2049, 2048, 0, "entries need a list of 8 bytes, there are 16")]
    [InlineData(2048, 2049, 0, "entries need a list of 16 bytes, there are 8")]
    [InlineData(2049, 2050, 0, "entry 2049 lies behind the 4 plain bytes of its block")] // seen when it is asked for
    [InlineData(2049, 2049, 1, "entry 1 of the list does not point to block 1")]
    public void LookupTable_ListThatDoesNotFit_IsRefused(int there, int count, int change, string problem) =>
        Refuses(problem, () => Lookup(Plain(there * 4), count, change)[count - 1].ToArray());

    private static void Refuses(string problem, Func<object> read) =>
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(read).Message, StringComparison.Ordinal);

    private static LookupTable Lookup(byte[] entries, int count, int change = 0)
    {
        using MemoryStream bytes = new();
        List<byte> list = [];
        foreach (byte[] block in entries.Chunk(Full))
        {
            list.AddRange(BitConverter.GetBytes(bytes.Position + (bytes.Position > 0 ? change : 0)));
            Append(bytes, block, block.Length, isCompressed: false);
        }
        long start = bytes.Position;
        bytes.Write([.. list]);
        ImageBytes image = ImageOf(bytes);
        return new LookupTable(image, Decoder(), "ids", start, image.Length, count, 4, 1 << 20);
    }

    private static (MetadataTable Table, byte[][] Plain) Make(string blocks, int more = 0, int limit = 1 << 20)
    {
        using MemoryStream bytes = new();
        List<byte[]> plain = [];
        foreach (string block in blocks.Split(' '))
        {
            bool isCompressed = block.StartsWith('z');
            byte[] content = Plain(int.Parse(block.TrimStart('z'), System.Globalization.CultureInfo.InvariantCulture));
            plain.Add(content);
            Append(bytes, content, content.Length, isCompressed);
        }
        bytes.SetLength(bytes.Length + Math.Max(more, 0));
        ImageBytes image = ImageOf(bytes);
        return (new MetadataTable(image, Decoder(), "test", 0, image.Length + Math.Min(more, 0), limit), [.. plain]);
    }

    private static ImageBytes ImageOf(MemoryStream bytes) => new(new MemoryStream(bytes.ToArray()), 0, bytes.Length);

    private static IBlockDecoder Decoder() => SquashfsCodec.CreateDecoder(SquashfsCompression.Zstd);

    private static byte[] Plain(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i / 64 % 251))];

    private static void Append(MemoryStream bytes, byte[] content, int length, bool isCompressed)
    {
        if (isCompressed)
        {
            byte[] room = new byte[content.Length + 64];
            using IBlockEncoder encoder = SquashfsCodec.Zstd(3).CreateEncoder(1 << 17);
            length = encoder.Encode(content, room);
            content = room[..length];
        }
        Span<byte> header = stackalloc byte[2];
        const int StoredAsItIs = 0x8000;
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(length | (isCompressed ? 0 : StoredAsItIs)));
        bytes.Write(header);
        bytes.Write(content);
    }
}
