using System.CommandLine;
using System.Text;
using Strata.Blueprints;
using Strata.Cli.Commands.Measuring;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Bumping;
using Strata.Editions.Locks;
using Strata.Editions.Results;
using Strata.Inventory.Bills;
using Strata.Inventory.Notes;
using Strata.Inventory.Vulnerabilities;

namespace Strata.Cli.Commands;

/// <summary>What <c>bump --json</c> prints.</summary>
/// <param name="Outcome"><c>moved</c>, <c>nothing</c> when no package is newer, or <c>refused</c>.</param>
/// <param name="Refused">Why the lock was put back.</param>
/// <param name="Changes">Packages.</param>
/// <param name="TestsPassed">Tests that passed.</param>
/// <param name="Tests">Tests that were run.</param>
/// <param name="Files">What was written.</param>
internal sealed record BumpSummary(
    string Outcome, string? Refused, IReadOnlyList<LockChangeRow> Changes, int TestsPassed, int Tests, IReadOnlyList<string> Files);

/// <summary><c>strata bump</c>: moves the lock, builds, tests, measures, writes the notes; keeps the move when all is well.</summary>
internal static class BumpCommand
{
    private const string NotesName = "CHANGES.md";

    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<bool> security = new("--security-only")
        {
            Description = "Move only packages that have a security update, and what they force",
        };
        Option<string[]> package = new("--package")
        {
            Description = "Move only this package and what it forces; may be repeated", HelpName = "name", Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> feed = new("--feed")
        {
            HelpName = "file", Description = "Name in the notes what is fixed: the JSON of Debian's security tracker, a file or an address",
        };
        Option<bool> noBoot = new("--no-boot") { Description = "Start no guest and no container: build, measure sizes, write the notes" };
        Option<bool> all = new("--all") { Description = "Run the tests marked 'slow: true' too" };
        Option<string> output = CommonOptions.Output();
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "bump", "Move the lock, build, test, measure and write the change notes; the lock goes back when anything fails")
        {
            edition, security, package, feed, noBoot, all, output, CommonOptions.Emulate, json,
        };
        command.SetAction(async (result, token) =>
        {
            string[] names = result.GetValue(package) ?? [];
            LockMove move = new(names.Length == 0 ? null : names.ToHashSet(StringComparer.Ordinal), result.GetValue(security));
            (BumpResult bumped, IReadOnlyList<string> files) = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                Blueprint blueprint = workspace.Catalog.Load(result.GetValue(edition)!);
                string folder = Path.Combine(result.GetValue(output)!, blueprint.Edition.Name);
                BumpResult done = await workspace.Bump(result.GetValue(CommonOptions.Emulate)).RunAsync(
                    blueprint, move, new BumpOptions(!result.GetValue(noBoot), result.GetValue(all)), folder, token);
                return (done, await WriteAsync(workspace, done, folder, result.GetValue(feed), token));
            });
            if (result.GetValue(json))
            {
                Terminal.Json(SummaryOf(bumped, files), CliJson.Default.BumpSummary);
            }
            else
            {
                Print(bumped, files);
            }
            return bumped.Refused is null ? 0 : throw new StrataException(
                $"cannot keep the moved lock: {bumped.Refused}",
                "The lock is as it was; 'strata test' and 'strata measure' tell more of what fails.");
        });
        command.WithHelp(
            ("Examples",
            [
                "strata bump nano",
                "strata bump nano --security-only --feed tracker.json",
                "strata bump ./my-os --package curl --no-boot",
            ]),
            ("What is left behind",
            [
                "The lock and the history of measurements beside the blueprint; change notes and",
                "bills of materials in the folder of results. Nothing is committed or published.",
            ]));
        return command;
    }

    private static async Task<IReadOnlyList<string>> WriteAsync(
        Workspace workspace, BumpResult bumped, string folder, string? feed, CancellationToken cancellationToken)
    {
        if (bumped is not { Bill: Bill bill, Built: not null, Refused: null })
        {
            return [];
        }
        List<string> files = [.. await Inventory.PlacedBills.WriteAsync(workspace, bumped.Built, folder, cancellationToken)];
        if (bumped.Notes is ChangeNotes notes)
        {
            if (feed is not null && bumped.Before is Bill before)
            {
                notes = notes with
                {
                    SecurityFixes = FixNote.Of(Scan.FixedBetween(
                        before, bill, await Inventory.Feeds.ReadAsync(workspace, feed, bill, before, cancellationToken))),
                };
            }
            string path = Path.Combine(folder, NotesName);
            await ResultFile.WriteAsync(path, Encoding.UTF8.GetBytes(MarkdownNotes.Of(notes)), cancellationToken);
            files.Add(path);
        }
        return files;
    }

    internal static BumpSummary SummaryOf(BumpResult bumped, IReadOnlyList<string> files) => new(
        bumped.Refused is not null ? "refused" : bumped.Built is null ? "nothing" : "moved", bumped.Refused,
        [.. bumped.Changes.Select(c => LockCommand.RowOf(c.Part, c.Change))],
        bumped.Tests?.Tests.Count(t => t.Ok) ?? 0, bumped.Tests?.Tests.Count ?? 0, files);

    internal static void Print(BumpResult bumped, IReadOnlyList<string> files)
    {
        LockCommand.Print([.. bumped.Changes.Select(c => LockCommand.RowOf(c.Part, c.Change))]);
        if (bumped.Tests is { } tests)
        {
            Terminal.Line($"{tests.Tests.Count(t => t.Ok)} of {tests.Tests.Count} tests passed");
        }
        if (bumped.Measurement?.Difference is { } difference)
        {
            MeasurePrinter.PrintDifference(difference);
        }
        foreach (string file in files)
        {
            Terminal.Line(file);
        }
    }
}
