using System.Globalization;
using Strata.Core;

namespace Strata.Kernel.Sizes;

/// <summary>A function or a variable of a kernel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">As <c>nm</c> has it: <c>t</c> code, <c>r</c> read-only, <c>d</c> data, <c>b</c> zeros; capital when other objects see it.</param>
/// <param name="Size">Bytes up to the next symbol, or to the end of its object's section.</param>
/// <param name="File">The object file, or what stands for it in the map.</param>
public sealed record SymbolSize(string Name, char Kind, long Size, string File);

/// <summary>Sizes of symbols, from <c>System.map</c> and the link map.</summary>
public static class SymbolSizes
{
    private const int MostSymbols = 4_000_000;
    private const int LongestLine = 16 << 10;

    /// <summary>All symbols that take room, largest first.</summary>
    /// <param name="systemMap"><c>System.map</c>: address, kind and name of every symbol, a line each.</param>
    /// <param name="map">The link map of the same kernel.</param>
    /// <exception cref="StrataException">A line is no symbol.</exception>
    public static IReadOnlyList<SymbolSize> Read(TextReader systemMap, LinkMap map)
    {
        ArgumentNullException.ThrowIfNull(systemMap);
        ArgumentNullException.ThrowIfNull(map);
        List<(ulong Address, char Kind, string Name)> symbols = ReadMap(systemMap);
        // of several names of one place a mark of the linker script (_text, __bss_start) comes last, what others see first; then the map's order
        symbols = [.. symbols.OrderBy(s => s.Address).ThenBy(s => s.Name[0] == '_').ThenBy(s => !char.IsAsciiLetterUpper(s.Kind))];
        LinkedSection[] sections = [.. map.Sections.Where(s => s.File != LinkMap.Padding).OrderBy(s => s.Address)];
        ulong[] starts = [.. sections.Select(s => s.Address)];
        List<SymbolSize> sizes = [];
        for (int i = 0; i < symbols.Count;)
        {
            (ulong address, char kind, string name) = symbols[i];
            while (i < symbols.Count && symbols[i].Address == address)
            {
                i++;
            }
            ulong? end = i < symbols.Count ? symbols[i].Address : null;
            if (Holding(sections, starts, address) is LinkedSection section) // a mark between sections has no size
            {
                ulong last = unchecked(section.Address + (ulong)section.Size);
                sizes.Add(new SymbolSize(name, kind, (long)((end is ulong next && next < last ? next : last) - address), section.File));
            }
        }
        return [.. sizes.OrderByDescending(s => s.Size).ThenBy(s => s.Name, StringComparer.Ordinal)];
    }

    private static List<(ulong Address, char Kind, string Name)> ReadMap(TextReader reader)
    {
        List<(ulong, char, string)> symbols = [];
        for (int number = 1; reader.ReadLine() is string line; number++)
        {
            string[] words = line.Length > LongestLine ? [] : line.Split(' ');
            if (words.Length != 3 || words[1].Length != 1 || words[2].Length == 0 || number > MostSymbols
                || !ulong.TryParse(words[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong address))
            {
                throw new StrataException($"cannot read System.map: line {number} is no 'address kind name'");
            }
            if (words[1][0] is not ('A' or 'a' or 'U' or 'u' or 'w' or 'v')) // absolute and undefined symbols take no room
            {
                symbols.Add((address, words[1][0], words[2]));
            }
        }
        return symbols;
    }

    private static LinkedSection? Holding(LinkedSection[] sections, ulong[] starts, ulong address)
    {
        int index = Array.BinarySearch(starts, address);
        if (index < 0)
        {
            index = ~index - 1;
        }
        while (index + 1 < starts.Length && starts[index + 1] == address)
        {
            index++; // sections without address (those of a map that is not finished) all start at 0: the last is as good as any
        }
        return index >= 0 && address - sections[index].Address < (ulong)sections[index].Size ? sections[index] : null;
    }
}
