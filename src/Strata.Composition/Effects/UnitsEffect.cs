using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>
/// Enables units as <c>systemctl preset</c> does, which is what packages call: the links that their <c>[Install]</c> sections ask for
/// (systemd.unit(5)), unless a preset of the image says no. Only where systemd is in the image; what starts services elsewhere does not
/// read units.
/// </summary>
internal sealed class UnitsEffect : IEffect
{
    private static readonly GuestPath s_systemd = GuestPath.Parse("/usr/lib/systemd/systemd");

    /// <inheritdoc/>
    public string Name => ScriptEffects.Units;

    /// <inheritdoc/>
    public string Description => "links of systemd units that packages enable";

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
        HashSet<(string, bool)> done = [];
        UnitPresets presets = UnitPresets.Of(context);
        Queue<(string Unit, bool IsOfUsers)> left = new(context.Scripts.Units.Where(u => presets.Allows(u.Unit, u.IsOfUsers)));
        while (left.TryDequeue(out (string Unit, bool IsOfUsers) next))
        {
            if (done.Add(next))
            {
                foreach (string also in Enable(context, next.Unit, next.IsOfUsers))
                {
                    left.Enqueue((also, next.IsOfUsers));
                }
            }
        }
    }

    /// <summary>Enables one, and names those that shall be enabled with it.</summary>
    private List<string> Enable(EffectContext context, string unit, bool isOfUsers)
    {
        string kind = isOfUsers ? "user" : "system";
        string file = TemplateOf(unit);
        if (!GuestPath.TryParse($"/usr/lib/systemd/{kind}/{file}", out GuestPath path, out _)
            || !context.Tree.TryResolve(path, out TreeEntry entry)
            || entry.Node is not FileNode { Content: FileContent content })
        {
            return []; // a unit that the image does not take
        }
        List<string> also = [];
        string? instance = null;
        List<(string Key, string Value)> lines = [.. InstallLines(context.ReadText(content))];
        foreach ((string key, string value) in lines)
        {
            instance = key == "DefaultInstance" ? value : instance;
        }
        string name = unit == file && instance is not null && file.Contains("@.", StringComparison.Ordinal)
            ? file.Replace("@.", $"@{instance}.", StringComparison.Ordinal) : unit;
        foreach ((string key, string value) in lines)
        {
            foreach (string word in value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                switch (key)
                {
                    case "WantedBy":
                        Link(context, $"/etc/systemd/{kind}/{word}.wants/{name}", path);
                        break;
                    case "RequiredBy":
                        Link(context, $"/etc/systemd/{kind}/{word}.requires/{name}", path);
                        break;
                    case "UpheldBy":
                        Link(context, $"/etc/systemd/{kind}/{word}.upholds/{name}", path);
                        break;
                    case "Alias":
                        Link(context, $"/etc/systemd/{kind}/{word}", path);
                        break;
                    case "Also":
                        also.Add(word);
                        break;
                    default:
                        break;
                }
            }
        }
        return also;
    }

    private void Link(EffectContext context, string at, GuestPath unit)
    {
        if (at.Contains('%', StringComparison.Ordinal) || !GuestPath.TryParse(at, out GuestPath path, out _))
        {
            throw new StrataException($"cannot enable {unit}: its [Install] section asks for {at}");
        }
        if (!context.Tree.Contains(path))
        {
            context.Tree.Add(path, new SymlinkNode { Permissions = Modes.Link, Target = unit.ToString() }, EffectContext.OriginOf(this));
        }
    }

    private static string TemplateOf(string unit)
    {
        int at = unit.IndexOf('@', StringComparison.Ordinal);
        int dot = unit.LastIndexOf('.');
        return at > 0 && dot > at ? unit[..(at + 1)] + unit[dot..] : unit;
    }

    private static IEnumerable<(string Key, string Value)> InstallLines(string text)
    {
        bool isInstall = false;
        foreach (string raw in text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            string line = raw.Trim();
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line.StartsWith('['))
            {
                isInstall = line == "[Install]";
            }
            else if (isInstall && equals > 0 && line[0] is not ('#' or ';'))
            {
                yield return (line[..equals].Trim(), line[(equals + 1)..].Trim());
            }
        }
    }
}
