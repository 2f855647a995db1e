using System.Text;
using Strata.Core;

namespace Strata.Packages.Keys;

/// <summary>Public keys in ASCII armour (RFC 9580 §6): one or several blocks with nothing but empty lines around them.</summary>
/// <remarks>
/// <c>gpgv</c> reads keyrings without armour only, so it is taken off here. The checksum behind a block is passed over: the RFC says that
/// nobody may reject a block for it.
/// </remarks>
internal static class KeyArmour
{
    private const int LongestLine = 1024; // 76 of base64 (§6.1); headers such as Comment may be longer
    private const string FirstLine = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string LastLine = "-----END PGP PUBLIC KEY BLOCK-----";

    /// <summary>True for a text in armour of whatever kind. Binary keys begin with a bit that no text has.</summary>
    public static bool IsIn(ReadOnlySpan<byte> content) => content.TrimStart(" \t\r\n"u8).StartsWith("-----BEGIN PGP "u8);

    /// <summary>The keys of all blocks, one behind the other.</summary>
    /// <param name="text">The text in armour.</param>
    /// <param name="label">What a person calls it.</param>
    /// <exception cref="ImageFormatException">It breaks a rule.</exception>
    public static byte[] Remove(ReadOnlySpan<byte> text, string label)
    {
        using MemoryStream keys = new();
        StringBuilder? base64 = null; // of the block that is open
        bool inHeaders = false;
        int position = 0;
        foreach (string whole in Encoding.Latin1.GetString(text).Split('\n'))
        {
            string line = whole.TrimEnd(' ', '\t', '\r');
            string? problem = line.Length > LongestLine ? $"a line has more than {LongestLine} bytes"
                : base64 is not null || line.Length == 0 || line == FirstLine ? null
                : line.StartsWith("-----BEGIN PGP PRIVATE KEY", StringComparison.Ordinal)
                    ? "it holds a private key, which must not lie here; expected what 'gpg --armor --export KEY' writes"
                : "a line outside of a block of public keys";
            if (problem is not null)
            {
                throw new ImageFormatException(label, position, problem);
            }
            if (base64 is null)
            {
                base64 = line == FirstLine ? new StringBuilder() : null;
                inHeaders = true;
            }
            else if (line == LastLine)
            {
                keys.Write(Decode(base64.ToString(), label, position));
                base64 = null;
            }
            else if (!(inHeaders && line.Contains(':', StringComparison.Ordinal)) && !line.StartsWith('='))
            {
                inHeaders = false; // an empty line ends them, which some programs leave out when there are none
                base64.Append(line);
            }
            position += whole.Length + 1;
        }
        return base64 is null ? keys.ToArray()
            : throw new ImageFormatException(label, text.Length, "a block of keys does not end; it was cut off");
    }

    private static byte[] Decode(string base64, string label, int position)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException e)
        {
            throw new ImageFormatException(label, position, "a block of keys is no base64", e);
        }
    }
}
