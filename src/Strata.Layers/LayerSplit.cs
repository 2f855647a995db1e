using Strata.Blueprints;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;

namespace Strata.Layers;

/// <summary>A part of an edition that becomes a layer.</summary>
/// <param name="Name">Name of the capability, or <see cref="Capability.SystemName"/>.</param>
/// <param name="Capability">The capability that it is; null for what is made for the whole system.</param>
/// <param name="Requires">Capabilities, with those that they require in turn, that lie below it. Sorted.</param>
/// <param name="IsBase">Mounted whatever the kernel command line says.</param>
/// <param name="Tree">What it adds to the layers it requires.</param>
public sealed record LayerPart(string Name, Capability? Capability, IReadOnlyList<string> Requires, bool IsBase, FileTree Tree);

/// <summary>Cuts the finished tree of an edition into one tree for each capability, and one for the whole system on top.</summary>
/// <remarks>
/// The layer of a capability is what it adds to those that it requires, composed as if there were no others: so it is the same in every
/// edition with the same packages and kernel. Two capabilities of which none requires the other may therefore both have a library: each
/// of them can be mounted without the other, and equal contents are equal blocks, which are compressed, kept and transferred once.
/// Whatever the finished tree has beyond that describes the whole system (accounts, caches, what init reads) and lies in the layer <see
/// cref="Capability.SystemName"/>. That two parts disagree about a path is found earlier, when the whole is composed; where one declares to
/// replace the other's, each layer has its own.
/// </remarks>
public static class LayerSplit
{
    /// <summary>Cuts.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="packages">Its packages.</param>
    /// <param name="whole">Its composed tree, effects applied.</param>
    /// <param name="applyOwnEffects">
    /// Applies the effects that belong to a capability, the last of the given blueprint, to its tree and that of those it requires.
    /// </param>
    /// <returns>Lowest first: capabilities in the order of the blueprint, then the whole system.</returns>
    /// <exception cref="StrataException">The edition has no capability, or a base that it does not have.</exception>
    public static IReadOnlyList<LayerPart> Of(
        Blueprint blueprint, PackageSet packages, FileTree whole, Action<Blueprint, FileTree> applyOwnEffects)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(applyOwnEffects);
        if (blueprint.Capabilities.Count == 0)
        {
            throw new StrataException($"cannot cut {blueprint.Edition.Name} into layers: it has no capabilities");
        }
        Dictionary<string, HashSet<string>> below = RequirementsOf(blueprint);
        HashSet<string> bases = BasesOf(blueprint, below);
        List<LayerPart> parts = [];
        LayerStack stack = new();
        Task<(Capability, Blueprint, FileTree)>[] apart =
        [
            .. blueprint.Capabilities.Select(capability => Task.Run(() =>
            {
                HashSet<string> names = [.. below[capability.Name], capability.Name];
                Blueprint alone = blueprint with { Capabilities = [.. blueprint.Capabilities.Where(c => names.Contains(c.Name))] };
                return (capability, alone, Composer.Compose(alone, packages).Tree);
            })),
        ];
        foreach (Task<(Capability, Blueprint, FileTree)> part in apart)
        {
            (Capability capability, Blueprint alone, FileTree composed) = part.GetAwaiter().GetResult();
            applyOwnEffects(alone, composed);
            FileTree own = OwnOf(capability, composed, whole);
            string[] requires = [.. below[capability.Name].Order(StringComparer.Ordinal)];
            parts.Add(new LayerPart(capability.Name, capability, requires, bases.Contains(capability.Name), own));
            stack.Add(own);
        }
        parts.Add(new LayerPart(Capability.SystemName, null, [], IsBase: true, stack.Completion(whole)));
        return parts;
    }

    /// <summary>What a capability brings itself, and what effects of the whole system made for it alone.</summary>
    private static FileTree OwnOf(Capability capability, FileTree composed, FileTree whole)
    {
        FileTree own = new();
        foreach (TreeEntry entry in composed.Entries.Where(e => e.Origin.Capability == capability.Name))
        {
            LayerStack.AddWithParents(own, entry, composed);
        }
        foreach (TreeEntry entry in whole.Entries.Where(e => e.Origin.Capability == capability.Name))
        {
            bool isMade = !composed.Contains(entry.Path);
            bool isGiven = own.TryGet(entry.Path, out TreeEntry before) // a user may own it by now
                && (entry.Node is DirectoryNode || (before.Origin == entry.Origin && entry.Origin.Package is null));
            if (isMade || isGiven)
            {
                LayerStack.AddWithParents(own, entry, whole);
            }
        }
        return own;
    }

    private static Dictionary<string, HashSet<string>> RequirementsOf(Blueprint blueprint)
    {
        Dictionary<string, HashSet<string>> below = new(StringComparer.Ordinal);
        foreach (Capability capability in blueprint.Capabilities) // each after those it requires
        {
            below[capability.Name] = [.. capability.Requires.SelectMany(r => below[r.Name].Append(r.Name))];
        }
        return below;
    }

    private static HashSet<string> BasesOf(Blueprint blueprint, Dictionary<string, HashSet<string>> below)
    {
        HashSet<string> bases = new(StringComparer.Ordinal);
        foreach (Reference wanted in blueprint.Edition.Base)
        {
            if (!below.TryGetValue(wanted.Name, out HashSet<string>? required))
            {
                throw new StrataException(
                    $"cannot cut {blueprint.Edition.Name} into layers: base '{wanted.Name}' is no capability of it{NearMiss.Suggestion(wanted.Name, below.Keys)}");
            }
            bases.Add(wanted.Name);
            bases.UnionWith(required);
        }
        if (bases.Count == 0)
        {
            bases.Add(blueprint.Capabilities[0].Name);
        }
        return bases;
    }
}
