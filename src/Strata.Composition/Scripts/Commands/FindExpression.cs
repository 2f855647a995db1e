using System.Text.RegularExpressions;
using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary>A file that <c>find</c> has come to.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Shown">The same as the command names it.</param>
/// <param name="Depth">How many folders below the start; 0 for the start itself.</param>
/// <param name="File">What it is.</param>
internal sealed record FoundFile(GuestPath Path, string Shown, int Depth, ScriptedFile File);

/// <summary>What <c>find</c> asks of each file and does with it (find(1), EXPRESSION): read and answered in one go.</summary>
internal sealed class FindExpression(ShellMachine machine, CommandCall call, string[] words)
{
    private const int MostNested = 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(1);

    private int _at;
    private int _nested;
    private bool _acts;

    /// <summary>Asks, and does what the answers lead to; a file of which nothing is done is printed.</summary>
    public void Evaluate(FoundFile file)
    {
        bool answer = Any(file, counts: true);
        if (_at < words.Length)
        {
            throw call.NotUnderstood($"'find {words[_at]}' is not known");
        }
        if (answer && !_acts)
        {
            call.Write(file.Shown + "\n");
        }
    }

    // what does not count any more is read all the same, and does nothing
    private bool Any(FoundFile file, bool counts)
    {
        bool answer = All(file, counts);
        while (_at < words.Length && words[_at] is "-o" or "-or")
        {
            _at++;
            bool second = All(file, counts && !answer);
            answer |= second;
        }
        return answer;
    }

    private bool All(FoundFile file, bool counts)
    {
        bool answer = true;
        while (_at < words.Length && words[_at] is not ("-o" or "-or" or ")"))
        {
            _at += words[_at] is "-a" or "-and" ? 1 : 0;
            answer &= One(file, counts && answer);
        }
        return answer;
    }

    private bool One(FoundFile file, bool counts)
    {
        string word = Next();
        if (word is "!" or "-not")
        {
            return !One(file, counts);
        }
        if (word != "(")
        {
            return Test(file, word, counts);
        }
        if (++_nested > MostNested)
        {
            throw call.NotUnderstood($"'find' has more than {MostNested} groups in each other");
        }
        bool answer = Any(file, counts);
        _nested--;
        return Next() == ")" ? answer : throw call.NotUnderstood("'find' has a group without its end");
    }

    private bool Test(FoundFile file, string word, bool counts)
    {
        TreeNode node = file.File.Node;
        switch (word)
        {
            case "-maxdepth":
                return file.Depth <= Number();
            case "-mindepth":
                return file.Depth >= Number();
            case "-type":
                return Next() switch { "f" => node is FileNode, "d" => node is DirectoryNode, "l" => node is SymlinkNode, _ => false };
            case "-name":
                return ShellPattern.Matches(Next(), file.Path.Name);
            case "-path" or "-wholename":
                return ShellPattern.Matches(Next(), file.Shown);
            case "-regex":
                return Whole(Next()).IsMatch(file.Shown);
            case "-empty":
                return node is DirectoryNode ? call.State.Files.Below(file.Path).Count == 0 : node is FileNode { Content.Size: 0 };
            case "-user":
                return (file.File.User ?? (node.Uid == 0 ? "root" : "")) == Next();
            case "-group":
                return (file.File.Group ?? (node.Gid == 0 ? "root" : "")) == Next();
            case "-xdev" or "-mount" or "-depth" or "-true":
                return true;
            default:
                _acts = true;
                return Act(file, word, counts);
        }
    }

    private bool Act(FoundFile file, string word, bool counts)
    {
        switch (word)
        {
            case "-print" or "-print0":
                return Do(counts, () => call.Write(file.Shown + "\n"));
            case "-printf":
                string text = Next() switch
                {
                    "%f\\n" => file.Path.Name,
                    "%p\\n" => file.Shown,
                    var other => throw call.NotUnderstood($"'find -printf {other}' is not known"),
                };
                return Do(counts, () => call.Write(text + "\n"));
            case "-delete":
                return Do(counts, () => FileCommands.RemoveOne(call, file.Path));
            case "-exec":
                int end = Array.FindIndex(words, _at, w => w is ";" or "+");
                if (end <= _at)
                {
                    throw call.NotUnderstood("'find -exec' has no end");
                }
                string[] command = [.. words[_at..end].Select(w => w.Replace("{}", file.Shown, StringComparison.Ordinal))];
                _at = end + 1;
                return counts && machine.RunCommand(call with { Name = command[0], Arguments = command[1..] }) == 0;
            default:
                throw call.NotUnderstood($"'find {word}' is not known");
        }
    }

    private static bool Do(bool counts, Action act)
    {
        if (counts)
        {
            act();
        }
        return true;
    }

    // find's own kind of pattern is that of Emacs, in which + and ? count; what is the same in both is enough
    private Regex Whole(string pattern) => !pattern.AsSpan().ContainsAny('+', '?')
        && PosixRegex.TryParse(pattern, isBasic: true, isFixed: false, isWholeLine: true, ignoresCase: false, s_deadline) is Regex regex
        ? regex : throw call.NotUnderstood($"'find -regex {pattern}' is not known");

    private string Next() => _at < words.Length ? words[_at++] : throw call.NotUnderstood("'find' ends too early");

    private int Number() => int.TryParse(Next(), out int number) ? number : throw call.NotUnderstood("'find' counts what is no number");
}
