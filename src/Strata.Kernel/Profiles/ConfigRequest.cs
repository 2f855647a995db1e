using System.Text;
using Strata.Yaml;

namespace Strata.Kernel.Profiles;

/// <summary>What somebody wants of a symbol.</summary>
/// <param name="Line">The wish.</param>
/// <param name="By">Who: <c>fragment 'usb'</c>, <c>profile 'nano'</c>.</param>
/// <param name="Place">Where it stands: <c>file:line</c>.</param>
/// <param name="MayBeModule">True when a driver is wanted as a module wherever it can be one.</param>
internal sealed record ConfigWish(ConfigLine Line, string By, string Place, bool MayBeModule);

/// <summary>The sum of a profile: its fragments one after another, its own lines over them.</summary>
/// <param name="Base">Target that it starts from.</param>
/// <param name="Architecture">Debian architecture.</param>
/// <param name="Wishes">One for each symbol, sorted by symbol.</param>
internal sealed record ConfigRequest(string Base, string Architecture, IReadOnlyList<ConfigWish> Wishes)
{
    /// <summary>Adds up a profile.</summary>
    /// <remarks>
    /// Two fragments that want the same symbol must agree; <c>y</c> goes before <c>m</c>. Everything else is a fault, unless the profile's own
    /// line decides.
    /// </remarks>
    public static ConfigRequest Of(KernelProfile profile, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(faults);
        SortedDictionary<string, ConfigWish> wishes = new(StringComparer.Ordinal);
        foreach (PlacedLine own in profile.Lines)
        {
            wishes[own.Line.Symbol] = new ConfigWish(own.Line, $"profile '{NameOf(own, profile)}'", own.Place, MayBeModule: false);
        }
        HashSet<string> decided = [.. wishes.Keys];
        foreach (KernelFragment fragment in profile.Fragments)
        {
            bool isModular = profile.ModularFragments.Contains(fragment.Name);
            foreach (PlacedLine line in fragment.Lines.Where(l => !decided.Contains(l.Line.Symbol)))
            {
                ConfigWish wish = new(line.Line, $"fragment '{fragment.Name}'", line.Place, isModular && line.Line.Value == "y");
                if (!wishes.TryGetValue(line.Line.Symbol, out ConfigWish? other))
                {
                    wishes.Add(line.Line.Symbol, wish);
                }
                else if (Stronger(other, wish) is ConfigWish stronger)
                {
                    wishes[line.Line.Symbol] = stronger;
                }
                else
                {
                    faults.Add(new Fault(
                        line.File, line.Number, 1,
                        $"CONFIG_{line.Line.Symbol}={line.Line.Value} here, but {other.By} wants {other.Line.Value} ({other.Place}); a line of the profile can decide"));
                }
            }
        }
        return new ConfigRequest(profile.Base, profile.Architecture, [.. wishes.Values]);
    }

    /// <summary>Everything that decides what comes of it, one line each; for the key of the work.</summary>
    public string ToKeyText()
    {
        StringBuilder text = new();
        text.Append(Base).Append('\n').Append(Architecture).Append('\n');
        foreach (ConfigWish wish in Wishes)
        {
            text.Append(wish.Line).Append(wish.MayBeModule ? " or m" : "").Append('\n');
        }
        return text.ToString();
    }

    // a line of a profile that is extended stands in that one's file
    private static string NameOf(PlacedLine line, KernelProfile profile) =>
        profile.Extends.FirstOrDefault(name => Path.GetFileNameWithoutExtension(line.File) == name) ?? profile.Name;

    private static ConfigWish? Stronger(ConfigWish a, ConfigWish b) => (a.Line.Value, b.Line.Value) switch
    {
        ("y", "m") => a,
        ("m", "y") => b,
        var (x, y) when x == y => a.MayBeModule && !b.MayBeModule ? b : a,
        _ => null,
    };
}
