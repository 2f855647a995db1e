using System.Globalization;
using System.Text;

namespace Strata.Kernel.Ladder;

/// <summary>The page about a ladder: <c>docs/kernel-sizes.md</c>.</summary>
public static class LadderPage
{
    /// <summary>Markdown; nothing of it depends on when or where it was written.</summary>
    /// <param name="results">The rungs, from the smallest.</param>
    /// <param name="plot">Name of the plot's file, beside the page.</param>
    public static string Write(IReadOnlyList<RungResult> results, string plot)
    {
        ArgumentNullException.ThrowIfNull(results);
        StringBuilder page = new();
        page.Append("# Sizes of kernels\n\n");
        page.Append("Written by `strata kernel ladder` from kernels that it built; `kernel/ladder/rungs.yaml` says what each rung consists of.\n");
        page.Append("Every rung is the one above it in the table and what it adds. Everything is built in, nothing is a module.\n\n");
        page.Append(CultureInfo.InvariantCulture, $"![Sizes of the rungs, measured and in the study]({plot})\n\n");
        page.Append("| rung | adds | symbols | image, bytes | in memory, bytes | the study's image | image / study's |\n");
        page.Append("|---|---|---:|---:|---:|---:|---:|\n");
        foreach ((LadderRung rung, RungSize? size) in results)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {Cell(rung.Name)} | {Cell(rung.Description)} | {Number(size?.Symbols)} | {Number(size?.ImageBytes)} ");
            page.Append(CultureInfo.InvariantCulture, $"| {Number(size?.PlainBytes)} | {Decimal(rung.StudyBytes)} | {Ratio(size?.ImageBytes, rung.StudyBytes)} |\n");
        }
        int missing = results.Count(r => r.Measured is null);
        if (missing > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n– : not measured yet ({missing} of {results.Count} rungs); `strata kernel ladder` goes on where it stopped.\n");
        }
        page.Append("\nSymbols: how many of the configuration are `y` or `m`. Image: `bzImage`, what boots. In memory: text, data and bss, from `_text` to `_end` of\n");
        page.Append("`System.map`; what is needed at the start alone is given back later. The study's sizes are round, its configurations are not known.\n");
        RungSize[] measured = [.. results.Select(r => r.Measured).OfType<RungSize>()];
        if (measured.Length > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"\nLinux {Listed(measured.Select(m => m.Release))}, {Listed(measured.Select(m => m.Compiler))}, ");
            page.Append(CultureInfo.InvariantCulture, $"optimised for size, packed with {Listed(measured.Select(m => m.Packing))}.\n");
        }
        return page.ToString();
    }

    private static string Listed(IEnumerable<string> texts) => string.Join(", ", texts.Distinct(StringComparer.Ordinal));

    // a bar would end the cell
    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private static string Number(long? number) => number?.ToString("#,0", CultureInfo.InvariantCulture) ?? "–";

    private static string Decimal(long? bytes) => bytes is long b
        ? b < 1_000_000 ? string.Create(CultureInfo.InvariantCulture, $"{b / 1000} kB") : string.Create(CultureInfo.InvariantCulture, $"{b / 1e6:0.0} MB")
        : "–";

    private static string Ratio(long? measured, long? study) =>
        measured is long m && study is long s and > 0 ? (m / (double)s).ToString("0.00", CultureInfo.InvariantCulture) : "–";
}
