using System.Runtime.InteropServices;

namespace Strata.Formats.Compression.Native;

/// <summary>Bindings to the decompressing half of libbzip2 1.0 (<c>bzlib.h</c>), 64-bit Linux ABI.</summary>
internal static unsafe partial class Bzip2
{
    public const string Library = "libbz2.so.1.0";

    /// <summary>BZ_OK … BZ_DATA_ERROR_MAGIC.</summary>
    public enum Result
    {
        Ok = 0,
        StreamEnd = 4,
        NoMemory = -3,
        BadData = -4,
        BadMagic = -5,
    }

    /// <summary>bz_stream: 80 bytes, all zero before the first use.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 80)]
    public struct StreamState
    {
        public byte* NextIn;
        public uint AvailableIn;
        public uint TotalInLow;
        public uint TotalInHigh;
        public byte* NextOut;
        public uint AvailableOut;
    }

    [LibraryImport(Library)]
    public static partial Result BZ2_bzDecompressInit(nint stream, int verbosity, int small);

    [LibraryImport(Library)]
    public static partial Result BZ2_bzDecompress(nint stream);

    [LibraryImport(Library)]
    public static partial Result BZ2_bzDecompressEnd(nint stream);
}
