using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Machines.Network;

/// <summary>A cable from a guest's network card to us: whole Ethernet frames in both directions, and nobody else on it.</summary>
/// <remarks>
/// Form of the stream: each frame behind its length, four bytes big-endian (QEMU, <c>-netdev stream</c>). A guest that does not take its
/// frames
/// loses those that come meanwhile, as at a switch; it holds up nobody else.
/// </remarks>
internal sealed class FrameCable : IAsyncDisposable
{
    private const int LongestFrame = 65536;
    private const int LongestBatch = LongestFrame + 4; // and its length
    private const int MostWaiting = 1024; // frames

    private readonly SocketPair _ends;
    private readonly CancellationTokenSource _end = new();
    private readonly Channel<byte[]> _waiting = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private Task _pumps = Task.CompletedTask;
    private bool _disposed;

    private FrameCable(SocketPair ends) => _ends = ends;

    /// <summary>The other end: the machine that starts with it takes it.</summary>
    public SafeFileHandle TheirEnd => _ends.Theirs;

    /// <summary>Completes when the machine at the other end is gone, or this was disposed of.</summary>
    public Task Ended => _pumps;

    /// <summary>Lays the cable.</summary>
    /// <exception cref="StrataException">The kernel refuses.</exception>
    public static FrameCable Lay()
    {
        try
        {
            return new FrameCable(SocketPair.Make());
        }
        catch (PosixException e)
        {
            throw new StrataException($"cannot lay a network for the guest: {e.Message}", innerException: e);
        }
    }

    /// <summary>Begins to move frames.</summary>
    /// <param name="received">Gets each frame of the guest, one after the other; it may keep the array.</param>
    public void Connect(Action<byte[]> received) => _pumps = Task.WhenAll(ReceiveAsync(received), DeliverAsync());

    /// <summary>Sends a frame, which nobody may change any more; it is lost when a thousand wait already.</summary>
    public void Send(byte[] frame) => _waiting.Writer.TryWrite(frame);

    /// <summary>The same, waiting for room instead.</summary>
    /// <exception cref="IOException">The machine at the other end is gone.</exception>
    public async ValueTask SendAsync(byte[] frame, CancellationToken cancellationToken)
    {
        try
        {
            await _waiting.Writer.WriteAsync(frame, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new IOException("the guest's machine is gone", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }
        await _end.CancelAsync();
        _ends.Dispose();
        await _pumps;
        _end.Dispose();
    }

    private async Task ReceiveAsync(Action<byte[]> received)
    {
        byte[] length = new byte[4];
        try
        {
            while (true)
            {
                await _ends.Ours.ReadExactlyAsync(length, _end.Token);
                int size = BinaryPrimitives.ReadInt32BigEndian(length);
                if (size is < 0 or > LongestFrame)
                {
                    return; // no frame is that long: nothing behind it can be understood
                }
                byte[] frame = new byte[size];
                await _ends.Ours.ReadExactlyAsync(frame, _end.Token);
                received(frame);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // the machine or we have ended
        }
        finally
        {
            _waiting.Writer.TryComplete();
        }
    }

    private async Task DeliverAsync()
    {
        byte[] buffer = new byte[LongestBatch];
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(_end.Token))
            {
                int filled = 0;
                while (_waiting.Reader.TryPeek(out byte[]? frame) && filled + 4 + frame.Length <= buffer.Length)
                {
                    BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(filled), frame.Length);
                    frame.CopyTo(buffer, filled + 4);
                    filled += 4 + frame.Length;
                    _ = _waiting.Reader.TryRead(out _);
                }
                await _ends.Ours.WriteAsync(buffer.AsMemory(0, filled), _end.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // the machine or we have ended
        }
    }
}
