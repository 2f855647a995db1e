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

    /// <summary>What a scan from outside found; null when there was none.</summary>
    public OutsideScan? Scan { get; init; }

    /// <summary>Kernel modules that are loaded, sorted.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];
}

/// <summary>How long the boot took. Milliseconds of the host's clock.</summary>
/// <param name="Phases">In their order; they add up to <paramref name="Ready"/>.</param>
/// <param name="Ready">From power-on until the guest says that it is ready.</param>
/// <param name="Reference">What the reference guest took beside it: the mean of one before and one after; 0 when there was none.</param>
/// <param name="ReferenceMeans">What that guest is.</param>
public sealed record BootTimes(IReadOnlyList<BootPhase> Phases, long Ready, long Reference, string ReferenceMeans)
{
    /// <summary>Boot time in reference guests, in thousandths; null without one.</summary>
    [JsonIgnore]
    public long? RatioThousandths => Reference > 0 ? Ready * 1000 / Reference : null;
}

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
/// <param name="Protocol"><c>tcp</c>, <c>tcp6</c>, <c>udp</c> or <c>udp6</c>.</param>
/// <param name="Address">The local address.</param>
/// <param name="Port">The port.</param>
/// <param name="Program">Name of the process; empty when it is not known.</param>
public sealed record ListeningSocket(string Protocol, string Address, int Port, string Program)
{
    /// <summary>False for what only the guest itself can reach.</summary>
    [JsonIgnore]
    public bool IsReachable => !Address.StartsWith("127.", StringComparison.Ordinal) && Address != "::1";
}

/// <summary>TCP ports that answer from outside.</summary>
/// <param name="Open">Ports on which somebody listens.</param>
/// <param name="Closed">How many ports said that nobody does.</param>
/// <param name="Silent">How many said nothing.</param>
/// <param name="Problem">Why not every port was asked; null when all were.</param>
public sealed record OutsideScan(IReadOnlyList<int> Open, int Closed, int Silent, string? Problem);
