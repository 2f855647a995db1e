using System.Text;

namespace Strata.Agent.Seeds;

/// <summary>OEM strings of the firmware's table (SMBIOS 3.7, §6.1.3 and §7.12), which whoever starts a virtual machine can set.</summary>
internal static class SmbiosTable
{
    private const int OemStrings = 11;
    private const int EndOfTable = 127;
    private const int HeaderBytes = 4; // type, length, handle
    private const int MostStrings = 4096;

    /// <summary>The strings, in order; as far as the table makes sense.</summary>
    public static IReadOnlyList<byte[]> ReadOemStrings(ReadOnlySpan<byte> table)
    {
        List<byte[]> strings = [];
        while (table.Length >= HeaderBytes && table[1] >= HeaderBytes && table[1] <= table.Length)
        {
            int type = table[0];
            ReadOnlySpan<byte> rest = table[table[1]..];
            // strings, each ended by a zero, the last by two; two zeros where there are none
            while (true)
            {
                int end = rest.IndexOf((byte)0);
                if (end < 0)
                {
                    return strings;
                }
                if (end == 0)
                {
                    rest = rest[1..];
                    break;
                }
                if (type == OemStrings && strings.Count < MostStrings)
                {
                    strings.Add(rest[..end].ToArray());
                }
                rest = rest[(end + 1)..];
                if (rest.Length > 0 && rest[0] == 0)
                {
                    rest = rest[1..];
                    break;
                }
            }
            if (rest.Length > 0 && rest[0] == 0 && table[table[1]] == 0)
            {
                rest = rest[1..]; // the second of the two zeros of a structure without strings
            }
            if (type == EndOfTable)
            {
                return strings;
            }
            table = rest;
        }
        return strings;
    }

    /// <summary>What stands before a text, and the text; null when it begins otherwise.</summary>
    public static string? After(byte[] text, string start)
    {
        return text.AsSpan().StartsWith(Encoding.ASCII.GetBytes(start)) ? Encoding.UTF8.GetString(text.AsSpan(start.Length)) : null;
    }
}
