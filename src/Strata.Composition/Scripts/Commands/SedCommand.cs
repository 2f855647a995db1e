using System.Text;
using System.Text.RegularExpressions;
using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary><c>sed</c> as far as scripts mostly use it: substitutions, one after the other, of what it reads or in files.</summary>
internal static class SedCommand
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(1);

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal) { ["sed"] = (_, c) => Run(c) };

    private static int? Run(CommandCall call)
    {
        // what is not known may be no option: a script behind -e, or the first word
        string[] words = [.. call.Arguments.Select((a, i) => a ?? (i == 0 || call.Arguments[i - 1] == "-e" ? "?"
            : throw call.NotUnderstood("an argument of 'sed' is known only while it runs")))];
        Options options = Options.Of(call with { Arguments = words },
            "-n -r -E -s -u -z -e= -f= -i --in-place --expression= --regexp-extended --quiet");
        List<string> scripts = [.. words.Where((_, i) => i > 0 && words[i - 1] is "-e")];
        string[] files = [.. options.Rest];
        if (scripts.Count == 0)
        {
            scripts.AddRange(options.Value("-e", "--expression") is string joined ? [joined] : files.Take(1));
            files = options.Has("-e", "--expression") ? files : [.. files.Skip(1)];
        }
        bool changes = options.Has("-i", "--in-place");
        Func<string, string?>[] edits = [.. scripts.Select(s => EditOf(s, isBasic: !options.Has("-r", "-E", "--regexp-extended")))
            .OfType<Func<string, string?>>()];
        bool isKnown = edits.Length == scripts.Count && !options.Has("-n", "-s", "-z", "-f", "--quiet");
        if (changes)
        {
            return isKnown ? EditAll(call, files, edits)
                : throw call.NotUnderstood("it edits a file with a script of sed that is not known");
        }
        string? text = files.Length == 0 ? call.Streams.Input.TakeAll() : files is [string file]
            && FileCommands.At(call, file, follows: true) is (_, ScriptedFile there)
            ? call.State.Files.Read(there) : null;
        call.Write(isKnown && text is not null ? Edit(text, edits) : null);
        return text is null && files.Length > 0 ? null : 0;
    }

    private static int? EditAll(CommandCall call, string[] files, Func<string, string?>[] edits)
    {
        foreach (string given in files)
        {
            if (FileCommands.At(call, given, follows: true) is not (GuestPath path, ScriptedFile { Node: FileNode node } file))
            {
                return 2;
            }
            string text = call.State.Files.Read(file) ?? throw call.NotUnderstood($"it edits {path}, which is no text");
            string edited = Edit(text, edits);
            if (edited != text)
            {
                FileNode made = new() { Permissions = node.Permissions, Uid = node.Uid, Gid = node.Gid, Content =
                    InlineContent.FromText(edited) };
                // sed makes a new file under the name that it was given, in place of a link too
                GuestPath name = FileCommands.At(call, given, follows: false)!.Value.Path;
                FileCommands.Put(call, name, file with { Node = made }, $"edits {name}");
            }
        }
        return 0;
    }

    private static string Edit(string text, Func<string, string?>[] edits)
    {
        if (text.Length == 0)
        {
            return text;
        }
        bool hasEnd = text.EndsWith('\n');
        string[] lines =
        [
            .. (hasEnd ? text[..^1] : text).Split('\n').Select(l => edits.Aggregate((string?)l, (line, edit) =>
                line is null ? null : edit(line)))
                .OfType<string>(),
        ];
        return string.Join('\n', lines) + (hasEnd && lines.Length > 0 ? "\n" : "");
    }

    /// <summary>What a script does to a line: another one, or none; null when it is not understood.</summary>
    private static Func<string, string?>? EditOf(string script, bool isBasic) => script is ['/', .. string pattern, '/', 'd']
        && !pattern.Contains('/', StringComparison.Ordinal)
        ? PosixRegex.TryParse(Unescape(pattern), isBasic, isFixed: false, isWholeLine: false, ignoresCase: false, s_deadline) is Regex regex
            ? line => regex.IsMatch(line) ? null : line : null
        : Substitution(script, isBasic);

    /// <summary>What <c>s/A/B/</c> does to a line; null when it is not understood.</summary>
    private static Func<string, string?>? Substitution(string script, bool isBasic)
    {
        if (script.Length < 4 || script[0] != 's' || char.IsAsciiLetterOrDigit(script[1]) || script[1] is '\\' or '\n')
        {
            return null;
        }
        List<string> parts = Split(script[2..], script[1]);
        if (parts is not [string from, string to, "" or "g"]
            || PosixRegex.TryParse(Unescape(from), isBasic, isFixed: false, isWholeLine: false, ignoresCase: false,
                s_deadline) is not Regex regex)
        {
            return null;
        }
        int count = parts[2] == "g" ? -1 : 1;
        return line => regex.Replace(line, m => Replacement(to, m), count);
    }

    // a delimiter behind a backslash stands for itself
    private static List<string> Split(string text, char delimiter)
    {
        List<string> parts = [];
        StringBuilder part = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                part.Append(text[i + 1] == delimiter ? "" : "\\").Append(text[++i]);
            }
            else if (text[i] == delimiter)
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(text[i]);
            }
        }
        parts.Add(part.ToString());
        return parts;
    }

    // sed of GNU knows them everywhere, within a set of characters too
    private static string Unescape(string from)
    {
        StringBuilder text = new();
        for (int i = 0; i < from.Length; i++)
        {
            bool isPair = from[i] == '\\' && i + 1 < from.Length;
            _ = !isPair ? text.Append(from[i]) : from[++i] switch
            {
                't' => text.Append('\t'),
                'n' => text.Append('\n'),
                char c => text.Append('\\').Append(c),
            };
        }
        return text.ToString();
    }

    private static string Replacement(string to, Match match)
    {
        StringBuilder text = new();
        for (int i = 0; i < to.Length; i++)
        {
            bool isEscaped = to[i] == '\\' && i + 1 < to.Length;
            char c = isEscaped ? to[++i] : to[i];
            text.Append(isEscaped && char.IsAsciiDigit(c) ? match.Groups[c - '0'].Value : isEscaped && c == 'n' ? "\n"
                : isEscaped && c == 't' ? "\t" : !isEscaped
                && c == '&' ? match.Value : c.ToString());
        }
        return text.ToString();
    }
}
