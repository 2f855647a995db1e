using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Commands that read, filter and ask, and change nothing.</summary>
internal static partial class TextCommands
{
    private const int MostCounted = 10_000;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(1);

    // what they say only a running machine would know, or it is not worth knowing
    private static readonly string[] s_askers =
    [
        "uname", "hostname", "date", "md5sum", "sha1sum", "sha256sum", "sha512sum", "df", "du", "cmp", "diff",
            "nproc",
        "uniq", "dnsdomainname", "tty", "whoami", "file", "arch", "locale", "od",
        "systemd-detect-virt", "lsb_release", "pkg-config", "debconf-show", "blkid", "findmnt", "mountpoint", "lsmod", "getconf",
            "dpkg-architecture",
        "grub-probe", "mokutil", "efibootmgr", "vgs", "pvs", "lvs", "uuidgen", "logname", "users", "who",
    ];

    // on a machine on which nothing runs they find nothing
    private static readonly string[] s_finders = ["pidof", "pgrep", "pkill", "killall", "ss", "netstat", "ps", "kill", "fuser", "lsof",
        "aa-enabled", "aa-status", "selinuxenabled"];

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } = Make();

    private static Dictionary<string, Func<ShellMachine, CommandCall, int?>> Make()
    {
        Dictionary<string, Func<ShellMachine, CommandCall, int?>> all = new(StringComparer.Ordinal)
        {
            ["cat"] = (_, c) => Cat(c),
            ["grep"] = (_, c) => Grep(c),
            ["egrep"] = (_, c) => Grep(c),
            ["fgrep"] = (_, c) => Grep(c),
            ["dirname"] = (_, c) => OfPath(c, p => p.LastIndexOf('/') is > 0 and int at ? p[..at] : p.StartsWith('/') ? "/" : "."),
            ["basename"] = (_, c) => OfPath(c, p => p == "/" ? p : p[(p.LastIndexOf('/') + 1)..]),
            ["ls"] = (_, c) => List(c),
            ["awk"] = (_, c) => Awk(c),
            ["gawk"] = (_, c) => Awk(c),
            ["mawk"] = (_, c) => Awk(c),
            ["expr"] = (_, c) => Calculate(c),
            ["seq"] = (_, c) => Count(c),
            ["ischroot"] = (_, _) => 0,
            ["start-stop-daemon"] = (_, c) => c.Arguments.Contains("--oknodo") || c.Arguments.Contains("--start") ? 0 : Find(c),
            ["setcap"] = (_, c) => Refuse(c, "an image keeps no capabilities of files; where a script can, it falls back to setuid"),
        };
        foreach (string name in s_askers)
        {
            all.TryAdd(name, (_, c) => Ask(c));
        }
        foreach (string name in s_finders)
        {
            all.TryAdd(name, (_, c) => Find(c));
        }
        return all;
    }

    private static int? Count(CommandCall call)
    {
        int[] ends = [.. call.Arguments.Select(a => int.TryParse(a, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : -1)];
        if (ends.Length is not (1 or 2) || ends.Contains(-1) || ends[^1] > MostCounted)
        {
            return Ask(call);
        }
        int first = ends.Length == 2 ? ends[0] : 1;
        call.Write(string.Concat(Enumerable.Range(first, Math.Max(0, ends[^1] - first + 1)).Select(n =>
            n.ToString(CultureInfo.InvariantCulture) + "\n")));
        return 0;
    }

    // one field of each line, and what comes of no line; more of awk is not followed
    private static int? Awk(CommandCall call)
    {
        if (call.Arguments is not [string program] || program.Contains("BEGIN", StringComparison.Ordinal)
            || program.Contains("END", StringComparison.Ordinal) || call.Streams.Input.TakeAll() is not string input)
        {
            return Ask(call);
        }
        Match field = FieldProgram().Match(program);
        if (!field.Success && input.Length > 0)
        {
            return Ask(call);
        }
        string[] lines = input.Length == 0 ? [] : (input.EndsWith('\n') ? input[..^1] : input).Split('\n');
        int number = field.Success ? int.Parse(field.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        call.Write(string.Concat(lines.Select(line => (number == 0 ? line
            : line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(number - 1)) + "\n")));
        return 0;
    }

    [GeneratedRegex(@"^\s*\{\s*print\s+\$([0-9]{1,3})\s*;?\s*\}\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex FieldProgram();

    // expr(1) of two numbers; its other forms are asked of the machine
    private static int? Calculate(CommandCall call)
    {
        if (call.Arguments is not [string first, string operation, string second]
            || !int.TryParse(first, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int left)
            || !int.TryParse(second, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int right)
            || (right == 0 && operation is "/" or "%"))
        {
            return Ask(call);
        }
        long? result = operation switch
        {
            "+" => (long)left + right,
            "-" => (long)left - right,
            "*" => (long)left * right,
            "/" => (long)left / right,
            "%" => (long)left % right,
            _ => null,
        };
        if (result is null)
        {
            return Ask(call);
        }
        call.Write($"{result.Value.ToString(CultureInfo.InvariantCulture)}\n");
        return result == 0 ? 1 : 0;
    }

    private static int? Find(CommandCall call)
    {
        call.Note(null, "nothing runs while an image is made");
        return 1;
    }

    // names in a directory, in its plain forms
    private static string Letters(int mode) =>
        string.Concat(Enumerable.Range(0, 9).Select(i => (mode & (1 << (8 - i))) != 0 ? "rwx"[i % 3] : '-'));

    private static int? List(CommandCall call)
    {
        string?[] paths = [.. call.Arguments.Where(a => a is null || !a.StartsWith('-'))];
        if (call.Arguments is ["-ln", string one]
            && FileCommands.At(call, one, follows: false) is (_, ScriptedFile { Node: FileNode node } named)
            && named is { User: null or "root", Group: null or "root" } && (named.User is not null || node.Uid == 0)
            && (named.Group is not null || node.Gid == 0))
        {
            // the time of every file of an image
            call.Write($"-{Letters(node.Permissions)} 1 0 0 {node.Content.Size} Jan  1  1970 {one}\n");
            return 0;
        }
        if (paths is not [string path] || call.Arguments.Any(a => a is ['-', ..] and not ("-A" or "-1" or "-a")))
        {
            call.Write(null);
            return null;
        }
        if (FileCommands.At(call, path, follows: true) is not (GuestPath real, ScriptedFile file))
        {
            return 2;
        }
        if (file.Node is DirectoryNode && call.State.Files.IsElsewhere(real))
        {
            call.Write(null);
            return 0;
        }
        bool hasHidden = call.Arguments.Contains("-A");
        call.Write(file.Node is not DirectoryNode ? path + "\n" : string.Concat(call.State.Files.Below(real)
            .Where(p => p.Parent == real && (hasHidden || !p.Name.StartsWith('.'))).Select(p => p.Name + "\n")));
        return 0;
    }

    private static int? Refuse(CommandCall call, string reason)
    {
        call.Note(null, reason);
        return 1;
    }

    private static int? Ask(CommandCall call)
    {
        call.Write(null);
        return null;
    }

    private static int? OfPath(CommandCall call, Func<string, string> part)
    {
        if (call.Arguments is [string path])
        {
            call.Write(part(WithoutEnd(path)) + "\n");
            return 0;
        }
        if (call.Arguments is [string named, string suffix] && call.Name == "basename")
        {
            string name = part(WithoutEnd(named));
            call.Write((name.EndsWith(suffix, StringComparison.Ordinal) && name != suffix ? name[..^suffix.Length] : name) + "\n");
            return 0;
        }
        call.Write(null);
        return 0;
    }

    private static string WithoutEnd(string path) => path.TrimEnd('/') is { Length: > 0 } plain ? plain : path.Length > 0 ? "/" : "";

    private static int? Cat(CommandCall call)
    {
        int? status = 0;
        foreach (string? name in call.Arguments.Count == 0 ? ["-"] : call.Arguments)
        {
            if (name is null)
            {
                call.Write(null);
            }
            else if (name == "-")
            {
                call.Write(call.Streams.Input.TakeAll());
            }
            else if (TextOf(call, name) is (bool isThere, string text))
            {
                status = isThere ? status : 1;
                call.Write(text);
            }
            else
            {
                call.Write(null);
            }
        }
        return status;
    }

    /// <summary>Text of a file: whether it is there, and what it says; null when only a running machine would know.</summary>
    private static (bool IsThere, string Text)? TextOf(CommandCall call, string name)
    {
        if (FileCommands.At(call, name, follows: true) is not (GuestPath path, var file))
        {
            return (false, "");
        }
        if (file is null)
        {
            return path.IsAtOrBelow(GuestPath.Parse("/proc")) || path.IsAtOrBelow(GuestPath.Parse("/sys")) ? null : (false, "");
        }
        return file.Node is FileNode && call.State.Files.Read(file) is string text ? (true, text) : null;
    }

    private static int? Grep(CommandCall call)
    {
        if (call.Arguments.Contains(null))
        {
            call.Write(null);
            return null;
        }
        Options options = Options.Of(
            call, "-q --quiet --silent -s --no-messages -v --invert-match -i --ignore-case -E --extended-regexp "
            + "-F --fixed-strings -x --line-regexp -w -c -l -n -o -h -m= -e= -r -z -a -G -P -H -L -R");
        string[] rest = [.. options.Rest];
        string? pattern = options.Value("-e") ?? (rest.Length > 0 ? rest[0] : null);
        string[] names = options.Has("-e") ? rest : [.. rest.Skip(1)];
        if (pattern is null || options.Has("-c", "-l", "-n", "-o", "-r", "-R", "-z", "-P", "-L", "-w", "-m", "-H")
            || call.Arguments.Count(a => a == "-e") > 1)
        {
            call.Write(null);
            return null;
        }
        List<(bool IsThere, string Text)?> texts =
            [.. names.Length == 0 ? [call.Streams.Input.TakeAll() is string input ? (true, input) : null] : names.Select(n => TextOf(call,
                n))];
        bool isBasic = call.Name == "grep" && !options.Has("-E", "--extended-regexp");
        bool isFixed = call.Name == "fgrep" || options.Has("-F", "--fixed-strings");
        Regex? regex = PosixRegex.TryParse(pattern, isBasic, isFixed, options.Has("-x", "--line-regexp"),
            options.Has("-i", "--ignore-case"), s_deadline);
        if (texts.Contains(null) || regex is null)
        {
            call.Write(null);
            return null;
        }
        bool isInverted = options.Has("-v", "--invert-match");
        bool isNamed = names.Length > 1 && !options.Has("-h"); // each line with the file that it is of
        string[] lines =
        [
            .. texts.SelectMany((t, i) => LinesOf(t!.Value.Text).Where(l => regex.IsMatch(l) != isInverted)
                .Select(l => isNamed ? $"{names[i]}:{l}" : l)),
        ];
        bool isQuiet = options.Has("-q", "--quiet", "--silent");
        if (!isQuiet)
        {
            call.Write(string.Concat(lines.Select(l => l + "\n")));
        }
        bool isMissing = texts.Any(t => !t!.Value.IsThere);
        return isMissing && !(isQuiet && lines.Length > 0) ? 2 : lines.Length > 0 ? 0 : 1;
    }

    private static string[] LinesOf(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
}
