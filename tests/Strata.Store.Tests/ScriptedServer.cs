using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Strata.Store.Tests;

/// <summary>What a client asked.</summary>
public sealed record ScriptedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>First byte of an asked range; null when none was asked.</summary>
    public long? RangeFrom => Headers.TryGetValue("Range", out string? range)
        ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
        : null;
}

/// <summary>A connection on which a script may say anything, also what no proper server would.</summary>
public sealed class ScriptedAnswer(NetworkStream stream, CancellationToken ended)
{
    public CancellationToken Ended { get; } = ended;

    public async Task SendAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text), Ended);

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, Ended);

    /// <summary>A whole proper answer.</summary>
    public async Task SendAsync(int status, ReadOnlyMemory<byte> body, params string[] headers)
    {
        await HeadAsync(status, body.Length, headers);
        await SendAsync(body);
    }

    public Task HeadAsync(int status, long length, params string[] headers) => SendAsync(
        $"HTTP/1.1 {status} Scripted\r\nContent-Length: {length}\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n");

    /// <summary>A file as a proper server gives it: whole, or from the asked byte on when the tag still fits.</summary>
    public async Task FileAsync(ScriptedRequest request, byte[] content, string? tag = null, int? cutAfter = null)
    {
        string[] tags = tag is null ? [] : [$"ETag: {tag}"];
        bool fits = !request.Headers.TryGetValue("If-Range", out string? asked) || asked == tag;
        ReadOnlyMemory<byte> body = content;
        if (request.RangeFrom is { } from && fits)
        {
            if (from >= content.Length)
            {
                await SendAsync(416, default, $"Content-Range: bytes */{content.Length}");
                return;
            }
            body = body[(int)from..];
            await HeadAsync(206, body.Length, [.. tags, $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}"]);
        }
        else
        {
            await HeadAsync(200, body.Length, tags);
        }
        await SendAsync(cutAfter is { } cut && cut < body.Length ? body[..cut] : body);
    }
}

/// <summary>
/// An HTTP server on loopback that does what the test says; one request for each connection. Everything ends with <see cref="Dispose"/>.
/// </summary>
public sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Func<ScriptedRequest, ScriptedAnswer, Task> _script;
    private readonly bool _speaksFirst;
    private readonly Task _loop;
    private int _open;

    /// <param name="script">Answers a request.</param>
    /// <param name="speaksFirst">True for a server of another protocol, which answers without having been asked.</param>
    public ScriptedServer(Func<ScriptedRequest, ScriptedAnswer, Task> script, bool speaksFirst = false)
    {
        _speaksFirst = speaksFirst;
        _script = script;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _loop = Task.Run(AcceptAsync);
    }

    public Uri Address { get; }

    /// <summary>The requests in the order in which they came.</summary>
    public ConcurrentQueue<ScriptedRequest> Requests { get; } = [];

    /// <summary>Most connections that were open at the same time.</summary>
    public int MostOpen { get; private set; }

    public Uri At(string path) => new(Address, path);

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Stop();
        _loop.Wait(TimeSpan.FromSeconds(10));
        _ended.Dispose();
    }

    private static async Task<ScriptedRequest?> ReadAsync(NetworkStream stream, CancellationToken ended)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (!(head.Count >= 4 && head[^4..] is [13, 10, 13, 10]))
        {
            if (await stream.ReadAsync(one, ended) == 0 || head.Count > 100_000)
            {
                return null;
            }
            head.Add(one[0]);
        }
        string[] lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines[1..])
        {
            headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
        }
        byte[] body = [];
        if (headers.TryGetValue("Content-Length", out string? length))
        {
            body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
            await stream.ReadExactlyAsync(body, ended);
        }
        string[] words = lines[0].Split(' ');
        return new ScriptedRequest(words[0], words[1], headers, body);
    }

    private async Task AcceptAsync()
    {
        List<Task> answers = [];
        try
        {
            while (true)
            {
                answers.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            int open = Interlocked.Increment(ref _open);
            MostOpen = Math.Max(MostOpen, open);
            try
            {
                await using NetworkStream stream = client.GetStream();
                ScriptedRequest? asked = _speaksFirst
                    ? new ScriptedRequest("", "", new Dictionary<string, string>(), [])
                    : await ReadAsync(stream, _ended.Token);
                if (asked is { } request)
                {
                    Requests.Enqueue(request);
                    await _script(request, new ScriptedAnswer(stream, _ended.Token));
                    client.Client.Shutdown(SocketShutdown.Send);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client went away, which some tests are about.
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }
        }
    }
}
