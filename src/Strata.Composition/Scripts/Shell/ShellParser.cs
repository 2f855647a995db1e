namespace Strata.Composition.Scripts.Shell;

/// <summary>Reads POSIX shell scripts (XCU 2.10): all that maintainer scripts consist of; anything else is refused, never
/// guessed.</summary>
internal sealed class ShellParser
{
    private const int DeepestNesting = 60;

    private static readonly string[] s_reserved =
        ["if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "!", "in"];

    private static readonly string[] s_redirections = ["<<-", "<<", "<&", ">>", ">&", ">|", "<>", "<", ">"]; // the longest first

    private readonly ShellText _text;
    private int _depth;

    private ShellParser(ShellText text, int depth) => (_text, _depth) = (text, depth);

    /// <summary>Reads a whole script.</summary>
    /// <param name="script">Its text.</param>
    /// <param name="firstLine">Number of its first line, for messages.</param>
    /// <exception cref="ShellSyntaxException">It is not understood.</exception>
    public static CommandList Parse(string script, int firstLine = 1) => Parse(new ShellText(script, firstLine), 0);

    /// <summary>Reads what a substitution holds.</summary>
    internal static CommandList Parse(ShellText text, int depth)
    {
        ShellParser parser = new(text, depth);
        CommandList list = parser.ReadList();
        parser.SkipNewlines();
        return text.IsAtEnd ? list : throw text.Error($"'{text.Peek()}' is not expected");
    }

    private CommandList ReadList()
    {
        if (++_depth > DeepestNesting)
        {
            throw _text.Error("it is nested too deeply");
        }
        List<ShellCommand> commands = [];
        SkipNewlines();
        int line = _text.Line;
        while (!_text.IsAtEnd && _text.Peek() != ')' && !_text.StartsWith(";;") && PeekReserved() is not
            ("then" or "elif" or "else" or "fi" or "do" or "done" or "esac" or "}"))
        {
            commands.Add(ReadAndOr());
            _text.SkipBlanks();
            if (!_text.StartsWith(";;") && _text.Peek() == ';')
            {
                _text.Take();
            }
            else if (_text.Peek() == '&')
            {
                _text.Take();
                commands[^1] = new BackgroundCommand(commands[^1].Line, commands[^1]);
            }
            SkipNewlines();
        }
        _depth--;
        return new CommandList(line, commands);
    }

    private ShellCommand ReadAndOr()
    {
        ShellCommand left = ReadPipeline();
        while (true)
        {
            _text.SkipBlanks();
            bool isAnd = _text.StartsWith("&&");
            if (!isAnd && !_text.StartsWith("||"))
            {
                return left;
            }
            _text.Take(2);
            SkipNewlines();
            left = new AndOr(left.Line, left, isAnd, ReadPipeline());
        }
    }

    private ShellCommand ReadPipeline()
    {
        bool isNegated = false;
        while (PeekReserved() == "!")
        {
            TakeReserved("!");
            isNegated = !isNegated;
        }
        List<ShellCommand> commands = [ReadCommand()];
        _text.SkipBlanks();
        while (_text.Peek() == '|' && !_text.StartsWith("||"))
        {
            _text.Take();
            SkipNewlines();
            commands.Add(ReadCommand());
            _text.SkipBlanks();
        }
        return commands.Count == 1 && !isNegated ? commands[0] : new Pipeline(commands[0].Line, commands, isNegated);
    }

    private ShellCommand ReadCommand()
    {
        _text.SkipBlanks();
        int line = _text.Line;
        if (_text.Peek() == '(')
        {
            _text.Take();
            CommandList body = ReadList();
            Expect(")");
            return new GroupCommand(line, body, IsSubshell: true, ReadRedirections());
        }
        ShellCommand? compound = PeekReserved() switch
        {
            "if" => ReadIf(),
            "for" => ReadFor(),
            "while" or "until" => ReadLoop(),
            "case" => ReadCase(),
            "{" => ReadGroup(),
            _ => null,
        };
        if (compound is null)
        {
            return ReadSimple();
        }
        List<Redirection> redirections = ReadRedirections();
        return redirections.Count == 0 ? compound : new GroupCommand(line, compound, IsSubshell: false, redirections);
    }

    private GroupCommand ReadGroup()
    {
        int line = _text.Line;
        TakeReserved("{");
        CommandList body = ReadList();
        TakeReserved("}");
        return new GroupCommand(line, body, IsSubshell: false, []);
    }

    private IfCommand ReadIf()
    {
        int line = _text.Line;
        List<(CommandList, CommandList)> branches = [];
        TakeReserved("if");
        do
        {
            if (branches.Count > 0)
            {
                TakeReserved("elif");
            }
            CommandList condition = ReadList();
            TakeReserved("then");
            branches.Add((condition, ReadList()));
        }
        while (PeekReserved() == "elif");
        CommandList? otherwise = null;
        if (PeekReserved() == "else")
        {
            TakeReserved("else");
            otherwise = ReadList();
        }
        TakeReserved("fi");
        return new IfCommand(line, branches, otherwise);
    }

    private ForCommand ReadFor()
    {
        int line = _text.Line;
        TakeReserved("for");
        _text.SkipBlanks();
        string name = _text.TakeName();
        SkipNewlines();
        List<ShellWord>? words = null;
        if (PeekReserved() == "in")
        {
            TakeReserved("in");
            words = [];
            _text.SkipBlanks();
            while (!IsEndOfCommand())
            {
                words.Add(ReadWord());
                _text.SkipBlanks();
            }
        }
        _text.SkipBlanks();
        if (_text.Peek() == ';')
        {
            _text.Take();
        }
        return new ForCommand(line, name, words, ReadDoGroup());
    }

    private LoopCommand ReadLoop()
    {
        int line = _text.Line;
        bool isUntil = PeekReserved() == "until";
        TakeReserved(isUntil ? "until" : "while");
        CommandList condition = ReadList();
        return new LoopCommand(line, condition, ReadDoGroup(), isUntil);
    }

    private CommandList ReadDoGroup()
    {
        SkipNewlines();
        TakeReserved("do");
        CommandList body = ReadList();
        TakeReserved("done");
        return body;
    }

    private CaseCommand ReadCase()
    {
        int line = _text.Line;
        TakeReserved("case");
        _text.SkipBlanks();
        ShellWord word = ReadWord();
        SkipNewlines();
        TakeReserved("in");
        SkipNewlines();
        List<(IReadOnlyList<ShellWord>, CommandList)> items = [];
        while (PeekReserved() != "esac")
        {
            if (_text.Peek() == '(')
            {
                _text.Take();
            }
            List<ShellWord> patterns = [];
            do
            {
                if (patterns.Count > 0)
                {
                    _text.Take();
                }
                _text.SkipBlanks();
                patterns.Add(ReadWord());
                _text.SkipBlanks();
            }
            while (_text.Peek() == '|');
            Expect(")");
            items.Add((patterns, ReadList()));
            if (_text.StartsWith(";;"))
            {
                _text.Take(2);
            }
            SkipNewlines();
        }
        TakeReserved("esac");
        return new CaseCommand(line, word, items);
    }

    private ShellCommand ReadSimple()
    {
        int line = _text.Line;
        List<(string, ShellWord)> assignments = [];
        List<ShellWord> words = [];
        List<Redirection> redirections = [];
        while (true)
        {
            _text.SkipBlanks();
            if (ReadRedirection() is Redirection redirection)
            {
                redirections.Add(redirection);
            }
            else if (IsEndOfCommand())
            {
                break;
            }
            else if (words.Count == 0 && _text.TryTakeAssignment(out string name))
            {
                assignments.Add((name, IsEndOfWord() ? new ShellWord([]) : ReadWord()));
            }
            else
            {
                words.Add(ReadWord());
                if (words is [{ Parts: [LiteralPart { IsQuoted: false } function] }] && assignments.Count == 0
                    && _text.TryTakeParentheses())
                {
                    SkipNewlines();
                    return new FunctionDefinition(line, function.Text, ReadCommand());
                }
            }
        }
        return words.Count + assignments.Count + redirections.Count > 0
            ? new SimpleCommand(line, assignments, words, redirections)
            : throw _text.Error(_text.IsAtEnd ? "it ends too early" : $"'{_text.Peek()}' is not expected");
    }

    private List<Redirection> ReadRedirections()
    {
        List<Redirection> redirections = [];
        _text.SkipBlanks();
        while (ReadRedirection() is Redirection redirection)
        {
            redirections.Add(redirection);
            _text.SkipBlanks();
        }
        return redirections;
    }

    private Redirection? ReadRedirection()
    {
        int digits = char.IsAsciiDigit(_text.Peek()) && _text.Peek(1) is '<' or '>' ? 1 : 0;
        if (_text.Peek(digits) is not ('<' or '>'))
        {
            return null;
        }
        int? descriptor = digits == 1 ? _text.Take() - '0' : null;
        string kind = s_redirections.First(_text.StartsWith);
        _text.Take(kind.Length);
        _text.SkipBlanks();
        if (kind is "<<" or "<<-")
        {
            return new Redirection(descriptor ?? 0, "<<", _text.ReadHereDocument(kind == "<<-", _depth));
        }
        ShellWord target = ReadWord();
        return kind == "<>" ? throw _text.Error("it opens a file for both") :
            new Redirection(descriptor ?? (kind[0] == '<' ? 0 : 1), kind == ">|" ? ">" : kind, target);
    }

    private ShellWord ReadWord() => _text.ReadWord(_depth);

    private bool IsEndOfWord() => _text.IsAtEnd || _text.Peek() is ' ' or '\t' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>';

    private bool IsEndOfCommand() => _text.IsAtEnd || _text.Peek() is '\n' or ';' or '&' or '|' or '(' or ')';

    private void SkipNewlines() => _text.SkipNewlines();

    private string? PeekReserved()
    {
        _text.SkipBlanks();
        return s_reserved.FirstOrDefault(_text.StartsWithWord);
    }

    private void TakeReserved(string word)
    {
        SkipNewlines();
        if (!_text.StartsWithWord(word))
        {
            throw _text.Error($"'{word}' is expected");
        }
        _text.Take(word.Length);
    }

    private void Expect(string mark)
    {
        SkipNewlines();
        if (!_text.StartsWith(mark))
        {
            throw _text.Error($"'{mark}' is expected");
        }
        _text.Take(mark.Length);
    }
}
