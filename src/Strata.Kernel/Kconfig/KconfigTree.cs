namespace Strata.Kernel.Kconfig;

/// <summary>Everything that can be chosen about a kernel.</summary>
public sealed class KconfigTree
{
    private readonly SortedDictionary<string, KconfigSymbol> _symbols;
    private readonly Dictionary<string, List<(string Selector, KconfigExpression? Condition)>> _selectors = new(StringComparer.Ordinal);

    internal KconfigTree(SortedDictionary<string, KconfigSymbol> symbols)
    {
        _symbols = symbols;
        foreach (KconfigSymbol symbol in symbols.Values)
        {
            foreach (KconfigDefinition definition in symbol.Definitions)
            {
                foreach (KconfigConditional<string> select in definition.Selects)
                {
                    if (!_selectors.TryGetValue(select.Value, out List<(string, KconfigExpression?)>? list))
                    {
                        _selectors.Add(select.Value, list = []);
                    }
                    list.Add((symbol.Name, select.Condition));
                }
            }
        }
    }

    /// <summary>Names of all symbols, sorted.</summary>
    public IReadOnlyCollection<string> Names => _symbols.Keys;

    /// <summary>The symbol of that name (without <c>CONFIG_</c>); null when there is none.</summary>
    public KconfigSymbol? Find(string name) => _symbols.GetValueOrDefault(name);

    /// <summary>Who switches a symbol on, and under which condition.</summary>
    public IReadOnlyList<(string Selector, KconfigExpression? Condition)> SelectorsOf(string name) =>
        _selectors.TryGetValue(name, out List<(string, KconfigExpression?)>? list) ? list : [];
}
