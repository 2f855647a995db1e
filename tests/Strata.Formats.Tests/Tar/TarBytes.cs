using System.Globalization;
using System.Text;
using Strata.Formats.Tar;

namespace Strata.Formats.Tests.Tar;

/// <summary>tar archives and their description, made in the test. Offsets are typed from POSIX pax, "ustar Interchange Format".</summary>
internal static class TarBytes
{
    /// <summary>A header whose fields the test may break; <see cref="Sign"/> makes its checksum right again.</summary>
    public static byte[] Header(string name, char type = '0', long size = 0, string link = "", bool gnu = false)
    {
        byte[] block = new byte[512];
        Put(block, 0, name);
        Put(block, 100, "0000644\0");
        Put(block, 108, "0000000\0");
        Put(block, 116, "0000000\0");
        Put(block, 124, Convert.ToString(size, 8).PadLeft(11, '0'));
        Put(block, 136, "00000000000");
        Put(block, 156, type.ToString());
        Put(block, 157, link);
        Put(block, 257, gnu ? "ustar  \0" : "ustar\000");
        return Sign(block);
    }

    public static byte[] Sign(byte[] block)
    {
        block.AsSpan(148, 8).Fill((byte)' ');
        int sum = block.Sum(b => b);
        Put(block, 148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        return block;
    }

    public static byte[] Put(byte[] block, int offset, string text)
    {
        Encoding.UTF8.GetBytes(text).CopyTo(block, offset);
        return block;
    }

    /// <summary>A content, padded to blocks.</summary>
    public static byte[] Padded(byte[] content) => [.. content, .. new byte[(512 - (content.Length % 512)) % 512]];

    public static byte[] Padded(string content) => Padded(Encoding.UTF8.GetBytes(content));

    /// <summary>An extension header of one of the types L, K, x, g with its content.</summary>
    public static byte[] Extension(char type, string content) =>
        [.. Header("ext", type, Encoding.UTF8.GetByteCount(content), gnu: type is 'L' or 'K'), .. Padded(content)];

    /// <summary>One pax record with the right length.</summary>
    public static string Record(string key, string value)
    {
        int rest = Encoding.UTF8.GetByteCount($" {key}={value}\n");
        int length = rest + (rest + 1).ToString(CultureInfo.InvariantCulture).Length;
        length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        return $"{length} {key}={value}\n";
    }

    /// <summary>Blocks and the two zero blocks of the end.</summary>
    public static byte[] Archive(params IEnumerable<byte[]> parts) => [.. parts.SelectMany(p => p), .. new byte[1024]];

    public static string Dump(byte[] archive) => Dump(new MemoryStream(archive));

    /// <summary>One line an entry, with its content when it is short.</summary>
    public static string Dump(Stream archive)
    {
        StringBuilder text = new();
        TarReader reader = new(archive);
        while (reader.Next() is TarEntry entry)
        {
            text.Append(CultureInfo.InvariantCulture, $"{entry.Kind} {entry.Name} {Convert.ToString(entry.Mode, 8)} {entry.Uid}:{entry.Gid} {entry.Size}");
            if (entry.LinkName.Length > 0)
            {
                text.Append(" -> ").Append(entry.LinkName);
            }
            if (entry.Kind is TarKind.CharacterDevice or TarKind.BlockDevice)
            {
                text.Append(CultureInfo.InvariantCulture, $" {entry.DeviceMajor},{entry.DeviceMinor}");
            }
            foreach ((string name, ReadOnlyMemory<byte> value) in entry.ExtendedAttributes)
            {
                text.Append(CultureInfo.InvariantCulture, $" {name}={Convert.ToHexStringLower(value.Span)}");
            }
            using MemoryStream content = new();
            reader.Content.CopyTo(content);
            text.Append(content.Length is > 0 and < 20 ? $" '{Encoding.UTF8.GetString(content.ToArray())}'" : "").Append('\n');
        }
        return text.ToString();
    }
}
