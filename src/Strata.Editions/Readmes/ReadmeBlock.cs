using System.Text;

namespace Strata.Editions.Readmes;

/// <summary>
/// A file as a heading and a fenced block of Markdown (CommonMark §4.5). What is no text, or has no line feed at its end, is base64.
/// </summary>
internal static class ReadmeBlock
{
    public const string Heading = "### `";
    public const char EndOfHeading = '`';
    public const string Program = " (program)";
    public const string Base64 = "base64";

    private const int Columns = 76; // RFC 2045 §6.8
    private const int LeastTicks = 3;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Append(StringBuilder text, ReadmeFile file)
    {
        text.Append(Heading).Append(file.Path).Append(EndOfHeading).Append(file.IsProgram ? Program : "").Append("\n\n");
        string? plain = TextOf(file.Bytes);
        string content = plain ?? string.Concat(Convert.ToBase64String(file.Bytes).Chunk(Columns).Select(l => new string(l) + "\n"));
        string fence = new('`', Math.Max(LeastTicks, LongestRun(content) + 1));
        text.Append(fence).Append(plain is null ? Base64 : LanguageOf(file.Path)).Append('\n').Append(content).Append(fence).Append("\n\n");
    }

    // only what comes back byte for byte: a carriage return or a NUL does not survive every editor and every mail
    private static string? TextOf(byte[] bytes)
    {
        if (bytes.Length > 0 && bytes[^1] != '\n')
        {
            return null;
        }
        try
        {
            string text = s_utf8.GetString(bytes);
            return text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) || text.StartsWith('\uFEFF') ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static int LongestRun(string text)
    {
        int longest = 0;
        int run = 0;
        foreach (char c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        return longest;
    }

    private static string LanguageOf(string path) => Path.GetExtension(path) switch
    {
        ".yaml" => "yaml",
        ".lock" or ".json" => "json",
        ".sh" => "sh",
        _ => "text",
    };
}
