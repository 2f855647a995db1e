using System.Globalization;

namespace Strata.Machines;

/// <summary>The table of the monitor command <c>info usernet</c>, which names the host ports QEMU chose.</summary>
/// <remarks>
/// A line reads <c>TCP[HOST_FORWARD]   3       127.0.0.1 40515       10.0.2.15    22     0     0</c>:
/// protocol and state, descriptor, host address and port, guest address and port, queues.
/// </remarks>
internal static class ForwardTable
{
    /// <summary>The host port that leads to <paramref name="guestPort"/>, or null.</summary>
    public static int? HostPort(string table, int guestPort)
    {
        foreach (string line in table.Split('\n'))
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (columns.Length >= 6 && columns[0] == "TCP[HOST_FORWARD]"
                && int.TryParse(columns[3], NumberStyles.None, CultureInfo.InvariantCulture, out int host)
                && int.TryParse(columns[5], NumberStyles.None, CultureInfo.InvariantCulture, out int guest)
                && guest == guestPort)
            {
                return host;
            }
        }
        return null;
    }
}
