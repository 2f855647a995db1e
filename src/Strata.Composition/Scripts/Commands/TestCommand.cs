using System.Globalization;
using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary><c>test</c> and <c>[</c>: conditions on texts, and on files as the image has them.</summary>
/// <param name="call">The command.</param>
/// <param name="words">Its arguments, without the closing bracket.</param>
internal sealed class TestCommand(CommandCall call, IReadOnlyList<string?> words)
{
    private int _at;

    /// <summary>The answer: 0 for yes, 1 for no, null when only a running machine would know.</summary>
    public int? Answer()
    {
        if (words.Count == 0)
        {
            return 1;
        }
        if (words is [var only])
        {
            return only is null ? null : only.Length > 0 ? 0 : 1; // whatever it looks like
        }
        bool? answer = ReadOr();
        return _at < words.Count ? throw call.NotUnderstood($"a condition with '{words[_at]}' is not known") : answer is null ? null
            : answer.Value ? 0 : 1;
    }

    private bool? ReadOr()
    {
        bool? left = ReadAnd();
        while (Peek() == "-o")
        {
            _at++;
            bool? right = ReadAnd();
            left = left == true || right == true ? true : left is null || right is null ? null : false;
        }
        return left;
    }

    private bool? ReadAnd()
    {
        bool? left = ReadNot();
        while (Peek() == "-a")
        {
            _at++;
            bool? right = ReadNot();
            left = left == false || right == false ? false : left is null || right is null ? null : true;
        }
        return left;
    }

    private bool? ReadNot()
    {
        if (Peek() == "!" && words.Count - _at > 1)
        {
            _at++;
            return !ReadNot();
        }
        return ReadPrimary();
    }

    private bool? ReadPrimary()
    {
        if (_at + 2 < words.Count && IsBinary(words[_at + 1]))
        {
            (string? left, string operation, string? right) = (words[_at], words[_at + 1]!, words[_at + 2]);
            _at += 3;
            return Compare(left, operation, right);
        }
        if (Peek() == "(")
        {
            _at++;
            bool? inner = ReadOr();
            return words.Count > _at && words[_at++] == ")" ? inner : throw call.NotUnderstood("a condition has no ')'");
        }
        if (Peek() is ['-', _] option && _at + 1 < words.Count)
        {
            string? operand = words[_at + 1];
            _at += 2;
            return option switch
            {
                "-z" => operand is null ? null : operand.Length == 0,
                "-n" => operand is null ? null : operand.Length > 0,
                "-t" => false,
                _ => operand is null ? null : AboutFile(option, operand),
            };
        }
        string? text = _at < words.Count ? words[_at++] : "";
        return text is null ? null : text.Length > 0;
    }

    private string? Peek() => _at < words.Count ? words[_at] : null;

    private static bool IsBinary(string? word) =>
        word is "=" or "==" or "!=" or "-eq" or "-ne" or "-lt" or "-le" or "-gt" or "-ge" or "-nt" or "-ot" or "-ef";

    private bool? Compare(string? left, string operation, string? right)
    {
        if (left is null || right is null || operation is "-nt" or "-ot" or "-ef")
        {
            return null;
        }
        if (operation is "=" or "==" or "!=")
        {
            return left == right == (operation != "!=");
        }
        return int.TryParse(left, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int a)
            && int.TryParse(right, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int b)
            ? operation switch { "-eq" => a == b, "-ne" => a != b, "-lt" => a < b, "-le" => a <= b, "-gt" => a > b, _ => a >= b }
            : throw call.NotUnderstood($"'{left} {operation} {right}' compares no numbers");
    }

    private bool? AboutFile(string option, string operand)
    {
        if (ImageFiles.PathOf(operand, call.State.Folder) is not GuestPath path)
        {
            return false;
        }
        bool follows = option is not ("-L" or "-h");
        _ = call.State.Files.Find(path, follows, out ScriptedFile? file);
        return option switch
        {
            "-e" or "-r" or "-w" => file is not null || operand == "/dev/null",
            "-f" => file?.Node is FileNode,
            "-d" => file?.Node is DirectoryNode,
            "-L" or "-h" => file?.Node is SymlinkNode,
            "-x" => file is not null && (file.Node is DirectoryNode || (file.Node.Permissions & 0b001_001_001) != 0),
            "-s" => file?.Node is DirectoryNode or FileNode { Content.Size: > 0 },
            "-u" => file is not null && (file.Node.Permissions & Modes.SetUid) != 0,
            "-g" => file is not null && (file.Node.Permissions & Modes.SetGid) != 0,
            "-c" when operand == "/dev/null" => true,
            "-c" or "-b" or "-p" or "-S" => file?.Node is SpecialNode ? null : false, // devices, pipes and sockets are of a running machine
            _ => throw call.NotUnderstood($"the condition '{option}' is not known"),
        };
    }
}
