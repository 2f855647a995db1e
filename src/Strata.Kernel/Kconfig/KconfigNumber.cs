using System.Globalization;

namespace Strata.Kernel.Kconfig;

/// <summary>Numbers as Kconfig writes them: decimal, or hexadecimal after <c>0x</c>.</summary>
internal static class KconfigNumber
{
    public static bool TryParse(string text, out long value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
