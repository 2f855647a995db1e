using System.Globalization;
using System.Runtime.InteropServices;

namespace Strata.Formats.Compression.Native;

/// <summary>The compressor of one libzstd (1.4 and later, the stable part of <c>zstd.h</c>).</summary>
/// <remarks>
/// By address and not by name as <see cref="Zstd"/>, because a process may have two of them: that of the machine reads, a locked one
/// writes.
/// </remarks>
internal sealed unsafe class ZstdLibrary
{
    private readonly delegate* unmanaged<nint> _createContext;
    private readonly delegate* unmanaged<nint, nuint> _freeContext;
    private readonly delegate* unmanaged<nint, int, int, nuint> _setParameter;
    private readonly delegate* unmanaged<nint, Zstd.Buffer*, Zstd.Buffer*, int, nuint> _compressStream;
    private readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint> _compressFrame;
    private readonly delegate* unmanaged<nuint, uint> _isError;
    private readonly delegate* unmanaged<nuint, int> _errorCode;
    private readonly delegate* unmanaged<nuint, byte*> _errorName;

    /// <summary>Loads it.</summary>
    /// <param name="folder">Where it is; null takes the machine's.</param>
    /// <exception cref="Core.StrataException">It cannot be loaded.</exception>
    public ZstdLibrary(string? folder)
    {
        LoadedLibrary library = LoadedLibrary.Load(folder, Zstd.Library, "libzstd1", "write Zstandard");
        _createContext = (delegate* unmanaged<nint>)library.AddressOf("ZSTD_createCCtx");
        _freeContext = (delegate* unmanaged<nint, nuint>)library.AddressOf("ZSTD_freeCCtx");
        _setParameter = (delegate* unmanaged<nint, int, int, nuint>)library.AddressOf("ZSTD_CCtx_setParameter");
        _compressStream = (delegate* unmanaged<nint, Zstd.Buffer*, Zstd.Buffer*, int, nuint>)library.AddressOf("ZSTD_compressStream2");
        _compressFrame = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint>)library.AddressOf("ZSTD_compressCCtx");
        _isError = (delegate* unmanaged<nuint, uint>)library.AddressOf("ZSTD_isError");
        _errorCode = (delegate* unmanaged<nuint, int>)library.AddressOf("ZSTD_getErrorCode");
        _errorName = (delegate* unmanaged<nuint, byte*>)library.AddressOf("ZSTD_getErrorName");
        Identity = library.FileDigest?.ToString()
            ?? ((delegate* unmanaged<uint>)library.AddressOf("ZSTD_versionNumber"))().ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>SHA-256 of the file; of the machine's library, which is one of many files, the version: <c>10504</c> is 1.5.4.</summary>
    public string Identity { get; }

    /// <summary>A new <c>ZSTD_CCtx</c>; 0 when there is no memory.</summary>
    public nint CreateContext() => _createContext();

    /// <summary>Frees a context.</summary>
    public bool FreeContext(nint context) => _freeContext(context) == 0;

    /// <summary><c>ZSTD_CCtx_setParameter</c>.</summary>
    public nuint SetParameter(ZstdCompressionHandle context, Zstd.CompressionParameter parameter, int value)
    {
        nuint result = _setParameter(context.DangerousGetHandle(), (int)parameter, value);
        GC.KeepAlive(context);
        return result;
    }

    /// <summary><c>ZSTD_compressStream2</c>.</summary>
    public nuint CompressStream(ZstdCompressionHandle context, Zstd.Buffer* output, Zstd.Buffer* input, Zstd.Directive directive)
    {
        nuint result = _compressStream(context.DangerousGetHandle(), output, input, (int)directive);
        GC.KeepAlive(context);
        return result;
    }

    /// <summary><c>ZSTD_compressCCtx</c>: one whole frame in one call.</summary>
    public nuint CompressFrame(ZstdCompressionHandle context, Span<byte> target, ReadOnlySpan<byte> source, int level)
    {
        fixed (byte* to = target)
        fixed (byte* from = source)
        {
            nuint result = _compressFrame(context.DangerousGetHandle(), to, (nuint)target.Length, from, (nuint)source.Length, level);
            GC.KeepAlive(context);
            return result;
        }
    }

    /// <summary>Whether a result is an error.</summary>
    public bool IsError(nuint result) => _isError(result) != 0;

    /// <summary>ZSTD_ErrorCode (<c>zstd_errors.h</c>).</summary>
    public int ErrorCode(nuint error) => _errorCode(error);

    /// <summary>What the library says of an error: <c>Unknown frame descriptor</c>.</summary>
    public string Describe(nuint error) => Marshal.PtrToStringUTF8((nint)_errorName(error)) ?? "unknown error";
}
