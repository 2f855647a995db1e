using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Composition;
using Strata.Core;
using Strata.Images.Building;
using Strata.Machines;
using Strata.Machines.Testing;
using Strata.Toolbox;

namespace Strata.Cli.Commands;

/// <summary><c>strata test</c>: boots an edition without a screen and checks what its <c>tests.yaml</c> declares.</summary>
internal static class TestCommand
{
    private const string FileName = "tests.yaml";

    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string?> only = new("--only") { Description = "Run the test of this name only", HelpName = "test" };
        Option<bool> all = new("--all") { Description = "Run the tests marked 'slow: true' too" };
        Option<string> output = CommonOptions.Output();
        Option<bool> json = CommonOptions.Json();
        Command command = new("test", "Boot an edition without a screen and check what its tests.yaml declares")
        {
            edition, only, all, output, CommonOptions.Emulate, CommonOptions.Locked, json,
        };
        command.SetAction(async (result, token) =>
        {
            (EditionTestReport report, string folder) = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                IReadOnlyList<EditionTest> tests = Choose(workspace.Catalog.FindEdition(result.GetValue(edition)!), result.GetValue(only), result.GetValue(all));
                (ToolTree tools, BuildResult built) = await Together.RunAsync(
                    stop => workspace.Toolbox.InstallAsync(Workspace.ToolSetNamed("run"), update: false, stop),
                    stop => workspace.BuildAsync(result.GetValue(edition)!, result.GetValue(CommonOptions.Locked), ImageKind.Disk, output: null, stop),
                    token);
                Accelerator accelerator = result.GetValue(CommonOptions.Emulate) ? Accelerator.Emulation : await workspace.DecideAcceleratorAsync(tools, token);
                string folder = Path.Combine(result.GetValue(output)!, built.Blueprint.Edition.Name, "test");
                await PlacedImages.RefreshAsync(workspace, built, Path.GetDirectoryName(folder)!, token);
                ResultFile.MakeFolder(folder);
                EditionTestRunner runner = new(tools, accelerator.Kind, await ImagesAsync(workspace, built, tests, token), folder)
                {
                    KeptPrograms = BootMedia.KeptPrograms(built),
                };
                EditionTestReport report = await runner.RunAsync(tests, progress, token);
                await ResultFile.WriteAsync(Path.Combine(folder, "report.json"), System.Text.Encoding.UTF8.GetBytes(report.ToJson()),
                    token);
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
        return command.WithExamples("strata test nano", "strata test nano --only boots", "strata test nano --all", "strata test ./my-os --json");
    }

    private static IReadOnlyList<EditionTest> Choose(string folder, string? only, bool all)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            throw new StrataException($"cannot test the edition in {folder}: there is no {FileName}", "docs/formats/edition-tests.md shows what to write there.");
        }
        IReadOnlyList<EditionTest> tests = EditionTestFile.Read(file);
        IReadOnlyList<EditionTest> chosen = [.. tests.Where(t => only is null ? all || !t.IsSlow : t.Name == only)];
        return chosen.Count > 0 ? chosen
            : only is null ? throw new StrataException($"cannot test the edition in {folder}: all tests in {FileName} are slow", "'--all' runs them.")
            : throw new StrataException($"cannot find test '{only}' in {file}{NearMiss.Suggestion(only, tests.Select(t => t.Name))}");
    }

    /// <summary>The images that the tests boot; those that a build does not make anyway are made now.</summary>
    private static async Task<Dictionary<TestImage, BootMedium>> ImagesAsync(
        Workspace workspace, BuildResult built, IReadOnlyList<EditionTest> tests, CancellationToken cancellationToken)
    {
        StepClock clock = new();
        Dictionary<TestImage, BootMedium> images = new()
        {
            [TestImage.Disk] = BootMedia.Disk(workspace.Store, built),
            [TestImage.Uki] = BootMedia.Uki(workspace.Store, built),
        };
        if (tests.Any(t => t.Machine.Image == TestImage.Iso))
        {
            images[TestImage.Iso] = BootMedia.Cd(workspace.Store, await workspace.Builder.AddAsync(built, ImageKind.Iso, clock, cancellationToken));
        }
        if (tests.Any(t => t.Machine.Image == TestImage.Pxe))
        {
            images[TestImage.Pxe] = BootMedia.Net(workspace.Store, await workspace.Builder.AddAsync(built, ImageKind.Pxe, clock, cancellationToken));
        }
        return images;
    }

    private static void Print(EditionTestReport report, string folder)
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
