using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Strata.Yaml;

namespace Strata.Settings.Words;

/// <summary>An address of IP, alone or with the length of its network.</summary>
/// <param name="Address">The address; of no scope.</param>
/// <param name="Prefix">Length of the network in bits; null for an address alone.</param>
public sealed record NetAddress(IPAddress Address, int? Prefix)
{
    /// <summary>Which version of IP.</summary>
    public bool IsV6 => Address.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>True when no bit is set behind the length: a network, and not an address in it.</summary>
    public bool IsNetwork
    {
        get
        {
            byte[] bytes = Address.GetAddressBytes();
            int bits = Prefix ?? bytes.Length * 8;
            for (int i = 0; i < bytes.Length; i++)
            {
                if ((bytes[i] & (byte)(0xFF >> Math.Clamp(bits - (i * 8), 0, 8))) != 0)
                {
                    return false;
                }
            }
            return true;
        }
    }

    /// <summary>Reads <c>10.0.0.1</c>, <c>10.0.0.1/8</c>, <c>fd00::1</c>, <c>fd00::1/64</c>; null for anything else.</summary>
    public static NetAddress? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > 64)
        {
            return null;
        }
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? text : text[..slash];
        bool isV6 = host.Contains(':', StringComparison.Ordinal);
        // the framework reads old forms too, such as 10.1 and 0x0a000001, and names of interfaces behind a percent sign
        bool isPlain = isV6 ? host.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            : host.Split('.') is { Length: 4 } parts
                && parts.All(p => p is [_] or [not '0', _] or [not '0', _, _] && p.All(char.IsAsciiDigit));
        if (!isPlain || !IPAddress.TryParse(host, out IPAddress? address))
        {
            return null;
        }
        if (slash < 0)
        {
            return new NetAddress(address, null);
        }
        string bits = text[(slash + 1)..];
        bool isLength = int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out int prefix) && prefix <= (isV6 ? 128 : 32);
        return isLength && (bits.Length == 1 || bits[0] != '0') ? new NetAddress(address, prefix) : null;
    }

    /// <summary>The shortest form.</summary>
    public override string ToString() => Prefix is int prefix
        ? string.Create(CultureInfo.InvariantCulture, $"{Address}/{prefix}") : $"{Address}";
}
