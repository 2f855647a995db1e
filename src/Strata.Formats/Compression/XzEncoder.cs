using Strata.Core;
using Strata.Formats.Compression.Native;

namespace Strata.Formats.Compression;

/// <summary>Writes one .xz stream of blocks of a fixed plain size.</summary>
/// <remarks>
/// Always through liblzma's threaded encoder, whose blocks depend on the block size alone. The check is CRC32, the only one that the decoder of
/// the Linux kernel knows (its Documentation/staging/xz.rst).
/// </remarks>
internal sealed unsafe class XzEncoder : IStreamEncoder
{
    private const int CheckCrc32 = 1; // lzma_check

    private readonly LzmaLibrary _library = CompressionLibraries.Host.Lzma;
    private readonly LzmaStreamHandle _stream;

    public XzEncoder(XzOptions options)
    {
        _stream = new LzmaStreamHandle(_library);
        try
        {
            Start(options);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Encode(ReadOnlySpan<byte> input, Span<byte> output, bool finish, out int consumed, out int produced)
    {
        Lzma.Result result = _stream.Code(input, output, finish ? Lzma.Step.Finish : Lzma.Step.Run, out consumed, out produced);
        return result switch
        {
            Lzma.Result.Ok => false,
            Lzma.Result.StreamEnd => true,
            Lzma.Result.NoMemory => throw new StrataException("cannot write xz: there is not enough memory", "Use a smaller dictionary, block or number of threads."),
            _ => throw new StrataException($"cannot write xz: liblzma fails (code {(int)result})"),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private void Start(XzOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Preset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Preset, 9);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Threads, 256);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DictionarySize ?? 4096, 4096u);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.DictionarySize ?? 4096, 3u << 29);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockSize ?? 4096, 4096);

        Lzma.Lzma2Options lzma2;
        if (!_library.TryFillPreset(&lzma2, (uint)options.Preset | (options.Extreme ? Lzma.PresetExtreme : 0)))
        {
            throw new StrataException($"cannot write xz: liblzma does not know preset {options.Preset}");
        }
        lzma2.DictionarySize = options.DictionarySize ?? lzma2.DictionarySize;

        Lzma.Filter* chain = stackalloc Lzma.Filter[3];
        int filters = 0;
        if (options.X86Filter)
        {
            chain[filters++] = new Lzma.Filter { Id = Lzma.FilterX86 };
        }
        chain[filters++] = new Lzma.Filter { Id = Lzma.FilterLzma2, Options = &lzma2 };
        chain[filters] = new Lzma.Filter { Id = Lzma.FilterEnd };

        Lzma.Threading threading = new()
        {
            Threads = (uint)options.Threads,
            BlockSize = (ulong)(options.BlockSize ?? Math.Max(3L * lzma2.DictionarySize, 1 << 20)),
            Filters = chain,
            Check = CheckCrc32,
        };
        Lzma.Result result = _library.StartThreadedEncoder(_stream, &threading); // copies the filters
        if (result != Lzma.Result.Ok)
        {
            throw new StrataException(
                result == Lzma.Result.NoMemory ? "cannot write xz: there is not enough memory" : $"cannot write xz: liblzma refuses the options (code {(int)result})");
        }
    }
}
