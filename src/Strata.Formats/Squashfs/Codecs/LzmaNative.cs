using System.Runtime.InteropServices;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary><c>lzma_ret</c> of <c>lzma/base.h</c>, the values that are told apart here.</summary>
internal enum LzmaResult
{
    Ok = 0,
    StreamEnd = 1,
    BufferError = 10,
}

/// <summary>The functions and structures used of <c>lzma.h</c>.</summary>
internal static unsafe partial class LzmaNative
{
    public const ulong FilterX86 = 0x04;
    public const ulong FilterLzma2 = 0x21;
    public const ulong FilterEnd = ulong.MaxValue;
    public const int CheckCrc32 = 1;
    public const int ActionFinish = 3;
    public const uint PresetExtreme = 1u << 31;

    /// <summary>More than <c>sizeof(lzma_options_lzma)</c>; only its first field, dict_size, is touched from here.</summary>
    public const int OptionsRoom = 256;

    [StructLayout(LayoutKind.Sequential)]
    public struct LzmaFilter
    {
        public ulong Id;
        public void* Options;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct LzmaStream
    {
        public byte* NextIn;
        public nuint AvailIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailOut;
        public ulong TotalOut;
        public void* Allocator;
        public void* Internal;
        public fixed ulong Reserved[9]; // four pointers, seek_pos, reserved integers and enumerations, all zero
    }

    public static void Require() => NativeLibraries.Require(NativeLibraries.Lzma, "liblzma5");

    /// <summary>5.4.1 is 50040012.</summary>
    [LibraryImport(NativeLibraries.Lzma, EntryPoint = "lzma_version_number")]
    public static partial uint VersionNumber();

    /// <summary>Not 0 when the preset is unknown.</summary>
    [LibraryImport(NativeLibraries.Lzma, EntryPoint = "lzma_lzma_preset")]
    public static partial byte Preset(byte* options, uint preset);

    [LibraryImport(NativeLibraries.Lzma, EntryPoint = "lzma_stream_encoder")]
    public static partial LzmaResult StreamEncoder(LzmaStream* stream, LzmaFilter* filters, int check);

    [LibraryImport(NativeLibraries.Lzma, EntryPoint = "lzma_code")]
    public static partial LzmaResult Code(LzmaStream* stream, int action);

    [LibraryImport(NativeLibraries.Lzma, EntryPoint = "lzma_end")]
    public static partial void End(LzmaStream* stream);

    [LibraryImport(NativeLibraries.Lzma, EntryPoint = "lzma_stream_buffer_decode")]
    public static partial LzmaResult Decode(
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
