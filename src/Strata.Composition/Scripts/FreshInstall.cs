using System.Text.RegularExpressions;
using Strata.Composition.Scripts.Commands;
using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts;

/// <summary>One part of a script: a generated section, or what was written by hand.</summary>
/// <param name="Name">The tool that generated it, or <c>script</c>.</param>
/// <param name="Deeds">What it does.</param>
/// <param name="Problem">Why it is not answered; null when it is.</param>
/// <param name="ProblemLine">The line that is not.</param>
internal sealed record FollowedPart(string Name, IReadOnlyList<ScriptDeed> Deeds, string? Problem = null, int ProblemLine = 0);

/// <summary>What all scripts of an image come to.</summary>
internal sealed class FollowedScripts
{
    /// <summary>Parts of each script that was followed, by package and kind.</summary>
    public IReadOnlyDictionary<(string Package, string Kind), IReadOnlyList<FollowedPart>> Scripts { get; init; }
        = new Dictionary<(string, string), IReadOnlyList<FollowedPart>>();

    /// <summary>Files that they made and changed.</summary>
    public IReadOnlyDictionary<GuestPath, ScriptedFile?> Files { get; init; } = new Dictionary<GuestPath, ScriptedFile?>();

    /// <summary>Accounts of the image; null when nobody asked for any.</summary>
    public ScriptAccounts? Accounts { get; init; }

    /// <summary>Units that they enable.</summary>
    public IReadOnlyCollection<(string Unit, bool IsOfUsers)> Units { get; init; } = [];

    /// <summary>Alternatives that they offer.</summary>
    public IReadOnlyList<Alternative> Alternatives { get; init; } = [];

    /// <summary>Packages that are taken whole: only their scripts make files that were not there.</summary>
    public IReadOnlySet<string> WholePackages { get; init; } = new HashSet<string>();
}

/// <summary>A package whose scripts are followed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scripts">Its scripts by kind; those that a rule answers have only their generated sections left.</param>
/// <param name="Templates">Its questions for debconf; null for none.</param>
/// <param name="Config">The script that asks them; null for none.</param>
internal sealed record InstalledPackage(
    string Name, IReadOnlyDictionary<string, ScriptText> Scripts, DebconfTemplates? Templates = null, ScriptText? Config = null);

