using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Strata.Core;

namespace Strata.Updates.Json;

/// <summary>The one way in which a document of ours is written, so that equal documents are equal bytes and have one digest.</summary>
/// <remarks>UTF-8 without mark, no white space, members in a fixed order, a line feed at the end.</remarks>
internal static class CanonicalForm
{
    // '+' stands in versions and names of packages; the documents are no part of a web page
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789+-._");
    private static readonly SearchValues<char> s_plainCharacters = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Except(['"', '\\'])]);

    /// <summary>Writes a document.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter writer = new(bytes, s_options))
        {
            write(writer);
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Refuses a text that is not what writing its meaning gives: two texts of one meaning would have two digests.</summary>
    /// <exception cref="ImageFormatException">It differs.</exception>
    public static void Require(ReadOnlySpan<byte> text, ReadOnlySpan<byte> canonical, string format)
    {
        int same = text.CommonPrefixLength(canonical);
        if (same != text.Length || same != canonical.Length)
        {
            throw new ImageFormatException(format, same, "it is not in canonical form: other white space, escapes or line ends than a writer of ours makes");
        }
    }

    /// <summary>True for a name of 1 to 64 lower-case letters, digits and <c>+ - . _</c>, the first a letter or digit.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(text[0]) && !text.AsSpan().ContainsAnyExcept(s_nameCharacters);

    /// <summary>True for 1 to <paramref name="most"/> visible ASCII characters without <c>"</c> and <c>\</c>, which no JSON writer escapes.</summary>
    public static bool IsPlain(string text, int most = 256) =>
        text.Length > 0 && text.Length <= most && !text.AsSpan().ContainsAnyExcept(s_plainCharacters);

    /// <summary>True for an even number of lower-case hex digits, at most <paramref name="mostBytes"/> bytes of them; nothing is fine too.</summary>
    public static bool IsHex(string text, int mostBytes) =>
        text.Length % 2 == 0 && text.Length <= 2 * mostBytes && text.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
