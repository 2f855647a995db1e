using System.CommandLine;
using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Composition;
using Strata.Composition.Ledger;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Locks;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Images.DevicePrograms;
using Strata.Kernel.Building;
using Strata.Kernel.Profiles;
using Strata.Machines;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Downloads;
using Strata.Store.Remotes;
using Strata.Toolbox;
using Strata.Updates.Releases;

namespace Strata.Cli.Wiring;

/// <summary>The object graph of a command, built by hand from the options that all commands share.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly Downloader _downloader;
    private readonly HttpCache? _cache;
    private readonly LockChoice _choice;
    private readonly Lazy<AptCredentials> _credentials = new(Settings.Credentials);
    private ArchiveMirrors? _mirrors;

    public Workspace(ParseResult options, IProgressReporter progress)
    {
        Progress = progress;
        Location = StoreLocation.Resolve(options.GetValue(CommonOptions.Store));
        Store = new ObjectStore(Location);
        _cache = options.GetValue(CommonOptions.Offline) ? null : Settings.SharedCache(progress);
        Actions = new ActionCache(Store, progress, _cache);
        _downloader = new Downloader(Store, new DownloadOptions
        {
            Offline = options.GetValue(CommonOptions.Offline),
            Credentials = address => _credentials.Value.For(address),
        }, progress);
        IReadOnlyList<Keyring> keyrings = Settings.Keyrings();
        ArchiveAccess access = new()
        {
            Downloader = _downloader,
            Store = Store,
            Verifier = new KeptVerdicts(new Gpgv(keyrings), keyrings, Store, Actions, TimeProvider.System),
            Time = TimeProvider.System,
            AllowOlder = options.GetValue(CommonOptions.AllowOlder),
            CacheFolder = Path.Combine(Store.Root, "indexes"),
            Progress = progress,
        };
        LockResolver resolver = new(() => _mirrors ??= Settings.Mirrors(), access, Actions, progress, ShippedPackages);
        Toolbox = new ToolboxInstaller(Path.Combine(Home, "toolbox"), Store, _downloader, resolver, new PackageLister(Store, Actions),
            progress);
        Catalog = new Catalog(CatalogFolders());
        KernelCatalog = new KernelCatalog(CatalogFolders());
        KernelBuilder = new KernelBuilder(Store, Actions, progress, TimeProvider.System);
        BuildServices services = new()
        {
            Store = Store,
            Actions = Actions,
            Downloader = _downloader,
            Resolver = resolver,
            Toolbox = Toolbox,
            BuildTools = ToolSetNamed("build"),
            KernelTools = ToolSetNamed("kernel"),
            Kernels = KernelBuilder,
            ScriptRules = ScriptRules.Load(Path.Combine(Home, "effects", "debian.yaml")),
            DevicePrograms = new DeviceProgramBuilder(
                Store, Actions, (set, token) => Toolbox.InstallAsync(ToolSetNamed(set), update: false, token), progress, Home, TimeProvider.System),
            Progress = progress,
        };
        Builder = new EditionBuilder(services);
        Locks = new EditionLocks(services);
        _choice = new LockChoice(Locks, services, options.GetValue(CommonOptions.Offline), options.GetValue(CommonOptions.TrustLock));
    }

    /// <summary>Folder of the data that strata comes with: editions, capabilities, kernels, effects.</summary>
    public static string Home { get; } = Environment.GetEnvironmentVariable("STRATA_HOME") is { Length: > 0 } home ? home : FindHome();

    public IProgressReporter Progress { get; }

    public StoreLocation Location { get; }

    public ObjectStore Store { get; }

    public ActionCache Actions { get; }

    public ToolboxInstaller Toolbox { get; }

    public Catalog Catalog { get; }

    public EditionBuilder Builder { get; }

    public EditionLocks Locks { get; }

    public KernelCatalog KernelCatalog { get; }

    public KernelBuilder KernelBuilder { get; }

    /// <summary>Where editions and capabilities are looked for: here first, then among those that strata comes with.</summary>
    public static IReadOnlyList<string> CatalogFolders()
    {
        string here = Environment.CurrentDirectory;
        return here == Home ? [here] : [here, Home];
    }

    /// <summary>All sets of tools.</summary>
    public static IReadOnlyList<ToolSet> ToolSets() => ToolSet.LoadAll(Path.Combine(Home, "toolbox", "tools.yaml"));

    /// <summary>A set of tools by its name.</summary>
    /// <exception cref="StrataException">There is none.</exception>
    public static ToolSet ToolSetNamed(string name)
    {
        IReadOnlyList<ToolSet> sets = ToolSets();
        return sets.FirstOrDefault(s => s.Name == name)
            ?? throw new StrataException($"cannot find tools '{name}'{NearMiss.Suggestion(name, sets.Select(s => s.Name))}; known: {string.Join(", ", sets.Select(s => s.Name))}");
    }

    /// <summary>The tools and the source that kernels are built with, as the store has them locked.</summary>
    public async Task<KernelToolchain> KernelToolchainAsync(CancellationToken cancellationToken)
    {
        ToolSet set = ToolSetNamed("kernel");
        PackageLock tools = await Toolbox.FetchedLockAsync(set, update: false, cancellationToken);
        return new KernelToolchain(tools, token => Toolbox.InstallAsync(set.Name, tools, token));
    }

    /// <summary>Builds an edition as the options say, with progress, and returns what its build consists of.</summary>
    public static async Task<BuildManifest> ManifestAsync(ParseResult options, string edition, CancellationToken cancellationToken) =>
        await Terminal.WithProgressAsync(async progress =>
        {
            using Workspace workspace = new(options, progress);
            BuildResult result = await workspace.BuildAsync(edition, locked: false, kind: null, output: null, cancellationToken);
            return workspace.ReadManifest(result);
        });

    /// <summary>Builds an edition from its lock, or else from the packages of today.</summary>
    /// <param name="nameOrPath">The edition.</param>
    /// <param name="locked">True to refuse a build without a lock that answers the blueprint.</param>
    /// <param name="kind">What to make of it; null for what is usual for the edition.</param>
    /// <param name="output">Folder for a copy of the lock; null for none.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<BuildResult> BuildAsync(string nameOrPath, bool locked, ImageKind? kind, string? output, CancellationToken cancellationToken)
    {
        Blueprint blueprint = Catalog.Load(nameOrPath);
        StepClock clock = new();
        EditionLock chosen = await clock.TimeAsync("lock", () => _choice.ChooseAsync(blueprint, locked, cancellationToken));
        bool isMedium = kind == ImageKind.Iso;
        string good = GoodBuildFile(blueprint, isMedium);
        BuildResult result = await Locks.UseAsync(blueprint, chosen, locked, used => Builder.BuildAsync(
            blueprint, used, kind ?? BuildResult.UsualKind(blueprint.Edition), clock, GoodBuild.TryRead(good), cancellationToken),
                cancellationToken);
        if (result.Lock != chosen)
        {
            await _choice.RememberAsync(blueprint, chosen, result.Lock, cancellationToken);
        }
        if (!result.WasKept || !File.Exists(good))
        {
            await RememberAsync(good, GoodBuild.Of(
                blueprint, ReadManifest(result), isMedium ? result[ImageKind.Iso].Size : DownloadBytesOf(result), isMedium).Write(),
                    cancellationToken);
        }
        if (output is not null)
        {
            await ResultFile.WriteAsync(Path.Combine(output, EditionLock.FileName), result.Lock.Write(), cancellationToken);
        }
        return result;
    }

    /// <summary>How large the image of a lock will be, told before anything is fetched.</summary>
    public SizeForecast Forecast(Blueprint blueprint, EditionLock editionLock) =>
        SizeForecast.Of(blueprint, editionLock.Guest, GoodBuild.TryRead(GoodBuildFile(blueprint, isMedium: false)));

    /// <summary>What a build consists of.</summary>
    public BuildManifest ReadManifest(BuildResult result)
    {
        using FileStream manifest = Store.OpenRead(result.Manifest.Digest);
        return BuildManifest.FromJson(manifest);
    }

    /// <summary>The release of a build of layers; null for one of anything else.</summary>
    public Release? ReleaseOf(BuildResult result)
    {
        if (result.Outputs.Outputs.FirstOrDefault(o => o.Name == "release") is not ActionOutput text)
        {
            return null;
        }
        using MemoryStream bytes = new();
        using (FileStream file = Store.OpenRead(text.Digest))
        {
            file.CopyTo(bytes);
        }
        return ReleaseReader.Read(bytes.ToArray());
    }

    /// <summary>What is fetched of a build: the bootable file and its layers, or the container image.</summary>
    public long DownloadBytesOf(BuildResult result) => result.Outputs.Outputs.FirstOrDefault(o => o.Name == "oci") is ActionOutput container
        ? container.Size
        : result.Uki.Size + (ReleaseOf(result)?.Layers.Sum(l => l.Size) ?? 0);

    public void Dispose()
    {
        _cache?.Dispose(); // first: it sends what is in the store
        _downloader.Dispose();
        Store.Dispose();
    }

    /// <summary>How guests run on this host; asked once a boot of the host.</summary>
    public Task<Accelerator> DecideAcceleratorAsync(ToolTree tools, CancellationToken cancellationToken) =>
        Accelerator.DecideAsync(tools, Path.Combine(Store.Root, "accelerator"), cancellationToken);

    private static string FindHome()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "toolbox", "tools.yaml")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new StrataException("cannot find the editions and capabilities that strata comes with", "Set STRATA_HOME to the folder of its checkout.");
    }

    private string GoodBuildFile(Blueprint blueprint, bool isMedium) =>
        Path.Combine(Store.Root, "good-builds", IdentityOf(blueprint) + (isMedium ? ".iso.json" : ".json"));

    // editions of one name in two folders are two editions
    private static string IdentityOf(Blueprint blueprint) =>
        $"{blueprint.Edition.Name}-{Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(blueprint.Edition.Folder)).ToShortString()}";

    private async Task RememberAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = Store.NewTemporaryPath();
        await File.WriteAllBytesAsync(temporary, content, cancellationToken);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Packages of the locks that strata comes with, for a day on which a mirror lacks the index that would list them.</summary>
    private static IEnumerable<LockedPackage> ShippedPackages()
    {
        Catalog shipped = new([Home]);
        foreach (string name in shipped.EditionNames())
        {
            string path = Path.Combine(shipped.FindEdition(name), EditionLock.FileName);
            foreach (LockedPackage package in File.Exists(path) ? EditionLock.Read(path).Guest.Packages : [])
            {
                yield return package;
            }
        }
    }
}
