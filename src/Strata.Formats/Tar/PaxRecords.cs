using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Tar;

/// <summary>The records of one pax extended header: <c>25 path=usr/bin/a-long-name\n</c> (POSIX pax, "pax Extended Header").</summary>
internal sealed class PaxRecords
{
    /// <summary>Prefix of records that carry an extended attribute.</summary>
    public const string XattrPrefix = "SCHILY.xattr.";

    private readonly SortedDictionary<string, ReadOnlyMemory<byte>> _records = new(StringComparer.Ordinal);
    private readonly long _offset;

    private PaxRecords(long offset) => _offset = offset;

    /// <summary>Attributes of the entry, without the prefix.</summary>
    public SortedDictionary<string, ReadOnlyMemory<byte>> ExtendedAttributes()
    {
        SortedDictionary<string, ReadOnlyMemory<byte>> attributes = new(StringComparer.Ordinal);
        foreach ((string key, ReadOnlyMemory<byte> value) in _records)
        {
            if (key.StartsWith(XattrPrefix, StringComparison.Ordinal))
            {
                attributes.Add(key[XattrPrefix.Length..], value);
            }
        }
        return attributes;
    }

    /// <summary>Reads all records of a header.</summary>
    /// <exception cref="ImageFormatException">A record is malformed, a key comes twice, or the entry would mean something else than its bytes.</exception>
    public static PaxRecords Parse(ReadOnlyMemory<byte> content, long offset)
    {
        PaxRecords records = new(offset);
        while (!content.IsEmpty)
        {
            int length = records.ParseLength(content.Span, out int digits);
            ReadOnlyMemory<byte> record = content[(digits + 1)..(length - 1)];
            int equals = record.Span.IndexOf((byte)'=');
            if (equals <= 0 || content.Span[length - 1] != '\n')
            {
                throw records.Error("a record of the extended header is not 'length key=value' and a line feed");
            }
            records.Add(records.Decode(record.Span[..equals], "key"), record[(equals + 1)..]);
            content = content[length..];
        }
        return records;
    }

    /// <summary>A text record; null when absent or empty, which means the same (POSIX: "deletes" the value).</summary>
    public string? Text(string key)
    {
        if (!_records.TryGetValue(key, out ReadOnlyMemory<byte> value) || value.IsEmpty)
        {
            return null;
        }
        string text = Decode(value.Span, key);
        return text.Contains('\0', StringComparison.Ordinal) ? throw Error($"{key} in the extended header contains a NUL") : text;
    }

    /// <summary>A decimal record; null when absent or empty.</summary>
    public long? Number(string key)
    {
        if (Text(key) is not string text)
        {
            return null;
        }
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw Error($"{key} in the extended header is '{text}', expected a decimal number below 2^63");
    }

    /// <summary>Appends one record; the length in front counts itself.</summary>
    public static void Append(Stream target, string key, ReadOnlySpan<byte> value)
    {
        byte[] name = Encoding.UTF8.GetBytes(key);
        int rest = name.Length + value.Length + 3; // space, '=' and line feed
        int length = rest + 1;
        while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length)
        {
            length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        }
        target.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture) + " "));
        target.Write(name);
        target.WriteByte((byte)'=');
        target.Write(value);
        target.WriteByte((byte)'\n');
    }

    private void Add(string key, ReadOnlyMemory<byte> value)
    {
        if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal))
        {
            throw Error("sparse files are not supported");
        }
        if (!_records.TryAdd(key, value))
        {
            throw Error($"the extended header has '{key}' twice");
        }
    }

    private int ParseLength(ReadOnlySpan<byte> content, out int digits)
    {
        digits = content.IndexOf((byte)' ');
        if (digits is < 1 or > 7 || content[..digits].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw Error("a record of the extended header does not start with its length");
        }
        int length = int.Parse(content[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        if (length < digits + 2 || length > content.Length)
        {
            throw Error($"a record of the extended header claims {length} bytes, {content.Length} are left");
        }
        return length;
    }

    private string Decode(ReadOnlySpan<byte> bytes, string what)
    {
        try
        {
            return TarHeader.StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error($"{what} in the extended header is not UTF-8");
        }
    }

    private ImageFormatException Error(string problem) => new("tar", _offset, problem);
}
