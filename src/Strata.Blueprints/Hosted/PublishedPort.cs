using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Strata.Yaml;

namespace Strata.Blueprints.Hosted;

/// <summary>A port of the machine that leads to one of a container.</summary>
/// <param name="Address">Address of the machine, in brackets when it is of IPv6; empty for all.</param>
/// <param name="Host">Port of the machine, 1 … 65535.</param>
/// <param name="Container">Port of the container, 1 … 65535.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</param>
/// <param name="Place">Where it stands, for messages.</param>
public sealed record PublishedPort(string Address, ushort Host, ushort Container, string Protocol, YamlValue Place)
{
    /// <summary>Reads <c>80</c>, <c>8080:80</c>, <c>127.0.0.1:8080:80/udp</c> or <c>[::1]:8080:80</c>; null for anything else.</summary>
    internal static PublishedPort? TryParse(YamlScalar scalar)
    {
        string[] halves = scalar.Text.Split('/');
        string protocol = halves.Length == 2 ? halves[1] : "tcp";
        if (halves.Length > 2 || protocol is not ("tcp" or "udp" or "sctp"))
        {
            return null;
        }
        string text = halves[0];
        string address = "";
        int bracket = text.IndexOf("]:", StringComparison.Ordinal);
        if (text.StartsWith('[') && bracket > 0)
        {
            address = text[..(bracket + 1)];
            text = text[(bracket + 2)..];
            if (!IPAddress.TryParse(address[1..^1], out IPAddress? six) || six.AddressFamily != AddressFamily.InterNetworkV6
                || address.Contains('%', StringComparison.Ordinal))
            {
                return null;
            }
        }
        string[] parts = text.Split(':');
        if (address.Length == 0 && parts.Length == 3)
        {
            address = parts[0];
            if (!IPAddress.TryParse(address, out IPAddress? four) || four.ToString() != address)
            {
                return null;
            }
            parts = parts[1..];
        }
        ushort container = 0;
        bool isPorts = parts.Length is 1 or 2 && (parts.Length == 2 || address.Length == 0)
            && TryPort(parts[^1], out container);
        return isPorts && TryPort(parts[0], out ushort host) ? new PublishedPort(address, host, container, protocol, scalar) : null;
    }

    /// <summary>As podman-run(1) wants it behind <c>--publish</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Address.Length == 0 ? "" : Address + ":")}{Host}:{Container}/{Protocol}");

    private static bool TryPort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port != 0;
}
