using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Strata.Measure.Guests;

/// <summary>What the guest says of itself: one script, typed at its shell, and its answer taken apart. Nothing in the answer is trusted to be there.</summary>
internal sealed partial class GuestFacts
{
    /// <summary>
    /// Commands of any POSIX shell with cat, readlink, sed and dmesg; sections begin with <c>@@</c>. No line may look like one of the kernel's log: those are taken
    /// out of an answer, for the kernel writes to the same serial line.
    /// </summary>
    public const string Script = """
        echo "@@uptime"; cat /proc/uptime
        echo "@@meminfo"; cat /proc/meminfo
        echo "@@modules"; cat /proc/modules 2>/dev/null
        for table in tcp tcp6 udp udp6 raw raw6 packet; do echo "@@$table"; cat /proc/net/$table 2>/dev/null; done
        echo "@@if_inet6"; cat /proc/net/if_inet6 2>/dev/null
        echo "@@dmesg"; dmesg | sed -n 's/^\[ *\([0-9.]*\)\].* as init process.*/first program at \1/p'
        echo "@@processes"; for p in /proc/[0-9]*; do cat $p/stat 2>/dev/null; done
        echo "@@sockets"; for f in /proc/[0-9]*/fd/*; do l=$(readlink "$f" 2>/dev/null); case $l in socket:*) echo "$f $l";; esac; done
        echo "@@boot"; cat /run/strata/boot.json 2>/dev/null; echo; echo "@@end"
        """;

    /// <summary>
    /// Lets the guest answer every question of a scan: by default Linux tells one sender once a second that nobody listens on an UDP port (icmp(7)), and a scan of all
    /// would take a day. What listens is the same. A guest whose shell may not do so keeps its limit, and the scan says what it did not ask.
    /// </summary>
    public const string AllowAnswers = """
        for set in ipv4/icmp_ratemask=0 ipv4/icmp_msgs_per_sec=100000 ipv4/icmp_msgs_burst=10000 ipv6/icmp/ratelimit=0
        do echo ${set#*=} >/proc/sys/net/${set%=*}; done 2>/dev/null
        """;

    private const double MostSeconds = 1e7; // four months: no guest that is measured runs so long
    private const int TicksPerSecond = 100; // USER_HZ, the unit of /proc/PID/stat on every architecture that we build for
    private const int Listen = 0x0A; // TCP_LISTEN, include/net/tcp_states.h
    private const int Unconnected = 0x07; // an UDP socket that waits (TCP_CLOSE)

    private readonly Dictionary<string, List<string>> _sections = new(StringComparer.Ordinal);

    private GuestFacts(string answer)
    {
        List<string> lines = [];
        foreach (string line in answer.Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (line.StartsWith("@@", StringComparison.Ordinal))
            {
                lines = _sections[line[2..]] = [];
            }
            else if (line.Length > 0)
            {
                lines.Add(line);
            }
        }
    }

    /// <summary>Takes an answer apart.</summary>
    public static GuestFacts Parse(string answer) => new(answer);

    /// <summary>True when the script came to its end.</summary>
    public bool IsWhole => _sections.ContainsKey("end");

    /// <summary>Time since the kernel's start when the script began; null when the guest did not say.</summary>
    public TimeSpan? Uptime => Section("uptime") is [string line, ..] && double.TryParse(line.Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
        && seconds is >= 0 and < MostSeconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>When the first program started, since the kernel's start: the kernel says so in its log.</summary>
    public TimeSpan? FirstProgram => Section("dmesg").Select(l => FirstProgramLine().Match(l)).FirstOrDefault(m => m.Success) is Match match
        && double.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && seconds < MostSeconds
        ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>When the first service started that still runs, since the kernel's start: setup programs have ended by then.</summary>
    public TimeSpan? FirstService => Processes().Where(p => p.Parent == 1 && !p.IsKernel).Select(p => (TimeSpan?)p.Started).Min();

    /// <summary>True when a network card has an IPv6 address; null when the guest was not asked to the end.</summary>
    public bool? HasIpv6 => IsWhole ? Section("if_inet6").Any(l => !l.TrimEnd().EndsWith(" lo", StringComparison.Ordinal)) : null;

    /// <summary>Loaded modules.</summary>
    public IReadOnlyList<string> Modules => [.. Section("modules").Select(l => l.Split(' ')[0]).Order(StringComparer.Ordinal)];

    /// <summary>A line of <c>/proc/meminfo</c> in bytes; 0 when there is none.</summary>
    public long Memory(string name)
    {
        string? line = Section("meminfo").FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length >= 2 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) && kibibytes < 1L << 40 ? kibibytes * 1024 : 0;
    }

