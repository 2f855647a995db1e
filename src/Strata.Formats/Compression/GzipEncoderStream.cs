using System.IO.Compression;
using Strata.Formats.Streams;

namespace Strata.Formats.Compression;

/// <summary>Writes one gzip member by the framework's deflater.</summary>
/// <remarks>The deflater gets pieces of one fixed size, so that how the caller cut the writes cannot show in the bytes.</remarks>
internal sealed class GzipEncoderStream : ForwardWriteStream
{
    private const int PieceSize = 64 * 1024;

    /// <summary>A member without content: header (RFC 1952 §2.3), one empty final block of fixed codes (RFC 1951 §3.2.6), CRC-32 0, length 0.</summary>
    private static ReadOnlySpan<byte> EmptyMember => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly Stream _target;
    private readonly GZipStream _deflater;
    private readonly bool _leaveOpen;
    private readonly byte[] _piece = new byte[PieceSize];
    private int _filled;
    private bool _anything;
    private bool _disposed;

    public GzipEncoderStream(Stream target, int level, bool leaveOpen)
    {
        _target = target;
        _leaveOpen = leaveOpen;
        _deflater = new GZipStream(target, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true);
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (!buffer.IsEmpty)
        {
            int take = Math.Min(buffer.Length, PieceSize - _filled);
            buffer[..take].CopyTo(_piece.AsSpan(_filled));
            buffer = buffer[take..];
            _filled += take;
            if (_filled == PieceSize)
            {
                WritePiece();
            }
        }
    }

    /// <summary>Does nothing: a flush in the middle would change the bytes.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            try
            {
                WritePiece();
                _deflater.Dispose();
                if (!_anything)
                {
                    _target.Write(EmptyMember); // the framework writes nothing at all for nothing, which is no gzip
                }
            }
            finally
            {
                if (!_leaveOpen)
                {
                    _target.Dispose();
                }
            }
        }
        base.Dispose(disposing);
    }

    private void WritePiece()
    {
        if (_filled > 0)
        {
            _anything = true;
            _deflater.Write(_piece, 0, _filled);
            _filled = 0;
        }
    }
}
