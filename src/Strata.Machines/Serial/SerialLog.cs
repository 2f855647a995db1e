using System.Text;

namespace Strata.Machines.Serial;

/// <summary>A piece of the log that matched, with the positions around it in characters since the start.</summary>
/// <param name="Line">The line as <see cref="TerminalText.PlainLine"/> shows it.</param>
/// <param name="Start">Where the line starts.</param>
/// <param name="End">Where the next line starts, or the end of what there is when the line is not finished.</param>
public sealed record SerialMatch(string Line, long Start, long End);

/// <summary>Everything a serial line said: complete in a file, its later part in memory, and a place to wait for what comes.</summary>
/// <remarks>
/// Safe for one writer and any number of readers. Bytes that are no UTF-8 become U+FFFD in memory and stay as they are in the file.
/// Positions count characters since the start and stay valid after the beginning was dropped from memory.
/// </remarks>
public sealed class SerialLog : IDisposable
{
    /// <summary>Characters kept in memory, at least.</summary>
    public const int DefaultCapacity = 4 << 20;

    /// <summary>Longest line given to <see cref="LineCompleted"/>; a longer one comes in pieces.</summary>
    public const int MaximumLine = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly FileStream? _file;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly int _capacity;
    private char[] _buffer = new char[16 * 1024];
    private int _count;
    private long _dropped;
    private int _lineStart; // of the line not yet reported, in the buffer
    private bool _completed;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts an empty log.</summary>
    /// <param name="path">File to write, replaced when it exists; null for none.</param>
    /// <param name="capacity">Characters to keep in memory, at least <see cref="MaximumLine"/>; twice as many may be held.</param>
    /// <param name="appends">
    /// True goes on behind what the file has from an earlier start of the same machine; here the log is empty all the same.
    /// </param>
    public SerialLog(string? path = null, int capacity = DefaultCapacity, bool appends = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, MaximumLine);
        _capacity = capacity;
        Path = path;
        if (path is not null)
        {
            if (!appends)
            {
                File.Delete(path); // not written through: it may be a link, and what a guest says would go where it leads
            }
            _file = new FileStream(path, appends ? FileMode.Append : FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        }
    }

    /// <summary>The file with everything, or null.</summary>
    public string? Path { get; }

    /// <summary>Called with each finished line in plain text, on the writer's task. Set it before anything is written.</summary>
    public Action<string>? LineCompleted { get; set; }

    /// <summary>Characters so far.</summary>
    public long Length
    {
        get
        {
            lock (_lock)
            {
                return _dropped + _count;
            }
        }
    }

    /// <summary>Takes what the line said.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _file?.Write(bytes);
        _file?.Flush();
        char[] decoded = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        int count = _decoder.GetChars(bytes, decoded, flush: false);
        List<string> lines = [];
        TaskCompletionSource changed;
        lock (_lock)
        {
            MakeRoom(count);
            decoded.AsSpan(0, count).CopyTo(_buffer.AsSpan(_count));
            _count += count;
            CollectLines(lines);
            changed = Renew();
        }
        foreach (string line in lines)
        {
            LineCompleted?.Invoke(line);
        }
        changed.SetResult();
    }

    /// <summary>Nothing more will come.</summary>
    public void Complete()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _completed = true;
            changed = Renew();
        }
        changed.SetResult();
    }

    /// <summary>The next line, finished or not, from <paramref name="from"/> on that satisfies <paramref name="wanted"/>.</summary>
    /// <param name="wanted">Gets plain lines. An unfinished line may be asked about again as it grows.</param>
    /// <param name="from">Position of the first line's start.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The match, or null when the log was completed without one.</returns>
    public async Task<SerialMatch?> WaitForLineAsync(Func<string, bool> wanted, long from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        long position = from;
        while (true)
        {
            Task changed;
            bool completed;
            lock (_lock)
            {
                if (Scan(wanted, ref position) is { } match)
                {
                    return match;
                }
                changed = _changed.Task;
                completed = _completed;
            }
            if (completed)
            {
                return null;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until there is more than <paramref name="length"/> characters.</summary>
    /// <returns>False when the log was completed without more.</returns>
    public async Task<bool> WaitForMoreAsync(long length, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_dropped + _count > length)
                {
                    return true;
                }
                if (_completed)
                {
                    return false;
                }
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The characters from <paramref name="from"/> on that are still in memory.</summary>
    public string TextFrom(long from)
    {
        lock (_lock)
        {
            int start = (int)Math.Clamp(from - _dropped, 0, _count);
            return new string(_buffer, start, _count - start);
        }
    }

    /// <summary>The last lines that are not empty, in plain text, oldest first.</summary>
    public IReadOnlyList<string> Tail(int lines = 30)
    {
        lock (_lock)
        {
            List<string> tail = [];
            ReadOnlySpan<char> rest = _buffer.AsSpan(0, _count);
            while (rest.Length > 0 && tail.Count < lines)
            {
                int previous = rest.LastIndexOf('\n');
                string line = TerminalText.PlainLine(rest[(previous + 1)..]).TrimEnd();
                if (line.Length > 0)
                {
                    tail.Add(line);
                }
                rest = previous < 0 ? [] : rest[..previous];
            }
            tail.Reverse();
            return tail;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Complete();
        _file?.Dispose();
    }

    private TaskCompletionSource Renew()
    {
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return changed;
    }

    private void MakeRoom(int count)
    {
        if (_count > _capacity)
        {
            int drop = Math.Min(_count - (_capacity / 2), _lineStart);
            _buffer.AsSpan(drop, _count - drop).CopyTo(_buffer);
            _count -= drop;
            _lineStart -= drop;
            _dropped += drop;
        }
        if (_count + count > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_count + count, 2 * _buffer.Length));
        }
    }

    private void CollectLines(List<string> lines)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_lineStart, _count - _lineStart).IndexOf('\n');
            if (length < 0)
            {
                if (_count - _lineStart < MaximumLine)
                {
                    return;
                }
                lines.Add(TerminalText.PlainLine(_buffer.AsSpan(_lineStart, MaximumLine)));
                _lineStart += MaximumLine;
                continue;
            }
            lines.Add(TerminalText.PlainLine(_buffer.AsSpan(_lineStart, Math.Min(length, MaximumLine))));
            _lineStart += length + 1;
        }
    }

    /// <summary>Looks at lines from <paramref name="position"/> on and moves it behind the finished ones.</summary>
    private SerialMatch? Scan(Func<string, bool> wanted, ref long position)
    {
        position = Math.Max(position, _dropped);
        while (position < _dropped + _count)
        {
            ReadOnlySpan<char> rest = _buffer.AsSpan((int)(position - _dropped), _count - (int)(position - _dropped));
            int length = rest.IndexOf('\n');
            long end = position + (length < 0 ? rest.Length : length + 1);
            string line = TerminalText.PlainLine(length < 0 ? rest[..Math.Min(rest.Length, MaximumLine)] : rest[..Math.Min(length, MaximumLine)]);
            if (wanted(line))
            {
                return new SerialMatch(line, position, end);
            }
            if (length < 0)
            {
                if (rest.Length >= MaximumLine)
                {
                    position += MaximumLine;
                    continue;
                }
                return null;
            }
            position = end;
        }
        return null;
    }
}
