using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Images.Blueprints;
using Strata.Images.Composition;
using Strata.Images.Effects;
using Strata.Images.Ledger;
using Strata.Kernel.Building;
using Strata.Kernel.Profiles;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Downloads;
using Strata.Toolbox;

namespace Strata.Images.Building;

/// <summary>What a builder works with.</summary>
public sealed record BuildServices
{
    /// <summary>Holds everything.</summary>
    public required ObjectStore Store { get; init; }

    /// <summary>Remembers results.</summary>
    public required ActionCache Actions { get; init; }

    /// <summary>Fetches packages.</summary>
    public required IDownloader Downloader { get; init; }

    /// <summary>Chooses packages.</summary>
    public required LockResolver Resolver { get; init; }

    /// <summary>Unpacks tools.</summary>
    public required ToolboxInstaller Toolbox { get; init; }

    /// <summary>Tools that shape images.</summary>
    public required ToolSet BuildTools { get; init; }

    /// <summary>Source and compiler of kernels.</summary>
    public required ToolSet KernelTools { get; init; }

    /// <summary>Builds kernels.</summary>
    public required KernelBuilder Kernels { get; init; }

    /// <summary>What is known about maintainer scripts.</summary>
    public required ScriptRules ScriptRules { get; init; }

    /// <summary>Told what is being done.</summary>
    public IProgressReporter Progress { get; init; } = SilentProgress.Instance;
}

/// <summary>What a build made; all of it lies in the store.</summary>
/// <param name="Blueprint">What it was made from.</param>
/// <param name="Lock">With which inputs.</param>
/// <param name="Disk">The disk image.</param>
/// <param name="Uki">The file that firmware boots.</param>
/// <param name="Manifest">What it consists of (<see cref="BuildManifest"/> as JSON).</param>
/// <param name="WasKept">True when all of it was there already.</param>
/// <param name="Steps">What took how long.</param>
public sealed record BuildResult(
    Blueprint Blueprint, EditionLock Lock, ActionOutput Disk, ActionOutput Uki, ActionOutput Manifest, bool WasKept, IReadOnlyList<StepTime> Steps);

/// <summary>From a blueprint to an image: lock, fetch, list, compose, effects, ledger, initramfs, UKI, disk.</summary>
public sealed class EditionBuilder(BuildServices services)
{
    private const int LargestStub = 16 << 20;

    /// <summary>What the blueprint asks of the archive.</summary>
    public PackageRequest RequestOf(Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        IEnumerable<PackageRoot> roots = blueprint.Capabilities
            .SelectMany(c => c.Packages)
            .Select(p => PackageRoot.Parse(p.Package, p.FollowDependencies))
            .Concat(blueprint.Capabilities.SelectMany(c => c.FirmwarePackages).Select(p => PackageRoot.Parse(p, followDependencies: false)));
        if (blueprint.KernelPackage is string kernel)
        {
            roots = roots.Append(PackageRoot.Parse(kernel));
        }
        return new PackageRequest { Roots = [.. roots], Cut = [.. services.ScriptRules.Cut.Keys] };
    }

    /// <summary>Chooses the inputs of a build among the packages of today.</summary>
    public async Task<EditionLock> ResolveAsync(Blueprint blueprint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        Edition edition = blueprint.Edition;
        Task<PackageLock> guest = services.Resolver.ResolveAsync(edition.Suite, edition.Architecture, RequestOf(blueprint), cancellationToken);
        Task<PackageLock> tools = services.Resolver.ResolveAsync(
            ToolboxInstaller.Suite, ToolboxInstaller.Architecture, ToolboxInstaller.RequestOf(services.BuildTools), cancellationToken);
        Task<PackageLock>? kernel = blueprint.KernelProfile is null ? null : services.Resolver.ResolveAsync(
            ToolboxInstaller.Suite, ToolboxInstaller.Architecture, ToolboxInstaller.RequestOf(services.KernelTools), cancellationToken);
        return new EditionLock(await guest, await tools, kernel is null ? null : await kernel);
    }

