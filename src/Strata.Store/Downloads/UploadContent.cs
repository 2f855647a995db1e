using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace Strata.Store.Downloads;

/// <summary>A request body of known length that tells when the server has taken a piece of it.</summary>
internal sealed class UploadContent : HttpContent
{
    private const int PieceSize = 128 * 1024;
    private readonly Stream _body;
    private readonly Action _pieceTaken;

    /// <summary>Sends everything from the current position of a seekable stream.</summary>
    public UploadContent(Stream body, Action pieceTaken)
    {
        _body = body;
        _pieceTaken = pieceTaken;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length - _body.Position;
        return true;
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            int read;
            while ((read = await _body.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                _pieceTaken();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
