using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Machines.Qmp;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>The machine protocol against a QEMU played by the test.</summary>
public sealed class QmpConnectionTests : IAsyncLifetime, IDisposable
{
    private const string Greeting = """{"QMP": {"version": {}, "capabilities": []}}""";
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();
    private readonly List<QmpEvent> _events = [];
    private NetworkStream _ours = null!;
    private NetworkStream _qemu = null!;
    private StreamReader _heard = null!;

    public async Task InitializeAsync()
    {
        UnixDomainSocketEndPoint place = new(_folder["s"]);
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(place);
        listener.Listen();
        Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(place);
        _qemu = new NetworkStream(client, ownsSocket: true);
        _ours = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
        _heard = new StreamReader(_qemu);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _heard.Dispose();
        _qemu.Dispose();
        _ours.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task ExecuteAsync_AnswerWithEventsAround_IsItsReturn()
    {
        await using QmpConnection connection = await OpenAsync();
        Task<JsonElement> answer = connection.ExecuteAsync("query-status", new Dictionary<string, string> { ["b"] = "2", ["a"] = "\"1\"" });
        Assert.Equal("""{"execute":"query-status","arguments":{"a":"\u00221\u0022","b":"2"}}""", await _heard.ReadLineAsync());
        await SayAsync("""{"event": "RESET", "data": {"guest": true, "reason": "guest-reset"}}""" + "\r\n" + """{"return": {"sta""");
        await SayAsync("tus\": \"running\"}}\r\n{\"event\": \"STOP\"}\r\n");
        Assert.Equal("running", (await answer.WaitAsync(s_deadline)).GetProperty("status").GetString());
        await _qemu.DisposeAsync();
        await connection.Closed.WaitAsync(s_deadline);
        Assert.Equal(["RESET", "STOP"], _events.Select(e => e.Name));
        Assert.Equal(("guest-reset", null), (_events[0].Text("reason"), _events[1].Text("reason")));
    }

    [Fact]
    public async Task ExecuteAsync_Error_IsQuoted()
    {
        await using QmpConnection connection = await OpenAsync();
        Task<JsonElement> answer = connection.ExecuteAsync("cont");
        await SayAsync("""{"error": {"class": "GenericError", "desc": "no such thing"}}""" + "\n");
        StrataException error = await Assert.ThrowsAsync<StrataException>(() => answer);
        Assert.Equal("cannot run the QEMU command cont: no such thing", error.Message);
    }

    [Fact]
    public async Task ExecuteAsync_ConnectionClosed_SaysSo()
    {
        await using QmpConnection connection = await OpenAsync();
        Task<JsonElement> answer = connection.ExecuteAsync("cont");
        await _heard.ReadLineAsync();
        await _qemu.DisposeAsync();
        Assert.Contains("QEMU has gone", (await Assert.ThrowsAsync<StrataException>(() => answer)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StrataException>(() => connection.ExecuteAsync("quit"));
    }

    [Theory]
    [InlineData("no json\n", "a message is no JSON")]
    [InlineData("[]\n", "a message is a JSON Array, expected an object")]
    [InlineData("{\"return\": {}, \"\\ud800\": 1}\n", "a message is no JSON")] // half a character in an escape
    [InlineData("{\"error\": {\"desc\": \"\\ud800\"}}\n", "a message is no JSON")]
    [InlineData("{\"event\": \"\\ud800\"}\n", "a message is no JSON")]
    public async Task ExecuteAsync_NoProtocol_SaysSo(string said, string problem)
    {
        await using QmpConnection connection = await OpenAsync();
        Task<JsonElement> answer = connection.ExecuteAsync("cont");
        await SayAsync(said);
        Assert.Contains(problem, (await Assert.ThrowsAsync<StrataException>(() => answer.WaitAsync(s_deadline))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteAsync_EndlessMessage_IsRefused()
    {
        await using QmpConnection connection = await OpenAsync();
        Task<JsonElement> answer = connection.ExecuteAsync("cont");
        Task saying = SayAsync(new string(' ', QmpConnection.MaximumMessage + 1));
        Assert.Contains("longer than 1048576 bytes", (await Assert.ThrowsAsync<StrataException>(() => answer.WaitAsync(s_deadline))).Message, StringComparison.Ordinal);
        await saying.WaitAsync(s_deadline);
    }

    [Theory]
    [InlineData(22, 40515)]
    [InlineData(80, 40516)]
    [InlineData(443, null)]
    public void HostPort_TableOfQemu_IsRead(int guestPort, int? hostPort) => Assert.Equal(hostPort, ForwardTable.HostPort(
        """
        Hub -1 (net0):
          Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
          TCP[HOST_FORWARD]   3       127.0.0.1 40515       10.0.2.15    22     0     0
          TCP[HOST_FORWARD]   4       127.0.0.1 40516       10.0.2.15    80     0     0
          TCP[ESTABLISHED]    5       127.0.0.1 40517       10.0.2.15   443     0     0

        """, guestPort));

    private async Task<QmpConnection> OpenAsync()
    {
        Task<QmpConnection> opening = QmpConnection.OpenAsync(_ours, _events.Add, CancellationToken.None);
        await SayAsync(Greeting + "\r\n");
        Assert.Equal("""{"execute":"qmp_capabilities"}""", await _heard.ReadLineAsync());
        await SayAsync("{\"return\": {}}\r\n");
        return await opening.WaitAsync(s_deadline);
    }

    private async Task SayAsync(string text) => await _qemu.WriteAsync(Encoding.UTF8.GetBytes(text));
}