    /// <summary>Memory in use; null when the guest did not say.</summary>
    /// <param name="machineBytes">Memory of the machine.</param>
    public IdleMemory? Idle(long machineBytes)
    {
        long total = Memory("MemTotal");
        return total == 0 ? null : new IdleMemory(
            total - Memory("MemAvailable"),
            machineBytes - total,
            Memory("Shmem") + Memory("Unevictable"),
            Memory("Slab"),
            Memory("AnonPages"),
            Processes().Count(p => !p.IsKernel));
    }

    /// <summary>
    /// Sockets on which somebody listens, in the network namespace of the shell: TCP that listens, UDP that is not connected, everything raw.
    /// </summary>
    public IReadOnlyList<ListeningSocket> Listening()
    {
        Dictionary<string, string> names = Processes().GroupBy(p => p.Id).ToDictionary(g => g.Key, g => g.First().Name, StringComparer.Ordinal);
        Dictionary<string, string> owners = new(StringComparer.Ordinal);
        foreach (Match match in Section("sockets").Select(l => SocketLine().Match(l)).Where(m => m.Success))
        {
            owners.TryAdd(match.Groups[2].Value, names.GetValueOrDefault(match.Groups[1].Value, ""));
        }
        List<ListeningSocket> sockets = [];
        foreach (string table in (string[])["tcp", "tcp6", "udp", "udp6", "raw", "raw6"])
        {
            foreach (string[] words in Section(table).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length >= 10))
            {
                int state = table.StartsWith("tcp", StringComparison.Ordinal) ? Listen : Unconnected;
                if (words[3] == state.ToString("X2", CultureInfo.InvariantCulture) && ReadAddress(words[1]) is (string address, int port))
                {
                    sockets.Add(new ListeningSocket(table, address, port, owners.GetValueOrDefault(words[9], "")));
                }
            }
        }
        // packet(7): sk RefCnt Type Proto Iface R Rmem User Inode (net/packet/af_packet.c)
        foreach (string[] words in Section("packet").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length >= 9))
        {
            if (int.TryParse(words[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int kind) && kind is >= 0 and <= 0xFFFF
                && int.TryParse(words[4], NumberStyles.None, CultureInfo.InvariantCulture, out int card))
            {
                sockets.Add(new ListeningSocket("packet", card.ToString(CultureInfo.InvariantCulture), kind, owners.GetValueOrDefault(words[8], "")));
            }
        }
        return [.. sockets.Distinct().OrderBy(s => s.Protocol, StringComparer.Ordinal).ThenBy(s => s.Port).ThenBy(s => s.Address, StringComparer.Ordinal)];
    }

    /// <summary>Milliseconds that the early init of a layered edition took; null without one.</summary>
    public long? EarlyInitMilliseconds => Section("boot").Select(l => BootMilliseconds().Match(l)).FirstOrDefault(m => m.Success) is Match match
        ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;

    // "0100007F:0016": each group of four octets is a number of the guest's byte order (net/ipv4/tcp_ipv4.c), which is little-endian here
    private static (string Address, int Port)? ReadAddress(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length != 2 || parts[0].Length is not (8 or 32) || !parts[0].All(char.IsAsciiHexDigit)
            || !int.TryParse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int port))
        {
            return null;
        }
        byte[] octets = Convert.FromHexString(parts[0]);
        foreach (int at in Enumerable.Range(0, octets.Length / 4))
        {
            octets.AsSpan(at * 4, 4).Reverse();
        }
        return (new IPAddress(octets).ToString(), port);
    }

    private List<string> Section(string name) => _sections.GetValueOrDefault(name) ?? [];

    // proc(5), /proc/PID/stat: pid (comm) state ppid … starttime is field 22; comm may have blanks and parentheses
    private IEnumerable<(string Id, string Name, int Parent, TimeSpan Started, bool IsKernel)> Processes()
    {
        foreach (string line in Section("processes"))
        {
            int open = line.IndexOf('(', StringComparison.Ordinal);
            int close = line.LastIndexOf(')');
            string[] words = close > open && open > 0 ? line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
            if (words.Length > 20 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int parent)
                && long.TryParse(words[19], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) && ticks < 1L << 40)
            {
                string id = line[..open].Trim();
                yield return (id, line[(open + 1)..close], parent, TimeSpan.FromMilliseconds(ticks * (1000.0 / TicksPerSecond)), id == "2" || parent == 2);
            }
        }
    }

    [GeneratedRegex(@"^first program at (\d+\.\d+)$")]
    private static partial Regex FirstProgramLine();

    [GeneratedRegex(@"^/proc/(\d+)/fd/\d+ socket:\[(\d+)\]")]
    private static partial Regex SocketLine();

    [GeneratedRegex("\"milliseconds\":(\\d{1,9})")]
    private static partial Regex BootMilliseconds();
}