    /// <summary>True when the lock was made for what the blueprint asks now.</summary>
    public bool Answers(EditionLock editionLock, Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(blueprint);
        return editionLock.Guest.Architecture == blueprint.Edition.Architecture
            && editionLock.Guest.Request.IsSameAs(LockedRequest.Of(RequestOf(blueprint)))
            && editionLock.Tools.Request.IsSameAs(LockedRequest.Of(ToolboxInstaller.RequestOf(services.BuildTools)))
            && (blueprint.KernelProfile is null
                ? editionLock.Kernel is null
                : editionLock.Kernel?.Request.IsSameAs(LockedRequest.Of(ToolboxInstaller.RequestOf(services.KernelTools))) == true);
    }

    /// <summary>Builds, or finds everything built.</summary>
    /// <param name="blueprint">What to build.</param>
    /// <param name="editionLock">With which inputs.</param>
    /// <param name="clock">Times the steps.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    /// <exception cref="StrataException">A step failed; the message names the thing and what to try.</exception>
    public async Task<BuildResult> BuildAsync(Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(clock);
        bool wasKept = true;
        ActionKey key = new ActionKeyBuilder("edition", 1)
            .WithImagesCode()
            .Add("lock", editionLock.Digest)
            .Add("blueprint", blueprint.Digest)
            .Add("script-rules", services.ScriptRules.Digest)
            .Build();
        ActionResult result = await services.Actions.GetOrAddAsync(
            key,
            token =>
            {
                wasKept = false;
                return MakeAsync(blueprint, editionLock, clock, token);
            },
            cancellationToken);
        return new BuildResult(blueprint, editionLock, result["disk"], result["uki"], result["manifest"], wasKept, clock.Steps);
    }

