namespace Strata.Formats.Compression;

/// <summary>How to write Zstandard. The bytes depend on these options and the version of libzstd, never on <see cref="Workers"/>.</summary>
public sealed record ZstdOptions
{
    /// <summary>Level, 1 … 22.</summary>
    public int Level { get; init; } = 3;

    /// <summary>End the frame with a 32-bit checksum of the content.</summary>
    public bool Checksum { get; init; } = true;

    /// <summary>
    /// Base-2 logarithm of the window in bytes, 10 … 27; null takes the level's. Readers need this much memory, even for a small content.
    /// </summary>
    public int? WindowLog { get; init; }

    /// <summary>Worker threads, 1 … 200.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Whose libzstd it is.</summary>
    public CompressionLibraries Libraries { get; init; } = CompressionLibraries.Host;
}
