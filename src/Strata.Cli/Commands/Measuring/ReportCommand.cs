using System.CommandLine;
using System.Text;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Measuring;
using Strata.Editions.Results;
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
                    : await workspace.Measurement(result.GetValue(CommonOptions.Emulate)).LastAsync(
                        workspace.Catalog.Load(result.GetValue(edition)!),
                        new MeasureOptions(
                            null, Boots: !result.GetValue(noBoot), SearchesLeast: !result.GetValue(noBoot), result.GetValue(CommonOptions.Locked)),
                        Path.Combine(place, "measure"),
                        token);
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
}
