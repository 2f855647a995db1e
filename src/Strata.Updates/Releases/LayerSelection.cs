using Strata.Core;

namespace Strata.Updates.Releases;

/// <summary>The layers that a start of the system mounts, chosen by <c>caps=</c> of the kernel command line.</summary>
/// <param name="Layers">Lowest first, in the order of the release.</param>
/// <param name="Problems">
/// What of the wish could not be followed, a sentence each. A wrong name never keeps a system from starting: it is told and left out.
/// </param>
public sealed record LayerSelection(IReadOnlyList<ReleaseLayer> Layers, IReadOnlyList<string> Problems)
{
    /// <summary>The word for base layers only.</summary>
    public const string NoneWord = "none";

    /// <summary>Chooses: base layers, the named ones, and everything those require.</summary>
    /// <param name="release">What there is.</param>
    /// <param name="caps">The value of <c>caps=</c>: names separated by commas, <c>none</c>, or null for all layers.</param>
    public static LayerSelection Of(Release release, string? caps)
    {
        ArgumentNullException.ThrowIfNull(release);
        if (caps is null)
        {
            return new LayerSelection(release.Layers, []);
        }
        List<string> problems = [];
        string[] names = caps.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0)
        {
            problems.Add($"caps= names nothing: only the base is started (write caps={NoneWord} to mean that)");
        }
        Dictionary<string, ReleaseLayer> known = release.Layers.ToDictionary(l => l.Name, StringComparer.Ordinal);
        HashSet<string> wanted = new(StringComparer.Ordinal);
        foreach (string name in names.Distinct(StringComparer.Ordinal))
        {
            if (known.ContainsKey(name))
            {
                wanted.Add(name);
            }
            else if (name != NoneWord)
            {
                problems.Add($"caps= names '{name}', which this release does not have{NearMiss.Suggestion(name, known.Keys)}; it is left out");
            }
            else if (names.Length > 1)
            {
                problems.Add($"caps= says '{NoneWord}' beside other names; the names count");
            }
        }
        HashSet<string> mounted = new(StringComparer.Ordinal);
        // from the top: what a layer requires stands below it and is met later
        foreach (ReleaseLayer layer in release.Layers.Reverse())
        {
            if (layer.IsBase || wanted.Contains(layer.Name) || mounted.Contains(layer.Name))
            {
                mounted.Add(layer.Name);
                mounted.UnionWith(layer.Requires);
            }
        }
        return new LayerSelection([.. release.Layers.Where(l => mounted.Contains(l.Name))], problems);
    }
}
