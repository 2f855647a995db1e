using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Blueprints;
using Strata.Images.Composition;
using Strata.Packages.Listings;

namespace Strata.Images.Layers;

/// <summary>A part of an edition that becomes a layer.</summary>
/// <param name="Capability">The capability that it is.</param>
/// <param name="Requires">Capabilities, with those that they require in turn, that lie below it. Sorted.</param>
/// <param name="IsBase">Mounted whatever the kernel command line says.</param>
/// <param name="Tree">What it adds to the layers it requires.</param>
public sealed record LayerPart(Capability Capability, IReadOnlyList<string> Requires, bool IsBase, FileTree Tree);

/// <summary>Cuts the finished tree of an edition into one tree for each capability.</summary>
/// <remarks>
/// A capability takes what it needs by itself, less what the layers it requires have already. Two capabilities of which none requires the other may
/// therefore both have a library: each of them can be mounted without the other, and equal contents are equal blocks, which are compressed, kept and
/// transferred once. What effects made and no capability owns (accounts, caches) describes the whole system and goes into the lowest base layer. That two
/// parts disagree about a path is found earlier, when the whole is composed; where one declares to replace the other's, each layer has its own, as it is
/// before effects are applied.
/// </remarks>
public static class LayerSplit
{
    /// <summary>Cuts.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="packages">Its packages.</param>
    /// <param name="whole">Its composed tree, effects applied.</param>
    /// <returns>Lowest first, in the order of the blueprint.</returns>
    /// <exception cref="StrataException">The edition has no capability, or a base that it does not have.</exception>
    public static IReadOnlyList<LayerPart> Of(Blueprint blueprint, PackageSet packages, FileTree whole)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(whole);
        if (blueprint.Capabilities.Count == 0)
        {
            throw new StrataException($"cannot cut {blueprint.Edition.Name} into layers: it has no capabilities");
        }
        Dictionary<string, HashSet<string>> below = RequirementsOf(blueprint);
        HashSet<string> bases = BasesOf(blueprint, below);
        Capability lowest = blueprint.Capabilities.First(c => bases.Contains(c.Name));
        Dictionary<string, FileTree> alone = blueprint.Capabilities.ToDictionary(
            c => c.Name, c => Composer.Compose(blueprint with { Capabilities = [c] }, packages).Tree, StringComparer.Ordinal);
        List<LayerPart> parts = [];
        foreach (Capability capability in blueprint.Capabilities)
        {
            List<FileTree> beneath = [.. below[capability.Name].Select(b => alone[b])];
            FileTree tree = new();
            List<GuestPath> hidden = [.. blueprint.Capabilities.SkipWhile(c => c != capability).Skip(1).SelectMany(c => c.Replaces).Select(r => r.Path)];
            foreach (TreeEntry entry in whole.Entries.Where(e => !e.Path.IsRoot && !hidden.Any(e.Path.IsAtOrBelow)))
            {
                bool isReplacement = capability.Replaces.Any(r => entry.Path.IsAtOrBelow(r.Path));
                bool isOwn = alone[capability.Name].TryGet(entry.Path, out TreeEntry own) && (entry.Node is not DirectoryNode || IsNamed(own));
                bool isNobodys = !alone.Values.Any(t => t.Contains(entry.Path));
                bool isMade = isNobodys && (entry.Origin.Capability ?? lowest.Name) == capability.Name;
                if (isMade || (isNobodys && capability == lowest && !alone.ContainsKey(entry.Origin.Capability ?? ""))
                    || (isOwn && (isReplacement || !beneath.Any(t => t.TryGet(entry.Path, out TreeEntry lower) && (entry.Node is not DirectoryNode || IsNamed(lower))))))
                {
                    AddWithParents(tree, whole, alone[capability.Name], entry);
                }
            }
            foreach (TreeEntry entry in alone[capability.Name].Entries.Where(e => hidden.Any(e.Path.IsAtOrBelow) && !beneath.Any(t => t.Contains(e.Path))))
            {
                AddWithParents(tree, whole, alone[capability.Name], entry); // it shows where the layer that replaces it is not mounted
            }
            parts.Add(new LayerPart(
                capability, [.. below[capability.Name].Order(StringComparer.Ordinal)], bases.Contains(capability.Name), tree));
        }
        return parts;
    }

    /// <summary>A directory that somebody asked for, not one that is only there because something is in it.</summary>
    private static bool IsNamed(TreeEntry entry) => entry.Node is DirectoryNode && (entry.Origin.Capability is not null || entry.Origin.Package is not null);

    /// <summary>In an overlay the directory of the upper layer decides about mode and owner, so every layer repeats them.</summary>
    private static void AddWithParents(FileTree tree, FileTree whole, FileTree alone, TreeEntry entry)
    {
        Stack<TreeEntry> parents = [];
        for (GuestPath parent = entry.Path.Parent; !parent.IsRoot && !tree.Contains(parent); parent = parent.Parent)
        {
            // where the whole has something else in the place of a directory, that belongs to another layer
            if ((whole.TryGet(parent, out TreeEntry directory) && directory.Node is DirectoryNode) || alone.TryGet(parent, out directory))
            {
                parents.Push(directory);
            }
        }
        foreach (TreeEntry parent in parents)
        {
            tree.Add(parent.Path, parent.Node, parent.Origin);
        }
        tree.Add(entry.Path, entry.Node, entry.Origin);
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
