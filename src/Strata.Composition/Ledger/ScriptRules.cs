using System.IO.Enumeration;
using Strata.Composition.Effects;
using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Composition.Ledger;

/// <summary>The declared knowledge about the maintainer scripts of an archive, read from <c>effects/debian.yaml</c>.</summary>
public sealed record ScriptRules
{
    private const long MostAccounts = 65534;

    /// <summary>Kinds of scripts that never matter: <c>prerm</c>, <c>postrm</c> …</summary>
    public required IReadOnlyDictionary<string, ScriptRule> Kinds { get; init; }

    /// <summary>What commands do, in file order: the command, and arguments that it must have; the first match counts.</summary>
    public required IReadOnlyList<(IReadOnlyList<string> Words, ScriptRule Rule)> Commands { get; init; }

    /// <summary>Hand-written parts, by package pattern and kind, in file order; the first match counts.</summary>
    public required IReadOnlyList<(string Package, string Kind, ScriptRule Rule)> Scripts { get; init; }

    /// <summary>Packages that only scripts need, with the reason: dependencies on them are not followed.</summary>
    public required IReadOnlyDictionary<string, string> Cut { get; init; }

    /// <summary>SHA-256 of the file; the default value for rules that come from none.</summary>
    public Sha256Digest Digest { get; init; }

    /// <summary>Accounts that every system of the archive has, made when something names them.</summary>
    internal ScriptAccounts Standard { get; init; } = new();

    /// <summary>Reads the file.</summary>
    /// <exception cref="StrataException">It is missing or faulty.</exception>
    public static ScriptRules Load(string path)
    {
        FaultList faults = new();
        YamlMapping? mapping = YamlFile.Load(path, Path.GetFileName(path), faults);
        ScriptRules? rules = mapping is null ? null : Read(mapping, faults);
        faults.ThrowIfAny("the rules for maintainer scripts");
        return rules! with { Digest = Sha256Digest.Of(File.ReadAllBytes(path)) };
    }

    /// <summary>Reads a parsed file.</summary>
    public static ScriptRules Read(YamlMapping mapping, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        MappingReader reader = new(mapping, faults);
        List<(string, string, ScriptRule)> scripts = [];
        foreach ((YamlScalar package, YamlValue kinds) in reader.Pairs("scripts"))
        {
            // says so when it is something else; nothing at all stands for no scripts
            _ = MappingReader.Of(kinds, $"package '{package.Text}'", faults);
            foreach ((YamlScalar kind, YamlValue value) in (kinds as YamlMapping)?.Items ?? [])
            {
                scripts.Add((package.Text, kind.Text, ReadRule(value, kind.Text, faults)));
            }
        }
        ScriptRules rules = new()
        {
            Kinds = reader.Pairs("kinds").ToDictionary(p => p.Key.Text, p => ReadRule(p.Value, p.Key.Text, faults), StringComparer.Ordinal),
            Commands =
            [
                .. reader.Pairs("commands").Select(p => (
                    (IReadOnlyList<string>)p.Key.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                        ReadRule(p.Value, p.Key.Text, faults))),
            ],
            Scripts = scripts,
            Cut = reader.Pairs("cut").ToDictionary(p => p.Key.Text, p => (p.Value as YamlScalar)?.Text ?? "", StringComparer.Ordinal),
            Standard = ReadAccounts(reader, faults),
        };
        reader.Done();
        return rules;
    }

    /// <summary>These and an owner's, whose words count first.</summary>
    /// <param name="paths">Files in the same words, in order.</param>
    /// <exception cref="StrataException">One is missing or faulty.</exception>
    public ScriptRules With(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ScriptRules all = this;
        foreach (ScriptRules own in paths.Reverse().Select(Load))
        {
            all = new ScriptRules
            {
                Kinds = own.Kinds.Concat(all.Kinds).DistinctBy(k => k.Key).ToDictionary(StringComparer.Ordinal),
                Commands = [.. own.Commands, .. all.Commands],
                Scripts = [.. own.Scripts, .. all.Scripts],
                Cut = own.Cut.Concat(all.Cut).DistinctBy(k => k.Key).ToDictionary(StringComparer.Ordinal),
                Standard = all.Standard.With(own.Standard),
                Digest = Sha256Digest.Of([.. all.Digest.Bytes, .. own.Digest.Bytes]),
            };
        }
        return all;
    }

    /// <summary>The rule for what was written by hand in a script; null for none.</summary>
    internal ScriptRule? ForScript(string package, string kind) =>
        Scripts.Where(s => s.Kind == kind && FileSystemName.MatchesSimpleExpression(s.Package, package, ignoreCase: false))
            .Select(s => s.Rule)
            .FirstOrDefault();

    /// <summary>The rule for a command with its arguments; null for none.</summary>
    internal ScriptRule? ForCommand(string name, IReadOnlyList<string?> arguments) =>
        Commands.Where(c => c.Words[0] == name && c.Words.Skip(1).All(w => arguments.Contains(w, StringComparer.Ordinal)))
            .Select(c => c.Rule)
            .FirstOrDefault();

    private static ScriptAccounts ReadAccounts(MappingReader reader, FaultList faults)
    {
        ScriptAccounts accounts = new();
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("groups"))
        {
            if (MappingReader.Of(value, $"group '{key.Text}'", faults) is MappingReader group)
            {
                accounts.AddGroup(key.Text, (int?)group.Number("id", 0, MostAccounts));
                group.Done();
            }
        }
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("users"))
        {
            if (MappingReader.Of(value, $"user '{key.Text}'", faults) is MappingReader user)
            {
                accounts.Add(new WantedUser(
                    key.Text, (int?)user.Number("id", 0, MostAccounts), user.Text("group"), user.Text("home") ?? "/",
                    user.Text("shell") ?? "/usr/sbin/nologin", user.Text("description") ?? ""));
                user.Done();
            }
        }
        return accounts;
    }

    private static ScriptRule ReadRule(YamlValue value, string name, FaultList faults)
    {
        if (MappingReader.Of(value, $"'{name}'", faults) is not MappingReader reader)
        {
            return new ScriptRule(null, "");
        }
        string? effect = reader.Text("effect");
        string? irrelevant = reader.Text("irrelevant");
        string? note = reader.Text("note");
        string? prints = reader.Text("prints");
        List<GuestPath> makes = [];
        foreach (YamlScalar path in reader.Texts("makes"))
        {
            if (GuestPath.TryParse(path.Text, out GuestPath made, out string? why))
            {
                makes.Add(made);
            }
            else
            {
                faults.Add(path, $"'{path.Text}' is no path in the image: {why}");
            }
        }
        reader.Done();
        if (effect is null == irrelevant is null)
        {
            faults.Add(value, $"'{name}' needs either 'effect' or 'irrelevant'");
        }
        IEnumerable<string> effects = EffectCatalog.All.Select(e => e.Name);
        if (effect is not null && !effects.Contains(effect, StringComparer.Ordinal))
        {
            faults.Add(value, $"unknown effect '{effect}'{NearMiss.Suggestion(effect, effects)}; known: {string.Join(", ", effects)}");
        }
        return new ScriptRule(effect, irrelevant ?? note ?? "", prints, makes.Count > 0 ? makes : null);
    }
}
