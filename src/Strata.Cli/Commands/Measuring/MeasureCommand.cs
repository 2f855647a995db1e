using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Measuring;
using Strata.Editions.Results;
using Strata.Images.Building;
using Strata.Measure;

namespace Strata.Cli.Commands.Measuring;

/// <summary><c>strata measure</c>: what an edition costs, compared with what it cost before.</summary>
internal static class MeasureCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string?> image = new("--image") { Description = "Image to measure (else what is usual for the edition)" };
        image.AcceptOnlyFromAmong([.. ImageKind.Built.Where(k => !k.IsFolder && !k.IsVirtualDisk).Select(k => k.Name)]);
        Option<string?> against = new("--against") { Description = "Show what changed since: a file of --json, a commit, or 'last' of the history", HelpName = "ref|file" };
        Option<bool> noBoot = new("--no-boot") { Description = "Start no guest: sizes and surface only, in a second or two" };
        Option<bool> noLeast = new("--no-least") { Description = "Do not look for the least memory that boots" };
        Option<int?> time = new("--time")
        {
            Description = "When the search for the least memory ends, in seconds since the first guest started [default: 200]. "
                + "It has a minute whatever came before, and nothing else is cut short: booting, asking and scanning take what they take",
            HelpName = "seconds",
        };
        time.Validators.Add(r =>
        {
            if (r.Tokens.Count == 1 && (!int.TryParse(r.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds is < 1 or > 86400))
            {
                r.AddError($"'{r.Tokens[0].Value}' is no time: expected seconds, 1 to 86400");
            }
        });
        Option<bool> record = new("--record") { Description = $"Add the result to the history ({MeasurementHistory.FileName} beside the blueprint)" };
        Option<string?> history = new("--history") { Description = $"File of the history (else {MeasurementHistory.FileName} beside the blueprint)", HelpName = "file" };
        Option<string?> failAbove = new("--fail-above") { Description = "Fail when a number grew by more than so many per cent since --against, or since the last of the history", HelpName = "percent" };
        Option<string?> docs = new("--write-docs") { Description = "Write the numbers into a page, between its markers", HelpName = "file" };
        docs.Validators.Add(NoFolder("my-os.md"));
        Option<string> output = CommonOptions.Output();
        Option<bool> json = CommonOptions.Json();
        Command command = new("measure", "Measure an edition: download, memory, installed footprint, attack surface, boot; compare, and fail on a broken budget")
        {
            edition, image, against, noBoot, noLeast, time, record, history, failAbove, docs, output, CommonOptions.Emulate, CommonOptions.Locked, json,
        };
        command.SetAction(async (result, token) =>
        {
            long started = Stopwatch.GetTimestamp();
            decimal? percent = ParsePercent(result.GetValue(failAbove));
            (Measurement measurement, string file) = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                string folder = workspace.Catalog.FindEdition(result.GetValue(edition)!);
                string historyFile = result.GetValue(history) ?? Path.Combine(folder, MeasurementHistory.FileName);
                MeasurementHistory past = MeasurementHistory.Read(historyFile);
                // before the guests start: a wrong name should not cost minutes
                ImageKind? kind = ImageKind.Named(result.GetValue(image) ?? "");
                Blueprint blueprint = workspace.Catalog.Load(result.GetValue(edition)!);
                string measured = (kind ?? BuildResult.UsualKind(blueprint.Edition)).ToString().ToLowerInvariant();
                (Measurement Measurement, string Name)? before = Find(result.GetValue(against), measured, past, folder, progress.Warn);
                if (before is null && percent is not null)
                {
                    throw new StrataException(
                        $"cannot tell what grew: there is nothing to compare with, {historyFile} has no measurement of this kind of image",
                        "'strata measure NAME --record' keeps one; --against names a file or a commit.");
                }
                MeasureOptions options = new(
                    kind,
                    !result.GetValue(noBoot), !result.GetValue(noLeast), result.GetValue(CommonOptions.Locked),
                    result.GetValue(time) is int seconds ? TimeSpan.FromSeconds(seconds) : null);
                string target = Path.Combine(result.GetValue(output)!, Path.GetFileName(folder), "measure");
                Measurement made = await workspace.Measurement(result.GetValue(CommonOptions.Emulate)).MeasureAsync(
                    blueprint, options, target, before?.Measurement.Guest?.Least?.MiB, token);
                if (before is (Measurement earlier, string name))
                {
                    made = made with { Difference = MeasurementDifference.Between(earlier, made, name) };
                }
                else
                {
                    progress.Note($"nothing to compare with yet: {historyFile} has no measurement ('--record' keeps this one)");
                }
                string file = Path.Combine(target, EditionMeasurement.FileName);
                await ResultFile.WriteAsync(file, made.ToJson(), token);
                if (result.GetValue(record))
                {
                    MeasurementHistory.Append(historyFile, made);
                    progress.Note($"recorded in {historyFile}");
                }
                if (result.GetValue(docs) is string page)
                {
                    progress.Note(Measure.Reports.MarkdownNumbers.WriteInto(page, made) ? $"numbers written into {page}" : $"numbers not written into {page}: they are not whole");
                }
                return (made, file);
            });
            if (result.GetValue(json))
            {
                Terminal.Json(measurement, MeasureJson.Default.Measurement);
            }
            else
            {
                MeasurePrinter.Print(measurement);
                Terminal.Note($"measured in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s; {file} has everything, 'strata report {result.GetValue(edition)}' shows it");
            }
            return Judge(measurement, result.GetValue(edition)!, percent);
        });
        return command.WithExamples(
            "strata measure nano", "strata measure nano --no-boot --json", "strata measure nano --against main --fail-above 2", "strata measure nano --record");
    }

    private static (Measurement Measurement, string Name)? Find(
        string? against, string image, MeasurementHistory past, string folder, Action<string> warn)
    {
        try
        {
            return Comparison.Find(against, image, past, new Checkout(folder), warn);
        }
        catch (UnknownReferenceException e)
        {
            throw new UsageException(e.Message, e.Hint); // it was misspelt, not missed
        }
    }

    /// <summary>Fails on broken budgets and on regressions, naming all of them.</summary>
    internal static int Judge(Measurement measurement, string edition, decimal? percent)
    {
        List<string> faults = [.. BudgetTable.Broken(measurement)];
        if (percent is decimal limit && measurement.Difference is { } difference)
        {
            faults.AddRange(difference.Regressions(limit).Select(n =>
                $"{n.Name} grew from {MeasuredNumber.Show(n.Before!.Value, n.Unit)} to {MeasuredNumber.Show(n.After!.Value, n.Unit)}, more than {Math.Max(limit, n.NoisePercent).ToString(CultureInfo.InvariantCulture)} % since {difference.Against}"));
        }
        if (measurement.Guest is { Why: string why } guest)
        {
            faults.Add(guest.IsReady ? $"not everything was measured: {why}" : $"the guest did not get ready: {why}");
        }
        if (faults.Count == 0)
        {
            return 0;
        }
        throw new StrataException(
            $"{measurement.Edition} is not as it should be: {string.Join("\n", faults)}", $"'strata report {edition}' shows what takes how much; 'budget:' in the blueprint sets the limits.");
    }

    /// <summary>Of an option with a file that is written at the end: a folder would be noticed after minutes of measuring.</summary>
    /// <param name="example">A name of such a file.</param>
    internal static Action<OptionResult> NoFolder(string example) => file =>
    {
        if (file.Tokens.Count == 1 && Directory.Exists(file.Tokens[0].Value))
        {
            file.AddError($"'{file.Tokens[0].Value}' is a folder; expected a file, such as {Path.Combine(file.Tokens[0].Value, example)}");
        }
    };

    internal static decimal? ParsePercent(string? text) => text is null ? null
        : decimal.TryParse(text.TrimEnd('%', ' '), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent) && percent <= 1000 ? percent
        : throw new UsageException($"'{text}' is no share of growth: expected per cent, such as 2 or 0.5");
}
