using Strata.Init.Reports;
using Strata.Init.Stores;
using Strata.Updates.Releases;

namespace Strata.Init.Layers;

/// <summary>Which of the chosen layers become part of the system when some cannot be used.</summary>
internal static class LayerPlan
{
    /// <summary>The fate of every layer of a release.</summary>
    /// <param name="release">All layers.</param>
    /// <param name="chosen">Those asked for.</param>
    /// <param name="open">Opens a layer and returns why it cannot be used, or null. Not called for one whose requirements are missing.</param>
    public static IReadOnlyList<LayerFate> Of(Release release, IReadOnlyList<ReleaseLayer> chosen, Func<ReleaseLayer, string?> open)
    {
        ArgumentNullException.ThrowIfNull(release);
        ArgumentNullException.ThrowIfNull(chosen);
        ArgumentNullException.ThrowIfNull(open);
        HashSet<string> mounted = new(StringComparer.Ordinal);
        HashSet<string> wanted = new(StringComparer.Ordinal);
        foreach (ReleaseLayer layer in chosen)
        {
            wanted.Add(layer.Name);
        }
        List<LayerFate> fates = [];
        foreach (ReleaseLayer layer in release.Layers) // what a layer requires stands below it
        {
            bool isWanted = wanted.Contains(layer.Name);
            string? missing = null;
            foreach (string required in layer.Requires)
            {
                missing ??= mounted.Contains(required) ? null : required;
            }
            string? why = !isWanted ? "was not asked for" : missing is not null ? $"requires the layer {missing}, which is not there" : open(layer);
            fates.Add(new LayerFate(layer, why, isWanted && why is not null));
            if (why is null)
            {
                mounted.Add(layer.Name);
            }
        }
        return fates;
    }

    /// <summary>Why the system cannot be started with these layers; null when it can.</summary>
    /// <param name="fates">What became of each layer.</param>
    /// <param name="isStrict">True when every layer that was asked for has to be there.</param>
    /// <param name="stores">Where they came from, for the message.</param>
    public static BootException? Refusal(IReadOnlyList<LayerFate> fates, bool isStrict, IReadOnlyList<LayerStore> stores)
    {
        ArgumentNullException.ThrowIfNull(fates);
        ArgumentNullException.ThrowIfNull(stores);
        LayerFate? first = null;
        List<string> facts = [];
        foreach (LayerStore store in stores)
        {
            facts.Add($"the layers come from {store.Describe()}");
        }
        List<string> whole = [];
        foreach (LayerFate fate in fates)
        {
            if (fate.IsRefused)
            {
                facts.Add($"layer {fate.Layer.Name} {fate.Why}");
                first ??= fate.Layer.IsBase || isStrict ? fate : null;
            }
            else if (fate.IsMounted && !fate.Layer.IsBase)
            {
                whole.Add(fate.Layer.Name);
            }
        }
        if (first is null)
        {
            return null;
        }
        List<string> advice = first.Layer.IsBase
            ? ["Write the medium anew, or start an earlier version from the boot menu."]
            :
            [
                $"To start without it: caps={(whole.Count == 0 ? LayerSelection.NoneWord : string.Join(',', whole))} on the kernel command line, or leave out strata.strict.",
                "Write the medium anew, or start an earlier version from the boot menu.",
            ];
        return new BootException($"cannot use the layer '{first.Layer.Name}': it {first.Why}", facts, advice);
    }
}