    private async Task<ActionResult> MakeAsync(Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken)
    {
        Edition edition = blueprint.Edition;
        // unpacking tools overlaps with fetching packages; both are waited for, so that nothing goes on behind an error message
        Task<ToolTree> toolTree = clock.TimeAsync(
            "tools", () => services.Toolbox.InstallAsync(services.BuildTools.Name, editionLock.Tools, cancellationToken));
        Task fetched = clock.TimeAsync("fetch", async () =>
        {
            await PackageFetcher.FetchAsync(
                editionLock.Guest, services.Downloader, services.Store, services.Resolver.SuitesOf(edition.Suite), cancellationToken);
            return editionLock.Guest.Packages.Count;
        });
        Task<KernelBuild?> built = clock.TimeAsync("kernel", () => BuildKernelAsync(blueprint, editionLock, cancellationToken));
        await Task.WhenAll(toolTree, fetched, built);
        PackageLister lister = new(services.Store, services.Actions);
        PackageSet packages = await clock.TimeAsync("listing", async () => new PackageSet(await lister.ListAsync(
            [.. editionLock.Guest.Packages.Select(p => (p.Name, p.Version, p.Sha256))], services.Progress, cancellationToken)));
        (FileTree tree, IReadOnlySet<string> used) = clock.Time("compose", () => Composer.Compose(blueprint, packages));
        KernelFiles kernel = await built is KernelBuild own ? KernelFiles.OfBuild(own) : KernelFiles.OfPackages(packages, blueprint.KernelPackage!);
        ToolTree tools = await toolTree;
        IReadOnlySet<string> applied = clock.Time("effects", () => ApplyEffects(blueprint, tree, kernel, tools, packages));
        HashSet<string> firmware = [.. blueprint.Capabilities.SelectMany(c => c.FirmwarePackages)];
        used = new HashSet<string>([.. used, .. tree.Entries.Select(e => e.Origin.Package).OfType<string>().Where(firmware.Contains)], StringComparer.Ordinal);
        IReadOnlyList<LedgerEntry> ledger = ScriptLedger.Account(
            packages.Packages.Where(p => used.Contains(p.Name) || p == kernel.Package).Select(p => new PackageScripts(p.Name, p.Version, p.Scripts)),
            services.ScriptRules,
            applied);
        if (ScriptLedger.Check(ledger, edition) is string warning)
        {
            services.Progress.Warn(warning);
        }

        ImageSteps steps = new(services.Store, services.Actions, services.Progress);
        Sha256Digest toolsDigest = Sha256Digest.Of(PackageLockFile.Write(editionLock.Tools));
        ActionOutput kernelImage = await KeepKernelAsync(kernel, cancellationToken);
        ActionOutput initramfs = await clock.TimeAsync(
            "initramfs", () => steps.InitramfsAsync(tree, edition, tools, toolsDigest, OpenContents, cancellationToken));
        byte[] stub = await ReadStubAsync(tools, edition, cancellationToken);
        ActionOutput uki = await clock.TimeAsync(
            "uki", () => steps.UkiAsync(edition, new UkiInputs(stub, kernelImage, kernel.Version, initramfs), cancellationToken));
        Dictionary<TreeNode, long> shares = clock.Time("shares", () =>
        {
            using IContentReader contents = OpenContents();
            return CompressedShares.Of(tree, contents, initramfs.Size);
        });
        SizeBudget.Check(edition, uki.Size, kernelImage.Size, tree, shares);
        ActionOutput disk = await clock.TimeAsync("disk", () => steps.DiskAsync(edition, uki, OpenContents, cancellationToken));
        BuildManifest manifest = Describe(blueprint, editionLock, used, tree, shares, ledger) with
        {
            Kernel = kernel.Version,
            KernelBytes = kernelImage.Size,
            InitramfsBytes = initramfs.Size,
            UkiBytes = uki.Size,
            DiskBytes = disk.Size,
        };
        byte[] json = manifest.ToJson();
        return new ActionResult([disk, uki, new ActionOutput("manifest", services.Store.AddBytes(json), json.Length)]);
    }

    private PackageContentReader OpenContents() => new(services.Store.OpenRead);

    private HashSet<string> ApplyEffects(Blueprint blueprint, FileTree tree, KernelFiles kernel, ToolTree tools, PackageSet packages)
    {
        List<EffectUse> uses = [.. blueprint.Capabilities.SelectMany(c => c.Effects)];
        foreach (EffectUse use in uses)
        {
            IEffect? effect = EffectCatalog.All.FirstOrDefault(e => e.Name == use.Name);
            IEnumerable<string> known = EffectCatalog.All.Where(e => !e.IsAlwaysOn).Select(e => e.Name);
            if (effect is null || effect.IsAlwaysOn)
            {
                throw new StrataException(
                    $"cannot apply effect '{use.Name}' ({use.Place}): {(effect is null ? "there is none of that name" : "it is part of every build")}{NearMiss.Suggestion(use.Name, known)}",
                    $"Effects a capability can ask for: {string.Join(", ", known)}.");
            }
            foreach (string setting in use.Settings.Keys.Where(s => !effect.Settings.Contains(s, StringComparer.Ordinal)))
            {
                throw new StrataException(
                    $"cannot apply effect '{use.Name}' ({use.Place}): it has no setting '{setting}'{NearMiss.Suggestion(setting, effect.Settings)}");
            }
        }
        HashSet<string> applied = new(StringComparer.Ordinal);
        using PackageContentReader contents = OpenContents();
        foreach (IEffect effect in EffectCatalog.All)
        {
            List<EffectUse?> mine = [.. uses.Where(u => u.Name == effect.Name)];
            if (effect.IsAlwaysOn)
            {
                mine.Add(null); // nobody asks for it: it is part of every build
            }
            foreach (EffectUse? use in mine)
            {
                effect.Apply(new EffectContext(blueprint, tree, contents, use, kernel, tools, services.Store, packages));
                applied.Add(effect.Name);
            }
        }
        return applied;
    }