/// <summary>Installs packages into a tree, as dpkg would on a machine that has nothing yet: <c>preinst install</c>, then <c>postinst
/// configure</c>.</summary>
/// <param name="tree">The files of all packages.</param>
/// <param name="contents">Reads them.</param>
/// <param name="accounts">Accounts that are there already.</param>
/// <param name="architecture">Debian's name of the processor.</param>
/// <param name="isLeftOut">True for paths that no image needs.</param>
/// <param name="declared">What is declared of commands, by name and arguments; null for nothing.</param>
internal sealed class FreshInstall(
    FileTree tree, IContentReader contents, ScriptAccounts accounts, string architecture, Func<GuestPath, bool> isLeftOut,
    Func<string, IReadOnlyList<string?>, ScriptRule?> declared)
{
    private static readonly Dictionary<string, Func<ShellMachine, CommandCall, int?>> s_commands = new[]
    {
        BuiltIns.All, FileCommands.All, AccountCommands.All, PackagingCommands.All, TextCommands.All, Filters.All,
            FindCommand.All, DebconfCommands.All, SedCommand.All, ApacheCommands.All,
    }.SelectMany(c => c).ToDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal);

    /// <summary>Names of all packages of the image, those without scripts too.</summary>
    public IReadOnlySet<string> Installed { get; init; } = new HashSet<string>();

    private readonly Dictionary<(string, string), IReadOnlyList<FollowedPart>> _followed = [];
    private readonly Dictionary<string, Dictionary<string, string?>> _answers = new(StringComparer.Ordinal);
    private ShellState _state = new() { Files = new ImageFiles(tree, contents, isLeftOut), Accounts = accounts };

    /// <summary>Installs them.</summary>
    /// <param name="packages">In the order in which dpkg configures them.</param>
    /// <param name="whole">Names of those that are taken whole.</param>
    public FollowedScripts Install(IReadOnlyList<InstalledPackage> packages, IReadOnlySet<string> whole)
    {
        foreach ((string kind, string[] parameters) in new (string, string[])[] { ("preinst", ["install"]),
            ("postinst", ["configure", ""]) })
        {
            foreach (InstalledPackage package in packages)
            {
                if (kind == "postinst")
                {
                    Ask(package); // as debconf does where nobody asked before: its files are there
                }
                if (package.Scripts.TryGetValue(kind, out ScriptText? script))
                {
                    IReadOnlyList<FollowedPart> parts = Follow(package, kind, script, parameters);
                    _followed.Add((package.Name, kind), whole.Contains(package.Name) ? parts : OfASlice(parts));
                }
            }
        }
        _state.Accounts.TakeOffered(file: null);
        return new FollowedScripts
        {
            Scripts = _followed,
            Files = _state.Files.Changes.Where(f => !_state.Files.IsElsewhere(f.Key) && f.Value is not { IsNotKept: true })
                .ToDictionary(),
            Accounts = _state.Accounts,
            Units = _state.Units,
            Alternatives = _state.Alternatives,
            WholePackages = whole,
        };
    }

    // the effect gives names to whole packages alone
    private static IReadOnlyList<FollowedPart> OfASlice(IReadOnlyList<FollowedPart> parts) =>
    [
        .. parts.Select(p => p with
        {
            Deeds =
            [
                .. p.Deeds.Select(d => d.Effect != ScriptEffects.Alternatives ? d
                    : d with { Effect = null, Reason = d.Reason + ": of a part of a package, who takes it names what it is called" }),
            ],
        }),
    ];

    /// <summary>Follows what asks the questions of a package, for the answers that it sets beforehand; what it does else counts
    /// too.</summary>
    private void Ask(InstalledPackage package)
    {
        if (package.Config is not ScriptText config)
        {
            return;
        }
        NotUnderstoodException? problem = config.IsForeign ? new NotUnderstoodException(1, "it is no shell script")
            : Run(package, "config", config.Text, 1, config.EndsOnFailure, ["configure", ""]).Problem;
        if (problem is not null)
        {
            _answers[package.Name] = config.Questions.ToDictionary(q => q, _ => (string?)null, StringComparer.Ordinal);
        }
    }

    private IReadOnlyList<FollowedPart> Follow(InstalledPackage package, string kind, ScriptText script, string[] parameters)
    {
        if (script.IsForeign)
        {
            return [new FollowedPart(ScriptText.ByHand, [], $"it is written for {script.Interpreter}", 1)];
        }
        if (!script.SectionsOnly)
        {
            (IReadOnlyList<ScriptDeed> deeds, NotUnderstoodException? problem) = Run(package, kind, script.Text, 1, script.EndsOnFailure,
                parameters);
            ILookup<string, ScriptDeed> byPart = deeds.ToLookup(d => script.PartOf(d.Line));
            if (problem is null)
            {
                return [.. script.Parts.Select(p => p.Name).Distinct().Select(p => new FollowedPart(p, [.. byPart[p]]))];
            }
            string failed = script.PartOf(problem.Line);
            return
            [
                .. script.Parts.GroupBy(p => p.Name).Select(p => p.Key == failed
                    ? new FollowedPart(p.Key, [], problem.Message, problem.Line)
                    : p.Key == ScriptText.ByHand ? new FollowedPart(p.Key, [], "what stands before it is not understood", p.First()
                        .FirstLine)
                    : FollowSection(p)),
            ];
        }
        return [.. script.Parts.Where(p => p.Name != ScriptText.ByHand).GroupBy(p => p.Name).Select(FollowSection)];

        FollowedPart FollowSection(IGrouping<string, ScriptPart> sections)
        {
            List<ScriptDeed> deeds = [];
            foreach (ScriptPart section in sections)
            {
                (IReadOnlyList<ScriptDeed> done, NotUnderstoodException? problem) = Run(
                    package, kind, script.TextOf(section), section.FirstLine, script.EndsOnFailure, parameters);
                if (problem is not null)
                {
                    return new FollowedPart(section.Name, [], problem.Message, problem.Line);
                }
                deeds.AddRange(done);
            }
            return new FollowedPart(sections.Key, deeds);
        }
    }

    /// <summary>Follows a text; what it changed stays only when all of it is understood.</summary>
    private (IReadOnlyList<ScriptDeed> Deeds, NotUnderstoodException? Problem) Run(
        InstalledPackage package, string kind, string text, int firstLine, bool endsOnFailure, string[] parameters)
    {
        ShellState state = new()
        {
            Files = _state.Files.Clone(),
            Accounts = _state.Accounts.Clone(),
            Units = [.. _state.Units],
            Alternatives = [.. _state.Alternatives],
            Parameters = parameters,
            Installed = Installed,
            Templates = package.Templates,
            Answers = _answers.GetValueOrDefault(package.Name) is { } given ? new(given, StringComparer.Ordinal) : [],
            EndsOnFailure = endsOnFailure,
        };
        (state.Files.Package, state.Files.HidesPackage) = (package.Name, kind is "preinst");
        foreach ((string name, string value) in new[]
            {
                ("DPKG_MAINTSCRIPT_PACKAGE", package.Name), ("DPKG_MAINTSCRIPT_NAME", kind), ("DPKG_MAINTSCRIPT_ARCH", architecture),
                    ("DPKG_ROOT", ""),
                ("0", $"/var/lib/dpkg/info/{package.Name}.{kind}"), ("DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT", "1"),
                    ("PATH", "/usr/sbin:/usr/bin"), ("HOME", "/root"), ("DEBIAN_FRONTEND", "noninteractive"),
            })
        {
            state.Variables[name] = value;
        }
        ShellMachine machine = new(RunCommand) { State = state };
        try
        {
            int? status = machine.RunToEnd(ShellParser.Parse(text, firstLine));
            if (machine.State.AtExit is (int line, string last))
            {
                _ = machine.RunToEnd(ShellParser.Parse(last, line));
            }
            if (status is not (null or 0))
            {
                return ([], new NotUnderstoodException(machine.State.FailedLine ?? firstLine, "it ends in a failure here"));
            }
        }
        catch (NotUnderstoodException e)
        {
            return ([], e);
        }
        catch (ShellSyntaxException e)
        {
            return ([], new NotUnderstoodException(e.Line, e.Message));
        }
        catch (Exception e) when (e is RegexParseException or RegexMatchTimeoutException)
        {
            return ([], new NotUnderstoodException(firstLine, "a pattern in it is not understood"));
        }
        catch (Exception e) when (e is FunctionReturnException or LoopException)
        {
            return ([], new NotUnderstoodException(firstLine, "it leaves a function or loop that it is not in"));
        }
        _answers[package.Name] = machine.State.Answers;
        _state = machine.State;
        return (_state.Deeds.All, null);
    }

    private int? RunCommand(ShellMachine machine, CommandCall call)
    {
        string name = call.Name[(call.Name.LastIndexOf('/') + 1)..];
        if (declared(name, call.Arguments) is ScriptRule rule)
        {
            call.Note(rule.Effect, rule.Reason);
            call.Write(rule.Prints);
            foreach (GuestPath made in rule.Makes ?? [])
            {
                FileNode secret = new() { Permissions = Modes.SecretFile, Content = InlineContent.FromText("?\n") }; // it is not empty
                call.State.Files.Put(made, new ScriptedFile(secret, "root", "root", call.State.Files.Package) { IsNotKept = true });
            }
            if (rule.Prints is not null || rule.Makes is not null)
            {
                return 0;
            }
            return call.IsAsked && name != "dpkg-trigger" ? null : 0; // of its answer nothing is declared; a trigger is always noted
        }
        return s_commands.TryGetValue(name, out Func<ShellMachine, CommandCall, int?>? run) ? run(machine, call with { Name = name })
            : ShellPrograms.Run(machine, call);
    }
}
