using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary>One .xz stream a block with CRC32 (the only check the kernel's decoder knows), optionally through the x86 branch filter.</summary>
/// <remarks>
/// The kernel allocates its dictionary once, from the block size or from the compressor options, so no stream may ask for more.
/// With the filter wished for, a block is compressed with and without it and the smaller one wins, unless a look at the block tells:
/// the filter rewrites nothing in text, and in machine code it always pays.
/// </remarks>
internal sealed unsafe class XzBlockEncoder : IBlockEncoder
{
    private readonly bool _x86Filter;
    private readonly byte[] _second;
    private LzmaNative.LzmaStream* _stream;
    private LzmaNative.LzmaFilter* _filters; // x86, lzma2, end
    private byte* _options;

    /// <summary>Makes an encoder.</summary>
    /// <param name="level">Preset 0 … 9 of liblzma.</param>
    /// <param name="isExtreme">Search harder, as <c>xz -e</c>.</param>
    /// <param name="dictionaryBytes">A power of two, 4 KiB … 1 MiB.</param>
    /// <param name="x86Filter">Try the branch filter.</param>
    public XzBlockEncoder(int level, bool isExtreme, int dictionaryBytes, bool x86Filter)
    {
        LzmaNative.Require();
        _x86Filter = x86Filter;
        _second = x86Filter ? new byte[SquashfsFormat.MaxBlockSize] : [];
        _stream = (LzmaNative.LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaNative.LzmaStream));
        _filters = (LzmaNative.LzmaFilter*)NativeMemory.AllocZeroed(3, (nuint)sizeof(LzmaNative.LzmaFilter));
        _options = (byte*)NativeMemory.AllocZeroed(LzmaNative.OptionsRoom);
        uint preset = (uint)level | (isExtreme ? LzmaNative.PresetExtreme : 0);
        if (LzmaNative.Preset(_options, preset) != 0)
        {
            throw new StrataException($"cannot compress with xz level {level}: liblzma does not know that preset");
        }
        *(uint*)_options = (uint)dictionaryBytes; // dict_size, the first field of lzma_options_lzma
        _filters[0] = new LzmaNative.LzmaFilter { Id = LzmaNative.FilterX86 };
        _filters[1] = new LzmaNative.LzmaFilter { Id = LzmaNative.FilterLzma2, Options = _options };
        _filters[2] = new LzmaNative.LzmaFilter { Id = LzmaNative.FilterEnd };
    }

    public int Encode(ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        BranchDensity density = _x86Filter ? X86Branches.Look(plain) : BranchDensity.None;
        if (density == BranchDensity.Code)
        {
            return EncodeThrough(_filters, plain, stored);
        }
        int unfiltered = EncodeThrough(_filters + 1, plain, stored);
        if (density == BranchDensity.None)
        {
            return unfiltered;
        }
        int filtered = EncodeThrough(_filters, plain, _second);
        if (filtered == 0 || (unfiltered != 0 && unfiltered <= filtered))
        {
            return unfiltered;
        }
        _second.AsSpan(0, filtered).CopyTo(stored);
        return filtered;
    }

    public void Dispose()
    {
        if (_stream is null)
        {
            return;
        }
        LzmaNative.End(_stream);
        NativeMemory.Free(_stream);
        NativeMemory.Free(_filters);
        NativeMemory.Free(_options);
        _stream = null;
        _filters = null;
        _options = null;
    }

    private int EncodeThrough(LzmaNative.LzmaFilter* filters, ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        int room = plain.Length - 1;
        fixed (byte* source = plain)
        fixed (byte* target = stored)
        {
            // the same chain again keeps its memory; a new state each time keeps blocks independent of each other
            LzmaResult result = LzmaNative.StreamEncoder(_stream, filters, LzmaNative.CheckCrc32);
            if (result == LzmaResult.Ok)
            {
                _stream->NextIn = source;
                _stream->AvailIn = (nuint)plain.Length;
                _stream->NextOut = target;
                _stream->AvailOut = (nuint)room;
                result = LzmaNative.Code(_stream, LzmaNative.ActionFinish);
            }
            return result switch
            {
                LzmaResult.StreamEnd => room - (int)_stream->AvailOut,
                LzmaResult.Ok or LzmaResult.BufferError => 0, // the room is full and there would be more
                _ => throw new StrataException(
                    $"cannot compress a squashfs block of {plain.Length} bytes: liblzma reports error {(int)result}"),
            };
        }
    }
}

/// <summary>.xz streams back to plain bytes.</summary>
internal sealed unsafe class XzBlockDecoder : IBlockDecoder
{
    private const ulong MemoryLimit = 32 << 20; // a dictionary of 1 MiB needs little more than that; a hostile header may ask for 4 GiB

    public XzBlockDecoder() => LzmaNative.Require();

    public int Decode(ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        ulong limit = MemoryLimit;
        (nuint inPosition, nuint outPosition) = (0, 0);
        fixed (byte* source = stored)
        fixed (byte* target = plain)
        {
            LzmaResult result = LzmaNative.Decode(
                &limit, 0, null, source, &inPosition, (nuint)stored.Length, target, &outPosition, (nuint)plain.Length);
            return result == LzmaResult.Ok && inPosition == (nuint)stored.Length ? (int)outPosition : -1;
        }
    }

    public void Dispose()
    {
    }
}
