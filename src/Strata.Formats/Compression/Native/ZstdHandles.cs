using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Formats.Compression.Native;

/// <summary>Owns a <c>ZSTD_CCtx</c>.</summary>
internal sealed class ZstdCompressionHandle : SafeHandle
{
    private readonly ZstdLibrary _library;

    /// <summary>A fresh context of a library.</summary>
    public ZstdCompressionHandle(ZstdLibrary library)
        : base(0, ownsHandle: true)
    {
        _library = library;
        SetHandle(library.CreateContext());
        if (IsInvalid)
        {
            throw new StrataException("cannot write Zstandard: there is no memory for its state");
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => _library.FreeContext(handle);
}

/// <summary>Owns a <c>ZSTD_DCtx</c>.</summary>
internal sealed class ZstdDecompressionHandle : SafeHandle
{
    /// <summary>A fresh context.</summary>
    public ZstdDecompressionHandle()
        : base(0, ownsHandle: true)
    {
        NativeLibraries.Require(Zstd.Library, "libzstd1", "read Zstandard");
        SetHandle(Zstd.ZSTD_createDCtx());
        if (IsInvalid)
        {
            throw new StrataException("cannot read Zstandard: there is no memory for its state");
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Zstd.ZSTD_freeDCtx(handle) == 0;
}
