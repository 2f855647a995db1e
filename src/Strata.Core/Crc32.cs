namespace Strata.Core;

/// <summary>CRC-32 as UEFI 2.10 §5.3.2 asks for: the polynomial of ISO 3309, 0x04C11DB7 reflected, start and end inverted.</summary>
public static class Crc32
{
    private static readonly uint[] s_table = MakeTable();

    /// <summary>Checksum of all the bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc = s_table[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB8_8320;
            }
            table[i] = value;
        }
        return table;
    }
}
