namespace Strata.Settings.Reading;

/// <summary>
/// Forms that names and values must have, said with plain comparisons: the class for regular expressions would be a seventh of a program of
/// the device that reads these words.
/// </summary>
internal static class TextForm
{
    private const int LongestLabel = 63; // RFC 1035 §2.3.4
    private const int MostLabels = 9;

    /// <summary>A lower-case letter, then characters of a kind; no longer than <paramref name="most"/>.</summary>
    public static bool IsName(string text, int most, Func<char, bool> rest) =>
        text.Length > 0 && text.Length <= most && char.IsAsciiLetterLower(text[0]) && text.AsSpan(1).All(rest);

    /// <summary>Labels of lower-case letters, digits and dashes with dots between them.</summary>
    public static bool IsHostName(string text)
    {
        string[] labels = text.Split('.', MostLabels + 1);
        return labels.Length <= MostLabels && labels.All(l =>
            l.Length is > 0 and <= LongestLabel && l[0] != '-' && l[^1] != '-' && l.AsSpan().All(IsLowerOrDash));
    }

    /// <summary>A name of the time zone database: up to three parts that begin with a capital letter.</summary>
    public static bool IsZone(string text)
    {
        string[] parts = text.Split('/', 4);
        return parts.Length <= 3 && parts.All(p => p.Length is > 0 and <= 31 && char.IsAsciiLetterUpper(p[0])
            && p.AsSpan(1).All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '+' or '-'));
    }

    /// <summary>A locale: <c>LANGUAGE[_COUNTRY][.SET][@VARIANT]</c> (locale(7)).</summary>
    public static bool IsLocale(string text)
    {
        (string rest, string? variant) = Cut(text, '@');
        (string place, string? set) = Cut(rest, '.');
        (string language, string? country) = Cut(place, '_');
        return (place is "C" or "POSIX" || (language.Length is 2 or 3 && language.AsSpan().All(char.IsAsciiLetterLower)
                && (country is null || (country.Length == 2 && country.AsSpan().All(char.IsAsciiLetterUpper)))))
            && (set is null || (set.Length is > 0 and <= 20 && set.AsSpan().All(c => char.IsAsciiLetterOrDigit(c) || c == '-')))
            && (variant is null || (variant.Length is > 0 and <= 20 && variant.AsSpan().All(char.IsAsciiLetterLower)));
    }

    /// <summary>One word that fstab(5) can hold: it parts fields at blanks, begins comments with a hash, escapes with a backslash.</summary>
    public static bool IsField(string text) => text.Length is > 0 and <= 255 && text.AsSpan().All(c => !char.IsWhiteSpace(c)
        && c is not ('#' or '\\') && !char.IsSurrogate(c)
        && char.GetUnicodeCategory(c) is not (System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.PrivateUse or System.Globalization.UnicodeCategory.OtherNotAssigned));

    /// <summary>A setting of the kernel: parts with dots or slashes between them.</summary>
    public static bool IsSysctl(string text)
    {
        string[] parts = text.Split(['.', '/'], 12);
        return parts.Length is >= 2 and <= 11
            && IsName(parts[0], int.MaxValue, c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            && parts.Skip(1).All(p => p.Length > 0 && p.AsSpan().All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'));
    }

    /// <summary>An absolute path of letters, digits and <c>. _ - /</c>.</summary>
    public static bool IsPlainPath(string text) => text.Length > 1 && text[0] == '/'
        && text[1..].Split('/').All(p => p.Length > 0 && p.AsSpan().All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'));

    /// <summary>An account: a letter or underscore, then letters, digits, underscores and dashes, at most 31.</summary>
    public static bool IsAccount(string text) => text.Length is > 0 and <= 31 && (char.IsAsciiLetterLower(text[0]) || text[0] == '_')
        && text.AsSpan().All(c => IsLowerOrDash(c) || c == '_');

    /// <summary>A name of an interface (IFNAMSIZ of Linux, less its end).</summary>
    public static bool IsInterface(string text) => IsName(text, 15, c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>A name that the kernel or systemd's naming scheme gives.</summary>
    public static bool IsKernelInterface(string text)
    {
        foreach (string start in (ReadOnlySpan<string>)["eth", "wlan", "usb", "wwan"])
        {
            if (text.Length > start.Length && text.StartsWith(start, StringComparison.Ordinal)
                && text.AsSpan(start.Length).All(char.IsAsciiDigit))
            {
                return true;
            }
        }
        return text.Length > 3 && (text.StartsWith("en", StringComparison.Ordinal) || text.StartsWith("wl", StringComparison.Ordinal)
                || text.StartsWith("ww", StringComparison.Ordinal))
            && text[2] is 'o' or 's' or 'x' or 'p' or 'P' or 'b' or 'c'
            && char.IsAsciiHexDigit(text[3]) && text.AsSpan(4).All(char.IsAsciiLetterOrDigit);
    }

    /// <summary>Six bytes in hexadecimal with colons between them.</summary>
    public static bool IsMac(string text) => text.Length == 17 && text.AsSpan().All(c => c == ':' || char.IsAsciiHexDigit(c))
        && text.Split(':') is { Length: 6 } bytes && bytes.All(b => b.Length == 2);

    /// <summary>A name or address, a colon and a port.</summary>
    public static bool IsEndpoint(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 1)
        {
            return false;
        }
        ReadOnlySpan<char> host = text.AsSpan(0, colon);
        ReadOnlySpan<char> port = text.AsSpan(colon + 1);
        bool isHost = host[0] == '['
            ? host.Length is >= 4 and <= 47 && host[^1] == ']' && host[1..^1].All(c => c == ':' || char.IsAsciiHexDigit(c))
            : host.Length <= 252 && host[0] is not ('.' or '-') && host[^1] is not ('.' or '-') && host.All(c => IsLowerOrDash(c) || c == '.');
        return isHost && port.Length is > 0 and <= 5 && port[0] is >= '1' and <= '9' && port.All(char.IsAsciiDigit);
    }

    /// <summary>True when all characters are of a kind.</summary>
    public static bool All(this ReadOnlySpan<char> text, Func<char, bool> kind)
    {
        foreach (char c in text)
        {
            if (!kind(c))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>A lower-case letter, a digit or a dash.</summary>
    public static bool IsLowerOrDash(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';

    // before and after the first; null when it is not there
    private static (string Before, string? After) Cut(string text, char at)
    {
        int index = text.IndexOf(at, StringComparison.Ordinal);
        return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
    }
}
