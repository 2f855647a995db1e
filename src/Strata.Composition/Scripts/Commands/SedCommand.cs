using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary><c>sed</c>, of what it reads or in files, as far as <see cref="SedScript"/> understands its script.</summary>
internal static class SedCommand
{
    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal) { ["sed"] = (_, c) => Run(c) };

    private static int? Run(CommandCall call)
    {
        // what is not known may be no option: a script behind -e, or the first word
        string[] words = [.. call.Arguments.Select((a, i) => a ?? (i == 0 || call.Arguments[i - 1] is "-e" or "-n" or "-ne" or "-E" ? "?"
            : throw call.NotUnderstood("an argument of 'sed' is known only while it runs")))];
        Options options = Options.Of(call with { Arguments = words },
            "-n -r -E -s -u -z -e= -f= -i --in-place --expression= --regexp-extended --quiet");
        if (Array.Exists(words, w => w.StartsWith("-i", StringComparison.Ordinal) && w.Length > 2))
        {
            throw call.NotUnderstood("'sed -i' with an ending keeps the file as it was under another name"); // -ie is -i with 'e'
        }
        // several of -e are lines of one script
        List<string> scripts = [.. words.Where((_, i) => i > 0 && words[i - 1] is "-e" or "-ne" or "-Ee" or "-re")];
        string[] files = [.. options.Rest];
        if (scripts.Count == 0)
        {
            scripts.AddRange(options.Value("-e", "--expression") is string joined ? [joined] : files.Take(1));
            files = options.Has("-e", "--expression") ? files : [.. files.Skip(1)];
        }
        bool isQuiet = options.Has("-n", "--quiet");
        SedScript? script = options.Has("-s", "-z", "-f") ? null
            : SedScript.TryParse(string.Join('\n', scripts), isBasic: !options.Has("-r", "-E", "--regexp-extended"));
        if (options.Has("-i", "--in-place"))
        {
            return script is null ? throw call.NotUnderstood("it edits a file with a script of sed that is not known")
                : EditAll(call, files, text => script.Run(text, isQuiet));
        }
        string? text = files.Length == 0 ? call.Streams.Input.TakeAll() : files is [string file]
            && FileCommands.At(call, file, follows: true) is (_, ScriptedFile there)
            ? call.State.Files.Read(there) : null;
        call.Write(text is null || (script is null && text.Length > 0) ? null : script?.Run(text, isQuiet) ?? "");
        return text is null && files.Length > 0 ? null : 0;
    }

    private static int? EditAll(CommandCall call, string[] files, Func<string, string> edit)
    {
        foreach (string given in files)
        {
            if (FileCommands.At(call, given, follows: true) is not (GuestPath path, ScriptedFile { Node: FileNode node } file))
            {
                return 2;
            }
            string text = call.State.Files.Read(file) ?? throw call.NotUnderstood($"it edits {path}, which is no text");
            string edited = edit(text);
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
}
