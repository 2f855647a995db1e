using System.Net;
using Strata.Core;

namespace Strata.Store.Downloads;

/// <summary>Files below an address that nobody vouches for beforehand: whoever asks looks at each. Nothing is kept.</summary>
/// <param name="address">The address of the folder.</param>
/// <param name="options">Limits and tries.</param>
/// <param name="time">For pauses between tries.</param>
public sealed class WebFolder(Uri address, DownloadOptions options, TimeProvider time) : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly HttpTransport _transport = new(options, time);
    private readonly Uri _folder = new($"{address.GetLeftPart(UriPartial.Path).TrimEnd('/')}/");

    /// <summary>A small file; null when the server says that it is not there.</summary>
    /// <param name="path">Below the address, escaped.</param>
    /// <param name="most">Refused when it has more bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DownloadException">It cannot be had, or it is longer.</exception>
    public async Task<byte[]?> TryReadAsync(string path, int most, CancellationToken cancellationToken)
    {
        Retries retries = new(options, time);
        while (true)
        {
            using MemoryStream content = new();
            try
            {
                await SendAsync(path, Take, cancellationToken);
                return content.ToArray();
            }
            catch (TransferFault fault) when (fault.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden)
            {
                return null; // buckets answer 403 for what they do not have
            }
            catch (TransferFault fault)
            {
                await WaitAsync(retries, path, fault, cancellationToken);
            }

            ValueTask Take(ReadOnlyMemory<byte> piece)
            {
                if (piece.Length > most - content.Length)
                {
                    throw new DownloadException($"cannot fetch {path}: {_folder.Authority} sends more than the {most} bytes allowed");
                }
                content.Write(piece.Span);
                return ValueTask.CompletedTask;
            }
        }
    }

    /// <summary>A file, piece by piece. It is tried again only as long as nothing has come.</summary>
    /// <param name="path">Below the address, escaped.</param>
    /// <param name="take">Gets its bytes; what it throws ends the transfer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DownloadException">It cannot be had.</exception>
    public async Task ReadAsync(string path, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken)
    {
        Retries retries = new(options, time);
        bool hasCome = false;
        while (true)
        {
            try
            {
                await SendAsync(path, piece =>
                {
                    hasCome = true;
                    return take(piece);
                }, cancellationToken);
                return;
            }
            catch (TransferFault fault) when (!hasCome)
            {
                await WaitAsync(retries, path, fault, cancellationToken);
            }
            catch (TransferFault fault)
            {
                throw Failed(path, fault);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    private async Task SendAsync(string path, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken)
    {
        Uri source = new(_folder, path);
        if (!_folder.IsBaseOf(source))
        {
            throw new DownloadException($"cannot fetch {path}: it is not below {WebAddress.Shown(_folder)}");
        }
        using HttpRequestMessage request = new(HttpMethod.Get, source);
        using IDisposable turn = await _transport.EnterAsync(source, cancellationToken);
        using HttpResponseMessage answer = await _transport.SendAsync(request, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw _transport.FaultOf(answer, source);
        }
        await _transport.ReadBodyAsync(answer, source, new byte[BufferSize], take, cancellationToken);
    }

    private async Task WaitAsync(Retries retries, string path, TransferFault fault, CancellationToken cancellationToken)
    {
        if (!await retries.WaitAsync(fault, cancellationToken))
        {
            throw Failed(path, fault);
        }
    }

    private DownloadException Failed(string path, TransferFault fault) => new(
        $"cannot fetch {path}: {fault.Message}",
        fault.Unreachable ? DownloadHints.Unreachable : $"Check the address {WebAddress.Shown(_folder)}.", fault.Status, fault);
}
