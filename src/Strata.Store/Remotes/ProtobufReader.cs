using System.Text;
using Strata.Core;

namespace Strata.Store.Remotes;

/// <summary>Walks the fields of one message in the protobuf wire format (protobuf.dev, "Encoding").</summary>
/// <param name="format">Name of the message for errors.</param>
/// <param name="message">Its bytes.</param>
/// <param name="start">Where they lie in the outermost message, for errors.</param>
/// <remarks>After <see cref="Next"/>, exactly one of the value methods is called. Groups, an obsolete form, are refused.</remarks>
internal ref struct ProtobufReader(string format, ReadOnlySpan<byte> message, int start)
{
    private const int LongestVarint = 10; // bytes
    private const int MostFieldNumber = (1 << 29) - 1;

    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        LengthDelimited = 2,
        Fixed32 = 5,
    }

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;
    private int _field;
    private WireType _type;

    /// <summary>Moves to the next field.</summary>
    /// <returns>False at the end of the message.</returns>
    public bool Next(out int field)
    {
        field = 0;
        if (_at == _message.Length)
        {
            return false;
        }
        ulong tag = Varint();
        ulong number = tag >> 3;
        _type = (WireType)(tag & 7);
        if (number is 0 or > MostFieldNumber
            || _type is not (WireType.Varint or WireType.Fixed64 or WireType.LengthDelimited or WireType.Fixed32))
        {
            throw Wrong($"tag {tag} has no valid field number or wire type");
        }
        _field = (int)number;
        field = _field;
        return true;
    }

    /// <summary>The value as a number.</summary>
    public ulong Number()
    {
        Expect(WireType.Varint);
        return Varint();
    }

    /// <summary>The value as bytes.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Expect(WireType.LengthDelimited);
        ulong length = Varint();
        return length <= (ulong)(_message.Length - _at)
            ? Take((int)length)
            : throw Wrong($"field {_field} has length {length}, {_message.Length - _at} bytes are left");
    }

    /// <summary>The value as text.</summary>
    public string Text(int longest)
    {
        ReadOnlySpan<byte> bytes = Bytes();
        if (bytes.Length > longest)
        {
            throw Wrong($"field {_field} has {bytes.Length} bytes, allowed {longest}");
        }
        try
        {
            return s_strictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong($"field {_field} is not UTF-8");
        }
    }

    /// <summary>The value as a message of its own.</summary>
    public ProtobufReader Message()
    {
        ReadOnlySpan<byte> bytes = Bytes();
        return new ProtobufReader(format, bytes, start + _at - bytes.Length);
    }

    /// <summary>Passes over the value.</summary>
    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.LengthDelimited:
                Bytes();
                break;
            default:
                Take(_type == WireType.Fixed64 ? 8 : 4);
                break;
        }
    }

    /// <summary>The message breaks a rule here.</summary>
    public readonly ImageFormatException Wrong(string problem) => new(format, start + _at, problem);

    private readonly void Expect(WireType type)
    {
        if (_type != type)
        {
            throw Wrong($"field {_field} has wire type {(int)_type}, expected {(int)type}");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _message.Length - _at)
        {
            throw Wrong($"field {_field} needs {count} bytes, {_message.Length - _at} are left");
        }
        ReadOnlySpan<byte> taken = _message.Slice(_at, count);
        _at += count;
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint; i++)
        {
            if (_at == _message.Length)
            {
                throw Wrong("ends inside a number");
            }
            byte part = _message[_at++];
            if (i == LongestVarint - 1 && part > 1)
            {
                throw Wrong("a number has more than 64 bits");
            }
            value |= (ulong)(part & 0x7f) << (7 * i);
            if (part < 0x80)
            {
                return value;
            }
        }
        throw Wrong($"a number has more than {LongestVarint} bytes");
    }
}
