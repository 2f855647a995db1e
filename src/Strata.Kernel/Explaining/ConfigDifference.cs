using Strata.Kernel.Profiles;
using Strata.Kernel.Sizes;

namespace Strata.Kernel.Explaining;

/// <summary>A symbol that two configurations disagree about.</summary>
/// <param name="Symbol">Without <c>CONFIG_</c>.</param>
/// <param name="Before">Its value in the first; <c>n</c> when it is not set.</param>
/// <param name="After">Its value in the second.</param>
public sealed record ConfigChange(string Symbol, string Before, string After)
{
    /// <summary>True when the second has it and the first does not.</summary>
    public bool IsAdded => Before == "n";

    /// <summary>True when the first has it and the second does not.</summary>
    public bool IsRemoved => After == "n";
}

/// <summary>A part of a kernel whose size differs. Bytes in memory.</summary>
/// <param name="Name">The part.</param>
/// <param name="Before">In the first; 0 when it has none of it.</param>
/// <param name="After">In the second.</param>
public sealed record SizeChange(string Name, long Before, long After)
{
    /// <summary>How much the second has more.</summary>
    public long Difference => After - Before;
}

/// <summary>What two kernels do not have in common.</summary>
public static class ConfigDifference
{
    /// <summary>Symbols with another value, sorted.</summary>
    public static IReadOnlyList<ConfigChange> Between(KernelConfig before, KernelConfig after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return
        [
            .. before.Values.Keys.Union(after.Values.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(s => new ConfigChange(s, before[s], after[s])).Where(c => c.Before != c.After),
        ];
    }

    /// <summary>Parts with another size, the largest difference first.</summary>
    public static IReadOnlyList<SizeChange> Between(IReadOnlyList<PartSize> before, IReadOnlyList<PartSize> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        Dictionary<string, long> first = before.ToDictionary(p => p.Name, p => p.Total, StringComparer.Ordinal);
        Dictionary<string, long> second = after.ToDictionary(p => p.Name, p => p.Total, StringComparer.Ordinal);
        return
        [
            .. first.Keys.Union(second.Keys, StringComparer.Ordinal)
                .Select(n => new SizeChange(n, first.GetValueOrDefault(n), second.GetValueOrDefault(n)))
                .Where(c => c.Difference != 0)
                .OrderByDescending(c => Math.Abs(c.Difference)).ThenBy(c => c.Name, StringComparer.Ordinal),
        ];
    }
}
