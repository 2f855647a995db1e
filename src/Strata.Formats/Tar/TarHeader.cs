using System.Text;
using Strata.Core;

namespace Strata.Formats.Tar;

/// <summary>The fixed 512-byte header of an entry: POSIX ustar or GNU (pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").</summary>
internal readonly ref struct TarHeader
{
    /// <summary>Header, content and padding come in blocks of this many bytes.</summary>
    public const int BlockSize = 512;

    /// <summary>Decodes names; anything that is not UTF-8 is refused.</summary>
    public static UTF8Encoding StrictUtf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Byte offsets.</summary>
    internal static class At
    {
        public const int Name = 0; // 100 bytes, NUL-terminated unless full
        public const int Mode = 100; // 8
        public const int Uid = 108; // 8
        public const int Gid = 116; // 8
        public const int Size = 124; // 12
        public const int Mtime = 136; // 12
        public const int Checksum = 148; // 8; counted as spaces
        public const int TypeFlag = 156; // 1
        public const int LinkName = 157; // 100
        public const int Magic = 257; // 8: "ustar\0" "00", or "ustar  \0" of GNU
        public const int DeviceMajor = 329; // 8
        public const int DeviceMinor = 337; // 8
        public const int Prefix = 345; // 155, of POSIX only; GNU keeps times there
    }

    private const int MaxMode = Modes.All;

    private readonly ReadOnlySpan<byte> _block;
    private readonly long _offset;

    /// <summary>Checks magic and checksum.</summary>
    public TarHeader(ReadOnlySpan<byte> block, long offset)
    {
        _block = block;
        _offset = offset;
        IsPosix = block.Slice(At.Magic, 8).SequenceEqual("ustar\000"u8);
        if (!IsPosix && !block.Slice(At.Magic, 8).SequenceEqual("ustar  \0"u8))
        {
            throw Error("the magic is neither that of ustar nor that of GNU tar");
        }
        long stated = Number(At.Checksum, 8, "checksum");
        long actual = Sum(block);
        if (stated != actual)
        {
            throw Error($"the header's checksum is {stated}, its bytes sum up to {actual}");
        }
    }

    /// <summary>True for ustar and pax, false for GNU.</summary>
    public bool IsPosix { get; }

    public byte TypeFlag => _block[At.TypeFlag];

    /// <summary>Permission bits; the file type that some writers add is dropped.</summary>
    public int Mode => (int)(Number(At.Mode, 8, "mode") & MaxMode);

    public long Uid => Number(At.Uid, 8, "uid");

    public long Gid => Number(At.Gid, 8, "gid");

    public long Size => Number(At.Size, 12, "size");

    public long DeviceMajor => Number(At.DeviceMajor, 8, "device major number");

    public long DeviceMinor => Number(At.DeviceMinor, 8, "device minor number");

    public string LinkName => Text(At.LinkName, 100, "link target");

    public string Name
    {
        get
        {
            string name = Text(At.Name, 100, "name");
            string prefix = IsPosix ? Text(At.Prefix, 155, "name's prefix") : "";
            return prefix.Length == 0 ? name : $"{prefix}/{name}";
        }
    }

    /// <summary>Sum of all bytes with the checksum field taken as spaces.</summary>
    public static int Sum(ReadOnlySpan<byte> block)
    {
        int sum = 8 * ' ';
        foreach (byte b in block)
        {
            sum += b;
        }
        foreach (byte b in block.Slice(At.Checksum, 8))
        {
            sum -= b;
        }
        return sum;
    }

    /// <summary>UTF-8 text up to the first NUL.</summary>
    private string Text(int at, int length, string what)
    {
        ReadOnlySpan<byte> field = _block.Slice(at, length);
        int nul = field.IndexOf((byte)0);
        try
        {
            return StrictUtf8.GetString(nul < 0 ? field : field[..nul]);
        }
        catch (DecoderFallbackException)
        {
            throw Error($"the {what} is not UTF-8");
        }
    }

    /// <summary>Octal digits, or with the top bit set a big-endian number of GNU ("base-256").</summary>
    private long Number(int at, int length, string what)
    {
        ReadOnlySpan<byte> field = _block.Slice(at, length);
        if ((field[0] & 0x80) != 0)
        {
            return Base256(field, what);
        }
        ReadOnlySpan<byte> text = field.TrimStart((byte)' ');
        int end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'7');
        ReadOnlySpan<byte> digits = end < 0 ? text : text[..end];
        if (end >= 0 && text[end..].ContainsAnyExcept((byte)0, (byte)' '))
        {
            throw Error($"the {what} is no octal number");
        }
        long value = 0;
        foreach (byte digit in digits)
        {
            value = (value << 3) | (long)(digit - '0'); // at most 12 digits: 36 bits
        }
        return value;
    }

    private long Base256(ReadOnlySpan<byte> field, string what)
    {
        if ((field[0] & 0x40) != 0)
        {
            throw Error($"the {what} is negative");
        }
        long value = field[0] & 0x3F;
        foreach (byte b in field[1..])
        {
            if (value > long.MaxValue >> 8)
            {
                throw Error($"the {what} does not fit 63 bits");
            }
            value = (value << 8) | b;
        }
        return value;
    }

    private ImageFormatException Error(string problem) => new("tar", _offset, problem);
}
