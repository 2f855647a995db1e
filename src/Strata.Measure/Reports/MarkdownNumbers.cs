using System.Text;
using Strata.Core;
using Strata.Measure.Guests;

namespace Strata.Measure.Reports;

/// <summary>The numbers of a measurement as a block of Markdown that is written anew in a page of the documentation.</summary>
public static class MarkdownNumbers
{
    private const string Begin = "<!-- numbers: written by 'strata measure --write-docs' -->";
    private const string End = "<!-- end of numbers -->";
    private const string Heading = "## Numbers";
    private const int Packages = 8;

    /// <summary>Writes the block into a page: in place of the one between its markers, at its end when it has none, or into a new page.</summary>
    /// <returns>False for a measurement that its guest cut short: it must not stand where a whole one did, and the page stays as it is.</returns>
    /// <exception cref="StrataException">The page has one of the markers only, or cannot be written.</exception>
    public static bool WriteInto(string page, Measurement measurement)
    {
        ArgumentException.ThrowIfNullOrEmpty(page);
        ArgumentNullException.ThrowIfNull(measurement);
        if (measurement.Guest is { Why: not null })
        {
            return false;
        }
        try
        {
            string text = File.Exists(page) ? File.ReadAllText(page) : $"# {measurement.Title}\n";
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(page))!);
            File.WriteAllText(page, Replace(text, Of(measurement), page));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot write the numbers into {page}: {e.Message}", innerException: e);
        }
    }

    /// <summary>The block without its markers.</summary>
    public static string Of(Measurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        StringBuilder text = new();
        text.Append("| number | is |\n|---|---|\n");
        foreach (MeasuredNumber number in NumberNames.All)
        {
            if (number.Of(measurement) is long value)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {number.Name} | {number.Show(value)}{Doubt(number, measurement)} |\n");
            }
        }
        text.Append("\n| what is fetched | packed | share |\n|---|---|---|\n");
        foreach ((string name, long packed, bool isExact) in Largest(measurement))
        {
            string share = (100m * packed / Math.Max(1, measurement.Download.Bytes)).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {name} | {(isExact ? "" : "about ")}{new ByteSize(packed)} | {share} % |\n");
        }
        if (measurement.Guest is { } guest)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\nMeasured with {guest.Machine}. ");
            if (guest.Boot is { } boot)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture,
                    $"Boot by the clock, with whatever else the host did: {string.Join(", ", boot.Phases.Select(p => $"{p.Name} {MeasuredNumber.Show(p.Milliseconds, "milliseconds")}"))}. {(boot.RatioThousandths is null ? "" : boot.ShowRatio() + "; that is ")}{(boot.RatioThousandths is null ? "" : boot.ReferenceMeans + ".")}");
            }
            text.Append('\n');
            foreach ((string name, OutsideScan scan) in guest.Scans)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n* {name} from outside: {scan}.");
            }
            text.Append(guest.Scans.Count > 0 ? "\n" : "");
        }
        return text.ToString();
    }

    // what a number does not say by itself: how far it can be relied on
    private static string Doubt(MeasuredNumber number, Measurement measurement) => number.Name switch
    {
        "memory, least that boots" when measurement.Guest?.Least is { StepMiB: > 1 } least => string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $", or less: with {least.MiB - least.StepMiB} MiB it did not, between was not tried"),
        _ => "",
    };

    /// <summary>A text with the block between its markers.</summary>
    internal static string Replace(string text, string block, string page)
    {
        string whole = $"{Begin}\n{block}{End}";
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        int end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 && end < 0)
        {
            text = text.TrimEnd('\n');
            return text + (text.EndsWith(Heading, StringComparison.Ordinal) ? "" : $"\n\n{Heading}") + $"\n\n{whole}\n";
        }
        return begin >= 0 && end > begin
            ? text[..begin] + whole + text[(end + End.Length)..]
            : throw new StrataException($"cannot write the numbers into {page}: only one of its markers is there", $"They are '{Begin}' and '{End}'.");
    }

    private static IEnumerable<(string Name, long Packed, bool IsExact)> Largest(Measurement measurement)
    {
        bool isLayered = measurement.Download.Parts.Any(p => p.Kind == "layer");
        var rows = measurement.Download.Parts.SelectMany(p => isLayered || p.Packages.Count == 0
                ? [(p.Name, p.Packed, p.IsExact)]
                : p.Packages.Select(k => (k.Name, k.Packed, p.IsExact)))
            .GroupBy(r => r.Name).Select(g => (Name: g.Key, Packed: g.Sum(r => r.Packed), IsExact: g.All(r => r.IsExact)))
            .OrderByDescending(r => r.Packed).ThenBy(r => r.Name, StringComparer.Ordinal).ToList();
        foreach (var row in rows.Take(Packages))
        {
            yield return row;
        }
        if (rows.Count > Packages)
        {
            yield return ($"{rows.Count - Packages} more", rows.Skip(Packages).Sum(r => r.Packed), rows.Skip(Packages).All(r => r.IsExact));
        }
    }
}
