namespace Strata.Formats.Compression;

/// <summary>How a stream is compressed.</summary>
public enum CompressionKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>The .xz file format 1.2.</summary>
    Xz,

    /// <summary>Zstandard (RFC 8878).</summary>
    Zstd,

    /// <summary>bzip2, for reading only; some archives list their packages in nothing else.</summary>
    Bzip2,
}
