using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Strata.Testing;

/// <summary>
/// Makes broken copies of sound inputs. The same seed and the same calls give the same copies, in every run and on every machine.
/// </summary>
/// <remarks>
/// It knows nothing of any format. What it does is what has broken readers before: bits and bytes changed, integers of all widths and both
/// byte
/// orders set to values at the edge of a type, numbers written in digits replaced, pieces cut off, taken out, repeated, exchanged with
/// those of another
/// input, and words of the format put where they do not belong.
/// </remarks>
/// <param name="seed">Any number.</param>
/// <param name="words">Words of the format; none when null.</param>
/// <param name="mostBytes">No copy is longer than this, in bytes.</param>
public sealed class Mutator(int seed, IReadOnlyList<byte[]>? words = null, int mostBytes = 1 << 20)
{
    /// <summary>Values at the edges of integer types and of the bounds that formats like: blocks, tables, 31, 32, 63 and 64 bits.</summary>
    private static readonly long[] s_edges =
    [
        0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 63, 64, 100, 127, 128, -128, 255, 256, 257, 511, 512, 513, 1000, 1023, 1024, 4095, 4096, 4097,
        short.MaxValue, short.MinValue, ushort.MaxValue, ushort.MaxValue + 1L, 1 << 20, 1 << 24, 1 << 30,
        int.MaxValue, int.MinValue, int.MaxValue + 1L, uint.MaxValue, uint.MaxValue + 1L, 1L << 40, 1L << 62, long.MaxValue, long.MinValue,
            -2,
    ];

    private readonly Random _random = new(seed);
    private readonly IReadOnlyList<byte[]> _words = words ?? [];

    /// <summary>Broken copies of one input.</summary>
    public static IEnumerable<byte[]> Of(byte[] valid, int count, int seed)
    {
        Mutator mutator = new(seed);
        for (int i = 0; i < count; i++)
        {
            yield return mutator.Change(valid, valid);
        }
    }

    /// <summary>A number below <paramref name="limit"/>, for a caller whose own choices are to be the same in every run too.</summary>
    public int Choose(int limit) => _random.Next(limit);

    /// <summary>A copy with one to four changes.</summary>
    /// <param name="valid">The input, not changed.</param>
    /// <param name="other">Another input of the same format, from which pieces are taken.</param>
    public byte[] Change(byte[] valid, byte[] other)
    {
        ArgumentNullException.ThrowIfNull(valid);
        ArgumentNullException.ThrowIfNull(other);
        byte[] bytes = [.. valid];
        for (int changes = _random.Next(1, 5); changes > 0; changes--)
        {
            bytes = bytes.Length == 0 ? [.. Piece(other, 64)] : ChangeOnce(bytes, other);
        }
        return bytes.Length > mostBytes ? bytes[..mostBytes] : bytes;
    }

    private byte[] ChangeOnce(byte[] bytes, byte[] other)
    {
        int at = _random.Next(2) == 0 ? _random.Next(bytes.Length) : _random.Next(Math.Min(bytes.Length, 512)); // heads matter most
        switch (_random.Next(14))
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 2:
                bytes[at] = (byte)_random.Next(256);
                return bytes;
            case 3:
                bytes[at] = unchecked((byte)(bytes[at] + _random.Next(-16, 17)));
                return bytes;
            case 4 or 5:
                SetInteger(bytes, at);
                return bytes;
            case 6:
                bytes.AsSpan(at, Math.Min(_random.Next(1, 17), bytes.Length - at)).Fill((byte)(_random.Next(2) * 255));
                return bytes;
            case 7:
                return bytes[..at];
            case 8: // a piece taken out
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + Math.Min(Length(), bytes.Length - at))];
            case 9: // a piece repeated elsewhere
                return Insert(bytes, Between(bytes, at), Piece(bytes, mostBytes - bytes.Length));
            case 10: // a piece over another one
                Span<byte> room = bytes.AsSpan(at);
                ReadOnlySpan<byte> piece = Piece([.. bytes], room.Length);
                piece.CopyTo(room);
                return bytes;
            case 11: // the start of one and the end of another
                return _random.Next(4) == 0 && other.Length > 0
                    ? [.. bytes.AsSpan(0, at), .. other.AsSpan(_random.Next(other.Length))]
                    : Insert(bytes, Between(bytes, at), Piece(other, mostBytes - bytes.Length));
            case 12:
                return PutWord(bytes, at);
            default:
                return SetDigits(bytes, at);
        }
    }

    private void SetInteger(byte[] bytes, int at)
    {
        long value = unchecked(s_edges[_random.Next(s_edges.Length)] + (_random.Next(4) == 0 ? _random.Next(-2, 3) : 0));
        Span<byte> integer = stackalloc byte[sizeof(long)];
        int width = 1 << _random.Next(4);
        if (_random.Next(3) == 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(integer, value);
            integer = integer[^width..];
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(integer, value);
            integer = integer[..width];
        }
        at = _random.Next(2) == 0 ? at & -width : at; // fields are mostly aligned
        integer[..Math.Min(width, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
    }

    /// <summary>Replaces the next run of decimal digits; a random byte when there is none near.</summary>
    private byte[] SetDigits(byte[] bytes, int at)
    {
        int start = bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
        {
            bytes[at] = (byte)_random.Next(256);
            return bytes;
        }
        start += at;
        int end = start;
        while (end < bytes.Length && bytes[end] is >= (byte)'0' and <= (byte)'9')
        {
            end++;
        }
        string number = _random.Next(8) switch
        {
            0 => "",
            1 => new string('9', _random.Next(1, 40)),
            2 => "0" + Encoding.ASCII.GetString(bytes, start, end - start),
            _ => s_edges[_random.Next(s_edges.Length)].ToString(CultureInfo.InvariantCulture),
        };
        return [.. bytes.AsSpan(0, start), .. Encoding.ASCII.GetBytes(number), .. bytes.AsSpan(end)];
    }

    private byte[] PutWord(byte[] bytes, int at)
    {
        if (_words.Count == 0)
        {
            bytes[at] = (byte)_random.Next(256);
            return bytes;
        }
        byte[] word = _words[_random.Next(_words.Count)];
        if (_random.Next(2) == 0)
        {
            return Insert(bytes, Between(bytes, at), word);
        }
        word.AsSpan(0, Math.Min(word.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    private ReadOnlySpan<byte> Piece(byte[] from, int most)
    {
        int start = _random.Next(from.Length + 1);
        return from.AsSpan(start, Math.Max(0, Math.Min(Math.Min(Length(), most), from.Length - start)));
    }

    /// <summary>A place to insert at: one that was chosen, or the end, which is no byte's place.</summary>
    private int Between(byte[] bytes, int at) => _random.Next(8) == 0 ? bytes.Length : at;

    /// <summary>Mostly short, now and then long.</summary>
    private int Length() => _random.Next(1, 1 << _random.Next(1, 13));

    private static byte[] Insert(byte[] bytes, int at, ReadOnlySpan<byte> piece) => [.. bytes.AsSpan(0, at), .. piece, .. bytes.AsSpan(at)];
}
