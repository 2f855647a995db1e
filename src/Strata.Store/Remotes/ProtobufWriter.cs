using System.Buffers;

namespace Strata.Store.Remotes;

/// <summary>Appends fields in the protobuf wire format (protobuf.dev, "Encoding").</summary>
internal static class ProtobufWriter
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;

    /// <summary>A number that is not negative; zero is not written, as proto3 wants it.</summary>
    public static void Number(ArrayBufferWriter<byte> message, int field, long value)
    {
        if (value > 0)
        {
            WriteVarint(message, ((ulong)field << 3) | Varint);
            WriteVarint(message, (ulong)value);
        }
    }

    /// <summary>Text, bytes or a message.</summary>
    public static void Bytes(ArrayBufferWriter<byte> message, int field, ReadOnlySpan<byte> value)
    {
        WriteVarint(message, ((ulong)field << 3) | LengthDelimited);
        WriteVarint(message, (ulong)value.Length);
        message.Write(value);
    }

    private static void WriteVarint(ArrayBufferWriter<byte> message, ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        int length = 0;
        while (value >= 0x80)
        {
            bytes[length++] = (byte)(value & 0x7f | 0x80);
            value >>= 7;
        }
        bytes[length++] = (byte)value;
        message.Write(bytes[..length]);
    }
}
