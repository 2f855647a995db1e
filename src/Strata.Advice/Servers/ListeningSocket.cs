using System.Globalization;

namespace Strata.Advice.Servers;

/// <summary>A port that something listens on.</summary>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>, of either address family.</param>
/// <param name="Port">Its number.</param>
/// <param name="IsLocal">True when only the machine itself reaches it.</param>
public sealed record ListeningSocket(string Protocol, int Port, bool IsLocal)
{
    private const int MostLines = 100_000;
    private const int IPv4Digits = 8;
    private const int IPv6Digits = 32;

    /// <summary>Reads a table of the kernel's: <c>/proc/net/tcp</c>, <c>tcp6</c>, <c>udp</c> or <c>udp6</c> (proc_pid_net(5)).</summary>
    /// <param name="protocol"><c>tcp</c> or <c>udp</c>.</param>
    /// <param name="text">The table; lines of another form are passed over.</param>
    public static IReadOnlyList<ListeningSocket> Parse(string protocol, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // a TCP socket that listens is in state 0A, a UDP socket that takes from anybody in 07
        string state = protocol == "tcp" ? "0A" : "07";
        List<ListeningSocket> sockets = [];
        foreach (string line in text.Split('\n', MostLines + 1).Take(MostLines))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string local, _, string found, ..] && found == state
                && local.Split(':') is [{ Length: IPv4Digits or IPv6Digits } address, string port]
                && ushort.TryParse(port, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort number) && number > 0)
            {
                sockets.Add(new ListeningSocket(protocol, number, IsLoopback(address)));
            }
        }
        return sockets;
    }

    // each 32-bit word of an address stands in the byte order of the machine, which is little-endian
    private static bool IsLoopback(string address) => address.Length == IPv4Digits
        ? address.EndsWith("7F", StringComparison.OrdinalIgnoreCase)
        : address is "00000000000000000000000001000000"
            || address.StartsWith("0000000000000000FFFF0000", StringComparison.OrdinalIgnoreCase)
            && address.EndsWith("7F", StringComparison.OrdinalIgnoreCase);
}
