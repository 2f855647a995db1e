using System.Globalization;

namespace Strata.Machines.Containers;

/// <summary>Sockets of a network namespace that wait for somebody from outside, out of <c>/proc/net</c> (proc_pid_net(5)).</summary>
/// <param name="Tcp">Ports of TCP on which somebody listens, ascending; those of loopback addresses are left out.</param>
/// <param name="Udp">Ports of UDP that are bound and not connected, the same.</param>
internal sealed record ListeningPorts(IReadOnlyList<int> Tcp, IReadOnlyList<int> Udp)
{
    // TCP_LISTEN and TCP_CLOSE of include/net/tcp_states.h; a UDP socket without a peer has the latter
    private const string Listening = "0A";
    private const string Unconnected = "07";
    private const string LoopbackV6 = "00000000000000000000000001000000";

    /// <summary>Reads the lines of the four tables.</summary>
    /// <param name="tcp">Those of <c>tcp</c> and <c>tcp6</c>.</param>
    /// <param name="udp">Those of <c>udp</c> and <c>udp6</c>.</param>
    public static ListeningPorts Read(string tcp, string udp) => new(Ports(tcp, Listening), Ports(udp, Unconnected));

    private static int[] Ports(string table, string state)
    {
        SortedSet<int> ports = [];
        foreach (string line in table.Split('\n'))
        {
            // "sl local_address rem_address st ...", addresses in hex
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 3 && fields[3] == state && fields[1].Split(':') is [string address, string port]
                && !(address.Length == 8 && address.EndsWith("7F", StringComparison.Ordinal)) && address != LoopbackV6
                && int.TryParse(port, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number))
            {
                ports.Add(number);
            }
        }
        return [.. ports];
    }
}
