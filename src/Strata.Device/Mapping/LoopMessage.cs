using System.Buffers.Binary;

namespace Strata.Device.Mapping;

/// <summary>What LOOP_CONFIGURE takes: <c>struct loop_config</c> (include/uapi/linux/loop.h; Linux 5.8).</summary>
internal static class LoopMessage
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 304;

    /// <summary>LOOP_CONFIGURE.</summary>
    public const ulong Configure = 0x4C0A;

    /// <summary>LOOP_CTL_GET_FREE.</summary>
    public const ulong GetFree = 0x4C82;

    private const uint ReadOnly = 1;
    private const uint AutoClear = 4; // gone with its last user: after a restart of the layers nothing is left
    private const uint DirectIo = 16; // else every block would be in the page cache twice

    private static class At // byte offsets
    {
        public const int File = 0; // u32
        public const int BlockSize = 4; // u32
        public const int Flags = 8 + 52; // u32 in struct loop_info64
    }

    /// <summary>Opens a file as a block device.</summary>
    /// <param name="file">Its descriptor.</param>
    /// <param name="blockSize">Size of the device's blocks in bytes.</param>
    /// <param name="isDirect">Past the page cache of the file below.</param>
    /// <param name="isWritable">Whether the device can be written to.</param>
    public static byte[] Write(int file, int blockSize, bool isDirect, bool isWritable = false)
    {
        byte[] message = new byte[Size];
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(At.File), file);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(At.BlockSize), blockSize);
        uint flags = AutoClear | (isWritable ? 0 : ReadOnly) | (isDirect ? DirectIo : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(At.Flags), flags);
        return message;
    }
}
