using System.Buffers.Binary;

namespace Strata.Machines.Network;

/// <summary>What a DHCP server with one address to give answers (RFC 2131, RFC 2132).</summary>
internal static class DhcpAnswer
{
    private const int OptionsAt = 240; // BOOTP's fields and the cookie
    private const uint Cookie = 0x63825363;
    private const byte Discover = 1;
    private const byte Request = 3;

    /// <summary>The answer to a message of a client, or null when it asks for nothing that we give.</summary>
    /// <param name="asked">The client's message.</param>
    /// <param name="server">Our address.</param>
    /// <param name="client">The address it gets.</param>
    /// <param name="givesNames">True when we are its name server as well.</param>
    public static byte[]? To(ReadOnlySpan<byte> asked, uint server, uint client, bool givesNames = false)
    {
        if (asked.Length < OptionsAt || asked[0] != 1 || BinaryPrimitives.ReadUInt32BigEndian(asked[236..]) != Cookie)
        {
            return null;
        }
        byte? kind = MessageType(asked[OptionsAt..]) switch { Discover => 2 /* offer */, Request => 5 /* acknowledgement */, _ => null };
        if (kind is null)
        {
            return null;
        }
        byte[] answer = new byte[300];
        asked[..OptionsAt].CopyTo(answer); // transaction, flags and hardware address stay
        answer[0] = 2;
        answer.AsSpan(12, 4).Clear(); // ciaddr
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(16), client);
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(20), server);
        answer.AsSpan(44, 192).Clear(); // names of server and file
        Span<byte> options = answer.AsSpan(OptionsAt);
        int at = 0;
        options[at++] = 53;
        options[at++] = 1;
        options[at++] = kind.Value;
        at = Put(options, at, 54, server);
        at = Put(options, at, 51, 86400);
        at = Put(options, at, 1, 0xFFFFFF00);
        at = Put(options, at, 3, server);
        at = givesNames ? Put(options, at, 6, server) : at;
        options[at] = 255;
        return answer;
    }

    private static int Put(Span<byte> options, int at, byte code, uint value)
    {
        options[at] = code;
        options[at + 1] = 4;
        BinaryPrimitives.WriteUInt32BigEndian(options[(at + 2)..], value);
        return at + 6;
    }

    private static byte MessageType(ReadOnlySpan<byte> options)
    {
        for (int at = 0; at < options.Length && options[at] != 255;)
        {
            if (options[at] == 0)
            {
                at++;
                continue;
            }
            if (at + 2 >= options.Length)
            {
                return 0;
            }
            if (options[at] == 53)
            {
                return options[at + 2];
            }
            at += 2 + options[at + 1];
        }
        return 0;
    }
}
