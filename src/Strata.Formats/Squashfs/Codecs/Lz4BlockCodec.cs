using System.Runtime.InteropServices;
using Strata.Formats.Compression.Native;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary>LZ4 blocks without a frame: level 1 is the fast compressor, 3 … 12 the thorough one (HC).</summary>
internal sealed class Lz4BlockEncoder : IBlockEncoder
{
    private readonly int _level;
    private readonly byte[] _state; // pinned: the library takes its address

    public Lz4BlockEncoder(int level)
    {
        Lz4Native.Require();
        _level = level;
        _state = GC.AllocateUninitializedArray<byte>(IsThorough ? Lz4Native.SizeOfStateHc() : 0, pinned: true);
    }

    private bool IsThorough => _level > 1;

    public int Encode(ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        ref byte target = ref MemoryMarshal.GetReference(stored);
        ref readonly byte source = ref MemoryMarshal.GetReference(plain);
        int room = plain.Length - 1;
        return IsThorough
            ? Lz4Native.CompressHc(ref MemoryMarshal.GetArrayDataReference(_state), in source, ref target, plain.Length, room, _level)
            : Lz4Native.CompressFast(in source, ref target, plain.Length, room);
    }

    public void Dispose()
    {
    }
}

/// <summary>LZ4 blocks back to plain bytes.</summary>
internal sealed class Lz4BlockDecoder : IBlockDecoder
{
    public Lz4BlockDecoder() => Lz4Native.Require();

    public int Decode(ReadOnlySpan<byte> stored, Span<byte> plain) => Math.Max(-1, Lz4Native.Decompress(
        in MemoryMarshal.GetReference(stored), ref MemoryMarshal.GetReference(plain), stored.Length, plain.Length));

    public void Dispose()
    {
    }
}

/// <summary>The functions used of <c>lz4.h</c> and <c>lz4hc.h</c>.</summary>
internal static partial class Lz4Native
{
    private const string Library = "liblz4.so.1";

    public static void Require() => NativeLibraries.Require(Library, "liblz4-1", SquashfsCodec.NativePurpose);

    /// <summary>1.9.4 is 10904.</summary>
    /// <exception cref="Core.StrataException">The library cannot be loaded.</exception>
    public static int Version
    {
        get
        {
            Require();
            return VersionNumber();
        }
    }

    [LibraryImport(Library, EntryPoint = "LZ4_versionNumber")]
    private static partial int VersionNumber();

    [LibraryImport(Library, EntryPoint = "LZ4_sizeofStateHC")]
    public static partial int SizeOfStateHc();

    /// <summary>0 when the result does not fit.</summary>
    [LibraryImport(Library, EntryPoint = "LZ4_compress_HC_extStateHC")]
    public static partial int CompressHc(ref byte state, ref readonly byte source, ref byte target, int length, int capacity, int level);

    /// <summary>0 when the result does not fit.</summary>
    [LibraryImport(Library, EntryPoint = "LZ4_compress_default")]
    public static partial int CompressFast(ref readonly byte source, ref byte target, int length, int capacity);

    /// <summary>Negative for damaged input.</summary>
    [LibraryImport(Library, EntryPoint = "LZ4_decompress_safe")]
    public static partial int Decompress(ref readonly byte source, ref byte target, int length, int capacity);
}
