using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Strata.Store.Downloads;

/// <summary>
/// Sends requests and reads answers with the limits of <see cref="DownloadOptions"/>; every failure is a <see cref="TransferFault"/>.
/// </summary>
internal sealed class HttpTransport : IDisposable
{
    private readonly HttpClient _client;
    private readonly DownloadOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Opens nothing yet.</summary>
    public HttpTransport(DownloadOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _time = timeProvider;
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            AllowAutoRedirect = options.Redirects > 0,
            MaxAutomaticRedirections = Math.Max(1, options.Redirects),
            AutomaticDecompression = DecompressionMethods.None, // digests are of the bytes on the wire
            UseCookies = false,
            Proxy = options.Proxy, // the environment's when null
            SslOptions = ServerCertificates.OptionsFor(options.Certificates),
            MaxResponseHeadersLength = 64, // KiB
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // large files are bounded by stalls, not by their length
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Strata", null));
        _client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    /// <summary>
    /// Waits until the host may have one more connection; dispose when the body is read. Not left to the connection pool of the handler,
    /// where
    /// waiting for one's turn would look like a server that does not answer.
    /// </summary>
    public async Task<IDisposable> EnterAsync(Uri address, CancellationToken cancellationToken)
    {
        SemaphoreSlim host = _hosts.GetOrAdd(address.Authority, _ => new SemaphoreSlim(_options.ConnectionsPerHost));
        await host.WaitAsync(cancellationToken);
        return new Turn(host);
    }

    /// <summary>Sends a request and waits for the head of the answer, at most as long as a stall may be.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        return await SendAsync(request, limit, cancellationToken);
    }

    /// <summary>Sends a request with a body; the time allowed starts anew with each piece that the server takes.</summary>
    public async Task<HttpResponseMessage> UploadAsync(HttpRequestMessage request, Stream body, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        request.Content = new UploadContent(body, PieceTaken);
        return await SendAsync(request, limit, cancellationToken);

        void PieceTaken()
        {
            try
            {
                limit.CancelAfter(_options.StallTimeout);
            }
            catch (ObjectDisposedException)
            {
                // The server answered before it had read everything, and the answer is already being looked at.
            }
        }
    }

    /// <summary>Hands the body piece by piece to <paramref name="take"/>.</summary>
    public async Task ReadBodyAsync(
        HttpResponseMessage answer, Uri asked, byte[] buffer, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Stream body;
        try
        {
            body = await answer.Content.ReadAsStreamAsync(limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw TransferFault.FromConnection(e, asked);
        }
        await using (body)
        {
            while (true)
            {
                limit.CancelAfter(_options.StallTimeout);
                int read = await ReadAsync(body, buffer, asked, limit.Token, cancellationToken);
                if (read == 0)
                {
                    return;
                }
                limit.CancelAfter(Timeout.InfiniteTimeSpan); // a slow disk is no slow server
                await take(buffer.AsMemory(0, read));
            }
        }
    }

    /// <summary>What the answer says about failure, with the clock for <c>Retry-After</c>.</summary>
    public TransferFault FaultOf(HttpResponseMessage answer, Uri asked) => TransferFault.FromAnswer(answer, asked, _time.GetUtcNow());

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        foreach (SemaphoreSlim host in _hosts.Values)
        {
            host.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationTokenSource limit, CancellationToken cancellationToken)
    {
        Uri asked = request.RequestUri!;
        Authorize(request, asked);
        limit.CancelAfter(_options.ConnectTimeout + _options.StallTimeout);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw e.InnerException is TimeoutException timeout // the handler's own: no connection
                ? TransferFault.FromConnection(timeout, asked)
                : TransferFault.Stalled(asked, _options.StallTimeout);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw TransferFault.FromConnection(e, asked);
        }
    }

    /// <summary>
    /// What the address says, else what is known for it. The handler takes the header off again when it follows a redirect.
    /// </summary>
    private void Authorize(HttpRequestMessage request, Uri asked)
    {
        string pair;
        if (asked.UserInfo.Length > 0)
        {
            pair = Uri.UnescapeDataString(asked.UserInfo);
            request.RequestUri = new UriBuilder(asked) { UserName = "", Password = "" }.Uri;
        }
        else if (_options.Credentials(asked) is { } known)
        {
            pair = $"{known.UserName}:{known.Password}";
        }
        else
        {
            return;
        }
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    private async ValueTask<int> ReadAsync(
        Stream body, byte[] buffer, Uri asked, CancellationToken limit, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, limit);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TransferFault.Stalled(asked, _options.StallTimeout);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw TransferFault.FromConnection(e, asked);
        }
    }

    private sealed class Turn(SemaphoreSlim host) : IDisposable
    {
        public void Dispose() => host.Release();
    }
}
