using System.Text;

namespace Strata.Composition.Scripts.Shell;

/// <summary>Turns words into fields (XCU 2.6). A text of null is one that only a running machine would know.</summary>
/// <param name="state">Has the variables.</param>
/// <param name="substitute">Runs the commands of a substitution and gives what they write.</param>
internal sealed class Expansion(ShellState state, Func<CommandList, string?> substitute)
{
    /// <summary>Fields of several words: split where unquoted, names looked up where there are patterns.</summary>
    public List<string?> Fields(IEnumerable<ShellWord> words)
    {
        List<string?> fields = [];
        foreach (ShellWord word in words)
        {
            if (state.Parameters.Count == 0 && IsAllParameters(word))
            {
                continue; // "$@" is nothing then, and not the empty text
            }
            FieldBuilder builder = new(fields, state);
            foreach (WordPart part in word.Parts)
            {
                Add(builder, part);
            }
            builder.End();
        }
        return fields;
    }

    private static bool IsAllParameters(ShellWord word) =>
        word.Parts.Any(p => p is ParameterPart)
        && word.Parts.All(p => p is ParameterPart { Name: "@", Operator: "" } or LiteralPart { Text: "" });

    /// <summary>One text, neither split nor looked up: what stands behind <c>=</c>, <c>case</c> and <c>&gt;</c>.</summary>
    public string? Text(ShellWord word)
    {
        StringBuilder text = new();
        foreach (WordPart part in word.Parts)
        {
            if (Value(part) is not string value)
            {
                return null;
            }
            text.Append(value);
        }
        return text.ToString();
    }

    /// <summary>A pattern in which quoted characters stand for themselves; null when it is not known.</summary>
    public string? Pattern(ShellWord word)
    {
        StringBuilder pattern = new();
        foreach (WordPart part in word.Parts)
        {
            if (Value(part) is not string value)
            {
                return null;
            }
            pattern.Append(part.IsQuoted ? ShellPattern.Escape(value) : value);
        }
        return pattern.ToString();
    }

    private void Add(FieldBuilder builder, WordPart part)
    {
        if (part is ParameterPart { Name: "@" or "*", Operator: "" } all)
        {
            builder.AddAll(state.Parameters, all.IsQuoted, all.Name == "*");
        }
        else if (part is LiteralPart literal)
        {
            builder.AddLiteral(literal.Text, literal.IsQuoted);
        }
        else if (part is ParameterPart { IsQuoted: false, Operator: ":-" or "-" or ":+" or "+" } optional
            && Chosen(optional) is ShellWord word)
        {
            foreach (WordPart inner in word.Parts)
            {
                if (inner is LiteralPart { IsQuoted: false } text)
                {
                    builder.AddValue(text.Text, isQuoted: false); // its blanks are of the expansion, which is split
                }
                else
                {
                    Add(builder, inner);
                }
            }
        }
        else
        {
            builder.AddValue(Value(part), part.IsQuoted);
        }
    }

    // the word of ${NAME:-WORD} when that is what counts
    private ShellWord? Chosen(ParameterPart part)
    {
        bool isSet = state.TryGet(part.Name, out string? value) && (part.Operator[0] != ':' || value is not "");
        bool takesWord = part.Operator.EndsWith('+') ? isSet : !isSet;
        return takesWord ? part.Argument : null;
    }

    private string? Value(WordPart part) => part switch
    {
        LiteralPart literal => literal.Text,
        SubstitutionPart substitution => substitute(substitution.Commands)?.TrimEnd('\n'),
        ParameterPart parameter => Value(parameter),
        _ => null,
    };

