using System.Globalization;
using System.Net;
using System.Text.Json.Serialization;

namespace Strata.Measure.Guests;

/// <summary>What a guest showed.</summary>
public sealed record GuestNumbers
{
    /// <summary>True when it said that it is ready.</summary>
    public required bool IsReady { get; init; }

    /// <summary>What happened instead; null when it got ready.</summary>
    public string? Why { get; init; }

    /// <summary>The last lines of its serial log, oldest first; empty when it got ready.</summary>
    public IReadOnlyList<string> LogTail { get; init; } = [];

    /// <summary>The machine: memory, processors, how its code ran.</summary>
    public required string Machine { get; init; }

    /// <summary>Memory of the machine in MiB.</summary>
    [JsonPropertyName("memory-mib")]
    public required int MemoryMiB { get; init; }

    /// <summary>Boot by phase; null when it did not get ready.</summary>
    public BootTimes? Boot { get; init; }

    /// <summary>Memory in use when nothing happens; null when it could not be asked.</summary>
    public IdleMemory? Memory { get; init; }

    /// <summary>The least memory that boots; null when it was not looked for.</summary>
    public LeastMemory? Least { get; init; }

    /// <summary>Sockets on which somebody listens, as the guest sees them.</summary>
    public IReadOnlyList<ListeningSocket> Listening { get; init; } = [];

    /// <summary>What a scan of TCP over IPv4 from outside found; null when there was none.</summary>
    public OutsideScan? Scan { get; init; }

    /// <summary>The same for UDP over IPv4.</summary>
    [JsonPropertyName("scan-udp")]
    public OutsideScan? ScanUdp { get; init; }

    /// <summary>The same for TCP over IPv6, at the guest's link-local address.</summary>
    [JsonPropertyName("scan-tcp6")]
    public OutsideScan? ScanTcp6 { get; init; }

    /// <summary>The same for UDP over IPv6.</summary>
    [JsonPropertyName("scan-udp6")]
    public OutsideScan? ScanUdp6 { get; init; }

    /// <summary>True when it told of itself: without that nothing is known of its sockets and modules, which is not the same as none.</summary>
    [JsonIgnore]
    public bool WasAsked => Memory is not null;

    /// <summary>The scans that were made, with their names for people.</summary>
    [JsonIgnore]
    public IReadOnlyList<(string Name, OutsideScan Scan)> Scans =>
        [.. new[] { ("TCP over IPv4", Scan), ("UDP over IPv4", ScanUdp), ("TCP over IPv6", ScanTcp6), ("UDP over IPv6", ScanUdp6) }.Where(s => s.Item2 is not null).Select(s => (s.Item1, s.Item2!))];

    /// <summary>Which daemons end as soon as init starts them, as a sentence; null when all stay, or nobody could be asked.</summary>
    [JsonPropertyName("ended-services")]
    public string? EndedServices { get; init; }

    /// <summary>Kernel modules that are loaded, sorted.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];
}

/// <summary>How long the boot took.</summary>
/// <param name="Phases">In their order; they add up to <paramref name="Ready"/>. Milliseconds of the host's clock.</param>
/// <param name="Ready">From power-on until the guest says that it is ready, in milliseconds of the host's clock.</param>
/// <param name="Reference">What the reference guest took before it, in the same; 0 when it did not come to its end.</param>
/// <param name="ReferenceMeans">What that guest is.</param>
/// <param name="Rounds">Processor time of both, measured in turns; empty in measurements of older versions.</param>
public sealed record BootTimes(IReadOnlyList<BootPhase> Phases, long Ready, long Reference, string ReferenceMeans, IReadOnlyList<BootRound>? Rounds = null)
{
    private const decimal LeastNoisePercent = 10;

    /// <summary>
    /// Processor time of the boots of all rounds divided by that of the reference guests, in thousandths; null when they were not measured. The host's clock has no part in
    /// it: it runs on while the machine does something else. Sums vary less here than medians: of three short boots, each counted in hundredths
    /// of a second, a median uses one.
    /// </summary>
    [JsonIgnore]
    public long? RatioThousandths => Rounds is { Count: > 0 } rounds && rounds.Sum(r => r.Reference) is > 0 and long reference ? rounds.Sum(r => r.Guest) * 1000 / reference : null;

    /// <summary>Mean processor time of a boot in milliseconds: about what the clock says on a machine without other work. Null when it was not measured.</summary>
    [JsonIgnore]
    public long? ProcessorTime => Rounds is { Count: > 0 } rounds ? rounds.Sum(r => r.Guest) / rounds.Count : null;

    /// <summary>The least and the largest ratio of one round, in thousandths; null as above.</summary>
    [JsonIgnore]
    public (long Least, long Most)? Spread => Rounds is { Count: > 0 } rounds && rounds.All(r => r.Reference > 0)
        ? (rounds.Min(r => r.Guest * 1000 / r.Reference), rounds.Max(r => r.Guest * 1000 / r.Reference))
        : null;

    /// <summary>
    /// By how many percent another measurement of the same may be larger: by as much as the rounds of this one differ, but not less than what was seen of quiet rounds
    /// (docs/measure.md).
    /// </summary>
    [JsonIgnore]
    public decimal NoisePercent => RatioThousandths is long ratio and > 0 && Spread is (long least, long most) ? Math.Max(LeastNoisePercent, decimal.Ceiling((most - least) * 100m / ratio)) : LeastNoisePercent;

