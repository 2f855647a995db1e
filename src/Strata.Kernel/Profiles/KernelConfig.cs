namespace Strata.Kernel.Profiles;

/// <summary>The whole configuration of a kernel: what <c>.config</c> says.</summary>
public sealed class KernelConfig
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    private KernelConfig(string text) => Text = text;

    /// <summary>The file as it is.</summary>
    public string Text { get; }

    /// <summary>Symbols that are set, sorted; <c>n</c> is not among the values.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>
    /// Reads a file that the kernel's own configuration program wrote, also one that went through Windows; lines that set nothing are
    /// passed over.
    /// </summary>
    public static KernelConfig Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        KernelConfig config = new(text);
        foreach (string line in text.Split('\n'))
        {
            if (ConfigLine.TryParse(line.TrimEnd('\r')) is { Value: not "n" } set)
            {
                config._values[set.Symbol] = set.Value;
            }
        }
        return config;
    }

    /// <summary>Value of a symbol as the file has it, texts with their quotes; <c>n</c> when it is not set.</summary>
    public string this[string symbol] => _values.GetValueOrDefault(symbol, "n");

    /// <summary>True when the symbol is built in.</summary>
    public bool IsBuiltIn(string symbol) => this[symbol] == "y";

    /// <summary>Value for conditions: without quotes, null when it is not set.</summary>
    public string? BareValue(string symbol) => _values.TryGetValue(symbol, out string? value) ? value.Trim('"') : null;
}
