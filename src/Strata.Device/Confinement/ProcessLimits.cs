using System.Globalization;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Device.Confinement;

/// <summary>
/// What a process on the host may take: it reads what somebody else made, and a hole in it, or bytes that only swell, must not bring the
/// host down.
/// </summary>
/// <remarks>
/// prlimit(1) of util-linux sets them and becomes the program, so it has them from its first instruction on, and so has whatever it starts.
/// Setting them from outside leaves a moment in which a quick program has made a child without. A bound that the host has narrower stays.
/// </remarks>
public sealed record ProcessLimits
{
    // resources of getrlimit(2) on x86-64 and arm64, by their names in prlimit(1)
    private static readonly (string Name, int Number, Func<ProcessLimits, long?> Bound)[] s_resources =
    [
        ("cpu", 0, l => l.ProcessorSeconds),
        ("fsize", 1, l => l.FileBytes),
        ("core", 4, _ => 0), // a core file would hold what it read
        ("nofile", 7, l => l.OpenFiles),
        ("as", 9, l => l.MemoryBytes),
    ];

    /// <summary>Those of a tool of a build.</summary>
    public static ProcessLimits OfTool { get; } = new() { ProcessorSeconds = 2 * 3600, FileBytes = 64L << 30, MemoryBytes = 16L << 30 };

    /// <summary>Full path of the host's prlimit(1); null when it has none.</summary>
    public static string? Setter { get; } = HostProgram.Find("prlimit") is ['/', ..] path ? path : null;

    /// <summary>Time on processors; null for no bound.</summary>
    public required long? ProcessorSeconds { get; init; }

    /// <summary>Length of a file that it writes; null for no bound.</summary>
    public required long? FileBytes { get; init; }

    /// <summary>Its address space; null for no bound.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>Files and sockets that are open at a time.</summary>
    public long OpenFiles { get; init; } = 4096;

    /// <summary>The program that sets them and its options; what it becomes stands behind them.</summary>
    /// <exception cref="StrataException">The host has no such program.</exception>
    internal IReadOnlyList<string> Command()
    {
        string setter = Setter ?? throw new StrataException(
            "cannot bound what a program takes: this host has no 'prlimit'", "Install the package 'util-linux' of your distribution.");
        return [setter, .. s_resources.SelectMany(r => r.Bound(this) is long bound ? (string[])[Option(r.Name, r.Number, bound)] : [])];
    }

    private static unsafe string Option(string name, int number, long bound)
    {
        ulong* present = stackalloc ulong[2]; // struct rlimit64: soft, hard
        ulong most = Libc.Limit(0, number, null, present) == 0 ? present[1] : ulong.MaxValue;
        return string.Create(CultureInfo.InvariantCulture, $"--{name}={Math.Min(most, (ulong)bound)}");
    }
}
