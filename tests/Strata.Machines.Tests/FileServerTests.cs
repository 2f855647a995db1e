using System.Net.Sockets;
using System.Text;
using Strata.Testing;

namespace Strata.Machines.Tests;

public sealed class FileServerTests
{
    [Theory]
    [InlineData("GET /boot.ipxe HTTP/1.1\r\nHost: 10.0.2.2:1\r\n\r\n", "HTTP/1.1 200 OK", "content")]
    [InlineData("GET /boot.ipxe?x=1 HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK", "content")]
    [InlineData("HEAD /boot.ipxe HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK", "")]
    [InlineData("GET /../secret HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found", "")]
    [InlineData("GET /secret HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found", "")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found", "")]
    [InlineData("PUT /boot.ipxe HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed", "")]
    [InlineData("nonsense\r\n\r\n", "HTTP/1.1 405 Method Not Allowed", "")]
    public async Task Request_IsAnsweredFromTheListAndFromNothingElse(string request, string status, string content)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["b"], "content");
        await File.WriteAllTextAsync(folder["secret"], "secret");
        await using FileServer server = FileServer.For(new BootMedium.Net(new Dictionary<string, string> { ["boot.ipxe"] = folder["b"] }, "boot.ipxe"))!;
        string answer = await AskAsync(server.Port, Encoding.ASCII.GetBytes(request));
        Assert.StartsWith(status + "\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(content, answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }

    [Fact]
    public async Task Request_TooLongOrCutOff_IsNotAnsweredAndTheNextOneIs()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["b"], "content");
        await using FileServer server = FileServer.For(new BootMedium.Net(new Dictionary<string, string> { ["b"] = folder["b"] }, "b"))!;
        Assert.Equal("", await AskAsync(server.Port, new byte[8192]));
        Assert.Equal("", await AskAsync(server.Port, "GET /b HTTP/1.1\r\n"u8.ToArray()));
        Assert.EndsWith("content", await AskAsync(server.Port, "GET /b HTTP/1.1\r\n\r\n"u8.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WithAClientThatSaysNothing_Ends()
    {
        FileServer server = FileServer.For(new BootMedium.Net(new Dictionary<string, string>(), "b"))!;
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", server.Port);
        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static async Task<string> AskAsync(int port, byte[] request)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port, limit.Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(request, limit.Token);
        client.Client.Shutdown(SocketShutdown.Send);
        using MemoryStream answer = new();
        try
        {
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // hung up with bytes unread: a reset
        }
        return Encoding.ASCII.GetString(answer.ToArray());
    }
}
