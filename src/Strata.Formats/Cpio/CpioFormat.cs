using System.Buffers.Text;
using System.Globalization;

namespace Strata.Formats.Cpio;

/// <summary>The "newc" header that Linux reads as initramfs (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
/// <remarks>
/// 110 bytes of ASCII: a magic of 6 digits, then 13 fields of 8 hexadecimal digits. The name follows with a NUL; header and name together, and
/// the content, are padded with NULs to 4 bytes. Limits: 4 GiB - 1 a file, 4,096 bytes a name with its NUL.
/// </remarks>
internal static class CpioFormat
{
    /// <summary>Length of a header in bytes.</summary>
    public const int HeaderSize = 110;

    /// <summary>Name of the entry that ends an archive.</summary>
    public const string Trailer = "TRAILER!!!";

    /// <summary>Longest name in bytes with its NUL (PATH_MAX of Linux).</summary>
    public const int MaxNameSize = 4096;

    /// <summary>S_IFMT.</summary>
    public const uint TypeMask = 0xF000;

    public const uint TypeFifo = 0x1000;
    public const uint TypeCharacterDevice = 0x2000;
    public const uint TypeDirectory = 0x4000;
    public const uint TypeBlockDevice = 0x6000;
    public const uint TypeFile = 0x8000;
    public const uint TypeSymlink = 0xA000;
    public const uint TypeSocket = 0xC000;

    /// <summary>Byte offsets; every field but the magic has 8 digits.</summary>
    internal static class At
    {
        public const int Inode = 6;
        public const int Mode = 14;
        public const int Uid = 22;
        public const int Gid = 30;
        public const int Links = 38;
        public const int Modified = 46;
        public const int Size = 54;
        public const int Major = 62; // of the file system that holds the file
        public const int Minor = 70;
        public const int DeviceMajor = 78;
        public const int DeviceMinor = 86;
        public const int NameSize = 94; // with the NUL
        public const int Checksum = 102; // 0 in this variant
    }

    private const int Digits = 8;

    public static ReadOnlySpan<byte> Magic => "070701"u8;

    /// <summary>Bytes missing to a multiple of 4.</summary>
    public static int PaddingOf(long position) => (int)(-position & 3);

    /// <summary>Fills a header.</summary>
    public static void WriteHeader(Span<byte> header, in CpioEntry entry, int nameSize)
    {
        header.Fill((byte)'0');
        Magic.CopyTo(header);
        Put(header, At.Inode, entry.Inode);
        Put(header, At.Mode, entry.Mode);
        Put(header, At.Uid, entry.Uid);
        Put(header, At.Gid, entry.Gid);
        Put(header, At.Links, entry.Links);
        Put(header, At.Modified, entry.Modified);
        Put(header, At.Size, entry.Size);
        Put(header, At.DeviceMajor, entry.DeviceMajor);
        Put(header, At.DeviceMinor, entry.DeviceMinor);
        Put(header, At.NameSize, (uint)nameSize);
    }

    /// <summary>Reads one field; false when it is not 8 hexadecimal digits.</summary>
    public static bool TryGet(ReadOnlySpan<byte> header, int at, out uint value) =>
        Utf8Parser.TryParse(header.Slice(at, Digits), out value, out int consumed, 'x') && consumed == Digits;

    private static void Put(Span<byte> header, int at, uint value) =>
        value.TryFormat(header.Slice(at, Digits), out _, "X8", CultureInfo.InvariantCulture);
}
