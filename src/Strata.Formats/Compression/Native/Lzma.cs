using System.Runtime.InteropServices;

namespace Strata.Formats.Compression.Native;

/// <summary>
/// Bindings to what reads in liblzma (XZ Utils 5.2 and later; <c>lzma/base.h</c>, <c>container.h</c>, <c>lzma12.h</c>), 64-bit Linux ABI,
/// and its types; what writes is <see cref="LzmaLibrary"/>.
/// </summary>
internal static unsafe partial class Lzma
{
    public const string Library = "liblzma.so.5";

    /// <summary>LZMA_FILTER_LZMA2 (<c>lzma12.h</c>).</summary>
    public const ulong FilterLzma2 = 0x21;

    /// <summary>LZMA_FILTER_X86 (<c>bcj.h</c>).</summary>
    public const ulong FilterX86 = 0x04;

    /// <summary>LZMA_VLI_UNKNOWN, the end of a filter chain.</summary>
    public const ulong FilterEnd = ulong.MaxValue;

    /// <summary>LZMA_PRESET_EXTREME (<c>container.h</c>).</summary>
    public const uint PresetExtreme = 1u << 31;

    /// <summary>LZMA_CONCATENATED: read streams that follow each other, and refuse anything else behind them.</summary>
    public const uint FlagConcatenated = 0x08;

    /// <summary>LZMA_CHECK_CRC32 (<c>check.h</c>).</summary>
    public const int CheckCrc32 = 1;

    /// <summary>lzma_ret.</summary>
    public enum Result
    {
        Ok = 0,
        StreamEnd = 1,
        NoMemory = 5,
        MemoryLimit = 6,
        BadFormat = 7,
        BadOptions = 8,
        BadData = 9,
        NoProgress = 10,
    }

    /// <summary>lzma_action.</summary>
    public enum Step
    {
        Run = 0,
        Finish = 3,
    }

    /// <summary>lzma_stream: 136 bytes, all zero before the first use (LZMA_STREAM_INIT).</summary>
    [StructLayout(LayoutKind.Sequential, Size = 136)]
    public struct StreamState
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
    }

    /// <summary>lzma_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Filter
    {
        public ulong Id;
        public void* Options;
    }

    /// <summary>lzma_options_lzma: 112 bytes, filled by <c>lzma_lzma_preset</c>; the dictionary size comes first.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    public struct Lzma2Options
    {
        public uint DictionarySize;
    }

    /// <summary>lzma_mt: 128 bytes; what is not named here stays zero.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    public struct Threading
    {
        public uint Flags;
        public uint Threads;
        public ulong BlockSize;
        public uint Timeout;
        public uint Preset;
        public Filter* Filters;
        public int Check;
    }

    [LibraryImport(Library)]
    public static partial Result lzma_stream_decoder(LzmaStreamHandle stream, ulong memoryLimit, uint flags);

    /// <summary>Decodes one whole stream in one call.</summary>
    [LibraryImport(Library)]
    public static partial Result lzma_stream_buffer_decode(
        ulong* memoryLimit,
        uint flags,
        void* allocator,
        byte* source,
        nuint* sourcePosition,
        nuint sourceLength,
        byte* target,
        nuint* targetPosition,
        nuint targetLength);
}
