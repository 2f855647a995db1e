using System.Text.Json;
using Strata.Blueprints;
using Strata.Cli.Wiring;
using Strata.Composition;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Images.Building;
using Strata.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Machines.Testing;
using Strata.Measure;
using Strata.Measure.Guests;
using Strata.Measure.Sizes;
using Strata.Measure.Surface;
using Strata.Store.Actions;
using Strata.Toolbox;
using Strata.Updates.Layers;

namespace Strata.Cli.Commands.Measuring;

/// <summary>How an edition is measured.</summary>
/// <param name="Kind">The image; null for the usual one.</param>
/// <param name="Boots">False to start no guest.</param>
/// <param name="SearchesLeast">False to leave out the search for the least memory.</param>
/// <param name="Emulates">True not to use KVM.</param>
/// <param name="Locked">True to refuse a build without a lock.</param>
/// <param name="Time">For all that guests show; null for the usual.</param>
internal sealed record MeasureOptions(ImageKind? Kind, bool Boots, bool SearchesLeast, bool Emulates, bool Locked, TimeSpan? Time = null);

/// <summary>Builds an edition and measures it.</summary>
internal static class MeasureRun
{
    private static readonly string s_code = CodeIdentity.Of(
        typeof(SurfaceSurvey), typeof(Formats.Elf.ElfHardening), typeof(EditionBuilder), typeof(BuildServices), typeof(LayerBuilder));

