namespace Strata.Formats.Squashfs;

/// <summary>How much a reader does for an image nobody has vouched for yet.</summary>
public sealed record SquashfsLimits
{
    /// <summary>Names in the whole image.</summary>
    public int MaxNames { get; init; } = 4_000_000;

    /// <summary>Stored bytes of one table (inodes, directories, fragments, exports, attributes).</summary>
    public int MaxTableBytes { get; init; } = 128 << 20;

    /// <summary>Plain bytes of all files that <see cref="SquashfsReader.ReadTree"/> hashes; sparse files cost nothing on disk.</summary>
    public long MaxContentBytes { get; init; } = 64L << 30;

    /// <summary>Plain bytes of the attributes of one inode.</summary>
    public int MaxXattrBytes { get; init; } = 1 << 20;
}
