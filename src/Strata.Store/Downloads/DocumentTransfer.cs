using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Strata.Core;
using Strata.Core.Progress;

namespace Strata.Store.Downloads;

/// <summary>Fetches changing documents, asking only whether they changed since the last time; keeps what its user accepted.</summary>
internal sealed class DocumentTransfer(ObjectStore store, HttpTransport transport, DownloadOptions options, IProgressReporter progress)
{
    private const int BufferSize = 64 * 1024;

    // Somebody may have sent an old document with the tag of the one of today. A server believes the tag: it is shown for this long only.
    private static readonly TimeSpan s_tagAge = TimeSpan.FromDays(1);

    /// <summary>The document as it is now; offline, as it was last seen.</summary>
    /// <exception cref="StrataException">It cannot be had or is not accepted.</exception>
    public async Task<T> GetAsync<T>(
        string label, Uri source, long maxBytes, Func<Document, CancellationToken, Task<T>> accept, CancellationToken cancellationToken)
    {
        string path = Path.Combine(store.Layout.Documents, DocumentFile.NameOf(source));
        DocumentFile? kept = Load(label, path, source, maxBytes);
        if (options.Offline)
        {
            return kept is not null
                ? await accept(new Document(kept.Content, FromCache: true), cancellationToken)
                : throw new DownloadException(
                    $"cannot fetch {label}: working offline and it was never fetched ({WebAddress.Shown(source)})", DownloadHints.Offline);
        }
        if (kept is not null && MayAskByTag(path))
        {
            if (await AskWithRetriesAsync(label, source, kept, maxBytes, cancellationToken) is { } changed)
            {
                return await AcceptAsync(changed);
            }
            try
            {
                return await accept(new Document(kept.Content, FromCache: true), cancellationToken);
            }
            catch (StrataException e)
            {
                progress.Note($"the kept version of {label} is of no use and is fetched again: {e.Message}");
            }
        }
        // without a condition "not changed" is a fault
        return await AcceptAsync((await AskWithRetriesAsync(label, source, kept: null, maxBytes, cancellationToken))!);

        async Task<T> AcceptAsync(DocumentFile fresh)
        {
            T accepted = await accept(new Document(fresh.Content, FromCache: false), cancellationToken);
            DurableFile.Replace(store, path, fresh.Write(), $"keep {label}");
            return accepted;
        }
    }

    // The time of last change is that of the last whole answer: "not changed" leaves it alone.
    private bool MayAskByTag(string path)
    {
        TimeSpan age = store.Time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(path);
        return age >= TimeSpan.Zero && age < s_tagAge;
    }

    /// <returns>Null when the server says that nothing changed.</returns>
    private async Task<DocumentFile?> AskWithRetriesAsync(
        string label, Uri source, DocumentFile? kept, long maxBytes, CancellationToken cancellationToken)
    {
        Retries retries = new(options, store.Time);
        while (true)
        {
            try
            {
                return await AskAsync(label, source, kept, maxBytes, cancellationToken);
            }
            catch (TransferFault fault)
            {
                if (!await retries.WaitAsync(fault, cancellationToken))
                {
                    throw new DownloadException(
                        $"cannot fetch {label}: {fault.Message}",
                        fault.Unreachable
                            ? DownloadHints.Unreachable
                            : $"Check the address {WebAddress.Shown(source)}, or name another server with STRATA_MIRROR.",
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
        new($"cannot fetch {label}: {source.Authority} sends more than the {maxBytes} bytes allowed ({WebAddress.Shown(source)})");

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
