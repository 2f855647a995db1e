using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Agent.Sources;

/// <summary>The head of an answer over HTTP: its status, and the header fields that matter here.</summary>
/// <param name="Status">100 … 599.</param>
/// <param name="RangeFrom">First byte of what comes, by <c>Content-Range</c>; null without one.</param>
/// <param name="Length">Bytes that come, by <c>Content-Length</c>; null when it is not said.</param>
/// <param name="IsEncoded">True when they are not the bytes of the file (<c>Content-Encoding</c>).</param>
internal sealed record HttpAnswer(int Status, long? RangeFrom, long? Length, bool IsEncoded)
{
    /// <summary>The longest head that is read.</summary>
    public const int MostBytes = 64 << 10;

    private const string Format = "answer over HTTP";

    /// <summary>True when another head follows: this one only leads there (RFC 9110 §15.2, §15.4).</summary>
    public bool IsInterim => Status is < 200 or >= 300 and < 400;

    /// <summary>Where a head ends in what has come: behind its empty line; null when that has not come yet.</summary>
    public static int? EndIn(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf("\r\n\r\n"u8);
        return end < 0 ? null : end + 4;
    }

    /// <summary>Whether bytes may be the beginning of a head.</summary>
    public static bool IsBeginning(ReadOnlySpan<byte> bytes) => bytes.StartsWith("HTTP/"u8);

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">All of it, to its empty line.</param>
    /// <exception cref="ImageFormatException">It is none.</exception>
    public static HttpAnswer Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MostBytes || !IsBeginning(bytes))
        {
            throw Fault(0, $"it does not begin with HTTP/, or its head has more than {MostBytes} bytes");
        }
        string[] lines = Encoding.Latin1.GetString(bytes).Split("\r\n");
        string[] words = lines[0].Split(' ');
        if (words.Length < 2 || words[1].Length != 3
            || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int status)
            || status is < 100 or > 599)
        {
            throw Fault(0, "its first line has no status");
        }
        long? from = null;
        long? length = null;
        bool isEncoded = false;
        foreach (string line in lines[1..])
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? "" : line[..colon];
            string value = colon < 0 ? "" : line[(colon + 1)..].Trim();
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                length = NumberOf(value) ?? throw Fault(0, "its Content-Length is no number");
            }
            else if (name.Equals("Content-Range", StringComparison.OrdinalIgnoreCase))
            {
                from = FirstOf(value);
            }
            else if (name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                isEncoded = !value.Equals("identity", StringComparison.OrdinalIgnoreCase);
            }
        }
        return new HttpAnswer(status, from, length, isEncoded);
    }

    // RFC 9110 §14.4: bytes FIRST-LAST/ALL; what is something else says no place
    private static long? FirstOf(string value)
    {
        int dash = value.IndexOf('-', StringComparison.Ordinal);
        return value.StartsWith("bytes ", StringComparison.OrdinalIgnoreCase) && dash > 6 ? NumberOf(value[6..dash]) : null;
    }

    private static long? NumberOf(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static ImageFormatException Fault(long at, string problem) => new(Format, at, problem);
}
