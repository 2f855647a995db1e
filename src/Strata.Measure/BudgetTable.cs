using Strata.Blueprints;
using Strata.Core;

namespace Strata.Measure;

/// <summary>The budgets of a blueprint beside what was measured.</summary>
public static class BudgetTable
{
    private const int Named = 6;

    /// <summary>One row for each budget that is set.</summary>
    public static IReadOnlyList<BudgetRow> Of(EditionBudgets budgets, Measurement measurement)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        ArgumentNullException.ThrowIfNull(measurement);
        List<BudgetRow> rows = [];
        Add("image", budgets.Image?.Bytes, measurement.Download.Bytes, "bytes");
        Add("installed", budgets.Installed?.Bytes, measurement.Installed.Bytes, "bytes");
        Add("memory", budgets.Memory?.Bytes, measurement.Guest?.Memory?.Used, "bytes");
        Add("least-memory", budgets.LeastMemory?.Bytes, measurement.Guest?.Least is { } least ? ByteSize.FromMiB(least.MiB).Bytes : null, "bytes");
        Add("packages", budgets.Packages, measurement.Surface.Packages, "count");
        Add("setuid", budgets.SetUid, measurement.Surface.SetUid.Union(measurement.Surface.SetGid, StringComparer.Ordinal).Count(), "count");
        Add("ports", budgets.Ports, measurement.Guest is { WasAsked: true } guest ? guest.Listening.Count(s => s.IsReachable) : null, "count");
        Add("boot", budgets.Boot, measurement.Guest?.Boot?.RatioThousandths, "thousandths");
        return rows;

        void Add(string name, long? limit, long? actual, string unit)
        {
            if (limit is long most)
            {
                rows.Add(new BudgetRow(name, most, actual, unit));
            }
        }
    }

    /// <summary>One paragraph for each broken budget: how far, what counts most, and what changed.</summary>
    public static IReadOnlyList<string> Broken(Measurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        return [.. measurement.Budgets.Where(b => b.IsBroken).Select(b => Explain(b, measurement))];
    }

    private static string Explain(BudgetRow row, Measurement measurement)
    {
        IEnumerable<string> top = row.Name switch
        {
            "image" or "installed" => Packages(measurement).Select(p => $"{p.Name}: {new ByteSize(row.Name == "image" ? p.Packed : p.Plain)}"),
            "memory" when measurement.Guest?.Memory is { } m =>
                [$"files held in memory: {new ByteSize(m.Files)}", $"tables of the kernel: {new ByteSize(m.Slab)}", $"programs ({m.Processes} processes): {new ByteSize(m.Programs)}"],
            "least-memory" when measurement.Guest?.Least is { FailedMiB: int failed } least => [$"with {failed} MiB: {least.Why}"],
            "ports" => measurement.Guest!.Listening.Where(s => s.IsReachable).Select(s => s.ToString()),
            "boot" => measurement.Guest!.Boot!.Phases.OrderByDescending(p => p.Milliseconds).Select(p => $"{p.Name}: {MeasuredNumber.Show(p.Milliseconds, "milliseconds")}"),
            "setuid" => measurement.Surface.SetUid.Concat(measurement.Surface.SetGid),
            _ => Packages(measurement).Select(p => p.Name),
        };
        IEnumerable<string> changed = measurement.Difference is not { } difference ? [] :
        [
            $"since {difference.Against}:",
            .. difference.SplitBlame().Changed.Take(Named).Select(c => $"  {(c.Package.Length > 0 ? c.Package : c.Part)}: {(c.Packed < 0 ? "-" : "+")}{new ByteSize(Math.Abs(c.Packed))}"),
            .. difference.Surface.Take(Named).Select(l => "  " + l),
        ];
        return $"budget '{row.Name}' is broken: {row.Show(row.Actual ?? 0)}, allowed {row.Show(row.Limit)}\n  {string.Join("\n  ", top.Take(Named).Concat(changed))}";
    }

    private static IEnumerable<(string Name, long Packed, long Plain)> Packages(Measurement measurement) => measurement.Download.Parts
        .SelectMany(p => p.Packages.Count > 0 ? p.Packages.Select(k => (k.Name, k.Packed, k.Plain)) : [(p.Name, p.Packed, 0)])
        .GroupBy(p => p.Name).Select(g => (g.Key, g.Sum(p => p.Packed), g.Sum(p => p.Item3))).OrderByDescending(p => p.Item2).ThenBy(p => p.Key, StringComparer.Ordinal);
}
