namespace Strata.Formats.VirtualDisks;

/// <summary>What the writers of this folder take.</summary>
public static class VirtualDiskLimits
{
    /// <summary>Most bytes of a disk, 1 TiB: every table stays small, and every form goes further.</summary>
    public const long MostBytes = 1L << 40;
}
