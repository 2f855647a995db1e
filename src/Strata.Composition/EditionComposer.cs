using Strata.Blueprints;
using Strata.Composition.Builds;
using Strata.Composition.Effects;
using Strata.Composition.Effects.Caches;
using Strata.Composition.Kernels;
using Strata.Composition.Ledger;
using Strata.Composition.Locks;
using Strata.Composition.Scripts;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Kernel.Building;
using Strata.Kernel.Profiles;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Composition;

/// <summary>An edition as a tree of files, before it is packed into anything.</summary>
/// <param name="Blueprint">What it was made from.</param>
/// <param name="Lock">With which inputs.</param>
/// <param name="Packages">What the packages of the lock hold.</param>
/// <param name="Tree">Every file, those of effects included.</param>
/// <param name="UsedPackages">Names of the packages it takes files from.</param>
/// <param name="Ledger">What stands for their maintainer scripts.</param>
/// <param name="Kernel">Its kernel; null for a container image.</param>
/// <param name="Tools">Tools that shape images.</param>
/// <param name="Programs">The device programs that its capabilities take.</param>
public sealed record ComposedEdition(
    Blueprint Blueprint,
    EditionLock Lock,
    PackageSet Packages,
    FileTree Tree,
    IReadOnlySet<string> UsedPackages,
    IReadOnlyList<LedgerEntry> Ledger,
    KernelFiles? Kernel,
    ToolTree Tools,
    IReadOnlyDictionary<DeviceProgram, FileContent> Programs)
{
    /// <summary>The edition.</summary>
    public Edition Edition => Blueprint.Edition;

    /// <summary>Versions of the packages of the lock by name.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; } = Lock.Guest.Packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal);

    /// <summary>The compression libraries of the tools.</summary>
    public CompressionLibraries Compression { get; } = CompressionLibraries.In(Tools.LibraryFolder);

    /// <summary>Identity of the tools.</summary>
    public Sha256Digest ToolsDigest { get; } = Sha256Digest.Of(PackageLockFile.Write(Lock.Tools));
}

/// <summary>From a blueprint and its lock to a tree: fetch, list, compose, effects, ledger.</summary>
public sealed class EditionComposer(BuildServices services)
{
    /// <summary>Fetches what is missing and composes.</summary>
    public async Task<ComposedEdition> ComposeAsync(Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(clock);
        Edition edition = blueprint.Edition;
        if (blueprint.Capabilities.Any(c => c.Builds.Count > 0))
        {
            BuiltSoftware builds = new(services.Store, services.Actions, services.Progress);
            Blueprint asked = blueprint;
            blueprint = await clock.TimeAsync(
                "builds", () => builds.WithBuiltAsync(asked, editionLock, services.Toolbox, cancellationToken));
        }
        ToolTree tools = null!;
        KernelBuild? built = null;
        ComposedPackages composed = null!;
        Dictionary<DeviceProgram, FileContent> programs = [];
        await Together.RunAsync(
            cancellationToken,
            async token => tools = await clock.TimeAsync(
                "tools", () => services.Toolbox.InstallAsync(services.BuildTools.Name, editionLock.Tools, token)),
            // only effects wait for a kernel's files
            async token => composed = await ComposedPackages.OfAsync(services, blueprint, editionLock, clock, token),
            async token => built = await clock.TimeAsync("kernel", () => BuildKernelAsync(blueprint, editionLock, token)),
            async token =>
            {
                foreach (DeviceProgram program in blueprint.Capabilities.SelectMany(c => c.DevicePrograms).Select(t => t.Program).Distinct())
                {
                    ActionOutput made = await clock.TimeAsync(
                        program.Name, () => services.DevicePrograms.BuildAsync(program, edition.Architecture, token));
                    programs.Add(program, new StoredContent(made.Size, made.Digest));
                }
            });
        (PackageSet packages, FileTree tree, IReadOnlySet<string> before) = composed;
        KernelFiles? kernel = built is not null ? KernelFiles.OfBuild(built)
            : blueprint.KernelPackage is string name ? KernelFiles.OfPackages(packages, name) : null;
        HashSet<string> firmware = [.. blueprint.Capabilities.SelectMany(c => c.FirmwarePackages).Select(p => p.Text)];
        ScriptRules rules = services.ScriptRules.With(blueprint.RuleFiles);
        using IContentReader contents = services.OpenKept();
        FollowedScripts scripts = clock.Time("scripts", () => ScriptsOfImage.Follow(
            blueprint, packages,
                [.. packages.Packages.Where(p => before.Contains(p.Name) || firmware.Contains(p.Name) || p == kernel?.Package)], tree,
            contents, rules));
        IReadOnlySet<string> applied = clock.Time("effects", () =>
        {
            using EffectRun effects = new(services.Store, packages, tools, kernel)
            {
                Programs = programs,
                Scripts = scripts,
                Actions = services.Actions,
                Caches = new CacheMaker(services.Store, services.Actions, services.Toolbox, tools, packages),
                Timed = (effect, apply) => clock.TimePart("effects", effect, apply),
            };
            return effects.ApplyAll(blueprint, tree);
        });
        HashSet<string> used = new([.. before, .. tree.Entries.Select(e => e.Origin.Package).OfType<string>().Where(firmware.Contains)],
            StringComparer.Ordinal);
        IReadOnlyList<LedgerEntry> ledger = clock.Time("ledger", () => ScriptLedger.Account(
            packages.Packages.Where(p => used.Contains(p.Name) || p == kernel?.Package)
                .Select(p => new PackageScripts(p.Name, p.Version, p.Scripts)),
            rules, applied, scripts));
        if (ScriptLedger.Check(ledger, edition) is string warning)
        {
            services.Progress.Warn(warning);
        }
        string[] faults = clock.Time<string[]>("faults", () =>
            
            [
                .. LateFaults.Check(blueprint, tree, packages, contents), .. MissingParts.Of(tree, packages),
                .. MachineNeeds.Warnings(blueprint, tree),
            ]);
        foreach (string fault in faults)
        {
            services.Progress.Warn(fault);
        }
        TreeBudgets.Check(edition, tree);
        return new ComposedEdition(blueprint, editionLock, packages, tree, used, ledger, kernel, tools, programs);
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
}