    /// <summary>For people: <c>5.20 times the reference guest's processor time, 5.11 to 5.32 in 3 rounds</c>; empty when it is not known.</summary>
    public string ShowRatio() => RatioThousandths is long ratio && Spread is (long least, long most)
        ? string.Create(CultureInfo.InvariantCulture, $"{ratio / 1000m:0.00} times the processor time of the reference guest, {least / 1000m:0.00} to {most / 1000m:0.00} in {Rounds!.Count} rounds")
        : "";
}

/// <summary>Boots of the edition and of the reference guest, one after the other.</summary>
/// <param name="Guest">Processor time, user and system, of QEMU from its start until the edition says that it is ready; milliseconds.</param>
/// <param name="Reference">The same of the reference guest.</param>
public sealed record BootRound(long Guest, long Reference);

/// <summary>A phase of the boot.</summary>
/// <param name="Name"><c>firmware</c>, <c>loader</c>, <c>kernel</c>, <c>early init</c> or <c>services</c>.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record BootPhase(string Name, long Milliseconds);

/// <summary>Memory of an idle guest in bytes.</summary>
/// <param name="Used">MemTotal less MemAvailable of <c>/proc/meminfo</c>.</param>
/// <param name="Kernel">What the kernel kept for itself before it counted: the machine's memory less MemTotal.</param>
/// <param name="Files">Pages of files that cannot be dropped: an initramfs and tmpfs (Shmem and, for a root in memory, Unevictable).</param>
/// <param name="Slab">Tables of the kernel.</param>
/// <param name="Programs">Anonymous pages.</param>
/// <param name="Processes">Processes but for threads of the kernel.</param>
public sealed record IdleMemory(long Used, long Kernel, long Files, long Slab, long Programs, int Processes);

/// <summary>The least memory that boots.</summary>
/// <param name="MiB">The least with which the guest got ready.</param>
/// <param name="StepMiB">The answer is that near: with so much less it did not.</param>
/// <param name="Tries">Machines that were started.</param>
/// <param name="FailedMiB">The most with which it did not; null when everything booted.</param>
/// <param name="Why">What happened then.</param>
public sealed record LeastMemory(
    [property: JsonPropertyName("mib")] int MiB,
    [property: JsonPropertyName("step-mib")] int StepMiB,
    int Tries,
    [property: JsonPropertyName("failed-mib")] int? FailedMiB,
    string Why);

/// <summary>A socket on which somebody listens.</summary>
/// <param name="Protocol"><c>tcp</c>, <c>tcp6</c>, <c>udp</c>, <c>udp6</c>; <c>raw</c>, <c>raw6</c> (every packet of an IP protocol) or <c>packet</c> (every frame of a kind).</param>
/// <param name="Address">The local address; of <c>packet</c> the index of the interface, 0 for all.</param>
/// <param name="Port">The port; of <c>raw</c> the IP protocol, of <c>packet</c> the EtherType.</param>
/// <param name="Program">Name of the process; empty when no process has it, as with sockets of the kernel itself.</param>
public sealed record ListeningSocket(string Protocol, string Address, int Port, string Program)
{
    /// <summary>False for what only the guest itself can reach.</summary>
    [JsonIgnore]
    public bool IsReachable => !IPAddress.TryParse(Address, out IPAddress? address) || !IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>For people: <c>tcp 0.0.0.0 port 22 dropbear</c>.</summary>
    public override string ToString()
    {
        string where = Protocol switch
        {
            "packet" => string.Create(CultureInfo.InvariantCulture, $"interface {Address} EtherType 0x{Port:x4}"),
            "raw" or "raw6" => string.Create(CultureInfo.InvariantCulture, $"{Address} protocol {Port}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{Address} port {Port}"),
        };
        return $"{Protocol} {where}{(Program.Length > 0 ? " " + Program : ", no process")}";
    }
}

/// <summary>Ports that answer from outside.</summary>
/// <param name="Open">Ports on which somebody listens; of UDP those that answered.</param>
/// <param name="Closed">How many ports said that nobody does.</param>
/// <param name="Silent">How many were asked and said nothing.</param>
/// <param name="Problem">Why not every port was asked; null when all were.</param>
/// <param name="Asked">How many ports were asked.</param>
/// <param name="SilentPorts">The first <see cref="MostSilent"/> that said nothing.</param>
public sealed record OutsideScan(IReadOnlyList<int> Open, int Closed, int Silent, string? Problem, int Asked = 65535, IReadOnlyList<int>? SilentPorts = null)
{
    /// <summary>Silent ports that are named.</summary>
    public const int MostSilent = 20;

    /// <summary>For people: <c>22 open, 65,534 closed, 0 silent of 65,535</c>. Never more than was asked.</summary>
    public override string ToString()
    {
        if (Asked == 0)
        {
            return $"not asked: {Problem}";
        }
        string open = Open.Count == 0 ? "none" : string.Join(", ", Open.Select(p => p.ToString(CultureInfo.InvariantCulture)));
        string silent = SilentPorts is { Count: > 0 } ports && Silent > 0
            ? $" ({string.Join(", ", ports.Select(p => p.ToString(CultureInfo.InvariantCulture)))}{(Silent > ports.Count ? " …" : "")})"
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"open: {open}; {Closed:#,0} closed, {Silent:#,0} silent{silent} of {Asked:#,0} asked{(Problem is null ? "" : $": {Problem}")}");
    }
}
