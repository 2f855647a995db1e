using System.Runtime.InteropServices;

namespace Strata.Formats.Compression.Native;

/// <summary>
/// Bindings to what reads in the stable part of libzstd (1.4 and later, <c>zstd.h</c>), and its types; what writes is
/// <see cref="ZstdLibrary"/>.
/// </summary>
internal static unsafe partial class Zstd
{
    public const string Library = "libzstd.so.1";

    /// <summary>ZSTD_cParameter.</summary>
    public enum CompressionParameter
    {
        Level = 100,
        WindowLog = 101,
        ChecksumFlag = 201,
        Workers = 400,
    }

    /// <summary>ZSTD_d_windowLogMax of ZSTD_dParameter.</summary>
    public const int DecompressionWindowLogMax = 100;

    /// <summary>ZSTD_EndDirective.</summary>
    public enum Directive
    {
        Continue = 0,
        End = 2,
    }

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer, which have one shape.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library)]
    public static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_DCtx_setParameter(ZstdDecompressionHandle context, int parameter, int value);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_decompressStream(ZstdDecompressionHandle context, Buffer* output, Buffer* input);

    /// <summary>Whole frames in one call.</summary>
    [LibraryImport(Library)]
    public static partial nuint ZSTD_decompressDCtx(ZstdDecompressionHandle context, ref byte target, nuint capacity, ref readonly byte source, nuint length);

    [LibraryImport(Library)]
    public static partial uint ZSTD_isError(nuint result);

    [LibraryImport(Library)]
    public static partial byte* ZSTD_getErrorName(nuint result);

    /// <summary>What the library says of an error: <c>Unknown frame descriptor</c>.</summary>
    public static string Describe(nuint error) => Marshal.PtrToStringUTF8((nint)ZSTD_getErrorName(error)) ?? "unknown error";
}
