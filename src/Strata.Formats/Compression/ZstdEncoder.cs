using Strata.Core;
using Strata.Formats.Compression.Native;

namespace Strata.Formats.Compression;

/// <summary>Writes one Zstandard frame without its content size, which is not known in advance.</summary>
/// <remarks>
/// Always with at least one worker thread: libzstd cuts its jobs by size, so that the bytes are the same for any number of workers, but not for none.
/// </remarks>
internal sealed unsafe class ZstdEncoder : IStreamEncoder
{
    private readonly ZstdLibrary _library;
    private readonly ZstdCompressionHandle _context;
    private bool _started;

    public ZstdEncoder(ZstdOptions options)
    {
        _library = options.Libraries.Zstd;
        _context = new ZstdCompressionHandle(_library);
        try
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(options.Level, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Level, 22);
            ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Workers, 200);
            ArgumentOutOfRangeException.ThrowIfLessThan(options.WindowLog ?? 10, 10);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(options.WindowLog ?? 10, 27);
            Set(Zstd.CompressionParameter.Level, options.Level);
            Set(Zstd.CompressionParameter.ChecksumFlag, options.Checksum ? 1 : 0);
            Set(Zstd.CompressionParameter.Workers, options.Workers);
            if (options.WindowLog is int log)
            {
                Set(Zstd.CompressionParameter.WindowLog, log);
            }
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Encode(ReadOnlySpan<byte> input, Span<byte> output, bool finish, out int consumed, out int produced)
    {
        if (!_started)
        {
            // If the very first call were the last one, libzstd would take the content size as known, and the bytes would depend on
            // how the caller cut its writes.
            _started = true;
            Call([], output, Zstd.Directive.Continue, out _, out produced);
            if (produced > 0)
            {
                consumed = 0;
                return false;
            }
        }
        return Call(input, output, finish ? Zstd.Directive.End : Zstd.Directive.Continue, out consumed, out produced) == 0 && finish;
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    private nuint Call(ReadOnlySpan<byte> input, Span<byte> output, Zstd.Directive directive, out int consumed, out int produced)
    {
        nuint result;
        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            Zstd.Buffer from = new() { Start = source, Size = (nuint)input.Length };
            Zstd.Buffer to = new() { Start = target, Size = (nuint)output.Length };
            result = _library.CompressStream(_context, &to, &from, directive);
            (consumed, produced) = ((int)from.Position, (int)to.Position);
        }
        return _library.IsError(result) ? throw new StrataException($"cannot write Zstandard: {_library.Describe(result)}") : result;
    }

    private void Set(Zstd.CompressionParameter parameter, int value)
    {
        nuint result = _library.SetParameter(_context, parameter, value);
        if (_library.IsError(result))
        {
            throw new StrataException($"cannot write Zstandard: libzstd refuses {parameter} = {value}: {_library.Describe(result)}");
        }
    }
}
