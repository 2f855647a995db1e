using System.Text;
using Strata.Core;

namespace Strata.Packages.Deb822;

/// <summary>Reads control data stanza by stanza from a stream of UTF-8 bytes (Debian Policy §5.1, deb822(5)).</summary>
/// <remarks>
/// Strict: a duplicate field, a continuation without a field, a NUL and every limit of <see cref="Deb822Limits"/> are faults that name
/// their line. As in apt, only an empty line ends a stanza: one of blanks continues the field before it; a carriage return before a line
/// feed and a byte order mark are no content. The spans handed out are valid until the next call of <see cref="Read"/>.
/// </remarks>
internal sealed class Deb822Reader
{
    private readonly record struct FieldPlace(int Name, int NameLength, int Value, int ValueLength, long Line);

    private readonly Stream _source;
    private readonly string _format;
    private readonly Deb822Limits _limits;
    private readonly List<FieldPlace> _fields = [];
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;      // first byte of the stanza, or of what is not read yet
    private int _next;       // first byte after the last line taken
    private int _filled;
    private long _bufferOffset; // position of _buffer[0] in the stream
    private long _line;      // number of the last line taken, from 1
    private bool _ended;

    /// <summary>Starts at the stream's position.</summary>
    /// <param name="source">Read to its end; not disposed.</param>
    /// <param name="format">What a fault is reported under: <c>Packages of trixie/main (amd64)</c>.</param>
    /// <param name="limits">Bounds; those of an archive index when null.</param>
    public Deb822Reader(Stream source, string format, Deb822Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        (_source, _format, _limits) = (source, format, limits ?? Deb822Limits.Archive);
    }

    /// <summary>Line on which the stanza starts, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>
    /// The first fault in the lines of this stanza, where <see cref="Deb822Limits.PassesOverStanzas"/> lets the reader go on; else null.
    /// The fields that could be read are there all the same.
    /// </summary>
    public ImageFormatException? StanzaFault { get; private set; }

    /// <summary>Fields of the stanza.</summary>
    public int FieldCount => _fields.Count;

    /// <summary>Name of a field as it is written; names compare without regard to ASCII case.</summary>
    public ReadOnlySpan<byte> NameOf(int field) => _buffer.AsSpan(_start + _fields[field].Name, _fields[field].NameLength);

    /// <summary>
    /// Value of a field without blanks around it. Continuation lines follow, each with its line feed and its leading blank.
    /// </summary>
    public ReadOnlySpan<byte> ValueOf(int field) => _buffer.AsSpan(_start + _fields[field].Value, _fields[field].ValueLength);

    /// <summary>Line of a field, from 1.</summary>
    public long LineOf(int field) => _fields[field].Line;

