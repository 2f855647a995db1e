using Strata.Blueprints;
using Strata.Composition.Effects.Caches;
using Strata.Composition.Kernels;
using Strata.Composition.Scripts;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Composition.Effects;

/// <summary>Something a maintainer script would have done, done to the tree instead.</summary>
public interface IEffect
{
    /// <summary>Name in capability files and in the ledger.</summary>
    string Name { get; }

    /// <summary>One sentence for people.</summary>
    string Description { get; }

    /// <summary>True when it is part of every build; otherwise a capability asks for it.</summary>
    bool IsAlwaysOn { get; }

    /// <summary>
    /// True when what it makes depends on all capabilities together, as accounts do; false when each capability has its own, which
    /// follows from that capability and those it requires alone.
    /// </summary>
    bool IsOfTheSystem { get; }

    /// <summary>Names of the settings it takes.</summary>
    IReadOnlyList<string> Settings { get; }

    /// <summary>Changes the tree.</summary>
    /// <exception cref="StrataException">It cannot, with the reason.</exception>
    void Apply(EffectContext context);
}

/// <summary>What an effect sees.</summary>
/// <param name="Blueprint">The edition and its capabilities.</param>
/// <param name="Tree">The tree so far; effects change it.</param>
/// <param name="Contents">Reads contents of the tree.</param>
/// <param name="Use">Who asked for it and with which settings; null for one that is always on.</param>
/// <param name="Kernel">The kernel of the edition; null for a container image.</param>
/// <param name="Tools">The unpacked tools of the build.</param>
/// <param name="Store">Keeps contents that are too large to carry along.</param>
/// <param name="Packages">Every package of the lock.</param>
public sealed record EffectContext(
    Blueprint Blueprint, FileTree Tree, IContentReader Contents, EffectUse? Use, KernelFiles? Kernel, ToolTree Tools, ObjectStore Store,
    PackageSet Packages)
{
    /// <summary>The modules of the kernel; null for a container image.</summary>
    public KernelModules? Modules { get; init; }

    /// <summary>The device programs that capabilities take.</summary>
    public IReadOnlyDictionary<DeviceProgram, FileContent> Programs { get; init; } = new Dictionary<DeviceProgram, FileContent>();

    /// <summary>What the scripts of packages come to.</summary>
    internal FollowedScripts Scripts { get; init; } = new();

    /// <summary>Makes what programs of packages make of files of the image; null where none can be started.</summary>
    internal CacheMaker? Caches { get; init; }

    /// <summary>Remembers what takes long; null when nothing does.</summary>
    public ActionCache? Actions { get; init; }

    /// <summary>The capability whose own part is being made; null for the whole edition.</summary>
    public Capability? Part { get; init; }

    /// <summary>Content by reference: kept in the store.</summary>
    public FileContent Keep(ReadOnlyMemory<byte> bytes) => new StoredContent(bytes.Length, Store.AddBytes(bytes.Span));

    /// <summary>Origin of what the effect adds.</summary>
    public static Origin OriginOf(IEffect effect, string? capability = null)
    {
        ArgumentNullException.ThrowIfNull(effect);
        return new(capability, null, $"effect {effect.Name}");
    }

    /// <summary>Puts what an effect makes in place of whatever is there, except of what a capability itself brings.</summary>
    /// <param name="effect">The effect.</param>
    /// <param name="path">Where.</param>
    /// <param name="node">What.</param>
    /// <param name="capability">The capability that it belongs to; null for the whole system.</param>
    /// <exception cref="StrataException">A capability brings a file of its own there, which would be lost.</exception>
    public void Put(IEffect effect, GuestPath path, TreeNode node, string? capability = null)
    {
        ArgumentNullException.ThrowIfNull(effect);
        if (Tree.TryGet(path, out TreeEntry there) && there.Origin is { Capability: string owner, Package: null } origin
            && origin != OriginOf(effect, owner))
        {
            throw new StrataException(
                $"cannot keep {path} of capability '{owner}': effect '{effect.Name}' writes it, from what all capabilities declare",
                "Declare what it should say (users, groups, services), or put it elsewhere.");
        }
        Tree.Replace(path, node, OriginOf(effect, capability));
    }

    /// <summary>The texts of a setting; empty when absent.</summary>
    public IReadOnlyList<string> Setting(string name) => Use?.Settings.GetValueOrDefault(name) ?? [];

    /// <summary>Whole content of a file of the tree as UTF-8 text.</summary>
    /// <exception cref="StrataException">It is larger than 4 MiB.</exception>
    public string ReadText(FileContent content) => Contents.ReadText(content);
}

/// <summary>All effects there are.</summary>
public static class EffectCatalog
{
    /// <summary>In the order in which they are applied.</summary>
    public static IReadOnlyList<IEffect> All { get; } =
    [
        new DeviceProgramsEffect(),
        new AccountsEffect(),
        new ScriptsEffect(),
        new AlternativesEffect(),
        new PamEffect(),
        new IdentityEffect(),
        new BusyBoxAppletsEffect(),
        new ServicesEffect(),
        new UnitsEffect(),
        new CaBundleEffect(),
        new CertificatesEffect(),
        new CachesEffect(),
        new KernelModulesEffect(),
        new ModuleIndexEffect(),
        new MachineEffect(),
        new HealthEffect(),
        new LinkerCacheEffect(),
        new LicenceTextsEffect(),
        new PackageStatusEffect(),
    ];
}
