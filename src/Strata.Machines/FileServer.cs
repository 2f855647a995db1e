using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Strata.Machines;

/// <summary>Serves a few files by HTTP/1.1 on a port of 127.0.0.1, for a guest that boots from the network. Nothing else of the host can be asked for.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    private const int MostRequestBytes = 8192;
    private static readonly TimeSpan s_requestDeadline = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyDictionary<string, string> _files;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _answers = [];
    private readonly Task _listening;

    private FileServer(IReadOnlyDictionary<string, string> files)
    {
        _files = files;
        _listener.Start();
        _listening = ListenAsync();
    }

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Serves the files of a medium; null when it is no network.</summary>
    public static FileServer? For(BootMedium medium) => medium is BootMedium.Net net ? new FileServer(net.Served) : null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _listening; // first: a listener that was stopped between two calls refuses the second
        _listener.Stop();
        await Task.WhenAll(_answers);
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_ending.Token);
                _answers.RemoveAll(a => a.IsCompleted);
                _answers.Add(AnswerAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // it ends
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await ReadRequestAsync(stream) is string line)
                {
                    await ReplyAsync(stream, line);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or UnauthorizedAccessException)
            {
                // the guest hung up, or it ends: the guest says itself what it is missing
            }
        }
    }

    /// <summary>The first line of a request; null when it is none, too long or too late.</summary>
    private async Task<string?> ReadRequestAsync(NetworkStream stream)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        limit.CancelAfter(s_requestDeadline);
        byte[] buffer = new byte[MostRequestBytes];
        int filled = 0;
        for (int read; filled < buffer.Length && (read = await stream.ReadAsync(buffer.AsMemory(filled), limit.Token)) > 0;)
        {
            filled += read;
            if (buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) >= 0)
            {
                return Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan(0, filled).IndexOf("\r\n"u8));
            }
        }
        return null;
    }

    private async Task ReplyAsync(NetworkStream stream, string request)
    {
        string[] words = request.Split(' ');
        if (words.Length != 3 || words[0] is not ("GET" or "HEAD"))
        {
            await HeadAsync("405 Method Not Allowed", 0);
        }
        else if (!words[1].StartsWith('/') || !_files.TryGetValue(words[1][1..].Split('?')[0], out string? path))
        {
            await HeadAsync("404 Not Found", 0);
        }
        else
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            await HeadAsync("200 OK", file.Length);
            if (words[0] == "GET")
            {
                await file.CopyToAsync(stream, _ending.Token);
            }
        }

        async Task HeadAsync(string status, long length) => await stream.WriteAsync(
            Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 {status}\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")),
            _ending.Token);
    }
}
