namespace Strata.Settings.Reading;

/// <summary>How keys and hashes look.</summary>
public static class SecretForm
{
    private const string Begin = "-----BEGIN ";
    private const string End = "PRIVATE KEY-----";

    /// <summary>True when a text holds a private key of PEM, OpenSSH or PuTTY.</summary>
    public static bool HoldsPrivateKey(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains("PuTTY-User-Key-File-", StringComparison.Ordinal))
        {
            return true;
        }
        for (int at = text.IndexOf(Begin, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Begin, at + 1, StringComparison.Ordinal))
        {
            // what stands between is the kind: capital letters, digits, blanks
            ReadOnlySpan<char> rest = text.AsSpan(at + Begin.Length);
            int end = rest.IndexOf(End, StringComparison.Ordinal);
            if (end is >= 0 and <= 40 && rest[..end].All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == ' '))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>True for a hash that crypt(5) calls fit for new ones: yescrypt, gost-yescrypt, scrypt, SHA-512, SHA-256, bcrypt.</summary>
    public static bool IsPasswordHash(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('$', 7);
        if (parts.Length < 3 || parts[0].Length > 0)
        {
            return false;
        }
        switch (parts[1])
        {
            case "y" or "gy":
                return parts.Length == 5 && IsText(parts[2], 1, 40) && IsText(parts[3], 1, 86) && IsText(parts[4], 43, 43);
            case "7":
                return parts.Length == 4 && IsText(parts[2], 11, 97) && IsText(parts[3], 43, 43);
            case "6" or "5":
                bool saysRounds = parts.Length == 5;
                int length = parts[1] == "6" ? 86 : 43;
                return (parts.Length == 4 || (saysRounds && IsRounds(parts[2]))) && IsText(parts[^2], 1, 16)
                    && IsText(parts[^1], length, length);
            case "2a" or "2b" or "2y":
                return parts.Length == 4 && parts[2].Length == 2 && parts[2].AsSpan().All(char.IsAsciiDigit) && IsText(parts[3], 53, 53);
            default:
                return false;
        }
    }

    private static bool IsRounds(string text) => text.StartsWith("rounds=", StringComparison.Ordinal)
        && text.Length is >= 11 and <= 16 && text.AsSpan(7).All(char.IsAsciiDigit);

    private static bool IsText(string text, int least, int most) => text.Length >= least && text.Length <= most
        && text.AsSpan().All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/');
}
