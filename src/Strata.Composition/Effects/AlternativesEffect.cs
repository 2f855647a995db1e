using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>
/// Links names that several packages compete for to the one of highest priority, as update-alternatives(1) does: the name to
/// <c>/etc/alternatives</c>, and from there to the program. A name at which something lies already stays.
/// </summary>
internal sealed class AlternativesEffect : IEffect
{
    private static readonly GuestPath s_folder = GuestPath.Parse("/etc/alternatives");

    /// <inheritdoc/>
    public string Name => ScriptEffects.Alternatives;

    /// <inheritdoc/>
    public string Description => "links of names that several packages compete for";

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
        HashSet<GuestPath> made = [];
        IEnumerable<IGrouping<string, Alternative>> names = Offered(context, made)
            .GroupBy(a => a.Name, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal);
        foreach (IGrouping<string, Alternative> name in names)
        {
            Alternative best = name.OrderByDescending(a => a.Priority).ThenBy(a => a.Package, StringComparer.Ordinal).First();
            foreach ((string link, string alias, string path) in best.Links)
            {
                if (IsThere(context.Tree, path, made) && Packages.Listings.MergedUsr.Canonical(GuestPath.Parse(link)) is GuestPath at
                    && !context.Tree.Contains(at) && context.Tree.Contains(at.Parent))
                {
                    Add(context, at, s_folder.Join(alias).ToString());
                    if (!context.Tree.Contains(s_folder.Join(alias)))
                    {
                        Add(context, s_folder.Join(alias), path);
                    }
                }
            }
        }
    }

    private void Add(EffectContext context, GuestPath at, string target) =>
        context.Tree.Add(at, new SymlinkNode { Permissions = Modes.Link, Target = target }, EffectContext.OriginOf(this));

    // what is offered may itself be a name that is made here: editor is emacs, and emacs is emacs-nox
    private static List<Alternative> Offered(EffectContext context, HashSet<GuestPath> made)
    {
        List<Alternative> rest = [.. context.Scripts.Alternatives.Where(a => context.Scripts.WholePackages.Contains(a.Package))];
        List<Alternative> offered = [];
        for (int before = -1; before < offered.Count;)
        {
            before = offered.Count;
            foreach (Alternative next in rest.FindAll(a => IsThere(context.Tree, a.Links[0].Path, made)))
            {
                offered.Add(next);
                rest.Remove(next);
                made.UnionWith(next.Links.Where(l => IsThere(context.Tree, l.Path, made)).Select(l => Canonical(l.Link))
                    .OfType<GuestPath>());
            }
        }
        return offered;
    }

    private static GuestPath? Canonical(string path) =>
        GuestPath.TryParse(path, out GuestPath parsed, out _) ? Packages.Listings.MergedUsr.Canonical(parsed) : null;

    private static bool IsThere(FileTree tree, string path, HashSet<GuestPath> made) =>
        Canonical(path) is GuestPath at && (made.Contains(at) || tree.TryResolve(at, out _));
}
