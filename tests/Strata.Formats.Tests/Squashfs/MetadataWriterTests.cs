using System.Buffers.Binary;
using Strata.Formats.Squashfs.Codecs;
using Strata.Formats.Squashfs.Writing;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>Metadata blocks (squashfs.rst, 3.2) hold the bytes that were given, and nothing else.</summary>
public class MetadataWriterTests
{
    private const int Full = 8192;

    public static TheoryData<string, int, bool> Lengths
    {
        get
        {
            TheoryData<string, int, bool> all = [];
            foreach (string codec in new[] { "xz", "zstd", "lz4", "gzip" })
            {
                foreach (int length in new[] { 0, 1, 100, Full - 1, Full, Full + 1, Full + 100, (3 * Full) - 1, 3 * Full })
                {
                    all.Add(codec, length, true);
                    all.Add(codec, length, false);
                }
            }
            return all;
        }
    }

    /// <summary>A last block that is not full has no bytes of the block before it, whether it gets smaller or not.</summary>
    [Theory]
    [MemberData(nameof(Lengths))]
    public void Finish_AnyLength_StoresExactlyTheseBytes(string codec, int length, bool packs)
    {
        byte[] plain = Bytes(length, packs);
        using IBlockEncoder encoder = SquashfsWriterTests.CodecOf(codec).CreateMetadataEncoder();
        MetadataWriter writer = new(encoder);
        for (int at = 0; at < length; at += 700) // pieces that cross the edges of blocks
        {
            writer.Write(plain.AsSpan(at, Math.Min(700, length - at)));
        }
        Assert.Equal(length % Full, writer.Position.Offset);
        using IBlockDecoder decoder = SquashfsCodec.CreateDecoder(SquashfsWriterTests.CodecOf(codec).Compression);
        List<byte[]> blocks = Decode(writer.Finish().Span, decoder);
        Assert.Equal(plain.Chunk(Full), blocks);
    }

    private static List<byte[]> Decode(ReadOnlySpan<byte> stored, IBlockDecoder decoder)
    {
        List<byte[]> blocks = [];
        while (stored.Length > 0)
        {
            ushort header = BinaryPrimitives.ReadUInt16LittleEndian(stored);
            int length = header & 0x7FFF; // the bit above: stored as it is
            ReadOnlySpan<byte> block = stored.Slice(2, length);
            byte[] room = new byte[Full];
            blocks.Add((header & 0x8000) != 0 ? block.ToArray() : room[..decoder.Decode(block, room)]);
            stored = stored[(2 + length)..];
        }
        return blocks;
    }

    private static byte[] Bytes(int length, bool packs)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        for (int i = 0; packs && i < length; i++)
        {
            bytes[i] = (byte)(i / 64 % 251); // other ones in each block
        }
        return bytes;
    }
}
