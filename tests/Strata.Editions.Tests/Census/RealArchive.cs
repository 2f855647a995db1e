using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Ledger;
using Strata.Composition.Locks;
using Strata.Core.Progress;
using Strata.Editions.Locks;
using Strata.Kernel.Building;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Downloads;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Editions.Tests.Census;

/// <summary>Composes editions of one package each out of the archive as the host's mirror serves it today, in the user's own
/// store.</summary>
public sealed class RealArchive : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store = new(StoreLocation.Resolve(null));
    private readonly Downloader _downloader;
    private readonly BuildServices _services;

    public RealArchive()
    {
        _downloader = new Downloader(_store, new DownloadOptions { Tries = 3 });
        ActionCache actions = new(_store);
        ArchiveAccess access = new()
        {
            Downloader = _downloader,
            Store = _store,
            VerifierOf = keyrings => new KeptVerdicts(new Gpgv(keyrings), keyrings, _store, actions, TimeProvider.System),
            Time = TimeProvider.System,
            CacheFolder = Path.Combine(_store.Root, "indexes"),
        };
        LockResolver resolver = new(
            () => ArchiveMirrors.Find(
                AptConfiguration.Read(), Environment.GetEnvironmentVariable(ArchiveMirrors.MainSetting),
                Environment.GetEnvironmentVariable(ArchiveMirrors.SecuritySetting)),
            access, actions, SilentProgress.Instance);
        IReadOnlyList<ToolSet> sets = ToolSet.LoadAll(Path.Combine(Repository.Root, "toolbox/tools.yaml"));
        _services = new BuildServices
        {
            Store = _store,
            Actions = actions,
            Downloader = _downloader,
            Resolver = resolver,
            Toolbox = new ToolboxInstaller(
                Path.Combine(Repository.Root, "toolbox"), _store, _downloader, resolver, new PackageLister(_store, actions),
                    SilentProgress.Instance),
            BuildTools = sets.Single(s => s.Name == "build"),
            KernelTools = sets.Single(s => s.Name == "kernel"),
            DevicePrograms = null!, // no package is one
            Kernels = new KernelBuilder(_store, actions, SilentProgress.Instance, TimeProvider.System),
            ScriptRules = ScriptRules.Load(Path.Combine(Repository.Root, "effects/debian.yaml")),
        };
    }

    /// <summary>What an edition is made with.</summary>
    internal BuildServices Services => _services;

    /// <summary>A system of the base and one package, whole, alone or with all that it depends on.</summary>
    /// <param name="package">The package.</param>
    /// <param name="withDepends">True for all that it depends on, whole too.</param>
    /// <param name="packages">Its packages; null for those of today.</param>
    public async Task<ComposedEdition> ComposeAsync(string package, bool withDepends, PackageLock? packages = null)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder[withDepends ? "depends" : "alone"], package)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "edition.yaml"), $$"""
            edition: one
            version: "1"
            kernel: none
            components: [main, contrib, non-free, non-free-firmware]
            capabilities: [base]
            packages:
              {{package}}: {{(withDepends ? "{whole-with: depends}" : "{}")}}

            """);
        Blueprint blueprint = new Catalog([Repository.Root]).Load(folder);
        EditionLock editionLock = packages is null
            ? await new EditionLocks(_services).CompleteAsync(blueprint, before: null, CancellationToken.None)
            : new EditionLock(packages, await _services.Toolbox.LockAsync(_services.BuildTools, update: false, CancellationToken.None));
        return await new EditionComposer(_services).ComposeAsync(blueprint, editionLock, new StepClock(), CancellationToken.None);
    }

    public void Dispose()
    {
        _downloader.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }
}
