using Strata.Core;
using Strata.Formats.Compression.Native;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary>One .xz stream a block with CRC32 (the only check the kernel's decoder knows), optionally through the x86 branch filter.</summary>
/// <remarks>
/// The kernel allocates its dictionary once, from the block size or from the compressor options, so no stream may ask for more.
/// With the filter wished for, a block is compressed with and without it and the smaller one wins, unless a look at the block tells:
/// the filter rewrites nothing in text, and in machine code it always pays.
/// </remarks>
internal sealed unsafe class XzBlockEncoder : IBlockEncoder
{
    private readonly LzmaLibrary _library;
    private readonly bool _x86Filter;
    private readonly byte[] _second;
    private readonly LzmaStreamHandle _stream;
    private Lzma.Lzma2Options _options;

    /// <summary>Makes an encoder.</summary>
    /// <param name="library">Whose encoder.</param>
    /// <param name="level">Preset 0 … 9 of liblzma.</param>
    /// <param name="isExtreme">Search harder, as <c>xz -e</c>.</param>
    /// <param name="dictionaryBytes">A power of two, 4 KiB … 1 MiB.</param>
    /// <param name="x86Filter">Try the branch filter.</param>
    public XzBlockEncoder(LzmaLibrary library, int level, bool isExtreme, int dictionaryBytes, bool x86Filter)
    {
        _library = library;
        _x86Filter = x86Filter;
        _second = x86Filter ? new byte[SquashfsFormat.MaxBlockSize] : [];
        uint preset = (uint)level | (isExtreme ? Lzma.PresetExtreme : 0);
        fixed (Lzma.Lzma2Options* options = &_options)
        {
            if (!library.TryFillPreset(options, preset))
            {
                throw new StrataException($"cannot compress with xz level {level}: liblzma does not know that preset");
            }
        }
        _options.DictionarySize = (uint)dictionaryBytes;
        _stream = new LzmaStreamHandle(library);
    }

    public int Encode(ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        BranchDensity density = _x86Filter ? X86Branches.Look(plain) : BranchDensity.None;
        if (density == BranchDensity.Code)
        {
            return EncodeThrough(filtered: true, plain, stored);
        }
        int unfiltered = EncodeThrough(filtered: false, plain, stored);
        if (density == BranchDensity.None)
        {
            return unfiltered;
        }
        int filtered = EncodeThrough(filtered: true, plain, _second);
        if (filtered == 0 || (unfiltered != 0 && unfiltered <= filtered))
        {
            return unfiltered;
        }
        _second.AsSpan(0, filtered).CopyTo(stored);
        return filtered;
    }

    public void Dispose() => _stream.Dispose();

    private int EncodeThrough(bool filtered, ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        Lzma.Filter* chain = stackalloc Lzma.Filter[3];
        int produced = 0;
        Lzma.Result result;
        fixed (Lzma.Lzma2Options* options = &_options)
        {
            chain[0] = new Lzma.Filter { Id = Lzma.FilterX86 };
            chain[1] = new Lzma.Filter { Id = Lzma.FilterLzma2, Options = options };
            chain[2] = new Lzma.Filter { Id = Lzma.FilterEnd };
            // the same chain again keeps its memory; a new state each time keeps blocks independent of each other
            result = _library.StartEncoder(_stream, filtered ? chain : chain + 1, Lzma.CheckCrc32);
        }
        if (result == Lzma.Result.Ok)
        {
            result = _stream.Code(plain, stored[..(plain.Length - 1)], Lzma.Step.Finish, out _, out produced);
        }
        return result switch
        {
            Lzma.Result.StreamEnd => produced,
            Lzma.Result.Ok or Lzma.Result.NoProgress => 0, // the room is full and there would be more
            _ => throw new StrataException($"cannot compress a squashfs block of {plain.Length} bytes: liblzma reports error {(int)result}"),
        };
    }
}

/// <summary>.xz streams back to plain bytes.</summary>
internal sealed unsafe class XzBlockDecoder : IBlockDecoder
{
    private const ulong MemoryLimit = 32 << 20; // a dictionary of 1 MiB needs little more than that; a hostile header may ask for 4 GiB

    public XzBlockDecoder() => NativeLibraries.Require(Lzma.Library, "liblzma5", SquashfsCodec.NativePurpose);

    public int Decode(ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        ulong limit = MemoryLimit;
        (nuint inPosition, nuint outPosition) = (0, 0);
        fixed (byte* source = stored)
        fixed (byte* target = plain)
        {
            Lzma.Result result = Lzma.lzma_stream_buffer_decode(
                &limit, 0, null, source, &inPosition, (nuint)stored.Length, target, &outPosition, (nuint)plain.Length);
            return result == Lzma.Result.Ok && inPosition == (nuint)stored.Length ? (int)outPosition : -1;
        }
    }

    public void Dispose()
    {
    }
}
