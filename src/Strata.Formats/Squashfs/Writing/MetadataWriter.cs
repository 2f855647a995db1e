using System.Buffers;
using System.Buffers.Binary;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>A stream of metadata: blocks of 8 KiB, each compressed and with a 16-bit header.</summary>
internal sealed class MetadataWriter(IBlockEncoder encoder)
{
    private readonly byte[] _plain = new byte[SquashfsFormat.MetadataBlockSize];
    private readonly byte[] _room = new byte[SquashfsFormat.MetadataBlockSize];
    private readonly ArrayBufferWriter<byte> _stored = new();
    private int _filled;

    /// <summary>Where the next byte goes: start of its block in the stored bytes, and offset in the plain block.</summary>
    /// <remarks>A full block is stored at once, so the offset is always below 8,192.</remarks>
    public (long Block, int Offset) Position => (_stored.WrittenCount, _filled);

    /// <summary><see cref="Position"/> as the format writes it: block shifted left by 16, plus offset.</summary>
    public ulong Reference => ((ulong)Position.Block << 16) | (uint)Position.Offset;

    /// <summary>Adds plain bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int part = Math.Min(bytes.Length, _plain.Length - _filled);
            bytes[..part].CopyTo(_plain.AsSpan(_filled));
            _filled += part;
            bytes = bytes[part..];
            if (_filled == _plain.Length)
            {
                StoreBlock();
            }
        }
    }

    /// <summary>Ends the last block.</summary>
    /// <returns>All stored bytes.</returns>
    public ReadOnlyMemory<byte> Finish()
    {
        if (_filled > 0)
        {
            StoreBlock();
        }
        return _stored.WrittenMemory;
    }

    private void StoreBlock()
    {
        int length = encoder.Encode(_plain.AsSpan(0, _filled), _room);
        Span<byte> header = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(length == 0 ? _filled | SquashfsFormat.MetadataUncompressed : length));
        _stored.Write(header);
        _stored.Write(length == 0 ? _plain.AsSpan(0, _filled) : _room.AsSpan(0, length));
        _filled = 0;
    }
}
