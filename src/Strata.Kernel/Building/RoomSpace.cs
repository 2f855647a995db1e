using Strata.Core;

namespace Strata.Kernel.Building;

/// <summary>What a build needs of the host.</summary>
internal static class RoomSpace
{
    private const long Needed = 3L << 30;
    private const long MemoryOfAJob = 512L << 20; // the largest compilations of the kernel, with room to spare

    /// <summary>Fails before a long work that would end for want of room.</summary>
    /// <exception cref="StrataException">Too little is free.</exception>
    public static void Check(string folder, string action)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < Needed)
        {
            throw new StrataException(
                $"cannot {action} in {folder}: {new ByteSize(free)} are free, source and objects take about {new ByteSize(Needed)}",
                "Make room ('strata store gc'), or use another store with --store.");
        }
    }

    /// <summary>How many compilers run at once: one for each processor, fewer when memory is short.</summary>
    public static long Jobs()
    {
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return Math.Clamp(memory / MemoryOfAJob, 1, Environment.ProcessorCount);
    }
}
