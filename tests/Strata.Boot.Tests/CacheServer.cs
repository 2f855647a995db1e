using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Strata.Boot.Tests;

/// <summary>A cache of results on a loopback server: it keeps what it gets under the path it got it for, and checks nothing.</summary>
internal sealed class CacheServer : IDisposable
{
    private readonly HttpListener _server;

    public CacheServer()
    {
        int port;
        for (int tries = 0; ; tries++)
        {
            using (TcpListener probe = new(IPAddress.Loopback, 0))
            {
                probe.Start();
                port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            _server = new HttpListener { Prefixes = { string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/") } };
            try
            {
                _server.Start();
                break;
            }
            catch (HttpListenerException) when (tries < 10)
            {
                _server.Close(); // somebody else took the port in between
            }
        }
        Address = string.Create(CultureInfo.InvariantCulture, $"http://{User}:{Password}@127.0.0.1:{port}/team");
        _ = Task.Run(ServeAsync);
    }

    public const string User = "builder";

    public const string Password = "opensesame";

    /// <summary>With user name and password.</summary>
    public string Address { get; }

    /// <summary>What is kept, by path.</summary>
    public ConcurrentDictionary<string, byte[]> Kept { get; } = new(StringComparer.Ordinal);

    /// <summary>Method and path of every request so far.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public void Dispose() => _server.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _server.GetContextAsync();
                _ = Task.Run(() => Answer(context));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // closed
        }
    }

    private void Answer(HttpListenerContext context)
    {
        try
        {
            string path = context.Request.Url!.AbsolutePath;
            Requests.Enqueue($"{context.Request.HttpMethod} {path}");
            byte[] content = [];
            if (context.Request.HttpMethod == "PUT")
            {
                using MemoryStream body = new();
                context.Request.InputStream.CopyTo(body);
                Kept[path] = body.ToArray();
                context.Response.StatusCode = 201;
            }
            else if (!Kept.TryGetValue(path, out content!))
            {
                content = [];
                context.Response.StatusCode = 404;
            }
            if (context.Request.HttpMethod == "HEAD")
            {
                context.Response.ContentLength64 = content.Length;
                context.Response.Close();
                return;
            }
            context.Response.Close(content, willBlock: true);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // the other side has gone
        }
    }
}
