using System.Text;

namespace Strata.Packages.Licences;

/// <summary>SPDX identifiers for the short names of Debian's copyright files.</summary>
/// <remarks>
/// Only where both are certainly the same licence: copyright-format 1.0 §7.1 defines its names. <c>MIT</c>, <c>BSD</c> or <c>Artistic</c> stand for
/// several texts there, and people invent names; those become <c>LicenseRef-Debian-NAME</c>, which SPDX (annex D.4) keeps for names of one's own.
/// </remarks>
internal static class SpdxNames
{
    /// <summary>What names without an identifier start with.</summary>
    public const string OwnPrefix = "LicenseRef-Debian-";

    /// <summary>By the name in lower case, for copyright-format says that case does not matter. A <c>+</c> at the end means later versions too.</summary>
    private static readonly Dictionary<string, string> s_versioned = new(StringComparer.Ordinal)
    {
        ["gpl-1"] = "GPL-1.0", ["gpl-1.0"] = "GPL-1.0",
        ["gpl-2"] = "GPL-2.0", ["gpl-2.0"] = "GPL-2.0",
        ["gpl-3"] = "GPL-3.0", ["gpl-3.0"] = "GPL-3.0",
        ["lgpl-2"] = "LGPL-2.0", ["lgpl-2.0"] = "LGPL-2.0",
        ["lgpl-2.1"] = "LGPL-2.1",
        ["lgpl-3"] = "LGPL-3.0", ["lgpl-3.0"] = "LGPL-3.0",
        ["agpl-3"] = "AGPL-3.0", ["agpl-3.0"] = "AGPL-3.0",
        ["gfdl-1.1"] = "GFDL-1.1", ["gfdl-1.2"] = "GFDL-1.2", ["gfdl-1.3"] = "GFDL-1.3",
        ["gfdl-niv-1.1"] = "GFDL-1.1-no-invariants", ["gfdl-niv-1.2"] = "GFDL-1.2-no-invariants", ["gfdl-niv-1.3"] = "GFDL-1.3-no-invariants",
    };

    private static readonly Dictionary<string, string> s_plain = new(StringComparer.Ordinal)
    {
        ["apache-1.0"] = "Apache-1.0", ["apache-2.0"] = "Apache-2.0",
        ["artistic-2.0"] = "Artistic-2.0",
        ["bsd-2-clause"] = "BSD-2-Clause", ["bsd-3-clause"] = "BSD-3-Clause",
        ["bsl-1.0"] = "BSL-1.0",
        ["cc0-1.0"] = "CC0-1.0",
        ["cc-by-3.0"] = "CC-BY-3.0", ["cc-by-4.0"] = "CC-BY-4.0", ["cc-by-sa-3.0"] = "CC-BY-SA-3.0", ["cc-by-sa-4.0"] = "CC-BY-SA-4.0",
        ["curl"] = "curl",
        ["expat"] = "MIT", // the text that SPDX calls MIT
        ["isc"] = "ISC",
        ["lppl-1.3c"] = "LPPL-1.3c",
        ["mit-0"] = "MIT-0",
        ["mpl-1.1"] = "MPL-1.1", ["mpl-2.0"] = "MPL-2.0",
        ["ofl-1.1"] = "OFL-1.1",
        ["python-2.0"] = "Python-2.0",
        ["unlicense"] = "Unlicense",
        ["zlib"] = "Zlib",
        ["zpl-2.1"] = "ZPL-2.1",
        ["0bsd"] = "0BSD",
    };

    /// <summary>The identifier, or a name of Debian's own.</summary>
    /// <param name="debian">The short name, without <c>and</c> and <c>or</c>.</param>
    /// <returns>Null when nothing of the name can stand in an identifier.</returns>
    public static string? Of(string debian)
    {
        ArgumentNullException.ThrowIfNull(debian);
        string name = debian.ToLowerInvariant();
        bool isLater = name.EndsWith('+');
        if (s_versioned.TryGetValue(isLater ? name[..^1] : name, out string? versioned))
        {
            return versioned + (isLater ? "-or-later" : "-only");
        }
        return s_plain.TryGetValue(name, out string? plain) ? plain : Own(debian);
    }

    /// <summary>SPDX allows letters, digits, dots and dashes.</summary>
    private static string? Own(string debian)
    {
        StringBuilder text = new();
        foreach (char c in debian)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '.')
            {
                text.Append(c);
            }
            else if (c == '+' && text.Length > 0)
            {
                text.Append("-or-later-");
            }
            else if (text.Length > 0 && text[^1] != '-')
            {
                text.Append('-');
            }
        }
        string name = text.ToString().Trim('-');
        return name.Length == 0 ? null : OwnPrefix + name;
    }
}
