using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Device.Handles;

namespace Strata.Store.Downloads;

/// <summary>Brings one file into the store: its sources in turn, each with retries, continuing where the last try ended.</summary>
internal sealed class FileTransfer(
    ObjectStore store,
    HttpTransport transport,
    FaultyHosts faulty,
    DownloadOptions options,
    IProgressReporter progress,
    Download download,
    IProgressTask task)
{
    private const int BufferSize = 64 * 1024;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);

    private long _reported;

    /// <summary>
    /// True when the bytes of the partial file come from more than one answer, so that a wrong digest may be nobody's fault.
    /// </summary>
    private bool _mixed;

    private DateTimeOffset? _lastModified;

    /// <summary>Fetches, checks and stores it; other builds that want the same wait for this one.</summary>
    /// <exception cref="StrataException">No source had it, or the disk is full or fails.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string path = Path.Combine(store.Layout.Partials, download.Digest.ToString());
        try
        {
            Directory.CreateDirectory(store.Layout.Partials);
            Directory.CreateDirectory(store.Layout.Locks);
            FileLock taken = await FileLock.AcquireAsync(
                Path.Combine(store.Layout.Locks, $"fetch-{download.Digest}"),
                exclusive: true,
                s_longestWait,
                () => progress.Note($"{download.Label} is being fetched already; waiting for it"),
                store.Time,
                cancellationToken)
                ?? throw new StrataException(
                    $"cannot fetch {download.Label}: another build has been fetching it for {s_longestWait.TotalHours:0} hour");
            try
            {
                using PartialFile partial = await PartialFile.OpenAsync(path, download.Size, cancellationToken);
                if (store.TryGetSize(download.Digest, out long size) && size == download.Size)
                {
                    partial.Delete();
                }
                else
                {
                    await TrySourcesAsync(partial, cancellationToken);
                }
                Reached(download.Size);
            }
            finally
            {
                taken.DeleteAndRelease();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, $"fetch {download.Label}", store.Root, download.Size);
        }
    }

    private static string Bytes(long count) => string.Create(CultureInfo.InvariantCulture, $"{count} bytes");

    private static TransferFault Fatal(Uri source, string what, DateTimeOffset? lastModified = null) =>
        new($"{source.Authority}: {what} ({WebAddress.Shown(source)})", canRetry: false) { LastModified = lastModified };

    private async Task TrySourcesAsync(PartialFile partial, CancellationToken cancellationToken)
    {
        List<TransferFault> faults = [];
        foreach (Uri source in faulty.InOrder(download.Sources))
        {
            if (await TrySourceAsync(source, partial, cancellationToken) is not { } fault)
            {
                faulty.Forget(source);
                return;
            }
            faults.Add(fault);
            if (fault.Unreachable)
            {
                faulty.Remember(source);
            }
        }
        throw Failure(faults);
    }

    /// <returns>Null when the file is in the store now, otherwise why this source could not give it.</returns>
    private async Task<TransferFault?> TrySourceAsync(Uri source, PartialFile partial, CancellationToken cancellationToken)
    {
        Retries retries = new(faulty.Contains(source) ? options with { Tries = 1 } : options, store.Time);
        bool startedAnew = false;
        _mixed = partial.Length > 0;
        while (true)
        {
            long before = partial.Length;
            try
            {
                if (partial.Length < download.Size)
                {
                    await TransferAsync(source, partial, cancellationToken);
                }
                Sha256Digest got = partial.Finish();
                if (got == download.Digest)
                {
                    partial.MoveInto(store, download.Digest);
                    return null;
                }
                partial.Restart();
                if (!_mixed || startedAnew)
                {
                    return Fatal(source, $"sent something else: SHA-256 is {got}, expected {download.Digest}", _lastModified);
                }
                startedAnew = true; // an old beginning and a new end do not fit: once more, from the start
            }
            catch (TransferFault fault)
            {
                if (partial.Length > before)
                {
                    retries.Progressed();
                }
                if (!await retries.WaitAsync(fault, cancellationToken))
                {
                    return fault;
                }
            }
        }
    }

    private async Task TransferAsync(Uri source, PartialFile partial, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, source);
        if (partial.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(partial.Length, null);
            if (partial.EntityTag is { } tag && partial.Source == source)
            {
                request.Headers.IfRange = new RangeConditionHeaderValue(tag); // RFC 9110 §13.1.5: a changed file comes whole
            }
        }
        using IDisposable turn = await transport.EnterAsync(source, cancellationToken);
        using HttpResponseMessage answer = await transport.SendAsync(request, cancellationToken);
        Accept(answer, source, partial);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await transport.ReadBodyAsync(
                answer, source, buffer, piece => TakeAsync(piece, source, partial, cancellationToken), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (partial.Length < download.Size)
        {
            throw new TransferFault($"{source.Authority}: ended after {partial.Length} of {Bytes(download.Size)}", canRetry: true);
        }
    }

    /// <summary>Checks the head of the answer and brings the partial file into the state that its body continues.</summary>
    private void Accept(HttpResponseMessage answer, Uri source, PartialFile partial)
    {
        switch (answer.StatusCode)
        {
            case HttpStatusCode.OK:
                partial.Restart();
                _mixed = false;
                _lastModified = answer.Content.Headers.LastModified;
                if (answer.Content.Headers.ContentLength is { } length && length != download.Size)
                {
                    throw Fatal(source, $"has another file of {Bytes(length)}, expected {download.Size}", _lastModified);
                }
                partial.SetOrigin(source, answer.Headers.ETag is { IsWeak: false } tag ? tag.Tag : null);
                break;
            case HttpStatusCode.PartialContent when partial.Length > 0:
                ContentRangeHeaderValue? range = answer.Content.Headers.ContentRange;
                if (range is not { Unit: "bytes", From: { } from }
                    || from != partial.Length
                    || (range.Length ?? download.Size) != download.Size)
                {
                    partial.Restart();
                    throw new TransferFault($"{source.Authority}: sent another range than asked ({range})", canRetry: true);
                }
                _mixed = true;
                break;
            case HttpStatusCode.RequestedRangeNotSatisfiable when partial.Length > 0: // its file ends before ours
                partial.Restart();
                throw new TransferFault($"{source.Authority}: has a shorter file than expected", canRetry: true);
            default:
                throw transport.FaultOf(answer, source);
        }
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<byte> piece, Uri source, PartialFile partial, CancellationToken cancellationToken)
    {
        if (piece.Length > download.Size - partial.Length)
        {
            partial.Restart();
            throw Fatal(source, $"sends more than the expected {Bytes(download.Size)}");
        }
        await partial.AppendAsync(piece, cancellationToken);
        Reached(partial.Length);
    }

    /// <summary>Reports each byte once, however often it came.</summary>
    private void Reached(long position)
    {
        if (position > _reported)
        {
            task.Advance(position - _reported);
            _reported = position;
        }
    }

    private DownloadException Failure(List<TransferFault> faults)
    {
        string why = faults.Count == 0 ? "it has no source" : string.Join("; ", faults.Select(f => f.Message));
        bool unreachable = faults.Count > 0 && faults.All(f => f.Unreachable);
        bool isGone = faults.Count > 0 && faults.All(f => f.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone);
        return new DownloadException(
            $"cannot fetch {download.Label}: {why}",
            unreachable
                ? DownloadHints.Unreachable
                : "The lock may be older than what the server has: renew it, or name another server with STRATA_MIRROR.",
            faults.Count == 0 ? null : faults[^1].Status)
        {
            Gone = isGone ? [download] : [],
            IsUnreachable = unreachable,
            LastModified = faults.Select(f => f.LastModified).LastOrDefault(m => m is not null),
        };
    }
}