    private string? Value(ParameterPart part)
    {
        bool isThere = state.TryGet(part.Name, out string? value);
        if (part.Operator.Length == 0)
        {
            return isThere ? value : "";
        }
        if (isThere && value is null)
        {
            return null;
        }
        bool isSet = isThere && (part.Operator[0] != ':' || value is not "");
        switch (part.Operator)
        {
            case "length":
                return (value ?? "").Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
            case ":-" or "-":
                return isSet ? value : Text(part.Argument!);
            case ":+" or "+":
                return isSet ? Text(part.Argument!) : "";
            case ":=" or "=":
                if (!isSet)
                {
                    value = Text(part.Argument!);
                    state.Variables[part.Name] = value;
                }
                return value;
            case ":?" or "?":
                return isSet ? value : throw new ScriptExitException(1);
            default:
                return Pattern(part.Argument!) is string pattern ? Cut(value ?? "", pattern, part.Operator) : null;
        }
    }

    private static string Cut(string value, string pattern, string kind)
    {
        Func<string, bool> matches = ShellPattern.Matcher(pattern);
        IEnumerable<int> lengths = Enumerable.Range(0, value.Length + 1);
        foreach (int length in kind.Length == 1 ? lengths : lengths.Reverse())
        {
            if (kind[0] == '#' && matches(value[..length]))
            {
                return value[length..];
            }
            if (kind[0] == '%' && matches(value[^length..]))
            {
                return value[..^length];
            }
        }
        return value;
    }

    /// <summary>The fields that come of one word.</summary>
    private sealed class FieldBuilder(List<string?> fields, ShellState state)
    {
        private readonly StringBuilder _text = new();
        private readonly StringBuilder _pattern = new();
        private bool _isField;
        private bool _isUnknown;
        private bool _isPattern;

        private string Separators => state.Variables.TryGetValue("IFS", out string? ifs) ? ifs ?? " \t\n" : " \t\n";

        public void AddLiteral(string text, bool isQuoted)
        {
            _isField = true;
            _text.Append(text);
            _pattern.Append(isQuoted ? ShellPattern.Escape(text) : text);
            _isPattern |= !isQuoted && text.AsSpan().IndexOfAny("*?[") >= 0;
        }

        public void AddValue(string? value, bool isQuoted)
        {
            if (value is null)
            {
                (_isField, _isUnknown) = (true, true);
            }
            else if (isQuoted)
            {
                AddLiteral(value, isQuoted: true);
            }
            else
            {
                AddSplit(value);
            }
        }

        public void AddAll(IReadOnlyList<string?> values, bool isQuoted, bool isJoined)
        {
            for (int i = 0; i < values.Count; i++)
            {
                if (i > 0 && isQuoted && isJoined)
                {
                    AddLiteral(Separators is [char first, ..] ? first.ToString() : "", isQuoted: true);
                }
                else if (i > 0)
                {
                    End();
                }
                AddValue(values[i], isQuoted);
            }
        }

        public void End()
        {
            if (_isField)
            {
                IReadOnlyList<string> found = _isPattern && !_isUnknown ? state.Files.Matching(_pattern.ToString(), state.Folder) : [];
                if (found.Count > 0)
                {
                    fields.AddRange(found);
                }
                else
                {
                    fields.Add(_isUnknown ? null : _text.ToString());
                }
            }
            _text.Clear();
            _pattern.Clear();
            (_isField, _isUnknown, _isPattern) = (false, false, false);
        }

        private void AddSplit(string value)
        {
            string separators = Separators;
            bool isBehindBlank = false;
            foreach (char c in value)
            {
                if (!separators.Contains(c, StringComparison.Ordinal))
                {
                    AddLiteral(c.ToString(), isQuoted: false);
                    isBehindBlank = false;
                }
                else if (_isField)
                {
                    End();
                    isBehindBlank = c is ' ' or '\t' or '\n';
                }
                else if (c is not (' ' or '\t' or '\n') && !isBehindBlank)
                {
                    fields.Add(""); // between two separators that are no blanks (XCU 2.6.5)
                }
                else
                {
                    isBehindBlank &= c is ' ' or '\t' or '\n';
                }
            }
        }
    }
}
