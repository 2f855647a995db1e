using Strata.Blueprints;
using Strata.Packages.Installed;

namespace Strata.Advice.Servers;

/// <summary>Decides for each package of a system whether it is taken, what stands for it, or why it is left out.</summary>
internal sealed class ServerChoices
{
    private const string PackagesKind = "packages";

    private readonly ServerRules _rules;
    private readonly IReadOnlyList<Capability> _capabilities;
    private readonly HashSet<string> _units;
    private readonly HashSet<string> _owners; // of units that start by themselves
    private readonly HashSet<string> _installed;
    private readonly SortedDictionary<string, (List<string> For, string Because)> _chosen = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Kind, string Why), SortedSet<string>> _leftOut = [];

    /// <summary>Decides.</summary>
    /// <param name="server">The system.</param>
    /// <param name="rules">What is done with its packages.</param>
    /// <param name="capabilities">Capabilities that an edition with systemd can have.</param>
    public ServerChoices(DebianServer server, ServerRules rules, IReadOnlyList<Capability> capabilities)
    {
        (_rules, _capabilities) = (rules, capabilities);
        _units = [.. server.Units.Select(u => u.Name)];
        _owners = [.. server.Units.Select(u => u.Owner).OfType<string>()];
        _installed = [.. server.Packages.Select(p => p.Name)];
        List<string> taken = [];
        foreach (InstalledPackage package in server.Packages.DistinctBy(p => p.Name)
            .Where(p => server.Automatic?.Contains(p.Name) != true || _owners.Contains(p.Name)))
        {
            if (IsTaken(package, server))
            {
                taken.Add(package.Name);
            }
        }
        LeaveOutWhatCameAlong(server, taken);
        Closure = new InstalledClosure(server.Packages, taken);
        Dictionary<string, InstalledPackage> byName = server.Packages.DistinctBy(p => p.Name)
            .ToDictionary(p => p.Name, StringComparer.Ordinal);
        foreach (EnabledUnit unit in server.Units)
        {
            if (unit.Owner is null || !byName.TryGetValue(unit.Owner, out InstalledPackage? owner))
            {
                LeaveOut("units", unit.Name, "no package has them; copy them and what they start, or write 'services:'");
            }
            else if (InsteadOf(owner) is null && WhyNot(owner) is null && Closure.RootOf(owner.Name) is not null)
            {
                Units.Add(unit);
            }
        }
        Capabilities = [.. _chosen.Select(c => new SuggestedCapability(c.Key, c.Value.For, c.Value.Because))];
    }

    /// <summary>The packages that are taken.</summary>
    public InstalledClosure Closure { get; }

    /// <summary>Units of packages that are taken.</summary>
    public List<EnabledUnit> Units { get; } = [];

    /// <summary>Capabilities that stand for packages, by name.</summary>
    public IReadOnlyList<SuggestedCapability> Capabilities { get; }

    /// <summary>What is left out, by reason, in the order of the rules.</summary>
    public IEnumerable<LeftOut> LeftOut => _leftOut
        .Select(l => (l.Key, Value: l.Value.Where(n => l.Key.Kind != PackagesKind || Closure.RootOf(n) is null).ToList())) // it comes along
        .Where(l => l.Value.Count > 0).OrderBy(l => l.Key.Kind, StringComparer.Ordinal).ThenBy(l => Rank(l.Key.Why))
        .ThenBy(l => l.Key.Why, StringComparer.Ordinal).Select(l => new LeftOut(l.Key.Kind, l.Value, l.Key.Why));

    /// <summary>Notes that something is left out.</summary>
    public void LeaveOut(string kind, string what, string why)
    {
        if (!_leftOut.TryGetValue((kind, why), out SortedSet<string>? names))
        {
            _leftOut[(kind, why)] = names = new SortedSet<string>(StringComparer.Ordinal);
        }
        names.Add(what);
    }

    private bool IsTaken(InstalledPackage package, DebianServer server)
    {
        if (InsteadOf(package) is InsteadRule instead)
        {
            Choose(instead.Capability, package.Name, instead.Because);
            return false;
        }
        if (WhyNot(package) is string reason)
        {
            LeaveOut(PackagesKind, package.Name, reason);
            return false;
        }
        if (OtherArchive(package, server) is string other)
        {
            LeaveOut(PackagesKind, package.Name, other);
            return false;
        }
        if (CapabilityWith(package) is Capability capability)
        {
            Choose(capability.Name, package.Name, capability.Description);
            return false;
        }
        return true;
    }

    // where apt kept no notes, what something that is left out needs was not wanted for itself; what starts by itself was
    private void LeaveOutWhatCameAlong(DebianServer server, List<string> taken)
    {
        if (server.Automatic is not null)
        {
            return;
        }
        InstalledClosure others = new(server.Packages, _leftOut.Where(l => l.Key.Kind == PackagesKind).SelectMany(l => l.Value));
        foreach (string package in taken.Where(p => !_owners.Contains(p)).ToList())
        {
            if (others.RootOf(package) is string with)
            {
                LeaveOut(PackagesKind, package, $"came along with {with}, it seems");
                taken.Remove(package);
            }
        }
    }

    private void Choose(string capability, string package, string because)
    {
        if (!_chosen.TryGetValue(capability, out (List<string> For, string Because) known))
        {
            _chosen[capability] = known = ([], because);
        }
        known.For.Add(package);
    }

    private InsteadRule? InsteadOf(InstalledPackage package) =>
        _rules.Instead.FirstOrDefault(r => r.IsAbout(package, _units) && _capabilities.Any(c => c.Name == r.Capability));

    private string? WhyNot(InstalledPackage package) => _rules.LeaveOut.FirstOrDefault(r => r.IsAbout(package))?.Reason;

    private static string? OtherArchive(InstalledPackage package, DebianServer server) =>
        server.Origins is null ? null
        : !server.Origins.TryGetValue(package.Name, out PackageOrigin? origin) || origin is { IsDebians: false, Others: [] }
            ? "of no archive that apt knew there; packages of one's own can lie in a folder: 'archives: {mine: {folder: debs}}'"
        : origin.IsDebians ? null
        : $"from {string.Join(" or ", origin.Others)}: say 'archives:' with its address and its key to have them";

    // One that takes programs of the package, is about what is there (half of its packages, or 'pv' would bring a rescue system), and
    // starts something where the package does. Of several the one that is about the fewest packages is most about this one.
    private Capability? CapabilityWith(InstalledPackage package) => _capabilities
        .Select(c => (Capability: c, Packages: c.Packages.Where(p => p.Programs.Count > 0).Select(p => p.Package).Distinct().ToList()))
        .Where(c => c.Capability.InitSystem is null && c.Packages.Contains(package.Name)
            && c.Packages.Count(_installed.Contains) * 2 >= c.Packages.Count
            && (!_owners.Contains(package.Name) || c.Capability.Services.Count > 0 || !c.Capability.Units.IsEmpty))
        .OrderBy(c => c.Packages.Count).ThenBy(c => c.Capability.Name, StringComparer.Ordinal).FirstOrDefault().Capability;

    private int Rank(string why)
    {
        int at = _rules.LeaveOut.ToList().FindIndex(r => r.Reason == why);
        return at < 0 ? -1 : at; // what a person has to do something about comes first
    }
}
