using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Strata.Boot.Tests;

/// <summary>A registry on the loopback that begins to take a blob and refuses the rest.</summary>
internal sealed class RefusingRegistry : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _refusal;

    /// <param name="refusal">Status line and code of what is answered then, as <c>507 Insufficient Storage</c>.</param>
    /// <param name="message">What the answer says to people.</param>
    public RefusingRegistry(string refusal, string message)
    {
        string body = $"{{\"errors\": [{{\"code\": \"DENIED\", \"message\": \"{message}\"}}]}}";
        _refusal = $"HTTP/1.1 {refusal}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n"
            + $"Connection: close\r\n\r\n{body}";
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using TcpClient near = client;
        NetworkStream stream = near.GetStream();
        try
        {
            string head = await HeadAsync(stream);
            if (head.StartsWith("PATCH ", StringComparison.Ordinal) || head.StartsWith("PUT ", StringComparison.Ordinal))
            {
                byte[] buffer = new byte[4096];
                _ = await stream.ReadAsync(buffer); // its beginning; the rest of a small one may be nothing
                await stream.WriteAsync(Encoding.ASCII.GetBytes(_refusal));
                near.Client.Shutdown(SocketShutdown.Send);
                while (await stream.ReadAsync(buffer) > 0) // a connection that is reset would hide the answer
                {
                }
                return;
            }
            string answer = head.StartsWith("GET /v2/ ", StringComparison.Ordinal) ? "200 OK\r\n"
                : head.StartsWith("POST ", StringComparison.Ordinal) ? "202 Accepted\r\nLocation: /v2/upload\r\nRange: 0-0\r\n"
                : "404 Not Found\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {answer}Docker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // the other side is gone
        }
    }

    private static async Task<string> HeadAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
        {
            head.Append((char)one[0]);
        }
        return head.ToString();
    }
}
