using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>Reads and decompresses data blocks and fragments.</summary>
internal sealed class DataReader(ImageBytes image, SquashfsSuperblock superblock, IBlockDecoder decoder, LookupTable? fragments)
{
    private readonly byte[] _stored = new byte[superblock.BlockSize];
    private readonly byte[] _fragment = new byte[superblock.BlockSize];
    private uint _fragmentNumber = SquashfsFormat.NoFragment;
    private int _fragmentLength;

    /// <summary>Plain size of a block.</summary>
    public int BlockSize => superblock.BlockSize;

    /// <summary>Fills <paramref name="plain"/> from one block.</summary>
    /// <exception cref="ImageFormatException">It does not hold exactly that many bytes.</exception>
    public void ReadBlock(long position, uint sizeWord, Span<byte> plain)
    {
        int length = Decode(position, sizeWord, plain, "data block");
        if (length != plain.Length)
        {
            throw new ImageFormatException("squashfs data block", position, $"it has {length} plain bytes, expected {plain.Length}");
        }
    }

    /// <summary>Copies a tail out of a fragment block.</summary>
    public void ReadTail(uint number, int offset, Span<byte> plain)
    {
        if (number != _fragmentNumber)
        {
            _fragmentNumber = SquashfsFormat.NoFragment; // the buffer is overwritten even when that fails
            _fragmentLength = ReadFragment(number);
            _fragmentNumber = number;
        }
        if (offset > _fragmentLength - plain.Length)
        {
            throw new ImageFormatException(
                "squashfs fragment", 0, $"a tail of {plain.Length} bytes at {offset} reaches behind the {_fragmentLength} bytes of fragment {number}");
        }
        _fragment.AsSpan(offset, plain.Length).CopyTo(plain);
    }

    /// <summary>Stored bytes of a fragment block.</summary>
    public int FragmentBytes(uint number) => (int)(FragmentPlace(number).SizeWord & SquashfsFormat.DataLengthMask);

    /// <summary>First stored byte of a fragment block, from the start of the image.</summary>
    public long FragmentPosition(uint number) => FragmentPlace(number).Position;

    private int ReadFragment(uint number)
    {
        (long position, uint word) = FragmentPlace(number);
        return Decode(position, word, _fragment, "fragment");
    }

    private (long Position, uint SizeWord) FragmentPlace(uint number)
    {
        if (fragments is null)
        {
            throw new ImageFormatException("squashfs fragment", 0, $"fragment {number} is named and there is no fragment table");
        }
        ReadOnlySpan<byte> entry = fragments[number];
        long position = BinaryPrimitives.ReadInt64LittleEndian(entry);
        uint word = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
        if (word >> 25 != 0 || (word & SquashfsFormat.DataLengthMask) is 0 or > SquashfsFormat.MaxBlockSize)
        {
            throw new ImageFormatException("squashfs fragment", position, $"size word 0x{word:x8} of fragment {number} is not possible");
        }
        return (position, word);
    }

    private int Decode(long position, uint sizeWord, Span<byte> plain, string what)
    {
        int length = (int)(sizeWord & SquashfsFormat.DataLengthMask);
        bool isCompressed = (sizeWord & SquashfsFormat.DataUncompressed) == 0;
        if (length > (isCompressed ? _stored.Length : plain.Length)
            || position < SquashfsSuperblock.Size || position > (long)superblock.InodeTable - length)
        {
            throw new ImageFormatException(
                $"squashfs {what}", position, $"{length} stored bytes are too many, or outside the data before {superblock.InodeTable}");
        }
        if (!isCompressed)
        {
            image.Read(position, plain[..length], what);
            return length;
        }
        image.Read(position, _stored.AsSpan(0, length), what);
        int plainLength = decoder.Decode(_stored.AsSpan(0, length), plain);
        return plainLength > 0
            ? plainLength
            : throw new ImageFormatException(
                $"squashfs {what}", position, $"{length} stored bytes cannot be decompressed to at most {plain.Length}");
    }
}
