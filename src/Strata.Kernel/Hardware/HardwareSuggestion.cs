using System.Globalization;
using System.Text;
using Strata.Kernel.Makefiles;

namespace Strata.Kernel.Hardware;

/// <summary>A symbol that a machine's devices ask for.</summary>
/// <param name="Symbol">Without <c>CONFIG_</c>.</param>
/// <param name="Modules">The drivers it makes, as the stock kernel names them.</param>
/// <param name="Aliases">The devices.</param>
public sealed record SuggestedSymbol(string Symbol, IReadOnlyList<string> Modules, IReadOnlyList<string> Aliases);

/// <summary>What a profile needs for the devices of a machine.</summary>
/// <param name="Wanted">Symbols that are missing, by their first device.</param>
/// <param name="Present">Symbols that the profile has already, sorted.</param>
/// <param name="Unknown">Devices that no driver of the stock kernel claims, sorted.</param>
/// <param name="Untraced">Drivers whose symbol the makefiles do not tell, sorted.</param>
public sealed record HardwareSuggestion(
    IReadOnlyList<SuggestedSymbol> Wanted, IReadOnlyList<string> Present, IReadOnlyList<string> Unknown, IReadOnlyList<string> Untraced)
{
    private const int ShownDevices = 3;

    /// <summary>Finds it: from alias to module to symbol.</summary>
    /// <param name="devices">What the devices say.</param>
    /// <param name="modules">The stock kernel's drivers.</param>
    /// <param name="makefiles">Which symbol makes which module.</param>
    /// <param name="has">Whether the profile has a symbol, built in or as a module.</param>
    public static HardwareSuggestion For(IReadOnlyList<string> devices, ModuleAliases modules, KbuildIndex makefiles, Func<string, bool> has)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(modules);
        ArgumentNullException.ThrowIfNull(makefiles);
        ArgumentNullException.ThrowIfNull(has);
        SortedDictionary<string, (SortedSet<string> Modules, List<string> Aliases)> symbols = new(StringComparer.Ordinal);
        List<string> unknown = [];
        SortedSet<string> untraced = new(StringComparer.Ordinal);
        foreach (string device in devices)
        {
            IReadOnlyList<string> drivers = modules.Find(device);
            if (drivers.Count == 0)
            {
                unknown.Add(device);
            }
            foreach (string driver in drivers)
            {
                IReadOnlyList<string> makers = makefiles.SymbolsOfModule(driver);
                if (makers.Count == 0)
                {
                    untraced.Add(driver);
                }
                foreach (string symbol in makers)
                {
                    if (!symbols.TryGetValue(symbol, out (SortedSet<string> Modules, List<string> Aliases) known))
                    {
                        symbols.Add(symbol, known = (new SortedSet<string>(StringComparer.Ordinal), []));
                    }
                    known.Modules.Add(driver);
                    known.Aliases.Add(device);
                }
            }
        }
        return new HardwareSuggestion(
            [
                .. symbols.Where(s => !has(s.Key)).Select(s => new SuggestedSymbol(s.Key, [.. s.Value.Modules], [.. s.Value.Aliases.Distinct(StringComparer.Ordinal)]))
                    .OrderBy(s => s.Aliases[0], StringComparer.Ordinal).ThenBy(s => s.Symbol, StringComparer.Ordinal),
            ],
            [.. symbols.Keys.Where(has)],
            unknown,
            [.. untraced]);
    }

    /// <summary>The text of a fragment.</summary>
    /// <param name="title">What its first line says it is for.</param>
    public string ToFragment(string title)
    {
        StringBuilder text = new();
        text.Append("# ").Append(title).Append('\n');
        foreach (SuggestedSymbol symbol in Wanted)
        {
            text.Append('\n').Append("# ").AppendJoin(", ", symbol.Modules).Append(" drives\n");
            foreach (string alias in symbol.Aliases.Take(ShownDevices))
            {
                text.Append("#   ").Append(alias).Append('\n');
            }
            if (symbol.Aliases.Count > ShownDevices)
            {
                text.Append(CultureInfo.InvariantCulture, $"#   and {symbol.Aliases.Count - ShownDevices} more\n");
            }
            text.Append("CONFIG_").Append(symbol.Symbol).Append("=y\n");
        }
        return text.ToString();
    }
}
