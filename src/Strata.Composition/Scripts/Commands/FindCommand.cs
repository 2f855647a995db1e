using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary><c>find</c> over the files of the image, and <c>xargs</c>: with tests on names and kinds, and commands on what is
/// found.</summary>
internal static class FindCommand
{
    private const int MostFound = 10_000;

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            ["find"] = Find,
            ["xargs"] = XArgs,
        };

    private static int? Find(ShellMachine machine, CommandCall call)
    {
        string[] words = [.. call.Texts];
        int options = Array.FindIndex(words, w => w.StartsWith('-') || w is "!" or "(");
        string[] starts = options < 0 ? words : words[..options];
        string[] expression = options < 0 ? [] : words[options..];
        int? status = 0;
        foreach (string start in starts)
        {
            if (FileCommands.At(call, start, follows: start.EndsWith('/')) is not (GuestPath root, ScriptedFile))
            {
                status = 1;
                continue;
            }
            IReadOnlyList<GuestPath> found = [root, .. call.State.Files.Below(root)];
            if (found.Count > MostFound)
            {
                throw call.NotUnderstood($"it looks at more than {MostFound} files");
            }
            foreach (GuestPath path in found)
            {
                string shown = path == root ? start : start.TrimEnd('/') + path.ToString()[(root.IsRoot ? 0 : root.ToString().Length)..];
                Look(machine, call, path, shown, path.ToString().Count(c => c == '/') - root.ToString().Count(c => c == '/'), expression);
            }
        }
        return status;
    }

    private static void Look(ShellMachine machine, CommandCall call, GuestPath path, string shown, int depth, string[] expression)
    {
        _ = call.State.Files.Find(path, follows: false, out ScriptedFile? file);
        if (file is null)
        {
            return;
        }
        bool acts = false;
        for (int i = 0; i < expression.Length; i++)
        {
            bool isNegated = expression[i] is "!" or "-not";
            i += isNegated ? 1 : 0;
            string word = i < expression.Length ? expression[i] : "";
            bool? answer;
            switch (word)
            {
                case "-maxdepth":
                    answer = depth <= Number(call, expression, ++i);
                    break;
                case "-mindepth":
                    answer = depth >= Number(call, expression, ++i);
                    break;
                case "-type":
                    answer = Argument(call, expression, ++i) switch
                    {
                        "f" => file.Node is FileNode, "d" => file.Node is DirectoryNode, "l" => file.Node is SymlinkNode, _ => false,
                    };
                    break;
                case "-name":
                    answer = ShellPattern.Matches(Argument(call, expression, ++i), path.Name);
                    break;
                case "-path" or "-wholename":
                    answer = ShellPattern.Matches(Argument(call, expression, ++i), shown);
                    break;
                case "-empty":
                    answer = file.Node is DirectoryNode ? call.State.Files.Below(path).Count == 0
                        : file.Node is FileNode { Content.Size: 0 };
                    break;
                case "-user":
                    answer = (file.User ?? (file.Node.Uid == 0 ? "root" : "")) == Argument(call, expression, ++i);
                    break;
                case "-group":
                    answer = (file.Group ?? (file.Node.Gid == 0 ? "root" : "")) == Argument(call, expression, ++i);
                    break;
                case "-xdev" or "-mount" or "-depth":
                    answer = true;
                    break;
                case "-print" or "-print0":
                    call.Write(shown + "\n");
                    (acts, answer) = (true, true);
                    break;
                case "-delete":
                    FileCommands.RemoveOne(call, path);
                    (acts, answer) = (true, true);
                    break;
                case "-exec":
                    int end = Array.FindIndex(expression, i, w => w is ";" or "+");
                    if (end < 0)
                    {
                        throw call.NotUnderstood("'find -exec' has no end");
                    }
                    string[] command = [.. expression[(i + 1)..end].Select(w => w.Replace("{}", shown, StringComparison.Ordinal))];
                    answer = machine.RunCommand(call with { Name = command[0], Arguments = command[1..] }) == 0;
                    (acts, i) = (true, end);
                    break;
                default:
                    throw call.NotUnderstood($"'find {word}' is not known");
            }
            if (answer == isNegated)
            {
                return;
            }
        }
        if (!acts)
        {
            call.Write(shown + "\n");
        }
    }

    private static string Argument(CommandCall call, string[] expression, int at) =>
        at < expression.Length ? expression[at] : throw call.NotUnderstood("'find' ends too early");

    private static int Number(CommandCall call, string[] expression, int at) =>
        int.TryParse(Argument(call, expression, at), out int number) ? number : throw call.NotUnderstood("'find' counts what is no number");

    private static int? XArgs(ShellMachine machine, CommandCall call)
    {
        string[] words = [.. call.Texts];
        int begin = Array.FindIndex(words, w => w is not ("-0" or "-r" or "--no-run-if-empty" or "--null" or "-0r" or "-r0" or "-t"));
        if (begin < 0 || words[begin].StartsWith('-'))
        {
            throw call.NotUnderstood("'xargs' in this form is not known");
        }
        if (call.Streams.Input.TakeAll() is not string input)
        {
            throw call.NotUnderstood($"what it does '{words[begin]}' to is known only while it runs");
        }
        string[] items = input.Split(['\n', ' ', '\0'], StringSplitOptions.RemoveEmptyEntries);
        return items.Length == 0 ? 0
            : machine.RunCommand(call with { Name = words[begin], Arguments = [.. words[(begin + 1)..], .. items], Streams =
                call.Streams with { Input = ShellInput.Empty } });
    }
}
