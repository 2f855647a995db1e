using System.Collections.Concurrent;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Device.Handles;

namespace Strata.Store.Actions;

/// <summary>Remembers what work produced, so that equal inputs are never worked on twice: not later, not by two builds at once.</summary>
/// <remarks>Entries lie in <c>ac/</c> of the store. Safe for concurrent use by threads and processes.</remarks>
public sealed class ActionCache
{
    private readonly ObjectStore _store;
    private readonly IProgressReporter _progress;
    private readonly IRemoteCache? _remote;
    private readonly TimeSpan _deadline;
    private readonly Func<string, bool> _isRedone;
    private readonly ConcurrentDictionary<Sha256Digest, bool> _done = [];
    private readonly HashSet<Sha256Digest> _reported = [];

    /// <summary>Uses the entries of a store.</summary>
    /// <param name="store">Where entries and objects are.</param>
    /// <param name="progress">Told about waiting and about damage; nobody when null.</param>
    /// <param name="remote">A cache shared with other machines, asked after the own one; none when null.</param>
    /// <param name="waitDeadline">How long to wait for another build that does the same; two hours when null.</param>
    /// <param name="isRedone">
    /// Tells of which steps nothing that was remembered before counts, so that their work is done once more; none when null.
    /// </param>
    public ActionCache(
        ObjectStore store, IProgressReporter? progress = null, IRemoteCache? remote = null, TimeSpan? waitDeadline = null,
        Func<string, bool>? isRedone = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _progress = progress ?? SilentProgress.Instance;
        _remote = remote;
        _deadline = waitDeadline ?? TimeSpan.FromHours(2);
        _isRedone = isRedone ?? (_ => false);
    }

    /// <summary>
    /// The result of earlier work, if it and all its objects are here. A damaged entry is reported once and counts as absent.
    /// Entry and objects are noted as used.
    /// </summary>
    public ActionResult? TryGet(ActionKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (MustRedo(key))
        {
            return null;
        }
        string path = _store.Layout.ActionPath(key.Digest);
        ActionResult? result = ReadEntry(key, path);
        if (result is null || !result.Outputs.All(o => _store.TryGetSize(o.Digest, out long size) && size == o.Size))
        {
            return null;
        }
        _store.Touch(path);
        foreach (ActionOutput output in result.Outputs)
        {
            _store.Touch(output.Digest);
        }
        return result;
    }

    /// <summary>Every remembered result of a step whose objects are all here, in the order of their keys; nothing is noted as used.</summary>
    /// <param name="step">Name of the step.</param>
    public IEnumerable<ActionResult> ResultsOf(string step)
    {
        ArgumentException.ThrowIfNullOrEmpty(step);
        foreach (StoredThing entry in new StoreScan(_store.Layout).Actions())
        {
            if (entry.Digest is { } key && ActionEntryFormat.IsOfStep(entry.Path, step)
                && ActionEntryFormat.TryReadFile(entry.Path, key) is { } result
                && result.Outputs.All(o => _store.TryGetSize(o.Digest, out long size) && size == o.Size))
            {
                yield return result;
            }
        }
    }

    /// <summary>Remembers a result. Its objects must be in the store; an earlier entry of the key is replaced.</summary>
    /// <exception cref="InvalidOperationException">An object is missing or has another length.</exception>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public void Put(ActionKey key, ActionResult result)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(result);
        foreach (ActionOutput output in result.Outputs)
        {
            if (!_store.TryGetSize(output.Digest, out long size) || size != output.Size)
            {
                throw new InvalidOperationException(
                    $"output '{output.Name}' of {key} ({output.Digest}, {output.Size} bytes) is not in the store");
            }
        }
        string path = _store.Layout.ActionPath(key.Digest);
        DurableFile.Replace(_store, path, ActionEntryFormat.Write(key, result), $"remember the result of {key.Step}");
        _done[key.Digest] = true;
    }

    /// <summary>
    /// The remembered result, or else that of <paramref name="compute"/>, which is then remembered and offered to the remote cache.
    /// </summary>
    /// <param name="key">What the work depends on.</param>
    /// <param name="compute">
    /// Does the work and puts its outputs into the store. It may ask the cache for other keys, never for the same one: that would wait for
    /// itself.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting and is passed on.</param>
    /// <exception cref="StrataException">Another build has been doing the same for longer than the deadline.</exception>
    public async Task<ActionResult> GetOrAddAsync(
        ActionKey key, Func<CancellationToken, Task<ActionResult>> compute, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(compute);
        if (TryGet(key) is { } known)
        {
            return known;
        }
        (ActionResult result, bool isNew) = await GetOrAddLockedAsync(key, compute, cancellationToken);
        if (isNew)
        {
            _remote?.Offer(key, result, _store, cancellationToken);
        }
        return result;
    }

    private async Task<(ActionResult Result, bool IsNew)> GetOrAddLockedAsync(
        ActionKey key, Func<CancellationToken, Task<ActionResult>> compute, CancellationToken cancellationToken)
    {
        FileLock taken = await LockAsync(key, cancellationToken);
        try
        {
            if (TryGet(key) is { } madeMeanwhile)
            {
                return (madeMeanwhile, false);
            }
            if (_remote is not null && !MustRedo(key) && await _remote.TryFetchAsync(key, _store, cancellationToken) is { } fetched)
            {
                Put(key, fetched);
                return (fetched, false);
            }
            ActionResult made = await compute(cancellationToken);
            Put(key, made);
            return (made, true);
        }
        finally
        {
            taken.DeleteAndRelease();
        }
    }

    private bool MustRedo(ActionKey key) => _isRedone(key.Step) && !_done.ContainsKey(key.Digest);

    private async Task<FileLock> LockAsync(ActionKey key, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_store.Layout.Locks, key.Digest.ToString());
        try
        {
            Directory.CreateDirectory(_store.Layout.Locks);
            return await FileLock.AcquireAsync(
                path,
                exclusive: true,
                _deadline,
                () => _progress.Note($"another build is doing {key.Step}; waiting for its result"),
                _store.Time,
                cancellationToken)
                ?? throw new StrataException(
                    $"cannot do {key.Step}: another build has been doing the same for more than {_deadline}",
                    "End the other strata if it hangs, or use another store with --store.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, $"lock the result of {key.Step}", _store.Root, needed: null);
        }
    }

    private ActionResult? ReadEntry(ActionKey key, string path)
    {
        try
        {
            return ActionEntryFormat.ReadFile(path, key.Digest);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            ReportOnce(key, e.Message);
            return null;
        }
    }

    private void ReportOnce(ActionKey key, string problem)
    {
        lock (_reported)
        {
            if (!_reported.Add(key.Digest))
            {
                return;
            }
        }
        _progress.Warn($"the remembered result of {key} cannot be used and the work is done again: {problem}");
    }
}
