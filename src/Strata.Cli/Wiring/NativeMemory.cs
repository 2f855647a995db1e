using System.Runtime.InteropServices;

namespace Strata.Cli.Wiring;

/// <summary>What the C library does with memory that compressors gave back.</summary>
internal static partial class NativeMemory
{
    private const int MmapThreshold = -3; // M_MMAP_THRESHOLD (malloc.h of glibc)
    private const int LargeBytes = 512 << 10;

    /// <summary>
    /// Blocks from half a MiB up, as the dictionaries of xz and zstd are, go back to the system when they are freed. Otherwise glibc takes
    /// the first that is freed for a sign that the next are better kept, and keeps them for every thread that once decompressed something
    /// (mallopt(3), "dynamic mmap threshold").
    /// </summary>
    public static void GiveBackLargeBlocks() => _ = SetOption(MmapThreshold, LargeBytes);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