    /// <summary>Measures.</summary>
    /// <param name="workspace">Builds it.</param>
    /// <param name="nameOrPath">The edition.</param>
    /// <param name="options">How.</param>
    /// <param name="logFolder">Gets the logs of the guests; the folder above it may have images of an earlier build.</param>
    /// <param name="guessMiB">The least memory of an earlier measurement, to look there first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<(Measurement Measurement, Blueprint Blueprint)> MeasureAsync(
        Workspace workspace, string nameOrPath, MeasureOptions options, string logFolder, int? guessMiB, CancellationToken cancellationToken)
    {
        BuildResult built = await workspace.BuildAsync(nameOrPath, options.Locked, options.Kind, output: null, cancellationToken);
        Edition edition = built.Blueprint.Edition;
        ImageKind kind = options.Kind ?? BuildResult.UsualKind(edition);
        await PlacedImages.RefreshAsync(workspace, built, Path.GetDirectoryName(logFolder)!, cancellationToken);
        BuildManifest manifest = workspace.ReadManifest(built);
        StoredLayer[] stack = [.. (workspace.ReleaseOf(built)?.Layers ?? []).Select(l => LayerBuilder.Read(workspace.Store, l.Manifest))];
        IReadOnlyList<(StoredLayer Layer, IReadOnlyDictionary<string, long> Packed)> layers = [.. stack.Select(l => (l, LayerFiles.Of(workspace.Store.OpenRead, l)))];
        List<string> problems = [];
        SurfaceNumbers surface = await SurveyAsync(workspace, built, cancellationToken) with
        {
            FileCapabilities = [.. stack.SelectMany(l => LayerFiles.WithCapabilities(workspace.Store.OpenRead, l)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
        problems.AddRange(surface.Unreadable.Select(u => "could not look into " + u));
        GuestNumbers? guest = null;
        if (kind == ImageKind.Oci || !options.Boots)
        {
            problems.Add(kind == ImageKind.Oci ? "a container image does not boot: no memory, boot time or sockets" : "no guest was started (--no-boot): no memory, boot time or sockets");
        }
        else if (edition.Architecture != "amd64")
        {
            problems.Add($"guests of {edition.Architecture} cannot be started here: no memory, boot time or sockets");
        }
        else
        {
            guest = await BootAsync(workspace, built, kind, options, logFolder, guessMiB, cancellationToken);
            if (guest.EndedServices is string ended)
            {
                problems.Add(ended);
            }
            if (guest.Why is string why)
            {
                problems.Add(why);
            }
            problems.AddRange(guest.Scans.Where(s => s.Scan is { Asked: > 0, Problem: not null }).Select(s => $"the scan of {s.Name} from outside is not whole: {s.Scan.Problem}"));
            if (guest.Boot is { Reference: 0 } or { Rounds.Count: 0 })
            {
                problems.Add("the reference guest did not come to its end: no boot in reference guests");
            }
            if (guest.Least is { StepMiB: > 1 } least)
            {
                problems.Add($"the least memory is known to {least.StepMiB} MiB only: there was no time for more tries (--time)");
            }
        }
        Measurement measurement = new()
        {
            Format = Measurement.CurrentFormat,
            Edition = edition.Name,
            Title = edition.Title,
            Version = edition.Version,
            Architecture = edition.Architecture,
            Image = kind.ToString().ToLowerInvariant(),
            Digest = built[kind].Digest.ToString(),
            Commit = new Checkout(edition.Folder).Commit(),
            Kernel = manifest.Kernel,
            Download = SizeBreakdown.DownloadOf(manifest, built[kind].Size, layers, isWhole: kind == ImageKind.Iso),
            Installed = SizeBreakdown.InstalledOf(manifest, [.. layers.Select(l => l.Layer)]),
            Surface = surface,
            Guest = guest,
            Problems = problems,
        };
        return (measurement with { Budgets = BudgetTable.Of(edition.Budgets, measurement) }, built.Blueprint);
    }

    private static async Task<SurfaceNumbers> SurveyAsync(Workspace workspace, BuildResult built, CancellationToken cancellationToken)
    {
        ActionKey key = new ActionKeyBuilder("surface", 1)
            .Add("code", s_code).Add("lock", built.Lock.Digest).Add("blueprint", built.Blueprint.Digest).Add("manifest", built.Manifest.Digest).Build();
        ActionResult kept = await workspace.Actions.GetOrAddAsync(
            key,
            async token =>
            {
                ComposedEdition composed = await workspace.Builder.ComposeAsync(built.Blueprint, built.Lock, new StepClock(), token);
                KernelSurface? kernel = await KernelCheck.OfAsync(workspace, composed, token);
                SurfaceNumbers surface = SurfaceSurvey.Of(built.Blueprint, composed.Tree, OpenContents, kernel, workspace.Progress, token);
                byte[] json = JsonSerializer.SerializeToUtf8Bytes(surface, MeasureJson.Default.SurfaceNumbers);
                return new ActionResult([new ActionOutput("surface", workspace.Store.AddBytes(json), json.Length)]);
            },
            cancellationToken);
        await using FileStream file = workspace.Store.OpenRead(kept["surface"].Digest);
        return await JsonSerializer.DeserializeAsync(file, MeasureJson.Default.SurfaceNumbers, cancellationToken)
            ?? throw new StrataException("cannot read what was found out about the surface: it is null", "'strata store verify' tells whether the store is damaged.");

        IContentReader OpenContents() => new PackageContentReader(workspace.Store.OpenRead);
    }

    private static async Task<GuestNumbers> BootAsync(
        Workspace workspace, BuildResult built, ImageKind kind, MeasureOptions options, string logFolder, int? guessMiB, CancellationToken cancellationToken)
    {
        Edition edition = built.Blueprint.Edition;
        ToolTree tools = await workspace.Toolbox.InstallAsync(Workspace.ToolSetNamed("run"), update: false, cancellationToken);
        Accelerator accelerator = options.Emulates ? Accelerator.Emulation : await workspace.DecideAcceleratorAsync(tools, cancellationToken);
        string tests = Path.Combine(edition.Folder, "tests.yaml");
        EditionTest? first = File.Exists(tests) ? EditionTestFile.Read(tests)[0] : null;
        GuestSetup setup = new()
        {
            Tools = tools,
            Accelerator = accelerator.Kind,
            Boot = kind switch
            {
                ImageKind.Uki => BootMedia.Uki(workspace.Store, built),
                ImageKind.Iso => BootMedia.Cd(workspace.Store, built),
                _ => BootMedia.Disk(workspace.Store, built),
            },
            MemoryMiB = (int)(edition.Memory.Bytes >> 20),
            Ready = first?.Ready ?? LinePattern.Text($"{edition.Title} {edition.Version} is ready."),
            Within = first?.Within ?? EditionTest.DefaultWithin,
            Login = first?.Login,
            KeptPrograms = BootMedia.KeptPrograms(built),
            LogFolder = logFolder,
        };
        GuestMeasure guest = options.Time is TimeSpan time ? new(setup, workspace.Progress) { WholeTime = time } : new(setup, workspace.Progress);
        return await guest.MeasureAsync(options.SearchesLeast, guessMiB, cancellationToken);
    }
}
