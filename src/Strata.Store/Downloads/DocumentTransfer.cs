using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Strata.Core;
using Strata.Core.Progress;

namespace Strata.Store.Downloads;

/// <summary>Fetches changing documents, asking only whether they changed since the last time.</summary>
internal sealed class DocumentTransfer(ObjectStore store, HttpTransport transport, DownloadOptions options, IProgressReporter progress)
{
    private const int BufferSize = 64 * 1024;

    /// <summary>The document as it is now; offline, as it was last seen.</summary>
    /// <exception cref="DownloadException">It cannot be had.</exception>
    public async Task<Document> GetAsync(string label, Uri source, long maxBytes, CancellationToken cancellationToken)
    {
        string path = Path.Combine(store.Layout.Documents, DocumentFile.NameOf(source));
        DocumentFile? kept = Load(label, path, source, maxBytes);
        if (options.Offline)
        {
            return kept is not null
                ? new Document(kept.Content, FromCache: true)
                : throw new DownloadException(
                    $"cannot fetch {label}: working offline and it was never fetched ({DownloadHints.Shown(source)})", DownloadHints.Offline);
        }
        Retries retries = new(options, store.Time);
        while (true)
        {
            try
            {
                DocumentFile? changed = await AskAsync(label, source, kept, maxBytes, cancellationToken);
                if (changed is not null)
                {
                    DurableFile.Replace(store, path, changed.Write(), $"keep {label}");
                    return new Document(changed.Content, FromCache: false);
                }
                store.Touch(path);
                return new Document(kept!.Content, FromCache: true); // only a conditional request is answered "not changed"
            }
            catch (TransferFault fault)
            {
                if (!await retries.WaitAsync(fault, cancellationToken))
                {
                    throw new DownloadException(
                        $"cannot fetch {label}: {fault.Message}",
                        fault.Unreachable
                            ? DownloadHints.Unreachable
                            : $"Check the address {DownloadHints.Shown(source)}, or name another server with STRATA_MIRROR.",
                        fault.Status,
                        fault);
                }
            }
        }
    }

    /// <returns>Null when the server says that nothing changed.</returns>
    private async Task<DocumentFile?> AskAsync(
        string label, Uri source, DocumentFile? kept, long maxBytes, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, source);
        if (kept is { EntityTag.Length: > 0 })
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", kept.EntityTag);
        }
        if (kept is { LastModified.Length: > 0 })
        {
            // RFC 9110 §13.2.2: ignored by servers that know the tag
            request.Headers.TryAddWithoutValidation("If-Modified-Since", kept.LastModified);
        }
        using IDisposable turn = await transport.EnterAsync(source, cancellationToken);
        using HttpResponseMessage answer = await transport.SendAsync(request, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NotModified && request.Headers.Any(h => h.Key.StartsWith("If-", StringComparison.Ordinal)))
        {
            return null;
        }
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw transport.FaultOf(answer, source);
        }
        if (answer.Content.Headers.ContentLength > maxBytes)
        {
            throw TooLarge(label, source, maxBytes);
        }
        using MemoryStream content = new();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await transport.ReadBodyAsync(answer, source, buffer, Take, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return new DocumentFile(source, Header(answer.Headers, "ETag"), Header(answer.Content.Headers, "Last-Modified"), content.ToArray());

        ValueTask Take(ReadOnlyMemory<byte> piece)
        {
            if (piece.Length > maxBytes - content.Length)
            {
                throw TooLarge(label, source, maxBytes);
            }
            content.Write(piece.Span);
            return ValueTask.CompletedTask;
        }
    }

    private static string Header(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) && values.Count == 1 ? values.ToString() : "";

    private static DownloadException TooLarge(string label, Uri source, long maxBytes) =>
        new($"cannot fetch {label}: {source.Authority} sends more than the {maxBytes} bytes allowed ({DownloadHints.Shown(source)})");

    private DocumentFile? Load(string label, string path, Uri source, long maxBytes)
    {
        try
        {
            FileInfo file = new(path);
            if (!file.Exists || file.Length > maxBytes + DocumentFile.LongestHead || file.Length > Array.MaxLength)
            {
                return null;
            }
            DocumentFile kept = DocumentFile.Read(File.ReadAllBytes(path), source);
            return kept.Content.Length <= maxBytes ? kept : null;
        }
        catch (Exception e) when (e is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            progress.Warn($"the kept version of {label} cannot be used and is fetched again: {e.Message}");
            return null;
        }
    }
}
