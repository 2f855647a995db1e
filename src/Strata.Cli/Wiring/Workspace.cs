using System.Collections.Concurrent;
using System.CommandLine;
using Strata.Blueprints;
using Strata.Blueprints.Extending;
using Strata.Composition;
using Strata.Composition.Ledger;
using Strata.Core.Progress;
using Strata.Editions.Bills;
using Strata.Editions.Building;
using Strata.Editions.Bumping;
using Strata.Editions.Guests;
using Strata.Editions.Installing;
using Strata.Editions.Locks;
using Strata.Editions.Measuring;
using Strata.Editions.Publishing;
using Strata.Editions.Remembered;
using Strata.Editions.Results;
using Strata.Editions.Testing;
using Strata.Editions.Verifying;
using Strata.Images.Building;
using Strata.Images.DevicePrograms;
using Strata.Images.Signing;
using Strata.Kernel.Building;
using Strata.Kernel.Hardening;
using Strata.Kernel.Profiles;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Downloads;
using Strata.Store.Remotes;
using Strata.Toolbox;

namespace Strata.Cli.Wiring;

/// <summary>The object graph of a command, built by hand from the options that all commands share.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly Downloader _downloader;
    private readonly HttpCache? _cache;
    private readonly BuildServices _services;
    private readonly EditionBuilder _builder;
    private readonly Lazy<AptCredentials> _credentials = new(HostSettings.Credentials);
    private ArchiveMirrors? _mirrors;

    /// <param name="options">What all commands share.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="isRedone">Steps whose kept results do not count; none when null.</param>
    /// <param name="signer">Signs images; owned by who made it.</param>
    public Workspace(
        ParseResult options, IProgressReporter progress, Func<string, bool>? isRedone = null, ImageSigner? signer = null)
    {
        bool isOffline = options.GetValue(CommonOptions.Offline);
        Progress = progress;
        Store = new ObjectStore(StoreLocation.Resolve(options.GetValue(CommonOptions.Store)));
        _cache = isOffline ? null : HostSettings.SharedCache(progress);
        Actions = new ActionCache(Store, progress, _cache, isRedone: isRedone);
        AptOptions apt = HostSettings.Options();
        ConcurrentDictionary<string, ServerCertificates?> certificates = new(StringComparer.OrdinalIgnoreCase);
        _downloader = new Downloader(Store, new DownloadOptions
        {
            Offline = isOffline,
            Credentials = address => _credentials.Value.For(address),
            Proxy = HostSettings.Proxy(apt),
            Certificates = host => certificates.GetOrAdd(host, h => HostSettings.Certificates(apt, h)),
        }, progress);
        HostSettings.Keyrings(); // what is wrong with them is said at once
        ArchiveAccess access = new()
        {
            Downloader = _downloader,
            Store = Store,
            VerifierOf = keyrings => new KeptVerdicts(new Gpgv(keyrings), keyrings, Store, Actions, TimeProvider.System),
            Time = TimeProvider.System,
            AllowOlder = options.GetValue(CommonOptions.AllowOlder),
            CacheFolder = Path.Combine(Store.Root, "indexes"),
            Progress = progress,
        };
        LockResolver resolver = new(() => _mirrors ??= HostSettings.Mirrors(), access, Actions, progress, ShippedData.Packages);
        Toolbox = new ToolboxInstaller(
            Path.Combine(ShippedData.Home, "toolbox"), Store, _downloader, resolver, new PackageLister(Store, Actions), progress);
        Catalog = new Catalog(
            ShippedData.CatalogFolders(),
            VariableValues.Of(options.GetValue(CommonOptions.Set) ?? [], options.GetValue(CommonOptions.Variables)));
        KernelCatalog = new KernelCatalog(ShippedData.CatalogFolders());
        Hardening = new HardeningCatalog(ShippedData.CatalogFolders());
        KernelBuilder = new KernelBuilder(Store, Actions, progress, TimeProvider.System);
        _services = new BuildServices
        {
            Store = Store,
            Actions = Actions,
            Downloader = _downloader,
            Resolver = resolver,
            Toolbox = Toolbox,
            BuildTools = ShippedData.ToolSetNamed("build"),
            KernelTools = ShippedData.ToolSetNamed("kernel"),
            Kernels = KernelBuilder,
            ScriptRules = ScriptRules.Load(Path.Combine(ShippedData.Home, "effects", "debian.yaml")),
            DevicePrograms = new DeviceProgramBuilder(
                Store, Actions, (set, token) => Toolbox.InstallAsync(ShippedData.ToolSetNamed(set), update: false, token), progress,
                ShippedData.Home, TimeProvider.System),
            Progress = progress,
        };
        _builder = new EditionBuilder(_services, signer: signer);
        Locks = new EditionLocks(_services);
        LockChoice choice = new(Locks, _services, isOffline, options.GetValue(CommonOptions.TrustLock));
        Builds = new EditionBuilds(Store, _builder, Locks, choice);
        Verification = new EditionVerification(Store, _builder, choice, progress);
        ReleaseVerification = new ReleaseVerification(Store, _builder, choice, progress);
        Ledgers = new EditionLedgers(_services, Locks, choice);
        Learner = new PackageLearner(_services, choice, ShippedData.ToolSetNamed(DpkgRoom.Tools));
        Placed = new PlacedImages(Store, _builder, progress);
        Contents = new EditionContents(_services);
        GoodBuilds = new GoodBuilds(Store);
        Bills = new EditionBills(_services);
        Licences = new EditionLicences(_services);
        Provenance = new EditionProvenance(_services);
        SigningRequests = new SigningRequests(_services);
    }

    public IProgressReporter Progress { get; }

    public ObjectStore Store { get; }

    public ActionCache Actions { get; }

    public ToolboxInstaller Toolbox { get; }

    public Catalog Catalog { get; }

    public KernelCatalog KernelCatalog { get; }

    public HardeningCatalog Hardening { get; }

    public KernelBuilder KernelBuilder { get; }

    public EditionLocks Locks { get; }

    public EditionBuilds Builds { get; }

    public EditionVerification Verification { get; }

    public ReleaseVerification ReleaseVerification { get; }

    public EditionLedgers Ledgers { get; }

    public PackageLearner Learner { get; }

    public PlacedImages Placed { get; }

    public EditionContents Contents { get; }

    public GoodBuilds GoodBuilds { get; }

    public IDownloader Downloader => _downloader;

    public EditionBills Bills { get; }

    public EditionLicences Licences { get; }

    public EditionProvenance Provenance { get; }

    public SigningRequests SigningRequests { get; }

    /// <summary>Made when it is asked for: no other command has to read which tools it takes.</summary>
    public ContainerPush Push => new(_services, Bills, Provenance, ShippedData.ToolSetNamed("registry"));

    /// <summary>The tools and the source that kernels are built with, as the store has them locked.</summary>
    public async Task<KernelToolchain> KernelToolchainAsync(CancellationToken cancellationToken)
    {
        ToolSet set = _services.KernelTools;
        PackageLock tools = await Toolbox.FetchedLockAsync(set, update: false, cancellationToken);
        return new KernelToolchain(tools, token => Toolbox.InstallAsync(set.Name, tools, token));
    }

    /// <summary>What the archives of an edition, or those of the tools, say of themselves today.</summary>
    /// <exception cref="Core.StrataException">One cannot be had or trusted.</exception>
    public Task<IReadOnlyList<SuiteState>> ArchivesAsync(string? edition, CancellationToken cancellationToken) => edition is null
        ? _services.Resolver.StatesOfAsync(ToolboxInstaller.Suite, ToolboxInstaller.RequestOf(_services.BuildTools), cancellationToken)
        : Locks.ArchivesOfAsync(Catalog.Load(edition), cancellationToken);

    /// <summary>What guests run with; with a screen the tools are others.</summary>
    public GuestHost Host(bool emulates, bool hasScreen = false) =>
        new(_services, ShippedData.ToolSetNamed(hasScreen ? "graphics" : "run"), emulates)
        {
            TpmTools = ShippedData.ToolSetNamed("tpm"),
            ContainerTools = ShippedData.ToolSetNamed("container"),
        };

    public EditionTests Tests(bool emulates) => new(_services, _builder, Builds, Host(emulates), Catalog);

    public EditionBump Bump(bool emulates) =>
        new(Locks, Builds, Tests(emulates), Measurement(emulates), Bills, Progress);

    public EditionMeasurement Measurement(bool emulates) => new(_services, _builder, Builds, Hardening, Host(emulates));

    public void Dispose()
    {
        _cache?.Dispose(); // first: it sends what is in the store
        _downloader.Dispose();
        Store.Dispose();
    }
}
