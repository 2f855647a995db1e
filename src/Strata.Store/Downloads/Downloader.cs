using System.Collections.Concurrent;
using Strata.Core;
using Strata.Core.Progress;

namespace Strata.Store.Downloads;

/// <summary>Fetches over HTTP and HTTPS: in parallel, resumed, retried, checked before anything becomes visible.</summary>
/// <remarks>
/// Interrupted files stay in <c>partial/</c> and are continued by the next run; the digest of the whole
/// decides
/// in the end, so that a continuation from another source is as good. Safe for concurrent use by threads and processes.
/// </remarks>
public sealed class Downloader : IDownloader, IDisposable
{
    private readonly ObjectStore _store;
    private readonly DownloadOptions _options;
    private readonly IProgressReporter _progress;
    private readonly HttpTransport _transport;
    private readonly DocumentTransfer _documents;
    private readonly SemaphoreSlim _slots;
    private readonly FaultyHosts _faulty = new();

    /// <summary>Prepares; nothing is connected before it is needed.</summary>
    /// <param name="store">Where files go.</param>
    /// <param name="options">Limits; the defaults when null.</param>
    /// <param name="progress">Told about bytes, waiting and damage; nobody when null.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Downloader(ObjectStore store, DownloadOptions? options = null, IProgressReporter? progress = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _options = options ?? new DownloadOptions();
        string problems = string.Join("; ", _options.Problems());
        if (problems.Length > 0)
        {
            throw new ArgumentException(problems, nameof(options));
        }
        _progress = progress ?? SilentProgress.Instance;
        _transport = new HttpTransport(_options, store.Time);
        _documents = new DocumentTransfer(store, _transport, _options, _progress);
        _slots = new SemaphoreSlim(_options.Connections);
    }

    /// <inheritdoc/>
    public async Task FetchAsync(Download download, CancellationToken cancellationToken)
    {
        Check(download);
        if (IsHere(download))
        {
            return;
        }
        ThrowIfOffline([download]);
        using IProgressTask task = _progress.Begin(download.Label, download.Size, ProgressUnit.Bytes);
        await FetchAsync(download, task, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task FetchAllAsync(string label, IReadOnlyCollection<Download> downloads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(downloads);
        foreach (Download download in downloads)
        {
            Check(download);
        }
        List<Download> missing = [.. downloads.DistinctBy(d => d.Digest).Where(d => !IsHere(d))];
        if (missing.Count == 0)
        {
            return;
        }
        ThrowIfOffline(missing);
        using IProgressTask task = _progress.Begin(label, missing.Sum(d => d.Size), ProgressUnit.Bytes);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _options.Connections, CancellationToken = cancellationToken };
        ConcurrentQueue<DownloadException> gone = [];
        await Parallel.ForEachAsync(missing, parallel, async (download, cancel) =>
        {
            try
            {
                await FetchAsync(download, task, cancel);
            }
            catch (DownloadException e) when (e.Gone.Count > 0)
            {
                gone.Enqueue(e);
            }
        });
        if (!gone.IsEmpty)
        {
            DownloadException[] all = [.. gone.OrderBy(e => e.Gone[0].Label, StringComparer.Ordinal)];
            string others = all.Length == 1 ? "" : $"; {all.Length - 1} more {(all.Length == 2 ? "is" : "are")} gone too";
            throw new DownloadException(all[0].Message + others, all[0].Hint, all[0].Status,
                all[0]) { Gone = [.. all.SelectMany(e => e.Gone)] };
        }
    }

    /// <inheritdoc/>
    public async Task<T> GetAsync<T>(
        IReadOnlyList<DocumentAddress> documents, long maxBytes, Func<IReadOnlyList<Document>, CancellationToken, Task<T>> accept,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        foreach (DocumentAddress document in documents)
        {
            ArgumentException.ThrowIfNullOrEmpty(document.Label, nameof(documents));
            CheckAddress(document.Source, document.Label);
        }
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        ArgumentNullException.ThrowIfNull(accept);
        await _slots.WaitAsync(cancellationToken);
        try
        {
            long most = Math.Min(maxBytes, Array.MaxLength - DocumentFile.LongestHead);
            return await _documents.GetAsync(documents, most, accept, cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Closes the connections; interrupted files stay for the next run.</summary>
    public void Dispose()
    {
        _transport.Dispose();
        _slots.Dispose();
    }

    private static void Check(Download download)
    {
        ArgumentNullException.ThrowIfNull(download);
        ArgumentOutOfRangeException.ThrowIfNegative(download.Size, nameof(download));
        foreach (Uri source in download.Sources)
        {
            CheckAddress(source, download.Label);
        }
    }

    private static void CheckAddress(Uri source, string label)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.IsAbsoluteUri || source.Scheme is not ("http" or "https"))
        {
            throw new StrataException($"cannot fetch {label}: '{WebAddress.Shown(source)}' is no http or https address");
        }
    }

    private bool IsHere(Download download)
    {
        if (!_store.TryGetSize(download.Digest, out long size) || size != download.Size)
        {
            return false;
        }
        _store.Touch(download.Digest);
        return true;
    }

    private void ThrowIfOffline(List<Download> missing)
    {
        if (_options.Offline)
        {
            string others = missing.Count == 1 ? "it is" : $"it and {missing.Count - 1} more are";
            throw new DownloadException(
                $"cannot fetch {missing[0].Label}: working offline and {others} not in the store",
                DownloadHints.Offline) { IsUnreachable = true };
        }
    }

    private async Task FetchAsync(Download download, IProgressTask task, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            await new FileTransfer(_store, _transport, _faulty, _options, _progress, download, task).RunAsync(cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }
}
