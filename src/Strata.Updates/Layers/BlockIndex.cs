using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Updates.Layers;

/// <summary>Every data and fragment block of a layer's image in the order of the disk: what an update compares instead of images.</summary>
/// <remarks>
/// Bytes: <c>strata-index 1</c> and a line feed, one byte 0, the block size (u32), the number of blocks (u32), the offset of the first block (u64);
/// then for each block SHA-256 of the stored bytes, stored length (u32) and plain length (u32); then SHA-256 of all that. Integers little-endian.
/// Blocks lie side by side, so offsets follow from lengths. Form and reasons: docs/formats/layer.md.
/// </remarks>
/// <param name="BlockSize">Block size of the image in bytes.</param>
/// <param name="FirstOffset">First byte of the first block, from the start of the image.</param>
/// <param name="Blocks">The blocks.</param>
public sealed record BlockIndex(int BlockSize, long FirstOffset, IReadOnlyList<IndexedBlock> Blocks)
{
    /// <summary>Most blocks that are read: 16 TiB of 1 MiB blocks, 64 GiB of 4 KiB blocks.</summary>
    public const int MaxBlocks = 1 << 24;

    /// <summary>Longest file in bytes.</summary>
    public const int MaxBytes = HeadSize + (MaxBlocks * EntrySize) + Sha256Digest.Size;

    private const string Format = "block index";
    private const int MinBlockSize = 4096; // those of squashfs 4.0 (Documentation/filesystems/squashfs.rst of Linux)
    private const int MaxBlockSize = 1 << 20;
    private const int HeadSize = 32;
    private const int EntrySize = Sha256Digest.Size + 8;

    private static ReadOnlySpan<byte> Mark => "strata-index 1\n\0"u8;

    /// <summary>Bytes of all stored blocks.</summary>
    public long StoredBytes => Blocks.Sum(b => (long)b.StoredLength);

    /// <summary>
    /// What of the image has to be fetched by who has some blocks: the others, each different one once, and everything that is no block
    /// (superblock, tables, the verity tree). In the order of the image; none touches the next.
    /// </summary>
    /// <param name="size">Length of the image file in bytes.</param>
    /// <param name="present">Blocks that are there.</param>
    /// <exception cref="ImageFormatException">The blocks do not fit into such an image.</exception>
    public IReadOnlyList<ByteRange> Missing(long size, IReadOnlySet<Sha256Digest> present)
    {
        ArgumentNullException.ThrowIfNull(present);
        List<ByteRange> ranges = [];
        HashSet<Sha256Digest> fetched = [];
        long at = FirstOffset;
        Add(0, at);
        foreach (IndexedBlock block in Blocks)
        {
            if (!present.Contains(block.Stored) && fetched.Add(block.Stored))
            {
                Add(at, block.StoredLength);
            }
            at += block.StoredLength;
        }
        if (at > size)
        {
            throw new ImageFormatException(Format, 24, $"its blocks end at byte {at} of an image with {size} bytes");
        }
        Add(at, size - at);
        return ranges;

        void Add(long offset, long length)
        {
            if (length > 0 && ranges is [.., ByteRange last] && last.End == offset)
            {
                ranges[^1] = last with { Length = last.Length + length };
            }
            else if (length > 0)
            {
                ranges.Add(new ByteRange(offset, length));
            }
        }
    }

    /// <summary>The bytes.</summary>
    public byte[] Write()
    {
        byte[] bytes = new byte[HeadSize + (Blocks.Count * EntrySize) + Sha256Digest.Size];
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), BlockSize);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), Blocks.Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), FirstOffset);
        int at = HeadSize;
        foreach (IndexedBlock block in Blocks)
        {
            block.Stored.Bytes.CopyTo(bytes.AsSpan(at));
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + Sha256Digest.Size), block.StoredLength);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + Sha256Digest.Size + sizeof(int)), block.PlainLength);
            at += EntrySize;
        }
        Sha256Digest.Of(bytes.AsSpan(0, at)).Bytes.CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="ImageFormatException">It is something else, or damaged.</exception>
    public static BlockIndex Read(ReadOnlySpan<byte> bytes)
    {
        Require(bytes.Length >= HeadSize + Sha256Digest.Size && bytes.StartsWith(Mark), 0, "the signature is not 'strata-index 1'");
        int blockSize = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]);
        long first = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
        Require(
            blockSize is >= MinBlockSize and <= MaxBlockSize && (blockSize & (blockSize - 1)) == 0,
            16, $"the block size is {blockSize}, expected a power of two from {MinBlockSize} to {MaxBlockSize}");
        Require(count is >= 0 and <= MaxBlocks, 20, $"it has {count} blocks, allowed are 0 to {MaxBlocks}");
        long body = HeadSize + ((long)count * EntrySize);
        Require(bytes.Length == body + Sha256Digest.Size, 20, $"{count} blocks take {body + Sha256Digest.Size} bytes, not {bytes.Length}");
        Require(first >= 0 && (count == 0) == (first == 0), 24, $"the first block lies at {first}");
        Require(Sha256Digest.Of(bytes[..(int)body]).Bytes.SequenceEqual(bytes[(int)body..]), body, "the digest of the bytes before differs");
        IndexedBlock[] blocks = new IndexedBlock[count];
        for (int i = 0; i < count; i++)
        {
            int at = HeadSize + (i * EntrySize);
            IndexedBlock block = new(
                new Sha256Digest(bytes.Slice(at, Sha256Digest.Size)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + Sha256Digest.Size)..]),
                BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + Sha256Digest.Size + sizeof(int))..]));
            Require(
                block.PlainLength >= 1 && block.PlainLength <= blockSize && block.StoredLength >= 1 && block.StoredLength <= block.PlainLength,
                at, $"block {i} has {block.StoredLength} stored and {block.PlainLength} plain bytes, which is not possible");
            blocks[i] = block;
        }
        return new BlockIndex(blockSize, first, blocks);

        static void Require(bool rule, long offset, string problem)
        {
            if (!rule)
            {
                throw new ImageFormatException(Format, offset, problem);
            }
        }
    }
}

/// <summary>A block of an image.</summary>
/// <param name="Stored">SHA-256 of its stored bytes.</param>
/// <param name="StoredLength">How many they are, 1 … block size.</param>
/// <param name="PlainLength">Bytes they stand for, 1 … block size.</param>
public readonly record struct IndexedBlock(Sha256Digest Stored, int StoredLength, int PlainLength);
