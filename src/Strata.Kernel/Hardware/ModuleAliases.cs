using System.Text;
using Strata.Core;

namespace Strata.Kernel.Hardware;

/// <summary>Which modules drive which devices: <c>modules.alias</c> of depmod(8), and the same of drivers that are built in.</summary>
public sealed class ModuleAliases
{
    private const int MostAliases = 1_000_000;
    private const int LongestLine = 16 << 10;

    private readonly Dictionary<string, List<(string Pattern, string Module)>> _byBus = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>How many patterns there are.</summary>
    public int Count => _count;

    /// <summary>Reads <c>modules.alias</c>: lines of <c>alias PATTERN MODULE</c>; comments and empty lines are passed over.</summary>
    /// <exception cref="StrataException">A line is none of these, or there are too many.</exception>
    public void ReadText(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        for (int number = 1; reader.ReadLine() is string line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }
            string[] words = line.Length > LongestLine ? [] : line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // a pattern may hold blanks (names of DMI tables do not, but nothing forbids them): the module is the last word
            if (words.Length < 3 || words[0] != "alias")
            {
                throw new StrataException($"cannot read modules.alias: line {number} is no 'alias PATTERN MODULE'");
            }
            Add(string.Join(' ', words[1..^1]), words[^1]);
        }
    }

    /// <summary>Reads <c>modules.builtin.modinfo</c>: texts of <c>MODULE.KEY=VALUE</c>, each ended by a zero byte.</summary>
    /// <exception cref="StrataException">There are too many aliases.</exception>
    public void ReadBuiltIn(ReadOnlySpan<byte> modinfo)
    {
        foreach (Range range in modinfo.Split((byte)0))
        {
            string text = Encoding.UTF8.GetString(modinfo[range]);
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            int dot = equals < 0 ? -1 : text.IndexOf('.', 0, equals);
            if (dot > 0 && text.AsSpan(dot + 1, equals - dot - 1).SequenceEqual("alias"))
            {
                Add(text[(equals + 1)..], text[..dot]);
            }
        }
    }

    /// <summary>Modules that drive a device, sorted; none when it is unknown.</summary>
    /// <param name="alias">What the device says of itself: <c>pci:v00008086d00001533sv...</c>.</param>
    public IReadOnlyList<string> Find(string alias)
    {
        ArgumentNullException.ThrowIfNull(alias);
        IEnumerable<(string Pattern, string Module)> candidates = _byBus.GetValueOrDefault(BusOf(alias)) ?? [];
        if (_byBus.TryGetValue("", out List<(string, string)>? anywhere))
        {
            candidates = candidates.Concat(anywhere);
        }
        return [.. candidates.Where(c => AliasPattern.Matches(c.Pattern, alias)).Select(c => c.Module).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private void Add(string pattern, string module)
    {
        if (++_count > MostAliases)
        {
            throw new StrataException($"cannot read the aliases of modules: there are more than {MostAliases}");
        }
        string bus = BusOf(pattern);
        if (!_byBus.TryGetValue(bus, out List<(string, string)>? list))
        {
            _byBus.Add(bus, list = []);
        }
        list.Add((pattern, module.Replace('-', '_')));
    }

    // 'pci:' of 'pci:v0000...'; empty when a pattern's bus could be any
    private static string BusOf(string alias)
    {
        int colon = alias.IndexOf(':', StringComparison.Ordinal);
        string bus = colon < 0 ? "" : alias[..(colon + 1)];
        return bus.AsSpan().IndexOfAny("*?[") >= 0 ? "" : bus.Replace('-', '_');
    }
}
