using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Strata.Editions.Tests.Census;

/// <summary>Writes down how packages compare with what dpkg makes of them.</summary>
internal sealed class JudgedTable(IReadOnlyList<string> names, DateTimeOffset now) : IDisposable
{
    private const int LongestReason = 140;
    private const int MostShown = 4;

    private readonly ConcurrentDictionary<string, (Judgement? Judged, string Reason)> _rows = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>How many are whole, with all that they depend on, and without a difference that no rule explains.</summary>
    public int Equal => _rows.Values.Count(IsEqual);

    /// <summary>Adds a package that was compared.</summary>
    public void Add(string package, Judgement judged) => _rows[package] = (judged, judged.WhyAlone ?? "");

    /// <summary>Adds one that could not be.</summary>
    public void Add(string package, Exception problem) => _rows[package] = (null, problem.Message);

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

    private static bool IsEqual((Judgement? Judged, string Reason) row) =>
        row.Judged is { WhyAlone: null } judged && judged.Differences.All(d => d.Rule is not null);

    private string Text()
    {
        string[] judged = [.. names.Where(_rows.ContainsKey)];
        string[] rules = [.. _rows.Values.SelectMany(r => r.Judged?.Differences ?? []).Select(d => d.Rule).OfType<string>().Distinct()
            .Order(StringComparer.Ordinal)];
        int alone = _rows.Values.Count(r => r.Judged?.WhyAlone is not null && r.Judged.Differences.All(d => d.Rule is not null));
        int differ = _rows.Values.Count(r => r.Judged?.Differences.Any(d => d.Rule is null) == true);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # {names.Count} packages, judged by dpkg

            Each package is installed by dpkg itself, with all that it depends on and all scripts, into a root of what every Debian
            system has; and it is composed here, from the same package files, as `NAME: {"{whole-with: depends}"}`. Then every path that
            one side has is compared: kind, mode, owner by name, target, bytes; and every account. Made on {now:yyyy-MM-dd} by
            `dotnet test tests/Strata.Editions.Tests --filter FullyQualifiedName~ThreeHundredPackages_LikeDpkg`, a part of
            `./test --all`; the rules are in [JudgeRules.cs](../tests/Strata.Editions.Tests/Census/JudgeRules.cs).

            | | packages |
            |---|---|
            | compared | {judged.Length} of {names.Count} |
            | whole, every difference explained by a rule | {Equal} |
            | only composed alone (`NAME: {"{}"}`), its own files as dpkg has them | {alone} |
            | with a difference that no rule explains | {differ} |
            | not to be composed, or dpkg failed | {_rows.Values.Count(r => r.Judged is null)} |

            ## Rules


            """);
        for (int i = 0; i < rules.Length; i++)
        {
            int packages = _rows.Values.Count(r => r.Judged?.Differences.Any(d => d.Rule == rules[i]) == true);
            int paths = _rows.Values.Sum(r => r.Judged?.Differences.Count(d => d.Rule == rules[i]) ?? 0);
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}. {rules[i]} ({packages} packages, {paths} differences)\n");
        }
        text.Append("\n## Packages\n\n| package | outcome | rules | left |\n|---|---|---|---|\n");
        foreach (string name in judged)
        {
            (Judgement? made, string reason) = _rows[name];
            Difference[] left = [.. (made?.Differences ?? []).Where(d => d.Rule is null)];
            string used = string.Join(' ', (made?.Differences ?? []).Select(d => d.Rule).OfType<string>().Distinct()
                .Select(r => Array.IndexOf(rules, r) + 1).Order().Select(n => n.ToString(CultureInfo.InvariantCulture)));
            string outcome = made is null ? "no" : left.Length > 0 ? "differs" : made.WhyAlone is null ? "explained" : "alone";
            string rest = left.Length > 0
                ? string.Join("; ", left.Take(MostShown).Select(d =>
                    $"{d.Where} ({d.What})")) + (left.Length > MostShown ? $"; {left.Length - MostShown} more" : "")
                : reason;
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {outcome} | {used} | {Cell(rest)} |\n");
        }
        return text.ToString();
    }

    private static string Cell(string text)
    {
        string line = string.Join(' ', text.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries)).Replace("|", "\\|",
            StringComparison.Ordinal);
        return line.Length > LongestReason ? line[..LongestReason] + "…" : line;
    }
}
