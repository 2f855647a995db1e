using System.Text;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Editions.Building;
using Strata.Editions.Guests;
using Strata.Editions.Results;
using Strata.Images.Building;
using Strata.Machines;
using Strata.Machines.Testing;
using Strata.Toolbox;

namespace Strata.Editions.Testing;

/// <summary>Builds an edition and runs the tests that it declares in <c>tests.yaml</c>: in machines, or as a container.</summary>
/// <param name="services">The surroundings.</param>
/// <param name="builder">Makes the images that tests boot.</param>
/// <param name="builds">Builds.</param>
/// <param name="host">Runs the guests.</param>
/// <param name="catalog">Finds the other editions that guests of a test boot.</param>
public sealed class EditionTests(BuildServices services, IEditionBuilder builder, EditionBuilds builds, GuestHost host, Catalog catalog)
{
    /// <summary>Name of the file, beside the blueprint.</summary>
    public const string FileName = "tests.yaml";

    /// <summary>The tests that are to be run.</summary>
    /// <param name="folder">Folder of the edition.</param>
    /// <param name="only">Name of the only one; null for all that are not slow.</param>
    /// <param name="all">True for the slow ones too.</param>
    /// <exception cref="StrataException">There are none, or none of that name.</exception>
    public static IReadOnlyList<EditionTest> Choose(string folder, string? only, bool all)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            throw new StrataException(
                $"cannot test the edition in {folder}: there is no {FileName}", "docs/formats/edition-tests.md shows what to write there.");
        }
        IReadOnlyList<EditionTest> tests = EditionTestFile.Read(file);
        IReadOnlyList<EditionTest> chosen = [.. tests.Where(t => only is null ? all || !t.IsSlow : t.Name == only)];
        return chosen.Count > 0 ? chosen
            : only is null
                ? throw new StrataException($"cannot test the edition in {folder}: all tests in {FileName} are slow", "'--all' runs them.")
            : throw new StrataException($"cannot find test '{only}' in {file}{NearMiss.Suggestion(only, tests.Select(t => t.Name))}");
    }

    /// <summary>Builds what the tests boot, and runs them. A test that fails is a result, not an exception.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="tests">The tests.</param>
    /// <param name="locked">True to refuse a build without a lock that answers the blueprint.</param>
    /// <param name="folder">
    /// Gets the guests' logs and <c>report.json</c>; images of an earlier build in the folder above it become those that are tested.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The edition cannot be built, or a guest cannot be started.</exception>
    public async Task<EditionTestReport> RunAsync(
        Blueprint blueprint, IReadOnlyList<EditionTest> tests, bool locked, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(tests);
        EditionTest[] booting = [.. tests.Where(t => t.Container is null)];
        if (booting.Length > 0 && !blueprint.Edition.HasKernel)
        {
            throw new StrataException(
                $"cannot test {blueprint.Edition.Name}: it has no kernel, and the test '{booting[0].Name}' boots a machine",
                "'container: {}' in a test starts a container instead; docs/formats/edition-tests.md has its words.");
        }
        ResultFile.MakeFolder(folder);
        EditionTestResult[] results =
        [
            .. booting.Length > 0 ? await BootAsync(blueprint, booting, locked, folder, cancellationToken) : [],
            .. booting.Length < tests.Count
                ? await StartAsync(blueprint, [.. tests.Except(booting)], locked, folder, cancellationToken) : [],
        ];
        EditionTestReport report = new([.. tests.Select(t => results.First(r => r.Name == t.Name))]); // in the order of the file
        await ResultFile.WriteAsync(Path.Combine(folder, "report.json"), Encoding.UTF8.GetBytes(report.ToJson()), cancellationToken);
        return report;
    }

    /// <summary>Tests that boot machines.</summary>
    private async Task<IReadOnlyList<EditionTestResult>> BootAsync(
        Blueprint blueprint, IReadOnlyList<EditionTest> tests, bool locked, string folder, CancellationToken cancellationToken)
    {
        (ToolTree tools, BuildResult built) = await Together.RunAsync(
            host.InstallAsync,
            stop => builds.BuildAsync(blueprint, locked, ImageKind.Disk, results: null, stop),
            cancellationToken);
        Accelerator accelerator = await host.DecideAsync(tools, cancellationToken);
        await RefreshAsync(built, folder, cancellationToken);
        Dictionary<string, IReadOnlyDictionary<ImageKind, BootMedium>> others = new(StringComparer.Ordinal);
        foreach (string other in tests.SelectMany(t => t.Guests).Select(g => g.Edition).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            Blueprint beside = catalog.Load(Path.GetFullPath(other, blueprint.Edition.Folder));
            ImageKind kind = tests.SelectMany(t => t.Guests).First(g => g.Edition == other).Machine.Image;
            BuildResult made = await builds.BuildAsync(beside, locked, kind, results: null, cancellationToken);
            others[other] = await ImagesAsync(made, tests, cancellationToken, other);
        }
        EditionTestRunner runner = new(tools, accelerator.Kind, await ImagesAsync(built, tests, cancellationToken), folder)
        {
            OtherEditions = others,
            ServedImages = await ServedImagesAsync(blueprint, tests, locked, cancellationToken),
            TpmTools = tests.SelectMany(t => t.Guests).Any(g => g.Machine.HasTpm) ? await host.InstallTpmAsync(cancellationToken) : null,
            EnoughMemoryMiB = (int)(built.Blueprint.Edition.Memory.Bytes >> 20),
            HasServices = built.Blueprint.Capabilities.Any(c => c.Services.Count > 0),
        };
        return (await runner.RunAsync(tests, services.Progress, cancellationToken)).Tests;
    }

    /// <summary>Tests that start the edition as a container.</summary>
    private async Task<IReadOnlyList<EditionTestResult>> StartAsync(
        Blueprint blueprint, IReadOnlyList<EditionTest> tests, bool locked, string folder, CancellationToken cancellationToken)
    {
        if (!blueprint.Edition.Architecture.Boots)
        {
            throw new StrataException(
                $"cannot test {blueprint.Edition.Name}: its containers are for {blueprint.Edition.Architecture.Name}, and tests run "
                + $"programs of this host, which is {ToolboxInstaller.Architecture}");
        }
        (ToolTree tools, BuildResult built) = await Together.RunAsync(
            host.InstallContainerAsync,
            stop => builds.BuildAsync(blueprint, locked, ImageKind.Oci, results: null, stop),
            cancellationToken);
        await RefreshAsync(built, folder, cancellationToken);
        ContainerTestRunner runner = new(
            tools, ContainerImages.Open(BootMedia.PathOf(services.Store, built[ImageKind.Oci].File), cancellationToken), folder);
        return (await runner.RunAsync(tests, services.Progress, cancellationToken)).Tests;
    }

    /// <summary>Images of an earlier build that lie beside the results become those that are tested.</summary>
    private Task RefreshAsync(BuildResult built, string folder, CancellationToken cancellationToken) =>
        new PlacedImages(services.Store, builder, services.Progress).RefreshAsync(built, Path.GetDirectoryName(folder)!, cancellationToken);

    /// <summary>Container images that hosts of wires serve, each read once.</summary>
    /// <param name="blueprint">The edition, from whose folder they are named.</param>
    /// <param name="tests">The tests.</param>
    /// <param name="locked">True to refuse a build without a lock that answers the blueprint.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<Dictionary<string, ServedImage>> ServedImagesAsync(
        Blueprint blueprint, IReadOnlyList<EditionTest> tests, bool locked, CancellationToken cancellationToken)
    {
        Dictionary<string, ServedImage> served = new(StringComparer.Ordinal);
        IEnumerable<string> named = tests.SelectMany(t => t.Wires).SelectMany(w => w.Host?.Images.Values ?? []);
        foreach (string image in named.Distinct(StringComparer.Ordinal))
        {
            string place = Path.GetFullPath(image, blueprint.Edition.Folder);
            served[image] = ContainerArchive.Open(
                image.EndsWith(TestWireHost.ArchiveEnding, StringComparison.Ordinal) ? place
                    : await ArchiveOfAsync(place, locked, cancellationToken),
                image, cancellationToken);
        }
        return served;
    }

    /// <summary>An edition as a container image, in the store.</summary>
    private async Task<string> ArchiveOfAsync(string folder, bool locked, CancellationToken cancellationToken)
    {
        BuildResult made = await builds.BuildAsync(catalog.Load(folder), locked, ImageKind.Oci, results: null, cancellationToken);
        return BootMedia.PathOf(services.Store, made[ImageKind.Oci].File);
    }

    /// <summary>The images that machines of the tests boot, each made once.</summary>
    /// <param name="built">The edition.</param>
    /// <param name="tests">The tests.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="edition">What the tests call the edition; null for the one that is tested.</param>
    internal async Task<Dictionary<ImageKind, BootMedium>> ImagesAsync(
        BuildResult built, IReadOnlyList<EditionTest> tests, CancellationToken cancellationToken, string? edition = null)
    {
        Dictionary<ImageKind, BootMedium> images = [];
        IEnumerable<ImageKind> kinds = tests.SelectMany(t => t.Guests).Where(g => g.Edition == edition).Select(g => g.Machine.Image);
        foreach (ImageKind kind in kinds.Where(k => k.IsBuilt).Distinct())
        {
            BuildResult made = await builder.AddAsync(built, kind, new StepClock(), cancellationToken);
            images[kind] = BootMedia.Of(services.Store, made, kind);
        }
        return images;
    }
}
