using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>
/// Stands for what GLib's script compiles: settings schemas. An image that takes some is refused, because its programs would end at
/// their first
/// setting. Of GIO modules GLib keeps a list, without which it loads them to see what they offer.
/// </summary>
internal sealed class GlibCachesEffect : IEffect
{
    private static readonly CacheSource[] s_sources =
    [
        new("/usr/share/glib-2.0/schemas/", ".gschema.xml", "settings schema"),
    ];

    /// <inheritdoc/>
    public string Name => "glib-caches";

    /// <inheritdoc/>
    public string Description => "sees that nothing is taken that GLib would need compiled caches for";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        foreach (TreeEntry entry in context.Tree.Entries)
        {
            string path = entry.Path.ToString();
            if (s_sources.FirstOrDefault(s => path.Contains(s.Folder, StringComparison.Ordinal) && path.EndsWith(s.Ending, StringComparison.Ordinal)) is CacheSource source)
            {
                throw new StrataException(
                    $"cannot use {path} ({entry.Origin.Package ?? entry.Origin.Capability}): a {source.What} takes effect only through a compiled cache, which no effect makes yet",
                    "Name the programs of the package instead of taking it whole, or leave the file out with 'except'.");
            }
        }
    }

    private sealed record CacheSource(string Folder, string Ending, string What);
}
