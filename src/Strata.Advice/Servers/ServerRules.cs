using System.IO.Enumeration;
using Strata.Packages.Installed;
using Strata.Yaml;

namespace Strata.Advice.Servers;

/// <summary>What is done with packages of a system: <c>advice/servers.yaml</c>.</summary>
/// <param name="Instead">Capabilities that stand for packages.</param>
/// <param name="LeaveOut">Packages that are not proposed.</param>
internal sealed record ServerRules(IReadOnlyList<InsteadRule> Instead, IReadOnlyList<LeaveOutRule> LeaveOut)
{
    /// <summary>Name of the file, below the folder that Strata comes with.</summary>
    public const string FileName = "advice/servers.yaml";

    /// <summary>Reads the file.</summary>
    /// <exception cref="Core.StrataException">It is missing or faulty.</exception>
    public static ServerRules Load(string path)
    {
        FaultList faults = new();
        ServerRules rules = YamlFile.Load(path, FileName, faults) is YamlMapping mapping ? Read(mapping, faults) : new([], []);
        faults.ThrowIfAny("the rules for packages of a server");
        return rules;
    }

    /// <summary>Reads a parsed file. Faults are collected, none is thrown.</summary>
    public static ServerRules Read(YamlMapping mapping, FaultList faults)
    {
        MappingReader reader = new(mapping, faults);
        List<InsteadRule> instead = [];
        foreach (MappingReader rule in Items(reader, "instead"))
        {
            instead.Add(new InsteadRule(
                Names(rule, "packages", required: true), rule.Text("unit"), rule.Text("capability", required: true) ?? "",
                rule.Text("because", required: true) ?? ""));
            rule.Done();
        }
        List<LeaveOutRule> leaveOut = [];
        foreach (MappingReader rule in Items(reader, "leave-out"))
        {
            leaveOut.Add(new LeaveOutRule(
                Names(rule, "packages"), Names(rule, "sections"), Names(rule, "priorities"), rule.Text("reason", required: true) ?? ""));
            rule.Done();
        }
        reader.Done();
        return new ServerRules(instead, leaveOut);
    }

    private static IEnumerable<MappingReader> Items(MappingReader reader, string key) => reader.List(key, required: true)
        .Select(i => MappingReader.Of(i, $"entry of '{key}'", reader.Faults)).OfType<MappingReader>();

    private static string[] Names(MappingReader reader, string key, bool required = false) =>
        [.. reader.Texts(key, required).Select(t => t.Text)];
}

/// <summary>A capability that stands for packages.</summary>
/// <param name="Packages">Their names; <c>*</c> and <c>?</c> stand for others.</param>
/// <param name="Unit">Only where this unit starts by itself; null for always.</param>
/// <param name="Capability">Its name.</param>
/// <param name="Because">What is different then.</param>
internal sealed record InsteadRule(IReadOnlyList<string> Packages, string? Unit, string Capability, string Because)
{
    /// <summary>True when it is about a package.</summary>
    public bool IsAbout(InstalledPackage package, IReadOnlySet<string> units) =>
        Packages.Any(p => FileSystemName.MatchesSimpleExpression(p, package.Name, ignoreCase: false))
            && (Unit is null || units.Contains(Unit));
}

/// <summary>Packages that are not proposed.</summary>
/// <param name="Packages">Their names; <c>*</c> and <c>?</c> stand for others.</param>
/// <param name="Sections">Sections of Debian.</param>
/// <param name="Priorities">Priorities of Debian.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record LeaveOutRule(
    IReadOnlyList<string> Packages, IReadOnlyList<string> Sections, IReadOnlyList<string> Priorities, string Reason)
{
    /// <summary>True when it is about a package.</summary>
    public bool IsAbout(InstalledPackage package) =>
        Packages.Any(p => FileSystemName.MatchesSimpleExpression(p, package.Name, ignoreCase: false))
        || Sections.Contains(package.Section[(package.Section.LastIndexOf('/') + 1)..]) || Priorities.Contains(package.Priority);
}
