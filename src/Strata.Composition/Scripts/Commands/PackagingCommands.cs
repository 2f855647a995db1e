using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Versions;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Commands of dpkg, debconf, ucf and of systems that start services, as a fresh installation into a tree sees them.</summary>
internal static class PackagingCommands
{
    private const string NoOlder = "there is no older version";

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            ["dpkg"] = (_, c) => Dpkg(c),
            ["dpkg-maintscript-helper"] = (_, c) => MaintscriptHelper(c),
            ["dpkg-divert"] = (_, c) => Divert(c),
            ["dpkg-statoverride"] = (_, c) => StatOverride(c),
            ["dpkg-query"] = (_, c) => Query(c),
            ["dpkg-trigger"] = (_, c) => c.Arguments is [.., ['/', ..]] ? Done(c, "what lies there pulls the trigger anyway")
                : throw c.NotUnderstood("what 'dpkg-trigger' does is declared nowhere"),
            ["deb-systemd-helper"] = (_, c) => SystemdHelper(c),
            ["systemctl"] = (_, c) => SystemCtl(c),
            ["invoke-rc.d"] = (_, c) => InvokeRc(c),
            ["service"] = (_, c) => InvokeRc(c),
            ["update-alternatives"] = (_, c) => Alternatives(c),
            ["ucf"] = (_, c) => Ucf(c),
        };

    private static int? Done(CommandCall call, string reason)
    {
        call.Note(null, reason);
        return 0;
    }

    private static int? Unknown(CommandCall call)
    {
        call.Write(null);
        return null;
    }

    private static int? Dpkg(CommandCall call) => call.Arguments switch
    {
        ["--compare-versions", string a, string operation, string b] => Compare(call, a, operation, b),
        ["--compare-versions", "--", string a, string operation, string b] => Compare(call, a, operation, b),
        ["--compare-versions", ..] => null,
        ["--print-architecture"] => Write(call, call.State.Variables.GetValueOrDefault("DPKG_MAINTSCRIPT_ARCH")),
        ["--assert-multi-arch" or "--assert-support-predepends" or "--assert-working-epoch" or "--assert-long-filenames"] => 0,
        ["--validate-version", ..] => 0,
        ["-l" or "--list" or "-s" or "--status" or "-L" or "--listfiles" or "-S" or "--search", ..] => Query(call),
        _ => throw call.NotUnderstood("'dpkg' in this form is not known"),
    };

    private static int? Write(CommandCall call, string? text)
    {
        call.Write(text is null ? null : text + "\n");
        return 0;
    }

    // of a package that is not there dpkg knows nothing
    private static int? Query(CommandCall call)
    {
        string?[] names = [.. call.Arguments.Where((a, i) => a is null
            || (!a.StartsWith('-') && (i == 0 || call.Arguments[i - 1] is not ("-f" or "--showformat"))))];
        if (names.Length == 0 && call.Arguments is ["-s" or "--status"])
        {
            call.Write("");
            return 2; // it needs a name
        }
        if (call.Arguments.Any(a => a is "-S" or "--search") || names.Length == 0
            || names.Any(n => n is null || call.State.Installed.Any(ShellPattern.Matcher(n.Split(':')[0]))))
        {
            return Unknown(call);
        }
        call.Write("");
        return 1;
    }

    // dpkg(1): an empty version is earlier than any, with -nl later
    private static int? Compare(CommandCall call, string a, string operation, string b)
    {
        bool isLater = operation.EndsWith("-nl", StringComparison.Ordinal);
        int order;
        if (a is "" or "<unknown>" || b is "" or "<unknown>")
        {
            bool isFirst = a is "" or "<unknown>";
            bool isSecond = b is "" or "<unknown>";
            order = isFirst == isSecond ? 0 : isFirst != isLater ? -1 : 1;
        }
        else if (DebianVersion.TryParse(a, out DebianVersion? first, out _) && DebianVersion.TryParse(b, out DebianVersion? second, out _))
        {
            order = first.CompareTo(second);
        }
        else
        {
            throw call.NotUnderstood($"'{a}' or '{b}' is no version");
        }
        bool isSo = operation switch
        {
            "lt" or "lt-nl" or "<<" => order < 0,
            "le" or "le-nl" or "<=" or "<" => order <= 0,
            "eq" or "=" => order == 0,
            "ne" => order != 0,
            "ge" or "ge-nl" or ">=" or ">" => order >= 0,
            "gt" or "gt-nl" or ">>" => order > 0,
            _ => throw call.NotUnderstood($"'dpkg --compare-versions' knows no '{operation}'"),
        };
        return isSo ? 0 : 1;
    }

    // dpkg-maintscript-helper(1): everything it does follows an upgrade
    private static int? MaintscriptHelper(CommandCall call) => call.Arguments is ["rm_conffile" or "mv_conffile" or "symlink_to_dir"
        or "dir_to_symlink", ..]
        ? Done(call, "moves files of an older version; " + NoOlder)
        : call.Arguments is ["supports", ..] ? 0 : throw call.NotUnderstood($"'dpkg-maintscript-helper {call.Arguments[0]}' is not known");

    private static int? Divert(CommandCall call)
    {
        IReadOnlyList<string> words = call.Texts;
        if (words.Contains("--truename"))
        {
            return Write(call, words[^1]);
        }
        if (words.Contains("--list") || words.Contains("--listpackage"))
        {
            call.Write("");
            return 0;
        }
        if (words.Contains("--remove"))
        {
            return Done(call, "takes a diversion back; none is left in a finished tree");
        }
        // diversions of the old names of merged directories (DEP 17) keep dpkg from deleting files; nothing is deleted here
        bool isAliased = words.Any(w => w.StartsWith('/') && ImageFiles.PathOf(w, "/") is GuestPath path
            && Packages.Listings.MergedUsr.Canonical(path) != path);
        string[] names = [.. words.Where((w, i) => w.StartsWith('/') && words[Math.Max(0, i - 1)] != "--divert")];
        if (names is [string only] && (FileCommands.At(call, only, follows: false) is not (_, ScriptedFile other)
            || other.Package == call.State.Files.Package))
        {
            return Done(call, "diverts a file that no other package of the image brings");
        }
        return isAliased && words.Contains("--no-rename")
            ? Done(call, "diverts a name from before /usr was merged; trees are always merged")
            : throw call.NotUnderstood("it diverts a file of another package");
    }

    private static int? StatOverride(CommandCall call)
    {
        IReadOnlyList<string> words = call.Texts;
        if (words.Contains("--list"))
        {
            call.Write("");
            return 1; // nobody overrode anything
        }
        if (words.Contains("--remove"))
        {
            return Done(call, NoOlder);
        }
        string[] rest = [.. words.Where(w => !w.StartsWith("--", StringComparison.Ordinal))];
        if (!words.Contains("--add") || rest is not [string user, string group, string modeText, string path]
            || FileModes.TryParseOctal(modeText) is not int mode)
        {
            throw call.NotUnderstood("'dpkg-statoverride' in this form is not known");
        }
        if (words.Contains("--update") && FileCommands.At(call, path, follows: true) is (GuestPath real, ScriptedFile file))
        {
            string? owner = FileCommands.Known(call, user, isUser: true);
            string? owners = FileCommands.Known(call, group, isUser: false);
            FileCommands.Put(call, real, file with { Node = FileCommands.With(file.Node, mode), User = owner, Group = owners },
                $"gives {real} to {user}:{group}, mode {modeText}");
        }
        return 0;
    }

    private static int? SystemdHelper(CommandCall call)
    {
        IReadOnlyList<string> words = [.. call.Texts.Where(w => !w.StartsWith('-'))];
        return words is [string verb, ..] ? verb switch
        {
            "enable" => Enable(call, words.Skip(1)),
            "unmask" or "mask" or "update-state" or "reenable" or "purge" or "disable" =>
                Done(call, "keeps the packaging's own record of units"),
            "was-enabled" => 0, // true on a first installation
            "debian-installed" => words.Skip(1).Any(u => call.State.Units.Contains((u, call.Arguments.Contains("--user")))) ? 0 : 1,
            "is-enabled" => null,
            _ => throw call.NotUnderstood($"'deb-systemd-helper {verb}' is not known"),
        } : throw call.NotUnderstood("'deb-systemd-helper' in this form is not known");
    }

    private static int? Enable(CommandCall call, IEnumerable<string> units)
    {
        foreach (string unit in units)
        {
            call.State.Units.Add((unit, call.Arguments.Contains("--user")));
            call.Note(ScriptEffects.Units, $"enables {unit}");
        }
        return 0;
    }

    private static int? SystemCtl(CommandCall call)
    {
        IReadOnlyList<string> words = [.. call.Texts.Where(w => !w.StartsWith('-'))];
        return words is [] ? 1 // it would ask a running manager
            : words is [string verb, ..] ? verb switch
        {
            "enable" or "preset" => Enable(call, words.Skip(1)),
            "is-active" or "is-failed" or "status" => 3,
            "is-enabled" or "is-system-running" or "show" or "list-units" or "list-unit-files" or "cat" => Unknown(call),
            "daemon-reload" or "daemon-reexec" or "start" or "stop" or "restart" or "try-restart" or "reload" or "reload-or-restart"
                or "reset-failed"
                or "try-reload-or-restart" or "reload-or-try-restart" or "condrestart" or "kill" =>
                    Done(call, "no service runs while an image is made"),
            "unmask" or "disable" => Done(call, NoOlder),
            _ => throw call.NotUnderstood($"'systemctl {verb}' is not known"),
        } : throw call.NotUnderstood("'systemctl' in this form is not known");
    }

    private static int? InvokeRc(CommandCall call)
    {
        call.Note(null, "no service runs while an image is made");
        return call.Arguments.Contains("status") ? 3 : 0;
    }

    // the fields of update-alternatives(1) that tell which one counts
    private static int? Query(CommandCall call, Alternative[] offered)
    {
        Alternative best = offered.OrderByDescending(a => a.Priority).First();
        call.Write($"Name: {best.Name}\nLink: {best.Links[0].Link}\nStatus: auto\nBest: {best.Links[0].Path}\nValue: {best.Links[0].Path}\n"
            + string.Concat(offered.Select(a => string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"\nAlternative: {a.Links[0].Path}\nPriority: {a.Priority}\n"))));
        return 0;
    }

    private static int? Alternatives(CommandCall call)
    {
        IReadOnlyList<string> words = call.Texts;
        int install = words.ToList().IndexOf("--install");
        if (install < 0)
        {
            return words.Any(w => w is "--remove" or "--remove-all" or "--auto") ? Done(call, NoOlder)
                : words is [.., "--query", string name] ? Query(call, [.. call.State.Alternatives.Where(a => a.Name == name)])
                : words.Any(w => w is "--query" or "--list" or "--display") && call.State.Alternatives.All(a => a.Name != words[^1]) ? 2
                : words.Any(w => w is "--query" or "--list" or "--display" or "--get-selections") ? Unknown(call)
                : throw call.NotUnderstood("'update-alternatives' in this form is not known");
        }
        string[] given = [.. words.Skip(install + 1).Take(4)];
        if (given.Length < 4 || !int.TryParse(given[3], out int priority))
        {
            throw call.NotUnderstood("'update-alternatives' in this form is not known");
        }
        List<(string Link, string Name, string Path)> links = [(given[0], given[1], given[2])];
        for (int at = install + 5; at < words.Count;)
        {
            if (words[at] == "--slave" && at + 3 < words.Count)
            {
                links.Add((words[at + 1], words[at + 2], words[at + 3]));
                at += 4;
            }
            else if (words[at].StartsWith("--", StringComparison.Ordinal))
            {
                at++;
            }
            else
            {
                throw call.NotUnderstood("'update-alternatives' in this form is not known");
            }
        }
        call.State.Alternatives.Add(new Alternative(given[1], priority, call.State.Files.Package, links));
        call.Note(ScriptEffects.Alternatives, $"{given[1]} may be {given[2]}, priority {priority}");
        ShowLinks(call, call.State.Alternatives.Where(a => a.Name == given[1]).MaxBy(a => a.Priority)!);
        return 0;
    }

    // what scripts after this one find; the effect makes them for the image
    private static void ShowLinks(CommandCall call, Alternative best)
    {
        foreach ((string link, string name, string path) in best.Links)
        {
            if (FileCommands.At(call, link, follows: false) is (GuestPath at, null or { IsNotKept: true })
                && FileCommands.At(call, path, follows: true) is (_, not null)
                && GuestPath.TryParse("/etc/alternatives/" + name, out GuestPath choice, out _))
            {
                Show(at, choice.ToString());
                Show(choice, path);
            }
        }

        void Show(GuestPath at, string target) => call.State.Files.Put(
            at, new ScriptedFile(new SymlinkNode { Permissions = Modes.Link, Target = target }, null, null, call.State.Files.Package)
            {
                IsNotKept = true,
            });
    }

    // ucf(1): a file that is not there is put there
    private static int? Ucf(CommandCall call)
    {
        Options options = Options.Of(
            call, "--three-way --debconf-ok --debconf-template= -P= --package= --purge -p --src-dir= --state-dir= --sum-file= -s= "
            + "--state-path=");
        if (options.Has("--purge", "-p"))
        {
            return Done(call, NoOlder);
        }
        if (options.Rest is not [string source, string to])
        {
            throw call.NotUnderstood("'ucf' in this form is not known");
        }
        return FileCommands.At(call, to, follows: true) is (_, ScriptedFile { Node: FileNode }) ? 0
            : CopyCommands.CopyOne(call, source, to, null, null, null);
    }
}
