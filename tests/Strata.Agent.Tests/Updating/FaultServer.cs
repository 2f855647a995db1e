using System.Globalization;
using System.Text;
using Strata.Store.Tests;

namespace Strata.Agent.Tests.Updating;

/// <summary>What is wrong with an answer.</summary>
internal enum ServerFault
{
    None,
    Status500,
    Status503,
    Status404,
    Status403,
    NoRanges,
    OtherRange,
    RangeWithoutPlace,
    MoreThanAsked,
    ShorterThanSaid,
    Reset,
    Flip,
    Portal,
    RedirectLoop,
    RedirectElsewhere,
    Compressed,
    NoHead,
    EndlessHead,
    OtherFile,
}

/// <summary>A published folder on a server on loopback, with faults.</summary>
internal sealed class FaultServer : IDisposable
{
    private readonly ScriptedServer _server;
    private readonly string _folder;
    private readonly Func<int, string, ServerFault> _fault;
    private int _count;
    private long _objectBytes;

    /// <param name="folder">What is published.</param>
    /// <param name="fault">The fault of each request, by its number and path.</param>
    public FaultServer(string folder, Func<int, string, ServerFault> fault)
    {
        (_folder, _fault) = (folder, fault);
        _server = new ScriptedServer(AnswerAsync);
    }

    public string Address => _server.Address.ToString().TrimEnd('/');

    /// <summary>Port of 127.0.0.1.</summary>
    public int Port => _server.Address.Port;

    /// <summary>Bytes of objects that were sent.</summary>
    public long ObjectBytes => Interlocked.Read(ref _objectBytes);

    /// <summary>What was asked, with the ranges.</summary>
    public IEnumerable<string> Asked => _server.Requests.Select(r => $"{r.Path} {r.Headers.GetValueOrDefault("Range")}".TrimEnd());

    public void Dispose() => _server.Dispose();

    private async Task AnswerAsync(ScriptedRequest request, ScriptedAnswer answer)
    {
        string path = request.Path.StartsWith("/elsewhere/", StringComparison.Ordinal) ? request.Path["/elsewhere".Length..] : request.Path;
        string file = Path.Combine(_folder, path.TrimStart('/'));
        ServerFault fault = _fault(Interlocked.Increment(ref _count) - 1, path);
        byte[]? content = File.Exists(file) ? File.ReadAllBytes(file) : null;
        (long From, long To)? range = RangeOf(request);
        switch (fault)
        {
            case ServerFault.Status500:
                await answer.SendAsync(500, "no"u8.ToArray());
                return;
            case ServerFault.Status503:
                await answer.SendAsync(503, default, "Retry-After: 1");
                return;
            case ServerFault.Status403:
                await answer.SendAsync(403, "no"u8.ToArray());
                return;
            case ServerFault.Portal:
                byte[] page = Encoding.ASCII.GetBytes("<html><title>Welcome to the hotel</title>" + new string(' ', 9000));
                await answer.SendAsync(200, page, "Content-Type: text/html");
                return;
            case ServerFault.RedirectLoop:
                await answer.SendAsync(302, "look there"u8.ToArray(), $"Location: {request.Path}");
                return;
            case ServerFault.RedirectElsewhere when path == request.Path:
                await answer.SendAsync(302, "look there"u8.ToArray(), $"Location: /elsewhere{request.Path}");
                return;
            case ServerFault.NoHead:
                await answer.SendAsync("what do you want?\r\n");
                return;
            case ServerFault.EndlessHead:
                await answer.SendAsync("HTTP/1.1 200 Good\r\n");
                for (int i = 0; i < 3000; i++)
                {
                    await answer.SendAsync(string.Create(CultureInfo.InvariantCulture, $"X-Field-{i}: {new string('x', 60)}\r\n"));
                }
                return;
            case ServerFault.Status404:
                content = null;
                break;
        }
        if (content is null)
        {
            await answer.SendAsync(404, "no such file"u8.ToArray());
            return;
        }
        if (fault == ServerFault.NoRanges)
        {
            range = null;
        }
        if (fault == ServerFault.OtherFile)
        {
            content = [.. Enumerable.Repeat((byte)'x', content.Length)];
        }
        long from = range?.From ?? 0;
        long to = Math.Min(range?.To ?? (content.Length - 1), content.Length - 1);
        if (fault == ServerFault.OtherRange && range is not null && from > 0)
        {
            (from, to) = (from - 1, to - 1);
        }
        if (fault == ServerFault.MoreThanAsked)
        {
            to = content.Length - 1;
        }
        byte[] body = content[(int)from..(int)(to + 1)];
        if (fault == ServerFault.Flip && body.Length > 0)
        {
            body[body.Length / 2] ^= 0x10;
        }
        string[] headers = range is null || fault == ServerFault.RangeWithoutPlace ? []
            : [string.Create(CultureInfo.InvariantCulture, $"Content-Range: bytes {from}-{to}/{content.Length}")];
        headers = fault == ServerFault.Compressed ? [.. headers, "Content-Encoding: gzip"] : headers;
        int sent = fault is ServerFault.Reset or ServerFault.ShorterThanSaid ? body.Length / 2 : body.Length;
        _ = Interlocked.Add(ref _objectBytes, path.StartsWith("/strata/", StringComparison.Ordinal) ? sent : 0);
        await answer.HeadAsync(range is null ? 200 : 206, fault == ServerFault.ShorterThanSaid ? sent : body.Length, headers);
        await answer.SendAsync(body.AsMemory(0, sent));
    }

    private static (long From, long To)? RangeOf(ScriptedRequest request)
    {
        if (!request.Headers.TryGetValue("Range", out string? range))
        {
            return null;
        }
        string[] ends = range["bytes=".Length..].Split('-');
        return (long.Parse(ends[0], CultureInfo.InvariantCulture), long.Parse(ends[1], CultureInfo.InvariantCulture));
    }
}
