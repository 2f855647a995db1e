using System.Globalization;
using System.Runtime.InteropServices;

namespace Strata.Toolbox;

/// <summary>
/// What a tool on the host may take: it reads what somebody else made, and a hole in it, or bytes that only swell, must not bring the
/// host down.
/// </summary>
/// <remarks>
/// Set from outside as soon as it runs (prlimit(2)), for the host may have no program that does it; the few instructions before take
/// nothing worth counting. A tool that ended already, and a bound that the host has narrower, are left as they are.
/// </remarks>
internal static partial class ToolLimits
{
    // resources of getrlimit(2) on x86-64 and arm64, and the bounds: seconds, bytes, pieces
    private static readonly (int Resource, ulong Bound)[] s_bounds =
    [
        (0, 2 * 3600), // RLIMIT_CPU
        (1, 64UL << 30), // RLIMIT_FSIZE
        (4, 0), // RLIMIT_CORE: a core file would hold what it read
        (7, 4096), // RLIMIT_NOFILE
        (9, 16UL << 30), // RLIMIT_AS
    ];

    /// <summary>Sets them for a process that was just started, and for what it has started since: bubblewrap is quick.</summary>
    /// <remarks>Who has them hands them on, so a process that is not in the list of children yet gets them from its parent.</remarks>
    public static void Apply(int process)
    {
        foreach ((int resource, ulong bound) in s_bounds)
        {
            if (prlimit(process, resource, 0, out Bounds present) == 0 && present.Hard > bound)
            {
                Bounds wanted = new() { Soft = bound, Hard = bound };
                _ = prlimit(process, resource, in wanted, 0);
            }
        }
        foreach (int child in ChildrenOf(process))
        {
            Apply(child);
        }
    }

    private static IEnumerable<int> ChildrenOf(int process)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // it has ended
        }
    }

    [LibraryImport("libc", EntryPoint = "prlimit64")]
    private static partial int prlimit(int process, int resource, nint none, out Bounds present);

    [LibraryImport("libc", EntryPoint = "prlimit64")]
    private static partial int prlimit(int process, int resource, in Bounds wanted, nint none);

    /// <summary>struct rlimit: two 64-bit numbers.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Bounds
    {
        public ulong Soft;
        public ulong Hard;
    }
}
