using System.Runtime.InteropServices;

namespace Strata.Formats.Compression.Native;

/// <summary>Bindings to the inflating half of zlib (1.2 and later, <c>zlib.h</c>), 64-bit Linux ABI.</summary>
internal static unsafe partial class Zlib
{
    public const string Library = "libz.so.1";

    /// <summary>The version whose ABI these bindings speak; zlib compares its first digit.</summary>
    public const string Version = "1.2.11";

    /// <summary>windowBits 15 (32 KiB, the only one of RFC 1952) + 16 (gzip framing and nothing else).</summary>
    public const int GzipWindowBits = 15 + 16;

    /// <summary>Z_OK … Z_BUF_ERROR.</summary>
    public enum Result
    {
        Ok = 0,
        StreamEnd = 1,
        BadData = -3,
        NoMemory = -4,
        NoProgress = -5,
    }

    /// <summary>z_stream: 112 bytes, all zero before the first use.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    public struct StreamState
    {
        public byte* NextIn;
        public uint AvailableIn;
        public nuint TotalIn;
        public byte* NextOut;
        public uint AvailableOut;
        public nuint TotalOut;
        public byte* Message;
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial Result inflateInit2_(ZlibStreamHandle stream, int windowBits, string version, int streamSize);

    [LibraryImport(Library)]
    public static partial Result inflate(ZlibStreamHandle stream, int flush);

    [LibraryImport(Library)]
    public static partial Result inflateReset(ZlibStreamHandle stream);

    [LibraryImport(Library)]
    public static partial Result inflateEnd(nint stream);
}
