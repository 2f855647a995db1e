using System.Buffers;
using System.Text;
using System.Text.Json;
using Strata.Core;

namespace Strata.Tuf.Json;

/// <summary>
/// Canonical JSON, the form of metadata that is signed: members in the order of their names, no white space, whole numbers alone.
/// </summary>
/// <remarks>Canonical JSON of OLPC, as The Update Framework 1.0, §4.2 asks for.</remarks>
internal static class CanonicalJson
{
    /// <summary>The bytes that a signature is over.</summary>
    /// <param name="value">What is signed. Nothing in it is left out, known here or not (§4.1).</param>
    /// <exception cref="ImageFormatException">It has a number that is no whole number, or a text that is no Unicode.</exception>
    public static byte[] Write(JsonElement value)
    {
        ArrayBufferWriter<byte> bytes = new();
        Write(value, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(JsonElement value, ArrayBufferWriter<byte> bytes)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, bytes);
                break;
            case JsonValueKind.Array:
                bytes.Write("["u8);
                bool isFirst = true;
                foreach (JsonElement element in value.EnumerateArray())
                {
                    bytes.Write(isFirst ? ""u8 : ","u8);
                    isFirst = false;
                    Write(element, bytes);
                }
                bytes.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteText(Utf8Of(value), bytes);
                break;
            case JsonValueKind.Number:
                bytes.Write(Encoding.ASCII.GetBytes(WholeNumber(value)));
                break;
            default: // nothing else is left: true, false, null
                bytes.Write(Encoding.ASCII.GetBytes(value.GetRawText()));
                break;
        }
    }

    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> bytes)
    {
        // by the bytes of UTF-8, which is the order of code points; that of UTF-16 is another one
        List<(byte[] Name, JsonElement Value)> members = [.. value.EnumerateObject().Select(m => (Utf8Of(m), m.Value))];
        members.Sort((a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        bytes.Write("{"u8);
        for (int i = 0; i < members.Count; i++)
        {
            bytes.Write(i == 0 ? ""u8 : ","u8);
            WriteText(members[i].Name, bytes);
            bytes.Write(":"u8);
            Write(members[i].Value, bytes);
        }
        bytes.Write("}"u8);
    }

    /// <summary>Two characters are escaped, and control characters are not.</summary>
    private static void WriteText(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> bytes)
    {
        bytes.Write("\""u8);
        for (int at; (at = text.IndexOfAny((byte)'"', (byte)'\\')) >= 0; text = text[(at + 1)..])
        {
            bytes.Write(text[..at]);
            bytes.Write("\\"u8);
            bytes.Write(text.Slice(at, 1));
        }
        bytes.Write(text);
        bytes.Write("\""u8);
    }

    private static string WholeNumber(JsonElement value)
    {
        string text = value.GetRawText();
        if (text.AsSpan(text[0] == '-' ? 1 : 0).ContainsAnyExceptInRange('0', '9'))
        {
            throw new ImageFormatException(MetadataReader.Format, 0, $"the number {text} is no whole number, which cannot be signed");
        }
        return text == "-0" ? "0" : text;
    }

    private static byte[] Utf8Of(JsonElement text) => Utf8Of(() => text.GetString()!);

    private static byte[] Utf8Of(JsonProperty member) => Utf8Of(() => member.Name);

    private static byte[] Utf8Of(Func<string> text)
    {
        try
        {
            return MetadataReader.StrictUtf8.GetBytes(text());
        }
        catch (Exception e) when (e is InvalidOperationException or EncoderFallbackException) // half of a surrogate pair, as \ud800
        {
            throw new ImageFormatException(MetadataReader.Format, 0, "a text is no Unicode", e);
        }
    }
}
