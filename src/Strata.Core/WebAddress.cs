using System.Text.RegularExpressions;

namespace Strata.Core;

/// <summary>Addresses as they may be shown, logged or written down: without user name and password.</summary>
public static partial class WebAddress
{
    /// <summary>An address without its user name and password (RFC 3986 §3.2.1).</summary>
    public static string Shown(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.IsAbsoluteUri && address.Scheme is "http" or "https"
            ? address.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped)
            : Shown(address.OriginalString);
    }

    /// <summary>
    /// A text that may be or hold an address, not necessarily a right one: everything up to the last @ of its word is left out.
    /// </summary>
    public static string Shown(string text) => UserInfo().Replace(text, "$1");

    [GeneratedRegex("""(^(?:[A-Za-z][A-Za-z0-9+.-]*://)?|://)[^\s'"<>]*@""", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();
}
