using Strata.Composition.Scripts.Shell;
using Strata.Core;

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
        if (file is not null)
        {
            new FindExpression(machine, call, expression).Evaluate(new FoundFile(path, shown, depth, file));
        }
    }

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
