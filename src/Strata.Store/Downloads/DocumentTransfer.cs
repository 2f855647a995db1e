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

    /// <summary>The documents as they are now; offline, as they were last seen.</summary>
    /// <exception cref="StrataException">One cannot be had, or they are not accepted.</exception>
    public async Task<T> GetAsync<T>(
        IReadOnlyList<DocumentAddress> documents, long maxBytes, Func<IReadOnlyList<Document>, CancellationToken, Task<T>> accept,
        CancellationToken cancellationToken)
    {
        DocumentFile?[] kept = [.. documents.Select(d => Load(d, maxBytes))];
        if (options.Offline)
        {
            return Array.IndexOf(kept, null) is int missing and >= 0
                ? throw new DownloadException(
                    $"cannot fetch {documents[missing].Label}: working offline and it was never fetched " +
                    $"({WebAddress.Shown(documents[missing].Source)})",
                    DownloadHints.Offline) { IsAbsent = true }
                : await accept([.. kept.Select(k => new Document(k!.Content, FromCache: true))], cancellationToken);
        }
        DocumentFile?[] asked = [.. kept.Select((k, i) => k is not null && MayAskByTag(PathOf(documents[i])) ? k : null)];
        if (asked.Any(k => k is not null))
        {
            DocumentFile?[] changed = await AskAllAsync(asked);
            try
            {
                return await AcceptAsync(changed);
            }
            catch (StrataException e) when (changed.Contains(null))
            {
                IEnumerable<string> unchanged = documents.Where((_, i) => changed[i] is null).Select(d => d.Label);
                progress.Note($"the kept version of {string.Join(" and ", unchanged)} is of no use and is fetched again: {e.Message}");
            }
        }
        // without a condition "not changed" is a fault
        return await AcceptAsync(await AskAllAsync(new DocumentFile?[documents.Count]));

        async Task<DocumentFile?[]> AskAllAsync(DocumentFile?[] byTag)
        {
            DocumentFile?[] answers = new DocumentFile?[documents.Count];
            for (int i = 0; i < answers.Length; i++)
            {
                answers[i] = await AskWithRetriesAsync(documents[i], byTag[i], maxBytes, cancellationToken);
            }
            return answers;
        }

        async Task<T> AcceptAsync(DocumentFile?[] fresh)
        {
            T accepted = await accept(
                [.. fresh.Select((f, i) => new Document((f ?? kept[i]!).Content, FromCache: f is null))], cancellationToken);
            for (int i = 0; i < fresh.Length; i++)
            {
                if (fresh[i] is DocumentFile file)
                {
                    DurableFile.Replace(store, PathOf(documents[i]), file.Write(), $"keep {documents[i].Label}");
                }
            }
            return accepted;
        }
    }

    private string PathOf(DocumentAddress document) => Path.Combine(store.Layout.Documents, DocumentFile.NameOf(document.Source));

    // The time of last change is that of the last whole answer: "not changed" leaves it alone.
    private bool MayAskByTag(string path)
    {
        TimeSpan age = store.Time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(path);
        return age >= TimeSpan.Zero && age < s_tagAge;
    }

    /// <returns>Null when the server says that nothing changed.</returns>
    private async Task<DocumentFile?> AskWithRetriesAsync(
        DocumentAddress document, DocumentFile? kept, long maxBytes, CancellationToken cancellationToken)
    {
        (string label, Uri source) = document;
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
                        fault) { IsAbsent = fault.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone };
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

    private DocumentFile? Load(DocumentAddress document, long maxBytes)
    {
        try
        {
            FileInfo file = new(PathOf(document));
            if (!file.Exists || file.Length > maxBytes + DocumentFile.LongestHead || file.Length > Array.MaxLength)
            {
                return null;
            }
            DocumentFile kept = DocumentFile.Read(File.ReadAllBytes(file.FullName), document.Source);
            return kept.Content.Length <= maxBytes ? kept : null;
        }
        catch (Exception e) when (e is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            progress.Warn($"the kept version of {document.Label} cannot be used and is fetched again: {e.Message}");
            return null;
        }
    }
}
