using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Strata.Machines.Network;

/// <summary>One TCP connection between a host on a wire and a guest (RFC 9293), as a stream of bytes.</summary>
/// <remarks>
/// What a wire without loss needs, and no more: segments that come out of order are asked for again, what is not acknowledged is sent
/// again from
/// there, no scaled window, no congestion control. The peer's words are checked before they are believed. Reads and writes of one caller
/// each.
/// </remarks>
/// <param name="ours">Our end.</param>
/// <param name="theirs">The guest's.</param>
/// <param name="send">Sends a frame.</param>
/// <param name="time">The clock of repetitions.</param>
internal sealed class WireConnection(WireEnd ours, WireEnd theirs, Action<byte[]> send, TimeProvider time) : Stream
{
    private const int Fin = 0x01;
    private const int Syn = 0x02;
    private const int Reset = 0x04;
    private const int Push = 0x08;
    private const int Acknowledge = 0x10;

    private const int MostBuffered = 65535; // bytes each way: a window that is not scaled
    private const int SegmentBytes = 1460; // of an Ethernet frame of 1,500
    private const uint FirstNumber = 1000; // nobody on this wire has to guess it
    private static readonly byte[] s_segmentSize = [2, 4, SegmentBytes >> 8, SegmentBytes & 0xFF]; // RFC 9293 §3.7.1
    private static readonly TimeSpan s_firstRepeat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRepeat = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2); // without an acknowledgement; an emulated guest may be slow

    private readonly Lock _lock = new();
    private readonly List<byte> _outgoing = []; // from the first byte that is not acknowledged
    private readonly List<byte> _incoming = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private State _state;
    private uint _unacknowledged = FirstNumber;
    private uint _next = FirstNumber;
    private uint _expected;
    private int _window = SegmentBytes;
    private bool _ending; // we send no more after what waits
    private bool _finSent;
    private bool _finReceived;
    private long _progress;
    private TimeSpan _repeat = s_firstRepeat;

    private enum State
    {
        New,
        SynSent,
        SynReceived,
        Open,
        Gone,
    }

    /// <summary>True when no segment of it is expected any more.</summary>
    public bool IsGone
    {
        get
        {
            lock (_lock)
            {
                return _state == State.Gone;
            }
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Asks the guest for the connection.</summary>
    /// <exception cref="IOException">It refuses or does not answer.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _state = State.SynSent;
            SendSyn(Syn);
        }
        await UntilAsync(() => _state is State.Open or State.Gone, cancellationToken);
        if (IsGone)
        {
            throw new IOException($"the guest refuses a connection to its port {theirs.Port}");
        }
    }

    /// <summary>Takes a segment that is for this connection.</summary>
    /// <param name="segment">At least a TCP header.</param>
    public void Received(ReadOnlySpan<byte> segment)
    {
        int header = (segment[12] >> 4) * 4;
        if (header < Frame.TcpSize || header > segment.Length)
        {
            return;
        }
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(segment[4..]);
        uint acknowledged = BinaryPrimitives.ReadUInt32BigEndian(segment[8..]);
        int flags = segment[13];
        ReadOnlySpan<byte> content = segment[header..];
        lock (_lock)
        {
            if ((flags & Reset) != 0)
            {
                if (sequence == _expected || _state == State.SynSent)
                {
                    End();
                }
            }
            else if ((flags & Syn) != 0)
            {
                TakeSyn(sequence, acknowledged, flags);
            }
            else if ((flags & Acknowledge) != 0 && _state is State.Open or State.SynReceived)
            {
                TakeAcknowledgement(acknowledged, BinaryPrimitives.ReadUInt16BigEndian(segment[14..]));
                TakeContent(sequence, content, (flags & Fin) != 0);
                SendWhatFits();
                EndWhenDone();
            }
            Changed();
        }
    }

    /// <summary>Sends again what was not acknowledged in time; to be called a few times a second.</summary>
    public void LookAtClock()
    {
        lock (_lock)
        {
            if (_state == State.Gone || (_unacknowledged == _next && _outgoing.Count == 0 && !(_ending && !_finReceived)))
            {
                _progress = time.GetTimestamp();
                return;
            }
            TimeSpan silence = time.GetElapsedTime(_progress);
            if (silence > s_patience)
            {
                End();
                Changed();
            }
            else if (silence > _repeat && _unacknowledged != _next)
            {
                _repeat = _repeat * 2 < s_longestRepeat ? _repeat * 2 : s_longestRepeat;
                Repeat();
            }
            else if (silence > _repeat && _window == 0 && _outgoing.Count > 0)
            {
                _window = 1; // a byte beyond a closed window makes the other side tell its size (RFC 9293 §3.8.6.1)
                SendWhatFits();
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await UntilAsync(() => _incoming.Count > 0 || _finReceived || _state == State.Gone, cancellationToken);
        lock (_lock)
        {
            if (_incoming.Count == 0 && !_finReceived)
            {
                throw new IOException("the guest broke the connection");
            }
            int count = Math.Min(buffer.Length, _incoming.Count);
            bool wasFull = MostBuffered - _incoming.Count < SegmentBytes;
            CollectionsMarshal.AsSpan(_incoming)[..count].CopyTo(buffer.Span);
            _incoming.RemoveRange(0, count);
            if (wasFull && count > 0 && _state == State.Open)
            {
                Send(Acknowledge, _next, default);
            }
            return count;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            await UntilAsync(() => _outgoing.Count < MostBuffered || _state == State.Gone, cancellationToken);
            lock (_lock)
            {
                if (_state == State.Gone || _ending)
                {
                    throw new IOException("the guest broke the connection");
                }
                int count = Math.Min(buffer.Length, MostBuffered - _outgoing.Count);
                _outgoing.AddRange(buffer.Span[..count]);
                buffer = buffer[count..];
                SendWhatFits();
            }
        }
    }

    /// <summary>Tells the guest that nothing more comes; what waits is sent before.</summary>
    public void EndWriting()
    {
        lock (_lock)
        {
            _ending = true;
            SendWhatFits();
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
        // everything is sent as soon as the guest's window allows it
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        EndWriting();
        base.Dispose(disposing);
    }

    private void TakeSyn(uint sequence, uint acknowledged, int flags)
    {
        if (_state is State.New or State.SynReceived && (flags & Acknowledge) == 0)
        {
            _state = State.SynReceived;
            _expected = unchecked(sequence + 1);
            SendSyn(Syn | Acknowledge);
        }
        else if (_state == State.SynSent && (flags & Acknowledge) != 0 && acknowledged == _next)
        {
            _state = State.Open;
            _expected = unchecked(sequence + 1);
            _unacknowledged = acknowledged;
            Send(Acknowledge, _next, default);
        }
        else if (_state == State.Open)
        {
            Send(Acknowledge, _next, default); // our answer to it was lost
        }
    }

    private void TakeAcknowledgement(uint acknowledged, ushort window)
    {
        uint more = unchecked(acknowledged - _unacknowledged);
        if (more > unchecked(_next - _unacknowledged))
        {
            return; // of something that was never sent, or older
        }
        _window = window;
        if (more == 0)
        {
            return;
        }
        _progress = time.GetTimestamp();
        _repeat = s_firstRepeat;
        uint content = more;
        if (_state == State.SynReceived)
        {
            _state = State.Open;
            content--;
        }
        _outgoing.RemoveRange(0, (int)Math.Min(content, (uint)_outgoing.Count)); // what is beyond is our FIN
        _unacknowledged = acknowledged;
    }

    private void TakeContent(uint sequence, ReadOnlySpan<byte> content, bool isLast)
    {
        if (content.Length == 0 && !isLast)
        {
            return;
        }
        uint known = unchecked(_expected - sequence);
        if (known <= content.Length && !_finReceived)
        {
            ReadOnlySpan<byte> fresh = content[(int)known..];
            int count = Math.Min(fresh.Length, MostBuffered - _incoming.Count);
            if (!_ending)
            {
                _incoming.AddRange(fresh[..count]); // nobody reads any more otherwise
            }
            else
            {
                count = fresh.Length;
            }
            unchecked
            {
                _expected += (uint)count;
            }
            if (isLast && count == fresh.Length)
            {
                _finReceived = true;
                unchecked
                {
                    _expected++;
                }
            }
        }
        Send(Acknowledge, _next, default);
    }

    private void SendWhatFits()
    {
        if (_state != State.Open)
        {
            return;
        }
        while (true)
        {
            int sent = (int)Math.Min(unchecked(_next - _unacknowledged), (uint)_outgoing.Count);
            int count = Math.Min(Math.Min(_outgoing.Count - sent, SegmentBytes), _window - sent);
            if (count <= 0)
            {
                break;
            }
            Send(Acknowledge | Push, _next, CollectionsMarshal.AsSpan(_outgoing).Slice(sent, count));
            unchecked
            {
                _next += (uint)count;
            }
        }
        if (_ending && !_finSent && unchecked(_next - _unacknowledged) == _outgoing.Count)
        {
            _finSent = true;
            Send(Acknowledge | Fin, _next, default);
            unchecked
            {
                _next++;
            }
        }
    }

    private void Repeat()
    {
        switch (_state)
        {
            case State.SynSent:
                _next = FirstNumber;
                SendSyn(Syn);
                break;
            case State.SynReceived:
                _next = FirstNumber;
                SendSyn(Syn | Acknowledge);
                break;
            default:
                _next = _unacknowledged;
                _finSent = false;
                SendWhatFits();
                break;
        }
    }

    private void EndWhenDone()
    {
        if (_finSent && _finReceived && _unacknowledged == _next)
        {
            End();
        }
    }

    private void End() => _state = State.Gone;

    private void SendSyn(int flags)
    {
        if (_progress == 0)
        {
            _progress = time.GetTimestamp();
        }
        send(Frame.TcpSegment(ours, theirs, _next, _expected, (byte)flags, MostBuffered, default, s_segmentSize));
        unchecked
        {
            _next++;
        }
    }

    private void Send(int flags, uint sequence, ReadOnlySpan<byte> content) =>
        send(Frame.TcpSegment(ours, theirs, sequence, _expected, (byte)flags, (ushort)(MostBuffered - _incoming.Count), content));

    private void Changed()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (condition())
                {
                    return;
                }
                change = _changed.Task;
            }
            await change.WaitAsync(cancellationToken);
        }
    }
}
