using System.Net;
using System.Net.Sockets;

namespace Strata.Machines;

/// <summary>
/// Serves a few files by HTTP/1.1 on a port of 127.0.0.1, for a guest that boots from the network. Nothing else of the host can be asked
/// for.
/// </summary>
internal sealed class FileServer : IAsyncDisposable
{
    private readonly IReadOnlyDictionary<string, ServedFile> _files;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _answers = [];
    private readonly Task _listening;

    /// <summary>Serves files by path without the first slash.</summary>
    public FileServer(IReadOnlyDictionary<string, ServedFile> files)
    {
        _files = files;
        _listener.Start();
        _listening = ListenAsync();
    }

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Serves the files of a medium; null when it is no network.</summary>
    public static FileServer? For(BootMedium medium) => medium is BootMedium.Net net
        ? new FileServer(net.Served.ToDictionary(f => f.Key, f => new ServedFile(f.Value), StringComparer.Ordinal)) : null;

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
                await FileAnswers.AnswerAsync(client.GetStream(), _files, _ending.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or UnauthorizedAccessException)
            {
                // the guest hung up, or it ends: the guest says itself what it is missing
            }
        }
    }
}