    /// <summary>Finds a field by name.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int field = IndexOf(name);
        value = field < 0 ? default : ValueOf(field);
        return field >= 0;
    }

    /// <summary>Value of a field as text; null when there is none.</summary>
    /// <exception cref="ImageFormatException">It is not UTF-8.</exception>
    public string? Text(ReadOnlySpan<byte> name)
    {
        int field = IndexOf(name);
        return field < 0 ? null : Decode(field);
    }

    /// <summary>A fault at the current stanza, for readers of its content.</summary>
    public ImageFormatException Fault(long line, string problem) => new(_format, _bufferOffset + _start, $"line {line}: {problem}");

    /// <summary>Moves to the next stanza; false at the end.</summary>
    /// <exception cref="ImageFormatException">The bytes break a rule, and see <see cref="StanzaFault"/>.</exception>
    public bool Read()
    {
        _fields.Clear();
        StanzaFault = null;
        _start = _next;
        while (true)
        {
            if (!TakeLine(out int start, out int end))
            {
                return HasStarted;
            }
            if (start == end || (!HasStarted && IsBlank(_buffer.AsSpan(start, end - start))))
            {
                if (HasStarted)
                {
                    return true;
                }
                _start = _next; // empty lines between stanzas
                continue;
            }
            if (_limits.Comments && _buffer[start] == '#')
            {
                Remove(start);
                continue;
            }
            if (!HasStarted)
            {
                (_start, Line) = (start, _line);
            }
            if (ProblemOfLine(start, end) is { } problem)
            {
                StanzaFault ??= Fault(_line, problem);
                if (!_limits.PassesOverStanzas)
                {
                    throw StanzaFault;
                }
            }
        }
    }

    private int IndexOf(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < _fields.Count; i++)
        {
            if (_fields[i].NameLength == name.Length && Ascii.EqualsIgnoreCase(NameOf(i), name))
            {
                return i;
            }
        }
        return -1;
    }

    private string Decode(int field)
    {
        try
        {
            return s_strictUtf8.GetString(ValueOf(field));
        }
        catch (ArgumentException e)
        {
            throw new ImageFormatException(_format, _bufferOffset + _start, $"line {LineOf(field)}: the value is not UTF-8", e);
        }
    }

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private bool HasStarted => _fields.Count > 0 || StanzaFault is not null;

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;

    // Adds a line to the fields, or says which rule it breaks.
    private string? ProblemOfLine(int start, int end)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(start, end - start);
        if (line.Length > _limits.MaxLineBytes)
        {
            return $"the line has {line.Length} bytes, at most {_limits.MaxLineBytes} are allowed";
        }
        if (line.Contains((byte)0))
        {
            return "the line contains a NUL";
        }
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (_fields.Count == 0)
            {
                return "a continuation line without a field before it";
            }
            if (!IsBlank(line))
            {
                FieldPlace last = _fields[^1];
                _fields[^1] = last with { ValueLength = end - _start - last.Value };
            }
            return null;
        }
        int colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            return "expected 'Field: value'";
        }
        ReadOnlySpan<byte> name = line[..colon];
        if (name.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) >= 0 || name[0] is (byte)'#' or (byte)'-')
        {
            return "the field name has a character that Policy §5.1 does not allow";
        }
        if (IndexOf(name) >= 0)
        {
            return $"the field '{Encoding.ASCII.GetString(name)}' occurs twice in one stanza";
        }
        if (_fields.Count == _limits.MaxFields)
        {
            return $"the stanza has more than {_limits.MaxFields} fields";
        }
        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        int valueStart = value.IsEmpty ? end : start + colon + 1 + line[(colon + 1)..].IndexOfAnyExcept((byte)' ', (byte)'\t');
        _fields.Add(new FieldPlace(start - _start, colon, valueStart - _start, value.Length, _line));
        return null;
    }

    // Finds the next line in the buffer, reading more when it is not all there. The line feed is not part of it, nor what stands before it
    // in files from Windows.
    private bool TakeLine(out int start, out int end)
    {
        int searched = 0;
        while (true)
        {
            start = _next;
            int feed = _buffer.AsSpan(_next + searched, _filled - _next - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                end = _next + searched + feed;
                _next = end + 1;
                break;
            }
            if (_ended)
            {
                end = _next = _filled;
                if (start == end)
                {
                    return false;
                }
                break;
            }
            searched = _filled - _next;
            Fill();
        }
        _line++;
        if (_line == 1 && _buffer.AsSpan(start, end - start).StartsWith("\uFEFF"u8))
        {
            start += 3; // byte order mark
        }
        if (end > start && _buffer[end - 1] == '\r')
        {
            end--;
        }
        return true;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _filled - _start);
            _bufferOffset += _start;
            (_next, _filled, _start) = (_next - _start, _filled - _start, 0);
        }
        if (_filled == _buffer.Length)
        {
            if (_filled >= _limits.MaxStanzaBytes)
            {
                throw Fault(_line + 1, $"the stanza has more than {_limits.MaxStanzaBytes} bytes");
            }
            Array.Resize(ref _buffer, Math.Min(_limits.MaxStanzaBytes, _buffer.Length * 2));
        }
        int read = _source.Read(_buffer, _filled, _buffer.Length - _filled);
        _filled += read;
        _ended = read == 0;
    }

    private void Remove(int start)
    {
        Buffer.BlockCopy(_buffer, _next, _buffer, start, _filled - _next);
        int length = _next - start;
        (_next, _filled, _bufferOffset) = (start, _filled - length, _bufferOffset + length);
    }
}
