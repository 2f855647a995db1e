using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Building;
using Strata.Measure;
using Strata.Measure.Differences;
using Strata.Updates.Releases;

namespace Strata.Cli.Commands.Measuring;

/// <summary><c>strata diff</c>: what two editions, images or releases do not have in common.</summary>
internal static class ImageDiffCommand
{
    private const int MostPaths = 60;

    public static Command Create()
    {
        Argument<string> before = CommonOptions.Edition();
        Argument<string> after = new("other") { Description = "What to compare it with", HelpName = "other" };
        after.CompletionSources.AddRange(before.CompletionSources);
        before.Description =
            "An edition, a disk image, a bootable file (.efi), the folder of a release, a file of 'strata measure', or a lock";
        Option<bool> all = new("--all") { Description = "Show every path that differs" };
        Option<bool> exitCode = new("--exit-code") { Description = "End with 1 when something differs" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("diff", "Compare two editions, images or releases: parts, packages, paths, modes, sizes, kernel symbols, budgets") { before, after, all, exitCode, json };
        command.SetAction(async (result, token) =>
        {
            string first = result.GetValue(before)!;
            string second = result.GetValue(after)!;
            if (IsMeasurement(first) || IsMeasurement(second))
            {
                if (!IsMeasurement(first) || !IsMeasurement(second))
                {
                    throw new UsageException($"cannot compare {first} with {second}: a measurement can be compared with another one only", "'strata measure NAME --against FILE' measures and compares.");
                }
                MeasurementDifference measured = MeasurementDifference.Between(Measurement.FromFile(first), Measurement.FromFile(second), first);
                if (result.GetValue(json))
                {
                    Terminal.Json(measured, MeasureJson.Default.MeasurementDifference);
                }
                else
                {
                    MeasurePrinter.PrintDifference(measured);
                }
                return result.GetValue(exitCode) && !MeasurePrinter.IsEmpty(measured) ? 1 : 0;
            }
            if (LockDiff.IsLock(first) || LockDiff.IsLock(second))
            {
                IReadOnlyList<LockChangeRow> changes = LockDiff.Between(first, second);
                if (result.GetValue(json))
                {
                    Terminal.Json([.. changes], CliJson.Default.ListLockChangeRow);
                }
                else
                {
                    LockCommand.Print(changes);
                }
                return result.GetValue(exitCode) && changes.Count > 0 ? 1 : 0;
            }
            ImageDifference difference = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                ImageContents one = await ReadAsync(workspace, first, token);
                return ImageDifference.Between(one, await ReadAsync(workspace, second, token));
            });
            if (result.GetValue(json))
            {
                Terminal.Json(difference, MeasureJson.Default.ImageDifference);
            }
            else
            {
                Print(difference, result.GetValue(all));
            }
            return result.GetValue(exitCode) && !difference.IsEmpty ? 1 : 0;
        });
        return command.WithExamples("strata diff nano ./my-os", "strata diff old/nano.img out/nano/nano.img",
            "strata diff out/nano/nano.img nano --all", "strata diff before.json after.json",
            "strata diff old.lock editions/nano/strata.lock");
    }

    private static bool IsMeasurement(string name) => name.EndsWith(".json", StringComparison.Ordinal) && File.Exists(name);

    private static async Task<ImageContents> ReadAsync(Workspace workspace, string name, CancellationToken cancellationToken)
    {
        bool isRelease = Directory.Exists(name) && File.Exists(Path.Combine(name, Medium.ReleaseFile));
        if ((File.Exists(name) && !name.EndsWith(".yaml", StringComparison.Ordinal)) || isRelease)
        {
            using Core.Progress.IProgressTask task = workspace.Progress.Begin($"reading {name}");
            return ImageReader.Read(name);
        }
        if (Path.GetExtension(name) is ".img" or ".efi" or ".iso" or ".json" && !Directory.Exists(name))
        {
            throw new UsageException($"cannot read {name}: there is no such file", "'strata build NAME' writes images below 'out'.");
        }
        BuildResult built = await workspace.Builds.BuildAsync(
            workspace.Catalog.Load(name), locked: false, kind: null, results: null, cancellationToken);
        return await workspace.Contents.OfAsync(built, cancellationToken);
    }

    internal static void Print(ImageDifference difference, bool all)
    {
        Terminal.Line($"{difference.Before} -> {difference.After}");
        if (difference.IsEmpty)
        {
            Terminal.Line("no difference");
            return;
        }
        Section("parts, bytes", [.. difference.Parts.Select(p => new ValueChange(p.Name, Number(p.Before), Number(p.After)))]);
        Section("packages", difference.Packages);
        Section("budgets", difference.Budgets ?? []);
        Section("kernel symbols", difference.KernelSymbols ?? []);
        if (difference.Paths.Count > 0)
        {
            Terminal.Line();
            Terminal.Line($"paths: {Count("added")} added, {Count("removed")} removed, {Count("changed")} changed; {Signed(difference.Paths.Sum(p => p.Bytes))}");
            int most = all ? int.MaxValue : MostPaths;
            foreach (PathChange path in difference.Paths.OrderByDescending(p => Math.Abs(p.Bytes)).Take(most).OrderBy(p => p.Path, StringComparer.Ordinal))
            {
                string sign = path.How switch { "added" => "+", "removed" => "-", _ => "~" };
                Terminal.Line($"{sign} {path.Path} {Signed(path.Bytes)}{(path.Package.Length > 0 ? $" ({path.Package})" : "")}: {string.Join(", ", path.What)}");
            }
            if (!all && difference.Paths.Count > MostPaths)
            {
                Terminal.Line($"... the {MostPaths} with the largest difference of {difference.Paths.Count} (--all)");
            }
        }

        int Count(string how) => difference.Paths.Count(p => p.How == how);
    }

    private static void Section(string title, IReadOnlyList<ValueChange> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }
        Terminal.Line();
        Terminal.Line(title + ":");
        foreach (ValueChange change in changes)
        {
            Terminal.Line(change.Before is null ? $"+ {change.Name} {change.After}" : change.After is null ? $"- {change.Name} {change.Before}" : $"~ {change.Name} {change.Before} -> {change.After}");
        }
    }

    private static string? Number(long? bytes) => bytes?.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Signed(long bytes) => (bytes < 0 ? "-" : "+") + new ByteSize(Math.Abs(bytes));
}
