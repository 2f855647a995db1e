using System.CommandLine;
using System.Text;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Building;
using Strata.Measure;
using Strata.Measure.Reports;

namespace Strata.Cli.Commands.Measuring;

/// <summary><c>strata report</c>: a measurement as one HTML file.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string?> file = new("--output", "-o") { Description = "File to write (else out/EDITION/report.html)", HelpName = "file" };
        Option<string?> from = new("--from") { Description = "A file of 'strata measure' to show instead of the last measurement", HelpName = "file" };
        Option<string?> docs = new("--write-docs") { Description = "Write the numbers into a page, between its markers, as well", HelpName = "file" };
        docs.Validators.Add(MeasureCommand.NoFolder("my-os.md"));
        file.Validators.Add(MeasureCommand.NoFolder("my-os.html"));
        Option<bool> noBoot = new("--no-boot") { Description = "Start no guest when the edition has to be measured first" };
        Command command = new("report", "Show the measurement of an edition as one HTML file, measuring it first when it was not") { edition, file, from, docs, noBoot, CommonOptions.Emulate, CommonOptions.Locked };
        command.SetAction(async (result, token) =>
        {
            string path = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                string folder = workspace.Catalog.FindEdition(result.GetValue(edition)!);
                string place = Path.Combine("out", Path.GetFileName(folder));
                MeasurementHistory history = MeasurementHistory.Read(Path.Combine(folder, MeasurementHistory.FileName));
                Measurement measurement = result.GetValue(from) is string named
                    ? Measurement.FromFile(named)
                    : await FindAsync(workspace, result, result.GetValue(edition)!, result.GetValue(noBoot), Path.Combine(place, "measure"), token);
                if (result.GetValue(docs) is string page)
                {
                    progress.Note(MarkdownNumbers.WriteInto(page, measurement) ? $"numbers written into {page}" : $"numbers not written into {page}: they are not whole");
                }
                string path = result.GetValue(file) ?? Path.Combine(place, "report.html");
                await ResultFile.WriteAsync(path, Encoding.UTF8.GetBytes(HtmlReport.Of(measurement, history.Measurements, history.Problems)), token);
                return path;
            });
            Terminal.Line($"{path} ({new ByteSize(new FileInfo(path).Length)})");
            return 0;
        });
        return command.WithExamples("strata report nano", "strata report nano -o nano.html", "strata report nano --from out/nano/measure/measure.json");
    }

    // what was measured last, when it is about the image as it is now
    private static async Task<Measurement> FindAsync(Workspace workspace, ParseResult result, string edition, bool noBoot, string folder, CancellationToken cancellationToken)
    {
        string kept = Path.Combine(folder, "measure.json");
        if (File.Exists(kept))
        {
            Measurement last = Measurement.FromFile(kept);
            BuildResult built = await workspace.BuildAsync(
                edition, result.GetValue(CommonOptions.Locked), Enum.Parse<ImageKind>(last.Image, ignoreCase: true), output: null, cancellationToken);
            if (built[Enum.Parse<ImageKind>(last.Image, ignoreCase: true)].Digest.ToString() == last.Digest)
            {
                return last;
            }
            workspace.Progress.Note($"{kept} is about another image; measuring anew");
        }
        MeasureOptions options = new(null, !noBoot, SearchesLeast: !noBoot, result.GetValue(CommonOptions.Emulate), result.GetValue(CommonOptions.Locked));
        (Measurement measured, _) = await MeasureRun.MeasureAsync(workspace, edition, options, folder, null, cancellationToken);
        await ResultFile.WriteAsync(kept, measured.ToJson(), cancellationToken);
        return measured;
    }
}
