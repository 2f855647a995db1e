using System.Buffers.Binary;
using System.Text;

namespace Strata.Device.Mapping;

/// <summary>Messages to the device mapper: <c>struct dm_ioctl</c> (include/uapi/linux/dm-ioctl.h), protocol version 4.</summary>
internal static class DeviceMapperMessage
{
    /// <summary>Length of the header in bytes.</summary>
    public const int HeaderSize = 312;

    /// <summary>Longest name with its final zero byte.</summary>
    public const int NameSize = 128;

    private const int SpecSize = 40; // struct dm_target_spec
    private const uint ReadOnlyFlag = 1;

    private static class At // byte offsets
    {
        public const int Version = 0; // u32 major, minor, patch
        public const int DataSize = 12; // u32, header and all that follows
        public const int DataStart = 16; // u32
        public const int TargetCount = 20; // u32
        public const int Flags = 28; // u32
        public const int Device = 40; // u64
        public const int Name = 48; // 128 bytes
    }

    private static class SpecAt
    {
        public const int Start = 0; // u64, sectors
        public const int Length = 8; // u64, sectors
        public const int Type = 24; // 16 bytes
    }

    /// <summary>Number of a command as ioctl(2) takes it: read and write, magic 0xFD, size of the header.</summary>
    public static ulong Request(int command) => 0xC000_0000UL | ((ulong)HeaderSize << 16) | (0xFDUL << 8) | (uint)command;

    /// <summary>A message of nothing but a header.</summary>
    /// <remarks>
    /// Devices get no identity beside their name. The kernel refuses a second device of an identity, and one made of the content would
    /// refuse layers with equal contents.
    /// </remarks>
    /// <exception cref="ArgumentException">The name is too long.</exception>
    public static byte[] Header(string name, bool isReadOnly)
    {
        byte[] message = new byte[HeaderSize];
        Fill(message, name, isReadOnly);
        return message;
    }

    /// <summary>A message that loads a table of one line.</summary>
    /// <param name="name">Name of the device.</param>
    /// <param name="sectors">Length of the device in sectors of 512 bytes.</param>
    /// <param name="type">Name of the target: <c>verity</c>.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="isReadOnly">Whether the device can only be read.</param>
    public static byte[] Table(string name, ulong sectors, string type, string parameters, bool isReadOnly = true)
    {
        byte[] text = Encoding.ASCII.GetBytes(parameters);
        int tail = (SpecSize + text.Length + 1 + 7) & ~7;
        byte[] message = new byte[HeaderSize + tail];
        Fill(message, name, isReadOnly);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(At.TargetCount), 1);
        Span<byte> spec = message.AsSpan(HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(spec[SpecAt.Start..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(spec[SpecAt.Length..], sectors);
        Put(spec.Slice(SpecAt.Type, 16), type);
        text.CopyTo(spec[SpecSize..]);
        return message;
    }

    /// <summary>Minor number of the device that the kernel's answer names: it becomes <c>/dev/dm-N</c>.</summary>
    public static int MinorOf(ReadOnlySpan<byte> answer)
    {
        // huge_encode_dev: minor bits 0–7 below the major number, the others above
        ulong device = BinaryPrimitives.ReadUInt64LittleEndian(answer[At.Device..]);
        return (int)((device & 0xFF) | ((device >> 12) & 0xFFF00));
    }

    private static void Fill(Span<byte> message, string name, bool isReadOnly)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(message[At.Version..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(message[At.DataSize..], (uint)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(message[At.DataStart..], HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(message[At.Flags..], isReadOnly ? ReadOnlyFlag : 0);
        Put(message.Slice(At.Name, NameSize), name);
    }

    private static void Put(Span<byte> field, string text)
    {
        if (text.Length >= field.Length)
        {
            throw new ArgumentException($"'{text}' is longer than {field.Length - 1} bytes", nameof(text));
        }
        Encoding.ASCII.GetBytes(text, field);
    }
}
