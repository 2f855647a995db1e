using System.Globalization;

namespace Strata.Kernel.Building;

/// <summary>What each process in a room may take: far above what a kernel's build needs, far below what brings a host down.</summary>
/// <remarks>setrlimit(2) counts for single processes; docs/decisions/0050-what-a-room-may.md says what is therefore not bounded.</remarks>
internal static class RoomLimits
{
    // each: the option of prlimit(1), its line in /proc/self/limits, the bound in bytes, seconds or pieces
    private static readonly (string Option, string Line, long Bound)[] s_bounds =
    [
        ("--core=", "Max core file size", 0),
        ("--fsize=", "Max file size", 8L << 30),
        ("--as=", "Max address space", 16L << 30),
        ("--cpu=", "Max cpu time", 2 * 3600),
        ("--nofile=", "Max open files", 4096),
        ("--nproc=", "Max processes", 16_384),
    ];

    /// <summary>Bytes of <c>/tmp</c>, which lies in memory.</summary>
    public static string TemporaryBytes => Text(2L << 30);

    /// <summary>prlimit(1) and its arguments; the program follows.</summary>
    public static IEnumerable<string> Arguments() => Arguments(File.ReadAllLines("/proc/self/limits"));

    /// <summary>
    /// As <see cref="Arguments()"/>; a bound that the host has already, or a narrower one, stays: only a capability could widen it.
    /// </summary>
    /// <param name="present">Lines of <c>/proc/self/limits</c>: name, soft bound, hard bound, unit.</param>
    internal static IEnumerable<string> Arguments(IReadOnlyList<string> present) =>
        ["/usr/bin/prlimit", .. s_bounds.Where(b => HardBound(present, b.Line) > b.Bound).Select(b => b.Option + Text(b.Bound))];

    private static long HardBound(IReadOnlyList<string> present, string name)
    {
        string? line = present.FirstOrDefault(l => l.StartsWith(name + " ", StringComparison.Ordinal));
        string[] words = line is null ? [] : line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 2 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long bound) ? bound
            : long.MaxValue;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
