using System.CommandLine;
using System.Text;
using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Measuring;
using Strata.Editions.Readmes;
using Strata.Editions.Results;
using Strata.Measure;
using Strata.Store;

namespace Strata.Cli.Commands.Contents;

/// <summary>One file that a README carries, for <c>--json</c>.</summary>
internal sealed record DocsFile(string Path, long Size, string Sha256, bool IsProgram, int Line);

/// <summary>A README and the files in it.</summary>
internal sealed record DocsResult(string Edition, IReadOnlyList<DocsFile> Files, string Text);

/// <summary><c>strata docs</c>: a README from which the system can be rebuilt; <c>strata init --from</c> is the way back.</summary>
internal static class DocsCommand
{
    private const int MostLockBytes = ReadmeFile.MostBytes;

    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string?> write = new("--write") { Description = "Write it into a file (else it is printed)", HelpName = "file" };
        Option<string> output = CommonOptions.Output();
        Option<bool> json = CommonOptions.Json();
        Command command = new("docs", "Write an edition's README: what it is, its numbers, and every file it is built from")
        {
            edition, write, output, json,
        };
        command.SetAction(async (result, token) =>
        {
            string named = result.GetValue(edition)!;
            using Workspace workspace = new(result, new PlainProgress(Console.Error));
            Blueprint blueprint = workspace.Catalog.Load(named);
            string results = result.GetValue(output)!;
            string made = Path.Combine(results, blueprint.Edition.Name, EditionLock.FileName); // as 'strata build' places it
            byte[]? otherLock = File.Exists(made) ? ForeignFolder.ReadFile(made, depth: 1, MostLockBytes) : null;
            string text = EditionReadme.Write(blueprint, ShippedData.Home, otherLock, LastMeasured(blueprint, results));
            if (result.GetValue(write) is string file)
            {
                KeepOthers(file);
                await ResultFile.WriteAsync(file, Encoding.UTF8.GetBytes(text), token);
            }
            if (result.GetValue(json))
            {
                IEnumerable<DocsFile> files = ReadmeReader.Read("README.md", text).Files
                    .Select(f => new DocsFile(f.Path, f.Bytes.Length, Sha256Digest.Of(f.Bytes).ToString(), f.IsProgram, f.Line));
                Terminal.Json(new DocsResult(blueprint.Edition.Name, [.. files], text), CliJson.Default.DocsResult);
            }
            else if (result.GetValue(write) is string written)
            {
                Terminal.Line($"Wrote {written}; 'strata init NAME --from {written}' turns it back into a blueprint.");
            }
            else
            {
                Console.Out.Write(text);
            }
            return 0;
        });
        return command.WithExamples("strata docs nano", "strata docs ./my-os --write README.md", "strata init copy-of-it --from README.md");
    }

    private static (Measurement Numbers, DateOnly Day)? LastMeasured(Blueprint blueprint, string results)
    {
        string folder = Path.GetFileName(blueprint.Edition.Folder); // as 'strata measure' places it
        string last = Path.Combine(results, folder, "measure", EditionMeasurement.FileName);
        string history = Path.Combine(blueprint.Edition.Folder, MeasurementHistory.FileName);
        return File.Exists(last) ? (Measurement.FromFile(last), DayOf(last))
            : File.Exists(history) && MeasurementHistory.Read(history).Measurements is [.., Measurement recorded]
                ? (recorded, DayOf(history))
            : null;
    }

    private static DateOnly DayOf(string file) => DateOnly.FromDateTime(File.GetLastWriteTimeUtc(file));

    // a README that a person wrote is not this command's to replace
    private static void KeepOthers(string file)
    {
        if (File.Exists(file) && !File.ReadAllText(file).Contains("> Written by `strata docs`.", StringComparison.Ordinal))
        {
            throw new StrataException($"cannot write {file}: it is there, and 'strata docs' did not write it",
                "Name another file, or remove it.");
        }
    }
}
