using System.CommandLine;
using System.Diagnostics;
using Strata.Blueprints;
using Strata.Cli.Commands.Inventory;
using Strata.Cli.Commands.Trust;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Results;
using Strata.Images.Building;
using Strata.Images.Signing;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Cli.Commands;

/// <summary>What <c>build --json</c> prints. Full paths; sizes in bytes; without <paramref name="Uki"/> for a container image.</summary>
internal sealed record BuildSummary(
    string Edition,
    string Version,
    string Image,
    long ImageBytes,
    string Sha256,
    string? Measurements,
    string? Uki,
    long? UkiBytes,
    string Lock,
    IReadOnlyList<string>? Bills,
    string? Provenance,
    bool Unchanged,
    IReadOnlyList<StepSummary> Steps)
{
    /// <summary>From the command line's reading on; the processor time is of the whole process and of programs that ended.</summary>
    public StepSummary? Whole { get; init; }
}

/// <summary>
/// A step of a build. <paramref name="Cpu"/> is of the whole process while the step ran, and of programs that ended; steps may overlap.
/// </summary>
internal sealed record StepSummary(string Name, double Seconds, double Cpu);

/// <summary><c>strata build</c>.</summary>
internal static class BuildCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string?> image = new("--image")
        {
            Description = $"What to write: {string.Join(", ", ImageKind.Built.Select(k => $"{k.Name} ({k.Help})"))}; "
                + $"else {ImageKind.Disk}, or {ImageKind.Oci} of an edition without a kernel",
        };
        image.AcceptOnlyFromAmong([.. ImageKind.Built.Select(k => k.Name)]);
        Option<string> output = CommonOptions.Output();
        Option<bool> json = CommonOptions.Json();
        Option<bool> timings = new("--timings") { Description = "Print what each step took" };
        Option<bool> sbom = new("--sbom")
        {
            Description = "Write bills of materials beside the image: SPDX 2.3, CycloneDX 1.6, and for a container image both as referrers",
        };
        Option<bool> provenance = new("--provenance")
        {
            Description = "Write beside the image what it was made of and by what: an in-toto statement with SLSA provenance, "
                + "with --keys signed by the key 'release'",
        };
        Option<string?> keys = new("--keys")
        {
            Description = "Sign kernel image and boot program for Secure Boot with the key 'db' of this folder ('strata keys new')",
            HelpName = "folder",
        };
        Option<string?> passphrase = PassphraseInput.Option();
        Command command = new("build", "Build an edition")
        {
            edition, image, output, keys, passphrase, sbom, provenance, CommonOptions.Locked, timings, json,
        };
        command.SetAction(async (result, token) =>
        {
            long started = Stopwatch.GetTimestamp();
            string folder = Path.Combine(result.GetValue(output)!, "");
            KeyFolder? owner = result.GetValue(keys) is string folderOfKeys ? new KeyFolder(folderOfKeys) : null;
            Func<string> secret = owner is null ? () => "" : PassphraseInput.Once(result.GetValue(passphrase), owner);
            // before the bars: they may ask for a passphrase
            using ImageSigner? signer = owner is null ? null : new ImageSigner(owner, secret);
            using CertifiedKey? release = owner is null || !result.GetValue(provenance) ? null : ReleaseKeys.Open(owner, secret);
            BuildSummary summary = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress, signer: signer);
                Blueprint blueprint = workspace.Catalog.Load(result.GetValue(edition)!);
                string target = Path.Combine(folder, blueprint.Edition.Name);
                ResultFile.CheckWay(target); // before the work
                ImageKind kind = KindOf(result.GetValue(image), blueprint.Edition);
                if (signer?.LacksPoliciesFor(blueprint) == true)
                {
                    progress.Warn(
                        $"no TPM will open the state of it: {result.GetValue(keys)} has no key 'pcr' ('strata keys add' makes it)");
                }
                progress.Note($"building {blueprint.Edition.Name} {blueprint.Edition.Version} into {Path.GetFullPath(target)}");
                if (kind.Boots && OpenConsoles.WarningOf(blueprint) is string warning)
                {
                    progress.Warn(warning);
                }
                BuildResult built = await workspace.Builds.BuildAsync(blueprint, result.GetValue(CommonOptions.Locked), kind, target, token);
                IReadOnlyList<string>? bills = result.GetValue(sbom) ? await PlacedBills.WriteAsync(workspace, built, target, token) : null;
                string? statement = result.GetValue(provenance)
                    ? await PlacedBills.WriteProvenanceAsync(
                        workspace, built, kind, target, signer?.Certificate, ReleaseKeys.SignerOf(release), token)
                    : null;
                if (statement is not null && owner is not null && release is null)
                {
                    progress.Warn($"{statement} is not signed: the private key 'release' is not in {owner.FolderPath}");
                }
                return await PlaceAsync(workspace, built, target, kind, token) with { Bills = bills, Provenance = statement };
            });
            summary = summary with
            {
                Whole = SummaryOf(new StepTime("whole", Stopwatch.GetElapsedTime(started), StepClock.ProcessorTime())),
            };
            if (result.GetValue(json))
            {
                summary = summary with
                {
                    Image = Path.GetFullPath(summary.Image),
                    Lock = Path.GetFullPath(summary.Lock),
                    Measurements = summary.Measurements is null ? null : Path.GetFullPath(summary.Measurements),
                    Provenance = summary.Provenance is null ? null : Path.GetFullPath(summary.Provenance),
                    Bills = summary.Bills is null ? null : [.. summary.Bills.Select(Path.GetFullPath)],
                };
                Terminal.Json(summary, CliJson.Default.BuildSummary);
                return 0;
            }
            Terminal.Line($"{summary.Edition} {summary.Version}: {summary.Image} ({new ByteSize(summary.ImageBytes)}{(summary.UkiBytes is long uki ? $", bootable file {new ByteSize(uki)}" : "")})");
            Terminal.Line($"sha256 {summary.Sha256}");
            if (summary.Measurements is string measurements)
            {
                Terminal.Line($"what a TPM will hold {measurements}");
            }
            foreach (string bill in summary.Bills ?? [])
            {
                Terminal.Line($"bill of materials {bill}");
            }
            if (summary.Provenance is string written)
            {
                Terminal.Line($"provenance {written}{(release is null ? "" : $", signed by {release.Certificate.Subject}")}");
            }
            if (result.GetValue(timings))
            {
                new Terminal().Table(
                    ["step", new Column("seconds", true), new Column("cpu seconds", true)],
                    summary.Steps.Append(summary.Whole!).Select(s => (IReadOnlyList<string>)[s.Name, Seconds(s.Seconds), Seconds(s.Cpu)]));
            }
            Terminal.Note($"{(summary.Unchanged ? "unchanged" : "built")} in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
            return 0;
        });
        return command.WithExamples(
            "strata build nano", "strata build nano --locked --output /srv/images", "strata build nano --image iso",
            "strata build ./my-os --image uki", "strata build nano --image pxe", "strata build container-shell",
            "strata build nano --sbom --provenance", "strata build nano --timings",
            "strata build nano --keys ~/keys --provenance");
    }

    /// <summary>The kind that was asked for, or the usual one of the edition.</summary>
    internal static ImageKind KindOf(string? named, Edition edition) => ImageKind.Named(named ?? "") ?? BuildResult.UsualKind(edition);

    private static string Seconds(double value) => value.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture);

    private static StepSummary SummaryOf(StepTime step) =>
        new(step.Name, Math.Round(step.Wall.TotalSeconds, 3), Math.Round(step.Processor.TotalSeconds, 3));

    private static async Task<BuildSummary> PlaceAsync(
        Workspace workspace, BuildResult built, string folder, ImageKind kind, CancellationToken cancellationToken)
    {
        Edition edition = built.Blueprint.Edition;
        StepClock clock = new();
        long bytes = await clock.TimeAsync("place", () => workspace.Placed.PlaceAsync(built, kind, folder, cancellationToken));
        Store.Actions.ActionOutput? uki = built.Product.Uki;
        return new BuildSummary(
            edition.Name, edition.Version, PlacedImages.PathOf(folder, edition, kind), bytes, built[kind].File.Digest.ToString(),
            built[kind].Measurements is null ? null : PlacedImages.MeasurementsOf(folder, edition, kind),
            uki?.Digest.ToString(), uki?.Size,
            Path.Combine(folder, EditionLock.FileName), null, null, built.WasKept,
            [.. built.Steps.Concat(clock.Steps).Select(SummaryOf)]);
    }
}
