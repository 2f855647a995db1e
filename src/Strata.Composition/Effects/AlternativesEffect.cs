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
        IGrouping<string, Alternative>[] names =
        [
            .. context.Scripts.Alternatives.Where(a => context.Scripts.WholePackages.Contains(a.Package))
                .GroupBy(a => a.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal),
        ];
        // what is offered may lead over a name that is made here: editor is emacs, and emacs is emacs-nox
        Dictionary<string, Chosen> chosen = new(StringComparer.Ordinal);
        bool isChanged = true;
        for (int round = 0; isChanged && round <= names.Length; round++)
        {
            isChanged = false;
            foreach (IGrouping<string, Alternative> name in names)
            {
                isChanged |= Choose(context, name, chosen);
            }
        }
    }

    private bool Choose(EffectContext context, IGrouping<string, Alternative> name, Dictionary<string, Chosen> chosen)
    {
        Chosen? before = chosen.GetValueOrDefault(name.Key);
        Alternative? best = name.Where(a => IsThere(context.Tree, a.Links[0].Path))
            .OrderByDescending(a => a.Priority).ThenBy(a => a.Package, StringComparer.Ordinal).FirstOrDefault();
        if (best is null || best == before?.Best || best.Priority < before?.Best.Priority)
        {
            return false;
        }
        before?.Links.ForEach(l => context.Tree.Remove(l));
        Chosen made = new(best, []);
        foreach ((string link, string alias, string path) in best.Links)
        {
            if (IsThere(context.Tree, path) && Packages.Listings.MergedUsr.Canonical(GuestPath.Parse(link)) is GuestPath at
                && !context.Tree.Contains(at) && context.Tree.Contains(at.Parent))
            {
                Add(context, at, s_folder.Join(alias).ToString(), made);
                if (!context.Tree.Contains(s_folder.Join(alias)))
                {
                    Add(context, s_folder.Join(alias), path, made);
                }
            }
        }
        chosen[name.Key] = made;
        return true;
    }

    private void Add(EffectContext context, GuestPath at, string target, Chosen made)
    {
        context.Tree.Add(at, new SymlinkNode { Permissions = Modes.Link, Target = target }, EffectContext.OriginOf(this));
        made.Links.Add(at);
    }

    private static GuestPath? Canonical(string path) =>
        GuestPath.TryParse(path, out GuestPath parsed, out _) ? Packages.Listings.MergedUsr.Canonical(parsed) : null;

    private static bool IsThere(FileTree tree, string path) => Canonical(path) is GuestPath at && tree.TryResolve(at, out _);

    private sealed record Chosen(Alternative Best, List<GuestPath> Links);
}
