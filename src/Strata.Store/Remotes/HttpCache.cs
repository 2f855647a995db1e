using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Store.Actions;
using Strata.Store.Downloads;

namespace Strata.Store.Remotes;

/// <summary>
/// A shared cache behind the plain HTTP protocol of Bazel-compatible servers (Bazel documentation, "Remote caching: HTTP caching
/// protocol"):
/// <c>GET</c> and <c>PUT</c> of <c>/ac/&lt;key&gt;</c> (an ActionResult) and <c>/cas/&lt;sha256&gt;</c> (a content).
/// </summary>
/// <remarks>
/// Never a reason to fail: faults are misses, with one warning in all; a server that cannot be reached, or fails five times, is not asked
/// again.
/// Contents are checked by digest and size before they enter the store. A <em>result</em> must be of the step that was asked for; that it
/// is the right one can be checked by nobody: who may write to the cache decides what a build gets, so that write access belongs to trusted
/// builders only.
/// </remarks>
public sealed class HttpCache : IRemoteCache, IDisposable
{
    private const int MostFaults = 5;
    private const int Connections = 4; // a kernel has hundreds of modules
    private const long MostBytes = 64L << 30; // of one result; whoever runs the cache cannot fill the disk with one answer
    private const int BufferSize = 128 * 1024;

    private readonly Uri _base;
    private readonly bool _writable;
    private readonly IProgressReporter _progress;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _steps;
    private readonly HttpTransport _transport;
    private readonly AuthenticationHeaderValue? _credentials;
    private int _faults;
    private int _warned;
    private volatile bool _refusesWrites;
    private readonly ConcurrentDictionary<Sha256Digest, bool> _spoiled = []; // contents that the server has wrong bytes for
    private readonly Lock _uploadsLock = new();
    private Task _uploads = Task.CompletedTask; // one after the other: the build needs the connections more