    private async Task<KernelBuild?> BuildKernelAsync(Blueprint blueprint, EditionLock editionLock, CancellationToken cancellationToken)
    {
        if (blueprint.KernelProfile is not KernelProfile profile)
        {
            return null;
        }
        PackageLock tools = editionLock.Kernel ?? throw new StrataException(
            $"cannot build kernel {profile.Name}: the lock has no compiler", $"'strata lock {blueprint.Edition.Name}' makes a lock for the blueprint as it is now.");
        KernelToolchain toolchain = new(tools, token => services.Toolbox.InstallAsync(services.KernelTools.Name, tools, token));
        return await services.Kernels.BuildAsync(profile, toolchain, cancellationToken);
    }

    private async Task<ActionOutput> KeepKernelAsync(KernelFiles kernel, CancellationToken cancellationToken)
    {
        using PackageContentReader contents = OpenContents();
        Stream image = contents.Open(kernel.Image);
        await services.Store.AddExpectedAsync(image, kernel.Image.Digest, kernel.Image.Size, cancellationToken);
        return new ActionOutput("kernel", kernel.Image.Digest, kernel.Image.Size);
    }

    private static async Task<byte[]> ReadStubAsync(ToolTree tools, Edition edition, CancellationToken cancellationToken)
    {
        string name = edition.Architecture == "arm64" ? "linuxaa64.efi.stub" : "linuxx64.efi.stub";
        FileInfo file = new(tools.PathOf("usr/lib/systemd/boot/efi/" + name));
        if (!file.Exists || file.Length > LargestStub)
        {
            throw new StrataException($"cannot make a unified kernel image: the toolbox has no {name} of a sensible size", "Package 'systemd-boot-efi' should bring it; see toolbox/tools.yaml.");
        }
        return await File.ReadAllBytesAsync(file.FullName, cancellationToken);
    }

    private static BuildManifest Describe(
        Blueprint blueprint, EditionLock editionLock, IReadOnlySet<string> used, FileTree tree, Dictionary<TreeNode, long> shares, IReadOnlyList<LedgerEntry> ledger)
    {
        HashSet<TreeNode> counted = new(ReferenceEqualityComparer.Instance);
        List<ManifestEntry> entries = [];
        foreach (TreeEntry entry in tree.Entries)
        {
            bool first = entry.Node is FileNode && counted.Add(entry.Node);
            entries.Add(ManifestEntry.Of(entry, first ? ((FileNode)entry.Node).Content.Size : 0, first ? shares.GetValueOrDefault(entry.Node) : 0));
        }
        // whoever stands in a chain is listed too, or 'why' could not tell it
        HashSet<string> named = [.. used.SelectMany(u => editionLock.Guest.ChainTo(u)).Select(p => p.Name)];
        return new BuildManifest
        {
            Format = BuildManifest.CurrentFormat,
            Edition = blueprint.Edition.Name,
            Version = blueprint.Edition.Version,
            Architecture = blueprint.Edition.Architecture,
            Kernel = "",
            KernelBytes = 0,
            InitramfsBytes = 0,
            UkiBytes = 0,
            DiskBytes = 0,
            Capabilities = [.. blueprint.Capabilities.Select(c => new ManifestCapability(c.Name, c.Description, blueprint.RequiredBy.GetValueOrDefault(c.Name)))],
            Packages =
            [
                .. editionLock.Guest.Packages.Where(p => named.Contains(p.Name) || used.Contains(p.Name))
                    .Select(p => new ManifestPackage(p.Name, p.Version, p.Sha256.ToString(), p.RequiredBy, p.RequiredBy is null ? null : p.Reason)),
            ],
            Entries = entries,
            Ledger = ledger,
        };
    }
}
