using Strata.Core;
using Strata.Formats.Compression.Native;

namespace Strata.Formats.Compression;

/// <summary>Which libzstd and liblzma compress: those of this machine, or those of a folder.</summary>
/// <remarks>
/// Two versions of a library make different bytes out of the same ones. Where compressed bytes are part of a promise, the libraries have
/// to be files that a lock fixes. A library of a folder is loaded beside that of the machine, under its full path, and neither sees the
/// other.
/// </remarks>
public sealed class CompressionLibraries
{
    private readonly Lazy<ZstdLibrary> _zstd;
    private readonly Lazy<LzmaLibrary> _lzma;

    private CompressionLibraries(string? folder)
    {
        Folder = folder;
        // a library that cannot be loaded is reported to everybody who asks
        _zstd = new Lazy<ZstdLibrary>(() => new ZstdLibrary(folder), LazyThreadSafetyMode.ExecutionAndPublication);
        _lzma = new Lazy<LzmaLibrary>(() => new LzmaLibrary(folder), LazyThreadSafetyMode.ExecutionAndPublication);
    }

    /// <summary>Those that this machine has: for bytes that nobody compares with those of another machine.</summary>
    public static CompressionLibraries Host { get; } = new(null);

    /// <summary>Full path of the folder that holds them; null for <see cref="Host"/>.</summary>
    public string? Folder { get; }

    /// <summary>libzstd, loaded when it is first asked for.</summary>
    /// <exception cref="StrataException">It cannot be loaded.</exception>
    internal ZstdLibrary Zstd => _zstd.Value;

    /// <summary>liblzma, loaded when it is first asked for.</summary>
    /// <exception cref="StrataException">It cannot be loaded.</exception>
    internal LzmaLibrary Lzma => _lzma.Value;

    /// <summary>Those of a folder, loaded when they are first needed.</summary>
    /// <param name="folder">Has <c>libzstd.so.1</c> and <c>liblzma.so.5</c>: <c>usr/lib/x86_64-linux-gnu</c> of an unpacked tree.</param>
    public static CompressionLibraries In(string folder) => new(Path.GetFullPath(folder));
}
