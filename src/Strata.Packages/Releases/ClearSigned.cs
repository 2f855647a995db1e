namespace Strata.Packages.Releases;

/// <summary>
/// The outer form of a clear-signed document (RFC 9580 §7): one signed text, one block of signatures, nothing around them; and of such a block
/// that is a file of its own.
/// </summary>
/// <remarks>
/// Stricter than the RFC, because whatever passes is read by a program of the host that is written in C and may be old: only what archives
/// write. The text has headers <c>Hash</c> only, and lines of bounded length without control characters; the signatures have no headers,
/// lines of base64 of bounded length, and a bounded size.
/// </remarks>
internal static class ClearSigned
{
    /// <summary>Most bytes in a line of the text; <c>gpgv</c> has a limit of its own at 20,000 (GnuPG, g10/armor.c, MAX_LINELEN).</summary>
    public const int LongestLine = 18_999;

    /// <summary>Most bytes of the base64 of all signatures; Debian's three have 2.5 KB.</summary>
    public const int LargestSignatures = 64 * 1024;

    private const int LongestArmourLine = 76; // RFC 9580 §6.1
    private const int MostHeaders = 8;

    /// <summary>What is wrong with the form; null when it is right. Says nothing of the signature.</summary>
    public static string? ProblemOf(ReadOnlySpan<byte> document)
    {
        if (!document.StartsWith("-----BEGIN PGP SIGNED MESSAGE-----\n"u8))
        {
            return "it is no signed text";
        }
        ReadOnlySpan<byte> rest = document.TrimEnd((byte)'\n');
        if (!rest.EndsWith("\n-----END PGP SIGNATURE-----"u8))
        {
            return "something follows the signature, or it was cut off";
        }
        // Lines of the text that start with a dash are escaped as "- -", so armour lines occur only where armour is.
        return Count(document, "-----BEGIN PGP SIGNED MESSAGE-----"u8) != 1
            || Count(document, "\n-----BEGIN PGP SIGNATURE-----\n"u8) != 1
            || Count(document, "\n-----END PGP "u8) != 1
            || Count(document, "\n-----BEGIN PGP "u8) != 1
            ? "it holds more than one signed text"
            : ProblemOfLines(rest);
    }

    /// <summary>What is wrong with the form of signatures in a file of their own, <c>Release.gpg</c>; null when it is right.</summary>
    /// <remarks>
    /// Armour only, as apt has it. Open Build Service still writes the header <c>Version</c>, which programs for it added for decades.
    /// </remarks>
    public static string? ProblemOfDetached(ReadOnlySpan<byte> signature)
    {
        ReadOnlySpan<byte> rest = signature.TrimEnd((byte)'\n');
        if (!NextLine(ref rest).SequenceEqual("-----BEGIN PGP SIGNATURE-----"u8))
        {
            return "its signature is none in ASCII armour";
        }
        if (!rest.EndsWith("\n-----END PGP SIGNATURE-----"u8) || Count(rest, "-----"u8) != 2)
        {
            return "something follows the signature, or it was cut off";
        }
        ReadOnlySpan<byte> line = NextLine(ref rest);
        if (line.StartsWith("Version: "u8) && line.Length <= LongestArmourLine && !line.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            line = NextLine(ref rest);
        }
        return line.IsEmpty ? ProblemOfSignatures(rest) : "the signature has headers, which archives do not write";
    }

    private static string? ProblemOfLines(ReadOnlySpan<byte> rest)
    {
        NextLine(ref rest); // BEGIN PGP SIGNED MESSAGE
        int headers = 0;
        ReadOnlySpan<byte> line;
        while (!(line = NextLine(ref rest)).IsEmpty)
        {
            if (++headers > MostHeaders || !IsHashHeader(line))
            {
                return "the signed text has another header than 'Hash'";
            }
        }
        while (!(line = NextLine(ref rest)).SequenceEqual("-----BEGIN PGP SIGNATURE-----"u8))
        {
            if (line.Length > LongestLine)
            {
                return $"a line of the signed text has more than {LongestLine} bytes";
            }
            if (line.ContainsAnyInRange((byte)0, (byte)8) || line.ContainsAnyInRange((byte)10, (byte)31))
            {
                return "the signed text has a control character";
            }
            if (line is [(byte)'-', ..] and not [(byte)'-', (byte)' ', ..])
            {
                return "a line of the signed text that starts with a dash is not escaped";
            }
        }
        return NextLine(ref rest).IsEmpty ? ProblemOfSignatures(rest) : "the signature has headers, which archives do not write";
    }

    private static string? ProblemOfSignatures(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > LargestSignatures)
        {
            return $"the signatures have more than {LargestSignatures} bytes";
        }
        bool ends = false; // after padding or a shorter line only the checksum follows
        bool hasChecksum = false;
        int lines = 0;
        while (true)
        {
            ReadOnlySpan<byte> line = NextLine(ref rest);
            if (line.SequenceEqual("-----END PGP SIGNATURE-----"u8))
            {
                return lines == 0 ? "the signature is empty" : null;
            }
            if (line is [(byte)'=', ..] && lines > 0 && !hasChecksum && line.Length == 5 && IsBase64(line[1..]))
            {
                hasChecksum = true; // RFC 9580 §6.1: CRC-24, four characters behind '='
                continue;
            }
            ReadOnlySpan<byte> digits = line.TrimEnd((byte)'=');
            if (ends || hasChecksum || line.Length is 0 or > LongestArmourLine || line.Length % 4 != 0 || line.Length - digits.Length > 2
                || !IsBase64(digits))
            {
                return "the signature is not in lines of base64";
            }
            ends = digits.Length < line.Length;
            lines++;
        }
    }

    // Hash: SHA256, SHA512
    private static bool IsHashHeader(ReadOnlySpan<byte> line)
    {
        if (line.Length > LongestArmourLine || !line.StartsWith("Hash: "u8))
        {
            return false;
        }
        foreach (byte b in line["Hash: ".Length..])
        {
            if (!char.IsAsciiLetterUpper((char)b) && !char.IsAsciiDigit((char)b) && b is not ((byte)',' or (byte)' ' or (byte)'-'))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsBase64(ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'+' or (byte)'/'))
            {
                return false;
            }
        }
        return !text.IsEmpty;
    }

    /// <summary>Takes a line off; what is left without line feed is the last one, and after it every line is empty.</summary>
    private static ReadOnlySpan<byte> NextLine(scoped ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line;
    }

    private static int Count(ReadOnlySpan<byte> document, ReadOnlySpan<byte> line)
    {
        int count = 0;
        for (int at = document.IndexOf(line); at >= 0; at = document.IndexOf(line))
        {
            count++;
            document = document[(at + line.Length)..];
        }
        return count;
    }
}
