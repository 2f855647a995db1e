using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Commands of the shell itself (XCU 2.14), and what stands for programs that only answer.</summary>
internal static class BuiltIns
{
    private const int LongestSource = 1 << 20;

    /// <summary>Where programs are looked for.</summary>
    internal static IReadOnlyList<string> SearchPath { get; } = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            [":"] = (_, _) => 0,
            ["true"] = (_, _) => 0,
            ["false"] = (_, _) => 1,
            ["wait"] = (_, _) => 0,
            ["trap"] = (_, c) => Trap(c),
            ["hash"] = (_, _) => 0,
            ["sleep"] = (_, _) => 0,
            ["sync"] = (_, _) => 0,
            ["alias"] = Alias,
            ["exit"] = (_, c) => Exit(c),
            ["return"] = (_, c) => throw new FunctionReturnException(Status(c)),
            ["break"] = (_, _) => throw new LoopException(isBreak: true),
            ["continue"] = (_, _) => throw new LoopException(isBreak: false),
            ["set"] = (_, c) => Set(c),
            ["unset"] = (_, c) => Unset(c),
            ["export"] = (_, c) => Declare(c),
            ["readonly"] = (_, c) => Declare(c),
            ["local"] = (_, c) => Declare(c),
            ["shift"] = (_, c) => Shift(c),
            ["read"] = (_, c) => Read(c),
            ["getopts"] = (_, c) => GetoptsCommand.Run(c),
            ["cd"] = (_, c) => ChangeFolder(c),
            ["pwd"] = (_, c) => Say(c, c.State.Folder + "\n"),
            ["umask"] = (_, c) => SetMask(c),
            ["echo"] = (_, c) => Echo(c),
            ["printf"] = (_, c) => Printf(c),
            ["."] = Source,
            ["eval"] = (m, c) => m.Run(Parse(string.Join(' ', c.Texts), c.Line, null), c.Streams, c.IsAsked),
            ["exec"] = (_, c) => c.Arguments.Count == 0 ? 0 : throw c.NotUnderstood("it becomes another program"),
            ["command"] = Command,
            ["which"] = (_, c) => Which(c, c.Texts),
            ["type"] = (_, c) => Which(c, c.Texts),
            ["test"] = (_, c) => new TestCommand(c, c.Arguments).Answer(),
            ["[["] = (_, c) => c.Arguments is [.., "]]"] && !c.Arguments.Any(a => a is not null && a.AsSpan().ContainsAny('*', '?', '('))
                ? new TestCommand(c, [.. c.Arguments.Take(c.Arguments.Count - 1)]).Answer()
                    : throw c.NotUnderstood("'[[' in this form is not known"),
            ["["] = (_, c) => c.Arguments is [.., "]"] ? new TestCommand(c, [.. c.Arguments.Take(c.Arguments.Count - 1)]).Answer()
                : throw c.NotUnderstood("'[' has no ']'"),
        };

    private static int? Exit(CommandCall call)
    {
        int? status = Status(call);
        call.State.FailedLine = status == 0 ? null : call.Line;
        throw new ScriptExitException(status);
    }

    private static int? Status(CommandCall call) =>
        call.Arguments.Count == 0 ? call.State.Status : int.TryParse(call.Arguments[0], out int status) ? status : null;

    // another name for the beginning of a command is a function of it
    private static int? Alias(ShellMachine machine, CommandCall call)
    {
        foreach (string text in call.Texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !text[..equals].All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || text[(equals + 1)..] == text[..equals])
            {
                throw call.NotUnderstood("'alias' in this form is not known");
            }
            _ = machine.Run(Parse($"{text[..equals]}() {{ {text[(equals + 1)..]} \"$@\"; }}\n", call.Line, null), call.Streams,
                call.IsAsked);
        }
        return 0;
    }

    private static int? Say(CommandCall call, string text)
    {
        call.Write(text);
        return 0;
    }

    private static int? Set(CommandCall call)
    {
        IReadOnlyList<string?> arguments = call.Arguments;
        int i = 0;
        for (; i < arguments.Count && arguments[i] is { Length: > 1 } option && option[0] is '-' or '+'; i++)
        {
            if (arguments[i] == "--")
            {
                i++;
                call.State.Parameters = [.. arguments.Skip(i)];
                return 0;
            }
            string flags = arguments[i]!;
            foreach (char flag in flags[1..])
            {
                if (flag == 'o')
                {
                    i++;
                    call.State.EndsOnFailure = i < arguments.Count && arguments[i] == "errexit" ? flags[0] == '-'
                        : call.State.EndsOnFailure;
                    continue;
                }
                _ = flag switch
                {
                    'e' => call.State.EndsOnFailure = flags[0] == '-',
                    'u' or 'x' or 'f' or 'v' or 'C' or 'h' => false,
                    _ => throw call.NotUnderstood($"'set {flags}' is not known"),
                };
            }
        }
        if (i < arguments.Count)
        {
            call.State.Parameters = [.. arguments.Skip(i)];
        }
        return 0;
    }

    // signals reach nobody here; what runs at the end does
    private static int? Trap(CommandCall call)
    {
        if (call.Arguments is [string command, ..] && call.Arguments.Skip(1).Any(a => a is "EXIT" or "0"))
        {
            call.State.AtExit = command is "-" or "" ? null : (call.Line, command);
        }
        return call.Arguments.Contains(null) ? throw call.NotUnderstood("what it does at its end is known only while it runs") : 0;
    }

    private static int? Unset(CommandCall call)
    {
        foreach (string name in call.Texts)
        {
            call.State.Variables.Remove(name);
        }
        return 0;
    }

    private static int? Declare(CommandCall call)
    {
        foreach (string? argument in call.Arguments)
        {
            if (argument is null)
            {
                throw call.NotUnderstood("which variable it sets is known only while it runs");
            }
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (call.Name == "local")
            {
                call.State.Hide(equals > 0 ? argument[..equals] : argument);
            }
            if (equals > 0)
            {
                call.State.Variables[argument[..equals]] = argument[(equals + 1)..];
            }
        }
        return 0;
    }

    private static int? Shift(CommandCall call)
    {
        int count = call.Arguments.Count == 0 ? 1 : int.TryParse(call.Arguments[0], out int given) ? given
            : throw call.NotUnderstood("it shifts by what is not known");
        if (count > call.State.Parameters.Count)
        {
            call.State.FailedLine = call.Line; // a fault of a special built-in ends the shell: XCU 2.8.1
            throw new ScriptExitException(2);
        }
        call.State.Parameters = [.. call.State.Parameters.Skip(count)];
        return 0;
    }

    private static int? Read(CommandCall call)
    {
        string[] names = [.. call.Texts.Where(n => !n.StartsWith('-'))];
        if (call.Streams.Input.TakeLine(out bool isWhole) is not string line)
        {
            foreach (string name in names)
            {
                call.State.Variables[name] = null;
            }
            return null;
        }
        string[] words = call.State.Variables.GetValueOrDefault("IFS") is [not (' ' or '\t' or '\n')] separator
            ? line.Split(separator, names.Length)
            : line.Split([' ', '\t'], names.Length, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < names.Length; i++)
        {
            call.State.Variables[names[i]] = i < words.Length ? words[i].Trim(' ', '\t') : "";
        }
        return isWhole ? 0 : 1;
    }

    private static int? ChangeFolder(CommandCall call)
    {
        if (call.Texts is not [string text] || ImageFiles.PathOf(text, call.State.Folder) is not GuestPath path)
        {
            throw call.NotUnderstood("where it goes is not known");
        }
        _ = call.State.Files.Find(path, follows: true, out ScriptedFile? folder);
        if (folder?.Node is not DirectoryNode)
        {
            return 1;
        }
        call.State.Folder = path.ToString();
        return 0;
    }

    private static int? SetMask(CommandCall call)
    {
        if (call.Arguments.Count == 0)
        {
            return Say(call, "0" + Convert.ToString(call.State.Mask, 8).PadLeft(3, '0') + "\n");
        }
        call.State.Mask = FileModes.TryParseOctal(call.Texts[0]) ?? throw call.NotUnderstood($"'umask {call.Texts[0]}' is not known");
        return 0;
    }

    private static int? Echo(CommandCall call)
    {
        IEnumerable<string?> words = call.Arguments is ["-n" or "-e" or "-en" or "-ne", ..] ? call.Arguments.Skip(1) : call.Arguments;
        bool hasEnd = call.Arguments is not ["-n" or "-en" or "-ne", ..];
        string text = string.Join(' ', words);
        call.Write(words.Contains(null) ? null : text.Contains('\\', StringComparison.Ordinal) ? Unescape(text) is string plain ? plain
            + (hasEnd ? "\n" : "") : null
            : text + (hasEnd ? "\n" : ""));
        return 0;
    }

    // dash expands them in every echo
    private static string? Unescape(string text)
    {
        string plain = text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal);
        return plain.Contains('\\', StringComparison.Ordinal) ? null : plain;
    }

    private static int? Printf(CommandCall call)
    {
        if (call.Arguments.Count == 0 || call.Arguments.Contains(null))
        {
            call.Write(null);
            return 0;
        }
        string format = call.Texts[0];
        Queue<string> words = new(call.Texts.Skip(1));
        System.Text.StringBuilder text = new();
        do
        {
            for (int i = 0; i < format.Length; i++)
            {
                if (format[i] is not ('%' or '\\') || i + 1 == format.Length)
                {
                    text.Append(format[i]);
                    continue;
                }
                i++;
                switch ((format[i - 1], format[i]))
                {
                    case ('%', 's' or 'd' or 'i' or 'b'):
                        string? word = words.TryDequeue(out string? given) ? given : format[i] is 'd' or 'i' ? "0" : "";
                        word = format[i] == 'b' ? Unescape(word) : word;
                        if (word is null)
                        {
                            call.Write(null);
                            return 0;
                        }
                        text.Append(word);
                        break;
                    case ('%', '%') or ('\\', '\\'):
                        text.Append(format[i]);
                        break;
                    case ('\\', 'n'):
                        text.Append('\n');
                        break;
                    case ('\\', 't'):
                        text.Append('\t');
                        break;
                    default:
                        call.Write(null);
                        return 0;
                }
            }
        }
        while (words.Count > 0 && format.Contains('%', StringComparison.Ordinal));
        call.Write(text.ToString());
        return 0;
    }

    private static int? Command(ShellMachine machine, CommandCall call) => call.Arguments switch
    {
        ["-v" or "-V", ..] => Which(call, [.. call.Texts.Skip(1)]),
        ["-p", ..] or [] => throw call.NotUnderstood("'command' in this form is not known"),
        _ => machine.RunCommand(call with { Name = call.Texts[0], Arguments = [.. call.Arguments.Skip(1)] }),
    };

    // what is on the search path of the image, and what every shell has
    private static int? Which(CommandCall call, IReadOnlyList<string> names)
    {
        int status = 0;
        foreach (string name in names.Where(n => !n.StartsWith('-')))
        {
            bool isPath = name.Contains('/', StringComparison.Ordinal);
            string? found = isPath || !All.ContainsKey(name)
                ? (isPath ? [name] : SearchPath.Select(f => f + "/" + name)).FirstOrDefault(p => IsProgram(call, p)) : name;
            if (found is null)
            {
                status = 1;
            }
            else
            {
                call.Write(found + "\n");
            }
        }
        return status;
    }

    private static bool IsProgram(CommandCall call, string path) =>
        ImageFiles.PathOf(path, call.State.Folder) is GuestPath parsed
        && call.State.Files.Find(parsed, follows: true, out ScriptedFile? file) is not null && file?.Node is FileNode;

    private static int? Source(ShellMachine machine, CommandCall call)
    {
        if (call.Arguments is not [string name, ..])
        {
            throw call.NotUnderstood("which file it reads is known only while it runs");
        }
        if (name is "/usr/share/debconf/confmodule")
        {
            call.Note(null, "debconf: what it would ask has its default");
            return 0;
        }
        if (ImageFiles.PathOf(name, call.State.Folder) is not GuestPath path
            || call.State.Files.Find(path, follows: true, out ScriptedFile? file) is null || file is null)
        {
            throw call.NotUnderstood($"it reads {name}, which is not in the image");
        }
        string text = call.State.Files.Read(file) ?? throw call.NotUnderstood($"it reads {name}, which is no text");
        IReadOnlyList<string?> parameters = call.State.Parameters;
        if (call.Arguments.Count > 1)
        {
            call.State.Parameters = [.. call.Arguments.Skip(1)];
        }
        try
        {
            return machine.Run(Parse(text, 1, name), call.Streams, call.IsAsked);
        }
        catch (NotUnderstoodException e)
        {
            throw call.NotUnderstood($"{name}, line {e.Line}: {e.Message}");
        }
        catch (FunctionReturnException e)
        {
            return e.Status;
        }
        finally
        {
            machine.State.Parameters = parameters;
        }

        CommandList Parse(string script, int line, string? file) =>
            script.Length <= LongestSource ? BuiltIns.Parse(script, line, file) : throw call.NotUnderstood($"{name} is too long");
    }

    private static CommandList Parse(string script, int line, string? file)
    {
        try
        {
            return ShellParser.Parse(script, line);
        }
        catch (ShellSyntaxException e)
        {
            throw new NotUnderstoodException(e.Line, (file is null ? "" : file + ": ") + e.Message);
        }
    }
}
