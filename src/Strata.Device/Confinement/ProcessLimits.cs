using System.Globalization;
using Strata.Device.Posix;

namespace Strata.Device.Confinement;

/// <summary>
/// What a process on the host may take: it reads what somebody else made, and a hole in it, or bytes that only swell, must not bring the
/// host down.
/// </summary>
/// <remarks>
/// Set from outside as soon as it runs (prlimit(2)), for the host may have no program that does it; the few instructions before take
/// nothing worth counting. A process that ended already, and a bound that the host has narrower, are left as they are.
/// </remarks>
public sealed record ProcessLimits
{
    // resources of getrlimit(2) on x86-64 and arm64
    private const int ProcessorTime = 0;
    private const int FileSize = 1;
    private const int CoreFile = 4;
    private const int Files = 7;
    private const int AddressSpace = 9;

    private const int MostLooks = 8;

    /// <summary>Those of a tool of a build.</summary>
    public static ProcessLimits OfTool { get; } = new() { ProcessorSeconds = 2 * 3600, FileBytes = 64L << 30, MemoryBytes = 16L << 30 };

    /// <summary>Time on processors; null for no bound.</summary>
    public required long? ProcessorSeconds { get; init; }

    /// <summary>Length of a file that it writes; null for no bound.</summary>
    public required long? FileBytes { get; init; }

    /// <summary>Its address space; null for no bound.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>Files and sockets that are open at a time.</summary>
    public long OpenFiles { get; init; } = 4096;

    /// <summary>Sets them for a process that was just started, and for what it has started since: bubblewrap is quick.</summary>
    /// <remarks>
    /// Who has them hands them on. A child that was being made meanwhile has those of before and is not listed yet, so children are looked
    /// for until no new one appears.
    /// </remarks>
    internal void Apply(int process)
    {
        Apply(process, ProcessorTime, ProcessorSeconds);
        Apply(process, FileSize, FileBytes);
        Apply(process, CoreFile, 0); // a core file would hold what it read
        Apply(process, Files, OpenFiles);
        Apply(process, AddressSpace, MemoryBytes);
        HashSet<int> bounded = [];
        for (int looks = 0; looks < MostLooks; looks++)
        {
            bool isNew = false;
            foreach (int child in ChildrenOf(process).Where(bounded.Add))
            {
                Apply(child);
                isNew = true;
            }
            if (looks > 0 && !isNew)
            {
                return;
            }
            Thread.Sleep(1); // whoever is making one goes on
        }
    }

    private static unsafe void Apply(int process, int resource, long? bound)
    {
        ulong* bounds = stackalloc ulong[2]; // struct rlimit64: soft, hard
        if (bound is not long wanted || Libc.Limit(process, resource, null, bounds) != 0 || bounds[1] <= (ulong)wanted)
        {
            return;
        }
        bounds[0] = bounds[1] = (ulong)wanted;
        _ = Libc.Limit(process, resource, bounds, null);
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
}
