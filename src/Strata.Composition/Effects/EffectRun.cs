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

/// <summary>Applies effects to trees of one edition: to the whole, or to what one capability brings.</summary>
public sealed class EffectRun : IDisposable
{
    private readonly ObjectStore _store;
    private readonly PackageSet _packages;
    private readonly ToolTree _tools;
    private readonly KernelFiles? _kernel;
    private readonly KeptContents _contents;
    private readonly KernelModules? _modules; // one for all: it reads a module once

    /// <summary>Begins a run.</summary>
    /// <param name="store">Has the packages.</param>
    /// <param name="packages">What they hold.</param>
    /// <param name="tools">Tools that effects start.</param>
    /// <param name="kernel">The kernel of the edition; null without one.</param>
    public EffectRun(ObjectStore store, PackageSet packages, ToolTree tools, KernelFiles? kernel)
    {
        ArgumentNullException.ThrowIfNull(store);
        (_store, _packages, _tools, _kernel) = (store, packages, tools, kernel);
        _contents = new KeptContents(store);
        _modules = kernel is null ? null : new KernelModules(kernel, _contents);
    }

    /// <summary>The device programs that capabilities take.</summary>
    public IReadOnlyDictionary<DeviceProgram, FileContent> Programs { get; init; } = new Dictionary<DeviceProgram, FileContent>();

    /// <summary>Remembers what took long; everything is done anew without.</summary>
    public ActionCache? Actions { get; init; }

    /// <summary>Does an effect of that name, and may time it.</summary>
    public Action<string, Action> Timed { get; init; } = (_, effect) => effect();

    /// <summary>What the scripts of packages come to.</summary>
    internal FollowedScripts Scripts { get; init; } = new();

    /// <summary>Makes what programs of packages make of files of the image; only effects of the whole system need it.</summary>
    internal CacheMaker? Caches { get; init; }

    /// <summary>Applies everything, in the order of the catalogue, to the tree of an edition.</summary>
    /// <returns>Names of what was applied.</returns>
    /// <exception cref="StrataException">
    /// A capability asks for an effect or setting that is not there, or one cannot be applied.
    /// </exception>
    public IReadOnlySet<string> ApplyAll(Blueprint blueprint, FileTree tree)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        List<EffectUse> uses = [.. blueprint.Capabilities.SelectMany(c => c.Effects)];
        uses.ForEach(Check);
        HashSet<string> applied = new(StringComparer.Ordinal);
        foreach (IEffect effect in EffectCatalog.All)
        {
            List<EffectUse?> mine = [.. uses.Where(u => u.Name == effect.Name)];
            if (effect.IsAlwaysOn)
            {
                mine.Add(null); // nobody asks for it: it is part of every build
            }
            foreach (EffectUse? use in mine)
            {
                Apply(effect, use, blueprint, tree, part: null);
                applied.Add(effect.Name);
            }
        }
        return applied;
    }

    /// <summary>Names of the effects that are part of a build: those of every build, and those that its capabilities ask for.</summary>
    internal static IReadOnlySet<string> NamesFor(Blueprint blueprint) =>
        EffectCatalog.All.Where(e => e.IsAlwaysOn).Select(e => e.Name).Concat(blueprint.Capabilities.SelectMany(c => c.Effects)
            .Select(u => u.Name))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Applies what belongs to a capability alone to its tree.</summary>
    /// <param name="blueprint">The edition with this capability, the last, and those that it requires.</param>
    /// <param name="tree">What these bring.</param>
    public void ApplyOwn(Blueprint blueprint, FileTree tree)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        Capability capability = blueprint.Capabilities[^1];
        foreach (IEffect effect in EffectCatalog.All.Where(e => !e.IsOfTheSystem))
        {
            List<EffectUse?> mine = effect.IsAlwaysOn ? [null] : [.. capability.Effects.Where(u => u.Name == effect.Name)];
            foreach (EffectUse? use in mine)
            {
                Apply(effect, use, blueprint, tree, capability);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _contents.Dispose();

    private void Apply(IEffect effect, EffectUse? use, Blueprint blueprint, FileTree tree, Capability? part)
    {
        EffectContext context = new(blueprint, tree, _contents, use, _kernel, _tools, _store, _packages)
        {
            Modules = _modules, Part = part, Programs = Programs, Scripts = Scripts, Caches = Caches, Actions = Actions,
        };
        Timed(effect.Name, () => effect.Apply(context));
    }

    private static void Check(EffectUse use)
    {
        IEffect? effect = EffectCatalog.All.FirstOrDefault(e => e.Name == use.Name);
        IEnumerable<string> known = EffectCatalog.All.Where(e => !e.IsAlwaysOn).Select(e => e.Name);
        if (effect is null || effect.IsAlwaysOn)
        {
            string why = effect is null ? "there is none of that name" : "it is part of every build";
            throw new StrataException(
                $"cannot apply effect '{use.Name}' ({use.Place}): {why}{NearMiss.Suggestion(use.Name, known)}",
                $"Effects a capability can ask for: {string.Join(", ", known)}.");
        }
        foreach (string setting in use.Settings.Keys.Where(s => !effect.Settings.Contains(s, StringComparer.Ordinal)))
        {
            string near = NearMiss.Suggestion(setting, effect.Settings);
            throw new StrataException($"cannot apply effect '{use.Name}' ({use.Place}): it has no setting '{setting}'{near}");
        }
    }
}
