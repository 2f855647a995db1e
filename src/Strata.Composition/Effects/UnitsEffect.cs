using Strata.Blueprints;
using Strata.Blueprints.Services;
using Strata.Composition.InitSystems.Systemd;
using Strata.Composition.Scripts;
using Strata.Composition.Units;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Yaml;

namespace Strata.Composition.Effects;

/// <summary>
/// Enables units as <c>systemctl preset</c> does, which is what packages call: the links that their <c>[Install]</c> sections ask for
/// (systemd.unit(5)), unless a preset of the image says no; then what <c>units:</c> of capabilities and of the blueprint say otherwise.
/// Only where systemd is in the image; what starts services elsewhere does not read units.
/// </summary>
internal sealed class UnitsEffect : IEffect
{
    private static readonly GuestPath s_systemd = GuestPath.Parse("/usr/lib/systemd/systemd");

    /// <inheritdoc/>
    public string Name => ScriptEffects.Units;

    /// <inheritdoc/>
    public string Description => "links of systemd units that packages and blueprints enable, and what blueprints change in units";

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
        if (!context.Tree.Contains(s_systemd))
        {
            return;
        }
        UnitLinks links = new(context.Tree, context.ReadText, EffectContext.OriginOf(this));
        CheckNames(context, links);
        Dictionary<string, string> said = [];
        foreach (Capability capability in context.Blueprint.Capabilities) // the blueprint's own is the last
        {
            capability.Units.Enable.ToList().ForEach(u => said[u.Text] = nameof(UnitWishes.Enable));
            capability.Units.Disable.ToList().ForEach(u => said[u.Text] = nameof(UnitWishes.Disable));
            capability.Units.Mask.ToList().ForEach(u => said[u.Text] = nameof(UnitWishes.Mask));
        }
        HashSet<(string, bool)> done = [.. said.Where(s => s.Value != nameof(UnitWishes.Enable)).Select(s => (s.Key, false))];
        UnitPresets presets = UnitPresets.Of(context);
        IEnumerable<(string, bool)> wanted = said.Where(s => s.Value == nameof(UnitWishes.Enable)).Select(s => (s.Key, false));
        Queue<(string Unit, bool IsOfUsers)> left =
            new(wanted.Concat(context.Scripts.Units.Where(u => presets.Allows(u.Unit, u.IsOfUsers))));
        while (left.TryDequeue(out (string Unit, bool IsOfUsers) next))
        {
            if (done.Add(next))
            {
                foreach (string also in links.Enable(next.Unit, next.IsOfUsers))
                {
                    left.Enqueue((also, next.IsOfUsers));
                }
            }
        }
        foreach (string masked in said.Where(s => s.Value == nameof(UnitWishes.Mask)).Select(s => s.Key))
        {
            SymlinkNode nowhere = new() { Permissions = Modes.Link, Target = "/dev/null" };
            context.Put(this, GuestPath.Parse($"{UnitLinks.LinkFolder}system/{masked}"), nowhere);
        }
        foreach (Capability capability in context.Blueprint.Capabilities)
        {
            WriteDropIns(context, capability);
        }
    }

    /// <summary>Sees that every unit that somebody names is there, and that what is said of it has an effect.</summary>
    private static void CheckNames(EffectContext context, UnitLinks links)
    {
        FaultList faults = new();
        foreach (Capability capability in context.Blueprint.Capabilities)
        {
            foreach (YamlScalar name in capability.Units.Names.Where(n => !links.TryFind(n.Text, isOfUsers: false, out _, out _)))
            {
                faults.Add(name, $"no unit '{name.Text}' is in the image{NearMiss.Suggestion(name.Text, links.Names())}");
            }
            foreach (YamlScalar name in capability.Units.Disable)
            {
                if (links.WishOfPackage(name.Text) is TreeEntry wish)
                {
                    faults.Add(name, $"'{name.Text}' starts by {wish.Path}, which no 'disable' takes away; 'mask' keeps it from starting");
                }
            }
            foreach (YamlScalar name in capability.Units.Enable)
            {
                if (links.TryFind(name.Text, isOfUsers: false, out _, out TreeEntry unit) && !HasInstall(context, unit))
                {
                    faults.Add(name, $"'{name.Text}' has no [Install] section, so there is nothing to enable: other units start it");
                }
            }
        }
        faults.ThrowIfAny($"units of {context.Blueprint.Edition.Name}");
    }

    private static bool HasInstall(EffectContext context, TreeEntry unit) =>
        UnitText.Read(context.ReadText(((FileNode)unit.Node).Content)).Any(s => s.Section == "Install");

    // by name of the file, whichever folder: what the blueprint says comes after what capabilities say
    private void WriteDropIns(EffectContext context, Capability capability)
    {
        List<string> editions = [.. context.Blueprint.Edition.OwnNames]; // of several the one that extends has the last word
        int rank = editions.Contains(capability.Name) ? 91 - editions.Count + editions.IndexOf(capability.Name) : 50;
        foreach (UnitDropIn dropIn in capability.Units.DropIns.Where(d => d.Settings.Count > 0))
        {
            UnitLines lines = new();
            foreach (IGrouping<string, (string Section, string Key, string Value)> section in dropIn.Settings.GroupBy(s => s.Section))
            {
                lines.Section(section.Key);
                foreach ((_, string key, string value) in section)
                {
                    lines.Add(key, value);
                }
            }
            FileNode file = new() { Permissions = Modes.File, Content = InlineContent.FromText(lines.ToString()) };
            GuestPath path = GuestPath.Parse($"/usr/lib/systemd/system/{dropIn.Unit.Text}.d/{rank}-{capability.Name}.conf");
            context.Put(this, path, file, capability.Name);
        }
    }
}
