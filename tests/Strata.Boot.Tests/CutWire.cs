using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Strata.Boot.Tests;

/// <summary>A way to a server on the loopback that breaks every connection after so many bytes were sent on it.</summary>
internal sealed class CutWire : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly int _most;

    public CutWire(int target, int most)
    {
        (_target, _most) = (target, most);
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
                _ = CarryAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using TcpClient near = client;
        using TcpClient far = new();
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _target);
            Task back = far.GetStream().CopyToAsync(near.GetStream());
            byte[] buffer = new byte[16 << 10];
            int left = _most;
            int count;
            while (left > 0 && (count = await near.GetStream().ReadAsync(buffer)) > 0)
            {
                await far.GetStream().WriteAsync(buffer.AsMemory(0, Math.Min(count, left)));
                left -= count;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // either end is gone, which is what this is for
        }
    }
}
