using System.Text.RegularExpressions;
using Strata.Blueprints;
using Strata.Blueprints.Services;
using Strata.Core;

namespace Strata.Advice.Servers;

/// <summary>Proposes a blueprint that gives the services of a Debian system.</summary>
public static partial class ServerAdviser
{
    private const string OwnRelease = "trixie";
    private const string Processor = "amd64";

    /// <summary>Reads a system and proposes a blueprint for it.</summary>
    /// <param name="root">The root folder of a Debian system, running (<c>/</c>) or unpacked.</param>
    /// <param name="home">The folder with what Strata comes with.</param>
    /// <param name="catalog">Capabilities that can be proposed.</param>
    /// <exception cref="StrataException">There is no Debian system, or the rules or a capability are faulty.</exception>
    public static ServerSuggestion Suggest(string root, string home, Catalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ServerRules rules = ServerRules.Load(Path.Combine(home, ServerRules.FileName));
        return Suggest(ServerReader.Read(root), rules, catalog.Capabilities(InitSystemKind.Systemd));
    }

    internal static ServerSuggestion Suggest(DebianServer server, ServerRules rules, IReadOnlyList<Capability> capabilities)
    {
        ServerChoices choices = new(server, rules, capabilities);
        foreach (string unit in server.OwnUnits)
        {
            choices.LeaveOut("units", unit, "written by hand in /etc/systemd/system; take them with 'files:', and 'units:' starts them");
        }
        List<SuggestedCapability> taken = [.. choices.Capabilities];
        if (taken.All(c => c.Name != "network"))
        {
            taken.Add(new SuggestedCapability("network", [], "DHCP on any wired port"));
        }
        List<ServerUser> users = [.. server.Users.Where(u => u.Keys.Count > 0)];
        foreach (ServerUser user in server.Users.Except(users))
        {
            choices.LeaveOut("users", user.Name, "without a key that is taken as it stands; passwords are never copied");
        }
        List<SuggestedPackage> packages = [.. choices.Closure.Roots.Select(p => new SuggestedPackage(
            p, [.. choices.Units.Where(u => choices.Closure.RootOf(u.Owner!) == p).Select(u => u.Name)],
            [.. ChangedFiles(server, choices, p)]))];
        ServerSuggestion suggestion = new(
            NameOf(server, capabilities), "", [.. taken.OrderBy(c => c.Name, StringComparer.Ordinal)], packages,
            [.. choices.Units.Select(u => u.Name)], [.. users.Select(u => u.Name)], [.. choices.LeftOut],
            [.. Notes(server, packages, taken, users)], server.Listening);
        return suggestion with { Blueprint = ServerBlueprint.Write(suggestion, server, users) };
    }

    private static IEnumerable<string> ChangedFiles(DebianServer server, ServerChoices choices, string root) =>
        server.ChangedConffiles.Where(p => choices.Closure.RootOf(p.Key) == root).SelectMany(p => p).Order(StringComparer.Ordinal);

    // a name that a capability has too would be refused
    private static string NameOf(DebianServer server, IReadOnlyList<Capability> capabilities)
    {
        string name = server.Hostname?.Split('.')[0] ?? "";
        name = EditionName().IsMatch(name) ? name : "server";
        return capabilities.Any(c => c.Name == name) || name is Capability.SystemName or "none" ? "my-" + name : name;
    }

    private static IEnumerable<string> Notes(
        DebianServer server, List<SuggestedPackage> packages, List<SuggestedCapability> capabilities, List<ServerUser> users)
    {
        if (server.OtherDistribution is string other)
        {
            yield return $"This is '{other}', not Debian: packages of the same name may be others there.";
        }
        if (server.Release is string release && release != OwnRelease)
        {
            yield return $"It is Debian '{release}'; the blueprint takes packages of {OwnRelease}, with newer versions. "
                + "Read their notes of release.";
        }
        if (server.Packages.FirstOrDefault(p => p.Name == "dpkg") is { Architecture: not Processor and not "" } dpkg)
        {
            yield return $"Its processor is {dpkg.Architecture}; what boots is built for {Processor}.";
        }
        if (server.Automatic is null)
        {
            yield return "apt kept no notes of what was wanted and what came along (var/lib/apt/extended_states), as after "
                + "debootstrap: what something else needs is taken to have come along.";
        }
        if (server.Origins is null)
        {
            yield return "apt's lists are not there, or compressed, so nobody knows which packages are Debian's own: the build will say "
                + "which are not found.";
        }
        if (packages.Any(p => p.ChangedFiles.Count > 0))
        {
            yield return "Files that were changed are named beside their package and not copied, since they may hold secrets: put them "
                + "beside the blueprint and say 'files:' and 'replaces:'.";
        }
        if (packages.Count > 0)
        {
            yield return "Data below /var and /srv, and what was added below /etc, is not looked at.";
        }
        if (users.Count == 0 || capabilities.All(c => c.Name != "ssh"))
        {
            yield return "Nobody can log in: add 'ssh' to the capabilities and a key to 'machine: users:', or, for trying, the capability "
                + "'console' (a root shell without a password).";
        }
        foreach (ServerUser user in users.Where(u => u.SkippedKeys > 0))
        {
            yield return $"{user.SkippedKeys} of the keys of {user.Name} are not taken: they have options or are of an unknown kind.";
        }
        foreach (string unit in server.MaskedUnits.Take(20))
        {
            yield return $"{unit} cannot be started there (it is masked); say 'units: {{mask: [...]}}' if a package brings it.";
        }
        foreach (string problem in server.NotRead.Distinct(StringComparer.Ordinal).Take(20))
        {
            yield return "Not read: " + problem;
        }
        if (server.NotRead.Count > 20)
        {
            yield return $"And {server.NotRead.Count - 20} more could not be read.";
        }
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,50}\z", RegexOptions.CultureInvariant)]
    private static partial Regex EditionName();
}
