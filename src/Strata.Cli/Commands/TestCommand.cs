using System.CommandLine;
using System.Text;
using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Editions.Results;
using Strata.Editions.Testing;
using Strata.Machines.Testing;

namespace Strata.Cli.Commands;

/// <summary><c>strata test</c>: boots an edition without a screen and checks what its <c>tests.yaml</c> declares.</summary>
internal static class TestCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string?> only = new("--only") { Description = "Run the test of this name only", HelpName = "test" };
        Option<bool> all = new("--all") { Description = "Run the tests marked 'slow: true' too" };
        Option<string> output = CommonOptions.Output();
        Option<string?> junit = new("--junit")
        {
            Description = "Write the results to a file as JUnit XML too, for a build server", HelpName = "file",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("test", "Boot an edition without a screen and check what its tests.yaml declares")
        {
            edition, only, all, output, junit, CommonOptions.Emulate, CommonOptions.Locked, json,
        };
        command.SetAction(async (result, token) =>
        {
            (EditionTestReport report, string folder) = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                string name = result.GetValue(edition)!;
                IReadOnlyList<EditionTest> tests = EditionTests.Choose(
                    workspace.Catalog.FindEdition(name), result.GetValue(only), result.GetValue(all));
                Blueprint blueprint = workspace.Catalog.Load(name);
                string folder = Path.Combine(result.GetValue(output)!, blueprint.Edition.Name, "test");
                EditionTestReport report = await workspace.Tests(result.GetValue(CommonOptions.Emulate)).RunAsync(
                    blueprint, tests, result.GetValue(CommonOptions.Locked), folder, token);
                if (result.GetValue(junit) is string file)
                {
                    ResultFile.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(file))!);
                    await ResultFile.WriteAsync(file, Encoding.UTF8.GetBytes(JUnitReport.Of(report, blueprint.Edition.Name)), token);
                }
                return (report, folder);
            });
            if (result.GetValue(json))
            {
                Console.Out.Write(report.ToJson());
            }
            else
            {
                Print(report, folder);
            }
            return report.Ok ? 0 : 1;
        });
        return command.WithExamples("strata test nano", "strata test nano --only boots", "strata test nano --all",
            "strata test ./my-os --json",
            "strata test ./my-os --junit results/strata.xml");
    }

    internal static void Print(EditionTestReport report, string folder)
    {
        new Terminal().Table(
            ["Test", "Step", "Outcome", new("Time", true), "Message"],
            report.Rows().Select(r => (IReadOnlyList<string>)[r.Test, r.Step, r.Outcome, r.Time, r.Message]));
        foreach (StepResult failed in report.Tests.SelectMany(t => t.Steps).Where(s => s.Outcome == StepOutcome.Failed && s.Tail.Count > 0))
        {
            Terminal.Line();
            Terminal.Line($"last lines of '{failed.Name}':");
            foreach (string line in failed.Tail)
            {
                Terminal.Line("  | " + line);
            }
        }
        int passed = report.Tests.Count(t => t.Ok);
        Terminal.Line($"{passed} of {report.Tests.Count} tests passed; logs and report.json are in {folder}");
    }
}
