using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Strata.Editions.Tests.Census;

/// <summary>What came of one package.</summary>
/// <param name="Outcome">explained, alone, differs, no.</param>
/// <param name="Rules">Names of the rules that explain differences.</param>
/// <param name="Left">What none explains, or why there is nothing to compare.</param>
internal sealed record JudgedRow(string Outcome, IReadOnlyList<string> Rules, string Left);

/// <summary>Writes down how packages compare with what dpkg makes of them.</summary>
/// <param name="names">All packages, in their order.</param>
/// <param name="now">The day.</param>
/// <param name="before">The table as it was: rows of packages that are not compared again stay.</param>
internal sealed partial class JudgedTable(IReadOnlyList<string> names, DateTimeOffset now, string before) : IDisposable
{
    private const int LongestReason = 140;
    private const int MostShown = 4;

    private readonly ConcurrentDictionary<string, JudgedRow> _rows = new(Read(before), StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>How many are whole, with all that they depend on, and without a difference that no rule explains.</summary>
    public int Equal => Count("explained");

    /// <summary>Adds a package that was compared.</summary>
    public void Add(string package, Judgement judged)
    {
        Difference[] left = [.. judged.Differences.Where(d => d.Rule is null)];
        string rest = left.Length > 0
            ? string.Join("; ", left.Take(MostShown).Select(d =>
                $"{d.Where} ({d.What})")) + (left.Length > MostShown ? $"; {left.Length - MostShown} more" : "")
            : judged.WhyAlone ?? "";
        _rows[package] = new JudgedRow(
            left.Length > 0 ? "differs" : judged.WhyAlone is null ? "explained" : "alone",
            [.. judged.Differences.Select(d => d.Rule).OfType<string>().Distinct()], Cell(rest));
    }

    /// <summary>Adds one that could not be.</summary>
    public void Add(string package, Exception problem) => _rows[package] = new JudgedRow("no", [], Cell(problem.Message));

    /// <summary>Writes what is known.</summary>
    public async Task WriteAsync(string file, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await File.WriteAllTextAsync(file, Text(), cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private int Count(string outcome) => names.Count(n => _rows.TryGetValue(n, out JudgedRow? row) && row.Outcome == outcome);

    private string Text()
    {
        string[] judged = [.. names.Where(_rows.ContainsKey)];
        string[] rules = [.. judged.SelectMany(n => _rows[n].Rules).Distinct().Order(StringComparer.Ordinal)];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # {names.Count} packages, judged by dpkg

            Each package is installed by dpkg itself, with all that it depends on and all scripts, into a root of what every Debian
            system has; and it is composed here, from the same package files, as `NAME: {"{whole-with: depends}"}`. Then every path that
            one side has is compared: kind, mode, owner by name, target, bytes; and every account. Made by
            `dotnet test tests/Strata.Editions.Tests --filter FullyQualifiedName~ThreeHundredPackages_LikeDpkg`, a part of
            `./test --all`, last on {now:yyyy-MM-dd}; with `STRATA_CENSUS=nginx,cups` it compares only these again. The rules are in
            [JudgeRules.cs](../tests/Strata.Editions.Tests/Census/JudgeRules.cs).

            | | packages |
            |---|---|
            | compared | {judged.Length} of {names.Count} |
            | whole, every difference explained by a rule | {Equal} |
            | only composed alone (`NAME: {"{}"}`), its own files as dpkg has them | {Count("alone")} |
            | with a difference that no rule explains | {Count("differs")} |
            | not to be composed, or dpkg failed | {Count("no")} |

            ## Rules


            """);
        for (int i = 0; i < rules.Length; i++)
        {
            int packages = judged.Count(n => _rows[n].Rules.Contains(rules[i]));
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}. {rules[i]} ({packages} packages)\n");
        }
        text.Append("\n## Packages\n\n| package | outcome | rules | left |\n|---|---|---|---|\n");
        foreach (string name in judged)
        {
            JudgedRow row = _rows[name];
            string used = string.Join(' ', row.Rules.Select(r => Array.IndexOf(rules, r) + 1).Order()
                .Select(n => n.ToString(CultureInfo.InvariantCulture)));
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {row.Outcome} | {used} | {row.Left} |\n");
        }
        return text.ToString();
    }

    private static Dictionary<string, JudgedRow> Read(string before)
    {
        Dictionary<string, string> rules = RuleLine().Matches(before).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        return RowLine().Matches(before).Where(m => m.Groups[1].Value != "package").ToDictionary(
            m => m.Groups[1].Value,
            m => new JudgedRow(
                m.Groups[2].Value,
                [.. m.Groups[3].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => rules[n])],
                m.Groups[4].Value.TrimEnd()));
    }

    [GeneratedRegex(@"^(\d+)\. (.*) \(\d+ packages.*\)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex RuleLine();

    [GeneratedRegex(@"^\| (\S+) \| (explained|alone|differs|no) \| ([\d ]*) ?\| (.*) ?\|$",
        RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex RowLine();

    private static string Cell(string text)
    {
        string line = string.Join(' ', text.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries)).Replace("|", "\\|",
            StringComparison.Ordinal);
        return line.Length > LongestReason ? line[..LongestReason] + "…" : line;
    }
}
