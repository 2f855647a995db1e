using System.Text;

namespace Strata.Composition.Scripts.Shell;

/// <summary>The characters of a script: blanks, comments, words, here-documents (XCU 2.2, 2.3, 2.6, 2.7.4).</summary>
/// <param name="text">The script.</param>
/// <param name="line">Number of its first line.</param>
internal sealed class ShellText(string text, int line)
{
    private static readonly string[] s_operators = [":-", ":=", ":+", ":?", "-", "=", "+", "?", "##", "#", "%%", "%"]; // the longest first

    private readonly List<(string End, bool IsPlain, bool StripsTabs, List<WordPart> Into, int Depth)> _hereDocuments = [];
    private int _at;

    /// <summary>Line of the next character.</summary>
    public int Line { get; private set; } = line;

    /// <summary>True behind the last character.</summary>
    public bool IsAtEnd => _at >= text.Length;

    /// <summary>A character ahead; NUL behind the end.</summary>
    public char Peek(int ahead = 0) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    /// <summary>Takes a character.</summary>
    public char Take()
    {
        char c = Peek();
        if (IsAtEnd)
        {
            return c;
        }
        _at++;
        if (c == '\n')
        {
            Line++;
            ReadPendingHereDocuments();
        }
        return c;
    }

    /// <summary>Takes several.</summary>
    public void Take(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Take();
        }
    }

    /// <summary>True when the text goes on with this.</summary>
    public bool StartsWith(string mark) => string.CompareOrdinal(text, _at, mark, 0, mark.Length) == 0;

    /// <summary>True when the text goes on with this as a word of its own.</summary>
    public bool StartsWithWord(string word) =>
        StartsWith(word)
        && Peek(word.Length) is '\0' or ' ' or '\t' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>';

    /// <summary>A fault at this place.</summary>
    public ShellSyntaxException Error(string problem) => new(Line, problem);

    /// <summary>Skips blanks, joined lines and a comment.</summary>
    public void SkipBlanks()
    {
        while (true)
        {
            if (Peek() is ' ' or '\t' or '\r')
            {
                Take();
            }
            else if (Peek() == '\\' && Peek(1) == '\n')
            {
                Take(2);
            }
            else
            {
                break;
            }
        }
        if (Peek() == '#' && (_at == 0 || text[_at - 1] is ' ' or '\t' or '\n' or ';' or '(' or ')' or '&' or '|'))
        {
            while (!IsAtEnd && Peek() != '\n')
            {
                Take();
            }
        }
    }

    /// <summary>Skips blanks, comments and ends of lines.</summary>
    public void SkipNewlines()
    {
        SkipBlanks();
        while (Peek() == '\n')
        {
            Take();
            SkipBlanks();
        }
    }

    /// <summary>Takes a name.</summary>
    public string TakeName()
    {
        int begin = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() == '_')
        {
            Take();
        }
        return _at > begin ? text[begin.._at] : throw Error("a name is expected");
    }

    /// <summary>Takes <c>NAME=</c>.</summary>
    public bool TryTakeAssignment(out string name)
    {
        int end = _at;
        while (end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] == '_' || (end > _at && char.IsAsciiDigit(text[end]))))
        {
            end++;
        }
        name = text[_at..end];
        if (end == _at || end >= text.Length || text[end] != '=')
        {
            return false;
        }
        Take(end + 1 - _at);
        return true;
    }

    /// <summary>Takes <c>()</c> of a function definition.</summary>
    public bool TryTakeParentheses()
    {
        int ahead = 0;
        while (Peek(ahead) is ' ' or '\t')
        {
            ahead++;
        }
        if (Peek(ahead) != '(' || Peek(ahead + 1) != ')')
        {
            return false;
        }
        Take(ahead + 2);
        return true;
    }

    /// <summary>Takes a word.</summary>
    public ShellWord ReadWord(int depth)
    {
        List<WordPart> parts = [];
        StringBuilder plain = new();
        int begin = _at;
        while (!IsAtEnd && Peek() is not (' ' or '\t' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>'))
        {
            switch (Peek())
            {
                case '\\':
                    Take();
                    Flush();
                    char escaped = Take();
                    if (escaped != '\n')
                    {
                        parts.Add(new LiteralPart(escaped.ToString(), IsQuoted: true));
                    }
                    break;
                case '\'':
                    Take();
                    Flush();
                    parts.Add(new LiteralPart(TakeUntil('\''), IsQuoted: true));
                    break;
                case '"':
                    Take();
                    Flush();
                    parts.Add(new LiteralPart("", IsQuoted: true)); // a field even when nothing is in it
                    ReadQuoted(parts, '"', depth);
                    break;
                case '$' or '`':
                    Flush();
                    ReadExpansion(parts, isQuoted: false, depth);
                    break;
                default:
                    plain.Append(Take());
                    break;
            }
        }
        Flush();
        return _at > begin ? new ShellWord(parts) : throw Error(IsAtEnd ? "it ends too early" : $"'{Peek()}' is not expected");

        void Flush()
        {
            if (plain.Length > 0)
            {
                parts.Add(new LiteralPart(plain.ToString(), IsQuoted: false));
                plain.Clear();
            }
        }
    }

    /// <summary>Takes the word that ends a here-document, whose text follows after the end of the line.</summary>
    public ShellWord ReadHereDocument(bool stripsTabs, int depth)
    {
        ShellWord end = ReadWord(depth);
        string name = string.Concat(end.Parts.Select(p => p is LiteralPart l ? l.Text
            : throw Error("a here-document ends at an expansion")));
        List<WordPart> into = [];
        _hereDocuments.Add((name, end.Parts.Any(p => p.IsQuoted), stripsTabs, into, depth));
        return new ShellWord(into);
    }

    private void ReadPendingHereDocuments()
    {
        List<(string End, bool IsPlain, bool StripsTabs, List<WordPart> Into, int Depth)> pending = [.. _hereDocuments];
        _hereDocuments.Clear();
        foreach ((string end, bool isPlain, bool stripsTabs, List<WordPart> into, int depth) in pending)
        {
            StringBuilder document = new();
            int first = Line;
            while (true)
            {
                if (IsAtEnd)
                {
                    throw new ShellSyntaxException(first, $"a here-document has no end '{end}'");
                }
                int newline = text.IndexOf('\n', _at);
                string whole = newline < 0 ? text[_at..] : text[_at..newline];
                string shown = stripsTabs ? whole.TrimStart('\t') : whole;
                _at = newline < 0 ? text.Length : newline + 1;
                Line++;
                if (shown == end)
                {
                    break;
                }
                document.Append(shown).Append('\n');
            }
            into.Add(new LiteralPart("", IsQuoted: true));
            if (isPlain)
            {
                into.Add(new LiteralPart(document.ToString(), IsQuoted: true));
            }
            else
            {
                new ShellText(document.ToString(), first).ReadQuoted(into, '\0', depth);
            }
        }
    }

    // inside double quotes, or in a here-document, where a quote is none
    private void ReadQuoted(List<WordPart> parts, char end, int depth)
    {
        StringBuilder plain = new();
        int first = Line;
        while (end == '\0' ? !IsAtEnd : Peek() != end)
        {
            if (IsAtEnd)
            {
                throw new ShellSyntaxException(first, "a quote has no end");
            }
            if (Peek() == '\\' && (Peek(1) is '$' or '`' or '\\' or '\n' || (end == '"' && Peek(1) == '"')))
            {
                Take();
                char escaped = Take();
                plain.Append(escaped == '\n' ? "" : escaped.ToString());
            }
            else if (Peek() is '$' or '`')
            {
                Flush();
                ReadExpansion(parts, isQuoted: true, depth);
            }
            else
            {
                plain.Append(Take());
            }
        }
        Flush();
        if (end != '\0')
        {
            Take();
        }

        void Flush()
        {
            if (plain.Length > 0)
            {
                parts.Add(new LiteralPart(plain.ToString(), IsQuoted: true));
                plain.Clear();
            }
        }
    }

    private void ReadExpansion(List<WordPart> parts, bool isQuoted, int depth)
    {
        if (Take() == '`')
        {
            int first = Line;
            StringBuilder inner = new();
            while (Peek() != '`')
            {
                if (IsAtEnd)
                {
                    throw new ShellSyntaxException(first, "a backquote has no end");
                }
                if (Peek() == '\\' && (Peek(1) is '$' or '`' or '\\' || (isQuoted && Peek(1) == '"')))
                {
                    Take();
                }
                inner.Append(Take());
            }
            Take();
            parts.Add(new SubstitutionPart(ShellParser.Parse(new ShellText(inner.ToString(), first), depth), isQuoted));
        }
        else if (StartsWith("(("))
        {
            TakeBalanced();
            parts.Add(new ArithmeticPart(isQuoted));
        }
        else if (Peek() == '(')
        {
            int first = Line;
            string inner = TakeBalanced();
            parts.Add(new SubstitutionPart(ShellParser.Parse(new ShellText(inner, first), depth), isQuoted));
        }
        else if (Peek() == '{')
        {
            Take();
            ReadParameter(parts, isQuoted, depth);
        }
        else if (char.IsAsciiLetter(Peek()) || Peek() == '_')
        {
            parts.Add(new ParameterPart(TakeName(), "", null, isQuoted));
        }
        else if (char.IsAsciiDigit(Peek()) || Peek() is '@' or '*' or '#' or '?' or '$' or '!' or '-')
        {
            parts.Add(new ParameterPart(Take().ToString(), "", null, isQuoted));
        }
        else
        {
            parts.Add(new LiteralPart("$", isQuoted));
        }
    }

    private void ReadParameter(List<WordPart> parts, bool isQuoted, int depth)
    {
        if (Peek() == '#' && Peek(1) != '}')
        {
            Take();
            parts.Add(new ParameterPart(TakeName(), "length", null, isQuoted));
            _ = Take() == '}' ? true : throw Error("'}' is expected");
            return;
        }
        string name = char.IsAsciiLetterOrDigit(Peek()) || Peek() == '_' ? TakeName() : Take().ToString();
        if (Peek() == '}')
        {
            Take();
            parts.Add(new ParameterPart(name, "", null, isQuoted));
            return;
        }
        string kind = s_operators.FirstOrDefault(StartsWith)
            ?? throw Error($"${{{name}{Peek()}…}} is not of POSIX");
        Take(kind.Length);
        // up to the brace that closes it, with everything a word may have
        int first = Line;
        string inner = TakeUntilBrace();
        List<WordPart> argument = [];
        if (isQuoted && kind[0] is not ('#' or '%'))
        {
            new ShellText(inner, first).ReadQuoted(argument, '\0', depth);
        }
        else
        {
            argument.AddRange(new ShellText(inner, first).ReadWholeWord(depth));
        }
        parts.Add(new ParameterPart(name, kind, new ShellWord(argument), isQuoted));
    }

    // a word in which blanks are no end: that of ${NAME:-a b}
    private List<WordPart> ReadWholeWord(int depth)
    {
        List<WordPart> parts = [];
        while (!IsAtEnd)
        {
            if (Peek() is ' ' or '\t' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>')
            {
                parts.Add(new LiteralPart(Take().ToString(), IsQuoted: false));
            }
            else
            {
                parts.AddRange(ReadWord(depth).Parts);
            }
        }
        return parts;
    }

    private string TakeUntilBrace()
    {
        int begin = _at;
        int first = Line;
        for (int open = 0; ;)
        {
            switch (IsAtEnd ? '\0' : Peek())
            {
                case '\0':
                    throw new ShellSyntaxException(first, "a brace has no end");
                case '\\':
                    Take(2);
                    break;
                case '\'':
                    Take();
                    TakeUntil('\'');
                    break;
                case '{':
                    Take();
                    open++;
                    break;
                case '}' when open-- == 0:
                    string inner = text[begin.._at];
                    Take();
                    return inner;
                default:
                    Take();
                    break;
            }
        }
    }

    // behind "(": what is within, quotes respected
    private string TakeBalanced()
    {
        int first = Line;
        Take();
        int begin = _at;
        for (int open = 1; ;)
        {
            switch (IsAtEnd ? '\0' : Peek())
            {
                case '\0':
                    throw new ShellSyntaxException(first, "a parenthesis has no end");
                case '\\':
                    Take(2);
                    break;
                case '\'':
                    Take();
                    TakeUntil('\'');
                    break;
                case '"':
                    SkipDoubleQuotes(first);
                    break;
                case '(':
                    Take();
                    open++;
                    break;
                case ')' when --open == 0:
                    string inner = text[begin.._at];
                    Take();
                    return inner;
                default:
                    Take();
                    break;
            }
        }
    }

    private void SkipDoubleQuotes(int first)
    {
        Take();
        while (Peek() != '"')
        {
            if (IsAtEnd)
            {
                throw new ShellSyntaxException(first, "a quote has no end");
            }
            if (Peek() == '$' && Peek(1) == '(')
            {
                Take();
                TakeBalanced();
                continue;
            }
            Take(Peek() == '\\' ? 2 : 1);
        }
        Take();
    }

    private string TakeUntil(char end)
    {
        int begin = _at;
        int first = Line;
        while (Peek() != end)
        {
            if (IsAtEnd)
            {
                throw new ShellSyntaxException(first, "a quote has no end");
            }
            Take();
        }
        string inner = text[begin.._at];
        Take();
        return inner;
    }
}
