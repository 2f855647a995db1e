namespace Strata.Formats.Compression;

/// <summary>What a compressed stream may cost its reader.</summary>
public sealed record DecompressionLimits
{
    /// <summary>The limits that fit whatever dpkg, xz -9 and zstd --ultra -22 write.</summary>
    public static DecompressionLimits Default { get; } = new();

    /// <summary>Memory in bytes that an xz stream may ask for. <c>xz -9</c> needs 65 MiB.</summary>
    public long XzMemoryBytes { get; init; } = 192L << 20;

    /// <summary>Base-2 logarithm of the largest Zstandard window in bytes, 10 … 31; 27 is 128 MiB.</summary>
    public int ZstdWindowLog { get; init; } = 27;
}
