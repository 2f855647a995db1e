using System.Buffers;
using System.Globalization;

namespace Strata.Core;

/// <summary>A number of bytes, shown in binary units (IEC 80000-13: 1 KiB = 1024 bytes) and read with or without them.</summary>
public readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary><paramref name="mebibytes"/> × 1,048,576 bytes.</summary>
    public static ByteSize FromMiB(long mebibytes) => new(mebibytes * 1024 * 1024);

    /// <summary>For people: <c>512 B</c>, <c>9.77 KiB</c>, <c>15.9 MiB</c>, <c>128 MiB</c>; three significant digits.</summary>
    public override string ToString()
    {
        double value = Bytes;
        int unit = 0;
        while (Math.Abs(value) >= 999.5 && unit < s_units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        string format = unit == 0 || Math.Abs(value) >= 99.95 ? "0" : Math.Abs(value) >= 9.995 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    /// <summary>
    /// Reads <c>4096</c>, <c>64K</c>, <c>16M</c>, <c>16 MiB</c>, <c>1.5 GiB</c>: single letters and IEC units are binary, <c>MB</c> is decimal.
    /// </summary>
    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }
        string trimmed = text.Trim();
        int digits = trimmed.AsSpan().IndexOfAnyExcept(s_digits);
        string unit = digits < 0 ? "" : trimmed[digits..].Trim();
        string number = digits < 0 ? trimmed : trimmed[..digits];
        long factor = unit switch
        {
            "" or "B" => 1,
            "K" or "KiB" => 1L << 10,
            "M" or "MiB" => 1L << 20,
            "G" or "GiB" => 1L << 30,
            "T" or "TiB" => 1L << 40,
            "kB" or "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            _ => 0,
        };
        if (factor == 0 || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
        {
            return false;
        }
        if (value > long.MaxValue / factor)
        {
            return false;
        }
        size = new ByteSize((long)(value * factor));
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Smaller.</summary>
    public static bool operator <(ByteSize left, ByteSize right) => left.Bytes < right.Bytes;

    /// <summary>Larger.</summary>
    public static bool operator >(ByteSize left, ByteSize right) => left.Bytes > right.Bytes;

    /// <summary>Smaller or equal.</summary>
    public static bool operator <=(ByteSize left, ByteSize right) => left.Bytes <= right.Bytes;

    /// <summary>Larger or equal.</summary>
    public static bool operator >=(ByteSize left, ByteSize right) => left.Bytes >= right.Bytes;
}
