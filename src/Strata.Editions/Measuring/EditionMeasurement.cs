using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Editions.Building;
using Strata.Editions.Guests;
using Strata.Editions.Results;
using Strata.Editions.Testing;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Kernel.Hardening;
using Strata.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Machines.Testing;
using Strata.Measure;
using Strata.Measure.Guests;
using Strata.Measure.Sizes;
using Strata.Measure.Surface;
using Strata.Toolbox;
using Strata.Updates.Layers;

namespace Strata.Editions.Measuring;

/// <summary>Builds an edition and measures it.</summary>
/// <param name="services">The surroundings.</param>
/// <param name="builder">Makes images.</param>
/// <param name="builds">Builds.</param>
/// <param name="hardening">What a kernel's configuration is held against.</param>
/// <param name="host">Runs the guests.</param>
public sealed class EditionMeasurement(
    BuildServices services, IEditionBuilder builder, EditionBuilds builds, HardeningCatalog hardening, GuestHost host)
{
    /// <summary>Name of the file of a measurement, in the folder with the guests' logs.</summary>
    public const string FileName = "measure.json";

    private readonly PlacedImages _placed = new(services.Store, builder, services.Progress);
    private readonly SurfaceStep _surface = new(services, builder, hardening);

    /// <summary>Measures.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="options">How.</param>
    /// <param name="logFolder">Gets the logs of the guests; the folder above it may have images of an earlier build.</param>
    /// <param name="guessMiB">The least memory of an earlier measurement, to look there first; null when there is none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">It cannot be built, or a guest cannot be started.</exception>
    public async Task<Measurement> MeasureAsync(
        Blueprint blueprint, MeasureOptions options, string logFolder, int? guessMiB, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(options);
        BuildResult built = await builds.BuildAsync(blueprint, options.Locked, options.Kind, results: null, cancellationToken);
        Edition edition = blueprint.Edition;
        ImageKind kind = options.Kind ?? BuildResult.UsualKind(edition);
        await _placed.RefreshAsync(built, Path.GetDirectoryName(logFolder)!, cancellationToken);
        BuildManifest manifest = BuiltParts.ManifestOf(services.Store, built);
        StoredLayer[] stack =
        [
            .. (BuiltParts.ReleaseOf(services.Store, built)?.Layers ?? []).Select(l => LayerBuilder.Read(services.Store, l.Manifest)),
        ];
        IReadOnlyList<(StoredLayer Layer, IReadOnlyDictionary<string, long> Packed)> layers =
            [.. stack.Select(l => (l, LayerFiles.Of(services.Store.OpenRead, l)))];
        SurfaceNumbers surface = await _surface.OfAsync(built, cancellationToken) with
        {
            FileCapabilities =
            [
                .. stack.SelectMany(l => LayerFiles.WithCapabilities(services.Store.OpenRead, l))
                    .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            ],
        };
        List<string> problems = [.. surface.Unreadable.Select(u => "could not look into " + u)];
        GuestNumbers? guest = null;
        if (WhyNotBooted(edition, kind, options) is string reason)
        {
            problems.Add(reason);
        }
        else
        {
            guest = await BootAsync(built, kind, options, logFolder, guessMiB, cancellationToken);
            problems.AddRange(ProblemsOf(guest));
        }
        Measurement measurement = new()
        {
            Format = Measurement.CurrentFormat,
            Edition = edition.Name,
            Title = edition.Title,
            Version = edition.Version,
            Architecture = edition.Architecture.Name,
            Image = kind.Name,
            Digest = built[kind].File.Digest.ToString(),
            Commit = new Checkout(edition.Folder).Commit(),
            Kernel = manifest.Kernel,
            Download = SizeBreakdown.DownloadOf(manifest, built[kind].Size, layers, isWhole: kind == ImageKind.Iso),
            Installed = SizeBreakdown.InstalledOf(manifest, stack),
            Surface = surface,
            Guest = guest,
            Problems = problems,
        };
        return measurement with { Budgets = BudgetTable.Of(edition.Budgets, measurement) };
    }

    /// <summary>
    /// What was measured last when it is about the image as it is now; else a new measurement, kept beside the guests' logs.
    /// </summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="logFolder">Holds the last measurement, and gets a new one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">As <see cref="MeasureAsync"/>; or the last measurement cannot be read.</exception>
    public async Task<Measurement> LastAsync(
        Blueprint blueprint, MeasureOptions options, string logFolder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(options);
        string kept = Path.Combine(logFolder, FileName);
        if (File.Exists(kept))
        {
            Measurement last = Measurement.FromFile(kept);
            ImageKind kind = ImageKind.Named(last.Image) ?? BuildResult.UsualKind(blueprint.Edition);
            BuildResult built = await builds.BuildAsync(blueprint, options.Locked, kind, results: null, cancellationToken);
            if (built[kind].File.Digest.ToString() == last.Digest)
            {
                return last;
            }
            services.Progress.Note($"{kept} is about another image; measuring anew");
        }
        Measurement measured = await MeasureAsync(blueprint, options, logFolder, guessMiB: null, cancellationToken);
        await ResultFile.WriteAsync(kept, measured.ToJson(), cancellationToken);
        return measured;
    }

    private static string? WhyNotBooted(Edition edition, ImageKind kind, MeasureOptions options) =>
        kind == ImageKind.Oci ? "a container image does not boot: no memory, boot time or sockets"
        : !options.Boots ? "no guest was started (--no-boot): no memory, boot time or sockets"
        : Board.All.All(b => b.Architecture != edition.Architecture)
            ? $"guests of {edition.Architecture} cannot be started here: no memory, boot time or sockets"
        : null;

    private static IEnumerable<string> ProblemsOf(GuestNumbers guest)
    {
        if (guest.EndedServices is string ended)
        {
            yield return ended;
        }
        if (guest.Why is string why)
        {
            yield return why;
        }
        foreach ((string name, OutsideScan scan) in guest.Scans)
        {
            if (scan is { Asked: > 0, Problem: string problem })
            {
                yield return $"the scan of {name} from outside is not whole: {problem}";
            }
        }
        if (guest.Boot is { Reference: 0 } or { Rounds.Count: 0 })
        {
            yield return "the reference guest did not come to its end: no boot in reference guests";
        }
        if (guest.Least is { StepMiB: > 1 } least)
        {
            yield return $"the least memory is known to {least.StepMiB} MiB only: there was no time for more tries (--time)";
        }
    }

    private async Task<GuestNumbers> BootAsync(
        BuildResult built, ImageKind kind, MeasureOptions options, string logFolder, int? guessMiB, CancellationToken cancellationToken)
    {
        Edition edition = built.Blueprint.Edition;
        ToolTree tools = await host.InstallAsync(cancellationToken);
        Accelerator accelerator = await host.DecideAsync(tools, cancellationToken);
        string tests = Path.Combine(edition.Folder, EditionTests.FileName);
        TestGuest? first = File.Exists(tests) ? EditionTest.FirstGuest(EditionTestFile.Read(tests)) : null;
        GuestSetup setup = new()
        {
            Tools = tools,
            Accelerator = accelerator.Kind,
            Boot = BootMedia.Of(services.Store, built, kind),
            MemoryMiB = (int)(edition.Memory.Bytes >> 20),
            Ready = first?.Ready ?? LinePattern.Text($"{edition.Title} {edition.Version} is ready."),
            Within = first?.Within ?? TestGuest.DefaultWithin,
            Login = first?.Login,
            HasServices = built.Blueprint.Capabilities.Any(c => c.Services.Count > 0),
            LogFolder = logFolder,
        };
        GuestMeasure guest = options.Time is TimeSpan time
            ? new(setup, services.Progress) { WholeTime = time }
            : new(setup, services.Progress);
        return await guest.MeasureAsync(options.SearchesLeast, guessMiB, cancellationToken);
    }
}
