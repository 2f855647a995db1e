using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Editions.Results;
using Strata.Inventory.Bills;
using Strata.Inventory.Vulnerabilities;

namespace Strata.Cli.Commands.Inventory;

/// <summary>What <c>scan --json</c> prints. <paramref name="New"/> and <paramref name="Gone"/> with <c>--against</c> only.</summary>
internal sealed record ScanSummary(
    string Edition, IReadOnlyList<Finding> Findings, int Fixed, int NotAffected, IReadOnlyList<string> Unasked,
    IReadOnlyList<string>? New, IReadOnlyList<string>? Gone);

/// <summary><c>strata scan</c>: known vulnerabilities of what an edition consists of.</summary>
internal static class ScanCommand
{
    private const string Table = "table";
    private const string Any = "any";

    public static Command Create()
    {
        EditionArgument edition = new("edition") { Description = NamedBills.Description, HelpName = "edition" };
        Option<string> feed = new("--feed")
        {
            HelpName = "file", Description = "The JSON of Debian's security tracker, a file or an address", DefaultValueFactory = _ =>
                Feeds.Tracker,
        };
        Option<string?> against = new("--against") { HelpName = "old", Description = "Say what is new and what is gone since this one" };
        Option<string?> failOn = new("--fail-on")
        {
            Description = "End with 1 when something of at least this severity counts: high, medium (what nobody judged is), low, any",
        };
        failOn.AcceptOnlyFromAmong("high", "medium", "low", Any);
        Option<string> format = new("--format") { Description = "table, sarif (2.1.0) or openvex (0.2.0)", DefaultValueFactory = _ =>
            Table };
        format.AcceptOnlyFromAmong(Table, "sarif", "openvex");
        Option<string?> output = new("--output", "-o") { HelpName = "file", Description = "Write the document into a file" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("scan",
            "Match what an edition consists of against known vulnerabilities, and say whether the code is there at all")
        {
            edition, feed, against, failOn, format, output, json,
        };
        command.SetAction(async (result, token) =>
        {
            (Bill bill, Scan scan, Scan? before) = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                Bill one = await NamedBills.OfAsync(workspace, result.GetValue(edition)!, token);
                Bill? old = result.GetValue(against) is string name ? await NamedBills.OfAsync(workspace, name, token) : null;
                IReadOnlyList<TrackerEntry> entries = await Feeds.ReadAsync(workspace, result.GetValue(feed)!, one, old, token);
                return (one, Scan.Of(one, entries), old is null ? null : Scan.Of(old, entries));
            });
            if (result.GetValue(json))
            {
                Terminal.Json(
                    new ScanSummary(scan.Edition, scan.Findings, scan.Fixed, scan.NotAffected, scan.Unasked,
                        before is null ? null : Missing(scan, before), before is null ? null : Missing(before, scan)),
                    CliJson.Default.ScanSummary);
            }
            else if (result.GetValue(format) is string form && form != Table)
            {
                byte[] document = form == "sarif" ? SarifDocument.Write(scan, bill.Tool) : OpenVexDocument.Write(scan, bill,
                    TimeProvider.System.GetUtcNow());
                await WriteAsync(document, result.GetValue(output), token);
            }
            else
            {
                Print(scan, before);
            }
            return result.GetValue(failOn) is string limit && scan.Findings.Any(f => f.Counts && Weight(f.Severity) >= LimitOf(limit)) ? 1
                : 0;
        });
        return command.WithExamples(
            "strata scan nano --feed tracker.json", "strata scan nano --fail-on high",
                "strata scan ./my-os --format sarif --output scan.sarif",
            "strata scan nano --against old/nano.cdx.json", "strata scan out/nano/nano.img --feed tracker.json",
            "strata scan out/nano/nano.cdx.json --format openvex");
    }

    private static Severity LimitOf(string limit) => limit switch
    {
        "high" => Severity.High, "medium" => Severity.Medium, "low" => Severity.Low, _ => Severity.Negligible,
    };

    private static Severity Weight(Severity severity) => severity == Severity.Unknown ? Severity.Medium : severity;

    private static async Task WriteAsync(byte[] document, string? path, CancellationToken cancellationToken)
    {
        if (path is not null)
        {
            await ResultFile.WriteAsync(path, document, cancellationToken);
            return;
        }
        await using Stream output = Console.OpenStandardOutput();
        await output.WriteAsync(document, cancellationToken);
    }

    private static string[] Missing(Scan scan, Scan other) =>
        [.. scan.Findings.Where(f => !other.Findings.Any(o => o.Id == f.Id && o.Source == f.Source)).Select(f => $"{f.Id} {f.Source}")];

    private static void Print(Scan scan, Scan? before)
    {
        new Terminal().Table(
            ["Number", "Severity", "Source", "Version", "State", "In the image", "Layers"],
            scan.Findings.Select(f => (IReadOnlyList<string>)
            [
                f.Id, f.Severity.ToString().ToLowerInvariant(), f.Source, f.Version, StateOf(f), PresenceText.Of(f), string.Join(", ",
                    f.Layers),
            ]));
        int counted = scan.Findings.Count(f => f.Counts);
        int ignored = scan.Findings.Count(f => f.State == FindingState.Ignored);
        int without = scan.Findings.Count(f => f.State != FindingState.Ignored && f.Presence == Presence.NoCode);
        Terminal.Line(
            $"{scan.Edition}: {counted} to look at, {ignored} ignored, {without} of packages without code in the image; "
            + $"{scan.Fixed} fixed already");
        if (scan.Unasked.Count > 0)
        {
            Terminal.Line($"not of Debian, nothing is known: {string.Join(", ", scan.Unasked)}");
        }
        if (before is not null)
        {
            Terminal.Line($"new: {Listed(Missing(scan, before))}");
            Terminal.Line($"gone: {Listed(Missing(before, scan))}");
        }
    }

    private static string Listed(string[] names) => names.Length == 0 ? "nothing" : string.Join(", ", names);

    private static string StateOf(Finding finding) => finding.State switch
    {
        FindingState.Fixable => $"fixed in {finding.FixedIn}",
        FindingState.Unfixed => "no fix yet",
        FindingState.PutOff => finding.Reason.Length > 0 ? $"put off ({finding.Reason})" : "put off",
        FindingState.Undetermined => "not known",
        _ => $"ignored: {finding.Reason}",
    };
}
