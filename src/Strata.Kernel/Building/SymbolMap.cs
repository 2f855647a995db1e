using System.Globalization;
using Strata.Core;

namespace Strata.Kernel.Building;

/// <summary>Reads what is needed of <c>System.map</c>: address, type and name of every symbol, a line each.</summary>
internal static class SymbolMap
{
    /// <summary>Bytes from the kernel's first to its last: text, data and bss, before what only starting needs is given back.</summary>
    /// <param name="text">The whole file.</param>
    /// <exception cref="StrataException">The file does not say.</exception>
    public static long PlainSize(string text)
    {
        ulong? start = null;
        ulong? end = null;
        foreach (string line in text.Split('\n'))
        {
            string[] parts = line.Split(' ');
            if (parts.Length == 3 && parts[2] is "_text" or "_end" && ulong.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong address))
            {
                start = parts[2] == "_text" ? address : start;
                end = parts[2] == "_end" ? address : end;
            }
        }
        return start is ulong first && end is ulong last && last > first && last - first <= long.MaxValue
            ? (long)(last - first)
            : throw new StrataException("cannot tell the kernel's plain size: System.map has no _text and _end");
    }
}