    /// <summary>Prepares; nothing is connected before it is needed.</summary>
    /// <param name="address">
    /// <c>http</c> or <c>https</c>, with the server's path prefix if it has one. A user name and password in it are sent as HTTP basic
    /// authentication
    /// and shown nowhere.
    /// </param>
    /// <param name="writable">True to offer new results; false to only ask.</param>
    /// <param name="steps">
    /// Steps whose results are asked for and offered, with the names of outputs and notes that each result must have; others stay here.
    /// </param>
    /// <param name="progress">Told about transfers and the first fault; nobody when null.</param>
    /// <param name="options">Timeouts and connections; the defaults when null.</param>
    /// <param name="timeProvider">Clock of the deadlines; the system's when null.</param>
    /// <exception cref="StrataException">The address is no http or https address.</exception>
    public HttpCache(
        Uri address,
        bool writable,
        IReadOnlyDictionary<string, IReadOnlyList<string>> steps,
        IProgressReporter? progress = null,
        DownloadOptions? options = null,
        TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(steps);
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new StrataException(
                "cannot use the remote cache: its address is no http or https address", "Write it as https://cache.example/prefix.");
        }
        string prefix = address.AbsolutePath.TrimEnd('/') + "/";
        _base = new UriBuilder(address) { UserName = "", Password = "", Query = "", Fragment = "", Path = prefix }.Uri;
        _credentials = address.UserInfo.Length == 0
            ? null
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo))));
        _writable = writable;
        _steps = steps;
        _progress = progress ?? SilentProgress.Instance;
        _transport = new HttpTransport(options ?? new DownloadOptions(), timeProvider ?? TimeProvider.System);
    }

    private bool IsGivenUp => Volatile.Read(ref _faults) >= MostFaults;

    /// <inheritdoc/>
    public async Task<ActionResult?> TryFetchAsync(ActionKey key, ObjectStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(store);
        if (IsGivenUp || !_steps.TryGetValue(key.Step, out IReadOnlyList<string>? needed))
        {
            return null;
        }
        try
        {
            if (await GetResultAsync(key, cancellationToken) is not { } result)
            {
                return null;
            }
            if (needed.FirstOrDefault(n => !result.Notes.ContainsKey(n) && result.Outputs.All(o => o.Name != n)) is string missing)
            {
                throw new CacheContentException($"{_base.Authority}: its result of {key} has no '{missing}'");
            }
            if (result.Outputs.Any(o => o.Size > MostBytes) || result.Outputs.Sum(o => o.Size) > MostBytes) // the first, for sums overflow
            {
                throw new CacheContentException($"{_base.Authority}: its result of {key} is larger than {new ByteSize(MostBytes)}");
            }
            return await BringAllAsync(key, result, store, cancellationToken) ? result : null;
        }
        catch (Exception e) when (e is TransferFault or ImageFormatException or CacheContentException)
        {
            Fault(e);
            return null;
        }
    }

    /// <inheritdoc/>
    public void Offer(ActionKey key, ActionResult result, ObjectStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(store);
        if (!_writable || !_steps.ContainsKey(key.Step))
        {
            return;
        }
        lock (_uploadsLock)
        {
            Task before = _uploads;
            _uploads = Task.Run(async () =>
            {
                await before;
                await UploadAsync(key, result, store, cancellationToken);
            }, CancellationToken.None);
        }
    }

    /// <summary>Waits until everything offered has been sent, or is stopped or given up; each wait for the server has an end.</summary>
    public void Dispose()
    {
        Task uploads = WhenSentAsync();
        if (!uploads.IsCompleted)
        {
            using IProgressTask task = _progress.Begin("sending results to the cache");
            uploads.GetAwaiter().GetResult(); // never fails: UploadAsync catches
        }
        _transport.Dispose();
    }

    /// <summary>Ends when everything offered by now has been sent or given up.</summary>
    internal Task WhenSentAsync()
    {
        lock (_uploadsLock)
        {
            return _uploads;
        }
    }

    private async Task UploadAsync(ActionKey key, ActionResult result, ObjectStore store, CancellationToken cancellationToken)
    {
        if (_refusesWrites || IsGivenUp)
        {
            return;
        }
        try
        {
            foreach (ActionOutput output in result.Outputs.DistinctBy(o => o.Digest)) // contents first: a result must never point to nothing
            {
                Uri address = Address("cas", output.Digest);
                if (output.Size > 0 && (_spoiled.ContainsKey(output.Digest) || !await HasAsync(address, cancellationToken)))
                {
                    await using FileStream content = store.OpenRead(output.Digest);
                    await PutAsync(address, content, cancellationToken);
                }
            }
            using MemoryStream message = new(ActionResultMessage.Write(key.Digest, result));
            await PutAsync(Address("ac", key.Digest), message, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // the build was stopped; what is not sent by then stays here
        }
        catch (Exception e) when (e is TransferFault or StrataException or IOException or UnauthorizedAccessException)
        {
            if (e is TransferFault { Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.MethodNotAllowed })
            {
                _refusesWrites = true;
            }
            Fault(e);
        }
    }

    /// <summary>False when the server dropped a content and kept the result.</summary>
    private async Task<bool> BringAllAsync(ActionKey key, ActionResult result, ObjectStore store, CancellationToken cancellationToken)
    {
        ActionOutput[] outputs = [.. result.Outputs.DistinctBy(o => (o.Digest, o.Size))];
        using IProgressTask task = _progress.Begin($"taking {key.Step} from the cache", outputs.Length);
        bool isWhole = true;
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Connections, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(outputs, parallel, async (output, token) =>
        {
            if (!Volatile.Read(ref isWhole))
            {
                return;
            }
            if (await BringAsync(output, store, token))
            {
                task.Advance(1);
            }
            else
            {
                Volatile.Write(ref isWhole, false);
            }
        });
        return isWhole;
    }

    private Uri Address(string kind, Sha256Digest name) => new(_base, $"{kind}/{name}");

    private HttpRequestMessage Request(HttpMethod method, Uri address)
    {
        HttpRequestMessage request = new(method, address);
        request.Headers.Authorization = _credentials;
        return request;
    }

    private async Task<ActionResult?> GetResultAsync(ActionKey key, CancellationToken cancellationToken)
    {
        Uri address = Address("ac", key.Digest);
        using HttpRequestMessage request = Request(HttpMethod.Get, address);
        using IDisposable turn = await _transport.EnterAsync(_base, cancellationToken);
        using HttpResponseMessage answer = await _transport.SendAsync(request, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw _transport.FaultOf(answer, address);
        }
        using MemoryStream message = new();
        await ReadAsync(answer, address, Take, cancellationToken);
        return ActionResultMessage.Read(message.GetBuffer().AsSpan(0, (int)message.Length), key.Digest);

        ValueTask Take(ReadOnlyMemory<byte> piece)
        {
            if (piece.Length > ActionResultMessage.LongestMessage - message.Length)
            {
                throw new CacheContentException($"{address.Authority}: sends more than {ActionResultMessage.LongestMessage} bytes for a result");
            }
            message.Write(piece.Span);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>False when the server does not have it.</summary>
    private async Task<bool> BringAsync(ActionOutput output, ObjectStore store, CancellationToken cancellationToken)
    {
        if (store.TryGetSize(output.Digest, out long size) && size == output.Size)
        {
            store.Touch(output.Digest);
            return true;
        }
        using ObjectWriter writer = store.BeginObject();
        if (output.Size > 0) // the empty content is known without asking, and some servers do not keep it
        {
            Uri address = Address("cas", output.Digest);
            using HttpRequestMessage request = Request(HttpMethod.Get, address);
            using IDisposable turn = await _transport.EnterAsync(_base, cancellationToken);
            using HttpResponseMessage answer = await _transport.SendAsync(request, cancellationToken);
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                return false;
            }
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                throw _transport.FaultOf(answer, address);
            }
            await ReadAsync(answer, address, Take, cancellationToken);
        }
        return writer.TryCommitExpected(output.Digest, output.Size, out string? problem) ? true : throw Spoiled(problem);

        ValueTask Take(ReadOnlyMemory<byte> piece) => piece.Length <= output.Size - writer.Length
            ? writer.WriteAsync(piece, cancellationToken)
            : throw Spoiled($"more than {output.Size} bytes");

        CacheContentException Spoiled(string problem)
        {
            _spoiled[output.Digest] = true; // when the step is done here, the right bytes take the place of the wrong ones
            return new CacheContentException($"{_base.Authority}: sent something else for {output.Digest}: {problem}");
        }
    }

    private async Task<bool> HasAsync(Uri address, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(HttpMethod.Head, address);
        using IDisposable turn = await _transport.EnterAsync(_base, cancellationToken);
        using HttpResponseMessage answer = await _transport.SendAsync(request, cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK; // a server that knows no HEAD gets it again
    }

    private async Task PutAsync(Uri address, Stream content, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(HttpMethod.Put, address);
        using IDisposable turn = await _transport.EnterAsync(_base, cancellationToken);
        using HttpResponseMessage answer = await _transport.UploadAsync(request, content, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw _transport.FaultOf(answer, address);
        }
    }

    private async Task ReadAsync(
        HttpResponseMessage answer, Uri address, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await _transport.ReadBodyAsync(answer, address, buffer, take, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Fault(Exception fault)
    {
        bool lost = fault is TransferFault { Unreachable: true };
        Interlocked.Add(ref _faults, lost ? MostFaults : 1);
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            string rest = lost ? "; the build goes on without it" : _refusesWrites ? "; from now on it is only asked"
                : "; what it cannot give is built here";
            _progress.Warn($"the remote cache failed: {fault.Message}{rest}");
        }
    }

    /// <summary>A server that sends what it should not.</summary>
    private sealed class CacheContentException(string message) : Exception(message);
}
