using System.Net;
using System.Net.Sockets;

namespace Strata.Machines.Network;

/// <summary>A port of 127.0.0.1 that leads to a port of a guest on a wire, through the wire's host.</summary>
internal sealed class WireForward : IAsyncDisposable
{
    private readonly WireHost _host;
    private readonly IPAddress _guest;
    private readonly ushort _guestPort;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _connections = [];
    private readonly Task _listening;

    /// <summary>Begins to listen.</summary>
    public WireForward(WireHost host, IPAddress guest, int guestPort)
    {
        (_host, _guest, _guestPort) = (host, guest, (ushort)guestPort);
        _listener.Start();
        _listening = ListenAsync();
    }

    /// <summary>The port of 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _listening;
        _listener.Stop();
        await Task.WhenAll(_connections);
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
                _connections.RemoveAll(c => c.IsCompleted);
                _connections.Add(JoinAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // it ends
        }
    }

    private async Task JoinAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using WireConnection guest = await _host.ConnectAsync(_guest, _guestPort, _ending.Token);
                NetworkStream here = client.GetStream();
                Task back = BackAsync(guest, here, client.Client);
                await here.CopyToAsync(guest, _ending.Token);
                guest.EndWriting();
                await back;
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // either side hung up: the other sees the end of the connection
            }
        }
    }

    private async Task BackAsync(WireConnection guest, NetworkStream here, Socket socket)
    {
        try
        {
            await guest.CopyToAsync(here, _ending.Token);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            socket.Close(); // and with it the copying in the other direction ends
        }
    }
}
