using Strata.Formats.Compression;

namespace Strata.Formats.Deb;

/// <summary>What a package may cost its reader. More is refused: its signature proves where a package comes from, not that it is sane.</summary>
public sealed record PackageLimits
{
    /// <summary>Limits that every package of Debian keeps.</summary>
    public static PackageLimits Default { get; } = new();

    /// <summary>Most bytes of the decompressed data archive.</summary>
    public long MaxPlainBytes { get; init; } = 8L << 30;

    /// <summary>Most entries of the data archive.</summary>
    public int MaxEntries { get; init; } = 1_000_000;

    /// <summary>Most characters of all names and link targets together.</summary>
    public long MaxNameCharacters { get; init; } = 256L << 20;

    /// <summary>
    /// Plain bytes that are always allowed; beyond them each compressed byte allows <see cref="MaxRatio"/> more. Zeros compress 7,000 times.
    /// </summary>
    public long FreePlainBytes { get; init; } = 512L << 20;

    /// <summary>Plain bytes that one compressed byte allows.</summary>
    public int MaxRatio { get; init; } = 1000;

    /// <summary>Largest file of the control archive that is kept.</summary>
    public int MaxControlFileSize { get; init; } = 4 << 20;

    /// <summary>Memory of the decompressors.</summary>
    public DecompressionLimits Decompression { get; init; } = DecompressionLimits.Default;
}
