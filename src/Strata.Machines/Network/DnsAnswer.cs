using System.Buffers.Binary;
using System.Text;

namespace Strata.Machines.Network;

/// <summary>What a name server of a few names answers (RFC 1035): their IPv4 addresses, and that there are no others.</summary>
internal static class DnsAnswer
{
    private const int HeaderSize = 12;
    private const int LongestName = 255;
    private const ushort Address = 1; // type A
    private const ushort Internet = 1; // class IN
    private const byte IsAnswer = 0x80;
    private const byte Authoritative = 0x04;
    private const byte RecursionDesired = 0x01;
    private const byte NoSuchName = 3;

    /// <summary>The answer to a message, or null when it is no question of one name.</summary>
    /// <param name="asked">The message.</param>
    /// <param name="names">Addresses of four bytes by name, in lower case and without a final dot.</param>
    public static byte[]? To(ReadOnlySpan<byte> asked, IReadOnlyDictionary<string, byte[]> names)
    {
        if (asked.Length < HeaderSize || (asked[2] & ~RecursionDesired) != 0 || BinaryPrimitives.ReadUInt16BigEndian(asked[4..]) != 1
            || NameAt(asked[HeaderSize..], out int length) is not string name || asked.Length < HeaderSize + length + 4)
        {
            return null;
        }
        ReadOnlySpan<byte> question = asked.Slice(HeaderSize, length + 4);
        bool isKnown = names.TryGetValue(name, out byte[]? address);
        bool isGiven = isKnown && BinaryPrimitives.ReadUInt16BigEndian(question[length..]) == Address
            && BinaryPrimitives.ReadUInt16BigEndian(question[(length + 2)..]) == Internet;
        byte[] header = new byte[HeaderSize];
        asked[..2].CopyTo(header);
        header[2] = (byte)(IsAnswer | Authoritative | (asked[2] & RecursionDesired));
        header[3] = isKnown ? (byte)0x80 : (byte)(0x80 | NoSuchName); // recursion is available: a client need not ask elsewhere
        header[5] = 1; // the question
        header[7] = isGiven ? (byte)1 : (byte)0;
        // the name by its place, type, class, a minute of life, four bytes
        byte[] record = isGiven ? [0xC0, HeaderSize, 0, (byte)Address, 0, (byte)Internet, 0, 0, 0, 60, 0, 4, .. address!] : [];
        return [.. header, .. question, .. record];
    }

    /// <summary>A name of labels, in lower case; null for one that is cut off, points elsewhere or is too long.</summary>
    private static string? NameAt(ReadOnlySpan<byte> text, out int length)
    {
        StringBuilder name = new();
        length = 0;
        while (length < text.Length && length < LongestName)
        {
            int label = text[length++];
            if (label == 0)
            {
                return name.ToString().ToLowerInvariant();
            }
            if (label > 63 || length + label > text.Length)
            {
                return null;
            }
            name.Append(name.Length > 0 ? "." : "").Append(Encoding.Latin1.GetString(text.Slice(length, label)));
            length += label;
        }
        return null;
    }
}
