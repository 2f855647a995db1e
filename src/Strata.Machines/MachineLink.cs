using System.Net.Sockets;
using Strata.Core;
using Strata.Machines.Serial;

namespace Strata.Machines;

/// <summary>
/// The two sockets between Strata and a QEMU. Strata listens before QEMU starts, so nothing has to be waited for or tried again.
/// </summary>
internal sealed class MachineLink : IDisposable
{
    /// <summary>What to try when QEMU refuses.</summary>
    public const string RefusedHint = "'strata doctor' tells what this host can run; extra QEMU arguments are passed as they are.";

    private readonly Socket _qmpListener;
    private readonly Socket _serialListener;
    private NetworkStream? _qmp;
    private NetworkStream? _serial;

    private MachineLink(Socket qmpListener, Socket serialListener)
    {
        _qmpListener = qmpListener;
        _serialListener = serialListener;
    }

    /// <summary>The machine protocol, once accepted.</summary>
    public NetworkStream Qmp => _qmp ?? throw new InvalidOperationException("QEMU has not connected");

    /// <summary>The serial line, once accepted.</summary>
    public NetworkStream Serial => _serial ?? throw new InvalidOperationException("QEMU has not connected");

    /// <summary>Opens both sockets.</summary>
    public static MachineLink Listen(QemuFiles files) => new(Listen(files.QmpSocket), Listen(files.SerialSocket));

    /// <summary>The sentence for a QEMU that does not start.</summary>
    public static string RefusedMessage(string said) =>
        $"cannot start the machine: QEMU {(said.Length == 0 ? "ended without a word" : $"said '{said}'")}";

    /// <summary>Waits until QEMU has connected to both.</summary>
    /// <exception cref="StrataException">QEMU ended instead, or did not connect in time.</exception>
    public async Task AcceptAsync(QemuProcess process, MachineOptions options, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(options.StartDeadline, options.Time);
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        _ = process.Exited.ContinueWith(
            (_, state) => CancelQuietly((CancellationTokenSource)state!),
            any,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        try
        {
            _serial = new NetworkStream(await _serialListener.AcceptAsync(any.Token), ownsSocket: true);
            _qmp = new NetworkStream(await _qmpListener.AcceptAsync(any.Token), ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            string said = await process.MessagesAsync();
            string quoted = said.Length == 0 ? "" : $" and said '{said}'";
            throw process.Exited.IsCompleted
                ? new StrataException(RefusedMessage(said), RefusedHint)
                : new StrataException(
                    $"cannot start the machine: QEMU did not connect within {Deadline.InSeconds(options.StartDeadline)}{quoted}",
                    RefusedHint);
        }
    }

    /// <summary>Moves everything the guest writes into the log until QEMU closes the line.</summary>
    public async Task PumpAsync(SerialLog log)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await Serial.ReadAsync(buffer)) > 0)
            {
                log.Append(buffer.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // a killed QEMU resets the connection: that is the end of the log
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _qmp?.Dispose();
        _serial?.Dispose();
        _qmpListener.Dispose();
        _serialListener.Dispose();
    }

    private static Socket Listen(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(1);
        return socket;
    }

    private static void CancelQuietly(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // everything was accepted long ago
        }
    }
}
