using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Store.Downloads;

/// <summary>The last seen version of a changing document, kept in one file with what the server needs to say whether it changed.</summary>
/// <param name="Source">Its address.</param>
/// <param name="EntityTag">The <c>ETag</c> as sent; empty when there was none.</param>
/// <param name="LastModified">The <c>Last-Modified</c> as sent; empty when there was none.</param>
/// <param name="Content">Its bytes.</param>
/// <remarks>docs/formats/store.md, "Documents". One file, so that content and tag can never be of different versions.</remarks>
internal sealed record DocumentFile(Uri Source, string EntityTag, string LastModified, ReadOnlyMemory<byte> Content)
{
    /// <summary>Most bytes of the lines before the content.</summary>
    public const int LongestHead = 64 * 1024;

    private const string Format = "kept document";
    private const string FirstLine = "strata-document 1";
    private static readonly string[] s_fields = ["source ", "etag ", "last-modified ", "size ", "sha256 "];

    /// <summary>Name of the file: the digest of the address without user name and password.</summary>
    public static string NameOf(Uri source) => Sha256Digest.Of(Encoding.UTF8.GetBytes(WebAddress.Shown(source))).ToString();

    /// <summary>The whole file.</summary>
    public byte[] Write()
    {
        string[] lines =
        [
            FirstLine,
            s_fields[0] + WebAddress.Shown(Source),
            s_fields[1] + OneLine(EntityTag),
            s_fields[2] + OneLine(LastModified),
            s_fields[3] + Content.Length.ToString(CultureInfo.InvariantCulture),
            s_fields[4] + Sha256Digest.Of(Content.Span).ToString(),
        ];
        string head = string.Join('\n', lines) + "\n\n";
        return [.. Encoding.UTF8.GetBytes(head), .. Content.Span];
    }

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="source">The address it must be of.</param>
    /// <exception cref="ImageFormatException">It breaks a rule or is of another address.</exception>
    public static DocumentFile Read(ReadOnlyMemory<byte> bytes, Uri source)
    {
        int end = bytes.Span[..Math.Min(bytes.Length, LongestHead)].IndexOf("\n\n"u8);
        if (end < 0)
        {
            throw new ImageFormatException(Format, 0, $"has no empty line in its first {LongestHead} bytes");
        }
        string[] lines = Encoding.UTF8.GetString(bytes.Span[..end]).Split('\n');
        if (lines.Length != s_fields.Length + 1 || lines[0] != FirstLine)
        {
            throw new ImageFormatException(Format, 0, $"does not start with '{FirstLine}' and {s_fields.Length} fields");
        }
        for (int i = 0; i < s_fields.Length; i++)
        {
            if (!lines[i + 1].StartsWith(s_fields[i], StringComparison.Ordinal))
            {
                throw new ImageFormatException(Format, 0, $"line {i + 2} is not '{s_fields[i]}'");
            }
            lines[i + 1] = lines[i + 1][s_fields[i].Length..];
        }
        ReadOnlyMemory<byte> content = bytes[(end + 2)..];
        if (lines[1] != WebAddress.Shown(source))
        {
            throw new ImageFormatException(Format, 0, $"is of another address than {WebAddress.Shown(source)}");
        }
        if (!int.TryParse(lines[4], NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size != content.Length
            || !Sha256Digest.TryParse(lines[5], out Sha256Digest digest) || digest != Sha256Digest.Of(content.Span))
        {
            throw new ImageFormatException(Format, end + 2, "the content has not the size and SHA-256 that its head says");
        }
        return new DocumentFile(source, lines[2], lines[3], content);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
