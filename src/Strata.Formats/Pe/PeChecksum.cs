using System.Buffers.Binary;

namespace Strata.Formats.Pe;

/// <summary>
/// CheckSum of the optional header, as IMAGHELP's CheckSumMappedFile defines it: the 16-bit ones' complement sum of the file with the field
/// itself zero, plus the length.
/// </summary>
internal sealed class PeChecksum
{
    private ulong _sum;
    private long _length;

    /// <summary>Adds the next bytes of the file.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        // Pieces may be cut anywhere: bytes up to the next multiple of four are added where they stand in their word.
        for (; at < bytes.Length && (_length & 3) != 0; at++)
        {
            AddByte(bytes[at]);
        }
        for (; at + 4 <= bytes.Length; at += 4)
        {
            _sum += BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]); // 2^32 words before this overflows: more than PE can hold
            _length += 4;
        }
        for (; at < bytes.Length; at++)
        {
            AddByte(bytes[at]);
        }
    }

    /// <summary>Checksum of all the bytes so far.</summary>
    public uint Value
    {
        get
        {
            ulong folded = _sum;
            while (folded > 0xFFFF) // carries return at the bottom; 32-bit words add up to the same as their halves
            {
                folded = (folded & 0xFFFF) + (folded >> 16);
            }
            return (uint)(folded + (ulong)_length);
        }
    }

    private void AddByte(byte value)
    {
        _sum += (ulong)value << (int)((_length & 3) * 8);
        _length++;
    }
}
