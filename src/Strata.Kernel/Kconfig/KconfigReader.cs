using Strata.Core;

namespace Strata.Kernel.Kconfig;

/// <summary>
/// Reads the Kconfig files of a kernel's source (Documentation/kbuild/kconfig-language.rst): what can be chosen, what it depends on, who
/// selects it.
/// </summary>
/// <remarks>Calls of the preprocessor are kept as text and taken to hold: only the build itself knows what a compiler can do.</remarks>
public sealed class KconfigReader
{
    private const int MostFiles = 20_000;
    private const int MostNesting = 256;
    private const int MostInclusions = 64;

    private readonly string _source;
    private readonly string _architecture;
    private readonly SortedDictionary<string, KconfigSymbol> _symbols = new(StringComparer.Ordinal);
    private readonly List<Scope> _scopes = [];
    private int _files;
    private int _depth;
    private bool _pendingComment; // what follows a 'comment' is its own, not its menu's

    private KconfigReader(string source, string architecture)
    {
        _source = source;
        _architecture = architecture;
    }

    /// <summary>Reads everything.</summary>
    /// <param name="source">Root of the kernel's source.</param>
    /// <param name="architecture">What the source calls the architecture's folder: <c>x86</c>, <c>arm64</c>.</param>
    /// <exception cref="StrataException">A file is missing or not Kconfig.</exception>
    public static KconfigTree Read(string source, string architecture)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(architecture);
        KconfigReader reader = new(source, architecture);
        reader.ReadFile("Kconfig");
        return new KconfigTree(reader._symbols);
    }

    /// <summary>A <c>menu</c>, <c>choice</c> or <c>if</c> that is open.</summary>
    private sealed class Scope(string kind)
    {
        public string Kind { get; } = kind;

        public KconfigExpression? Condition { get; set; }

        public KconfigChoice? Choice { get; init; }
    }

    private void ReadFile(string name)
    {
        if (++_depth > MostInclusions)
        {
            throw new StrataException($"cannot read {name} of the kernel's source: files take each other in more than {MostInclusions} deep");
        }
        if (++_files > MostFiles)
        {
            throw new StrataException($"cannot read the Kconfig files of the kernel's source: there are more than {MostFiles}");
        }
        string path = Path.GetFullPath(Path.Combine(_source, name));
        if (!path.StartsWith(Path.GetFullPath(_source) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new StrataException($"cannot read {name} of the kernel's source: it lies outside");
        }
        List<KconfigLine> lines = KconfigLines.Of(path, name);
        KconfigDefinition? definition = null;
        KconfigSymbol? symbol = null;
        for (int i = 0; i < lines.Count; i++)
        {
            KconfigLine line = lines[i];
            if (line.Text.Length == 0 || line.Text[0] == '#')
            {
                continue;
            }
            string place = $"{name}:{line.Number}";
            string keyword = KeywordOf(line.Text);
            if (keyword is "help" or "---help---")
            {
                string help = ReadHelp(lines, ref i);
                if (definition is not null)
                {
                    definition.Help = help;
                }
                continue;
            }
            if (IsAssignment(line.Text))
            {
                continue; // a variable of the preprocessor
            }
            List<KconfigToken> tokens = KconfigTokens.Of(line.Text, place);
            switch (keyword)
            {
                case "config" or "menuconfig":
                    (symbol, definition) = Define(tokens, name, line.Number, place);
                    break;
                case "menu" or "choice" or "if":
                    Open(keyword, tokens, place);
                    (symbol, definition) = (null, null);
                    break;
                case "endmenu" or "endchoice" or "endif":
                    Close(keyword[3..], place);
                    (symbol, definition) = (null, null);
                    break;
                case "comment" or "mainmenu":
                    (symbol, definition) = (null, null);
                    _pendingComment = keyword == "comment";
                    continue;
                case "source":
                    ReadFile(Expand(tokens.Count > 1 ? tokens[1].Value : "", place));
                    (symbol, definition) = (null, null);
                    break;
                default:
                    if (definition is not null && symbol is not null)
                    {
                        KconfigAttributes.Apply(symbol, definition, tokens, place);
                    }
                    else if (!_pendingComment)
                    {
                        ApplyToScope(tokens, place);
                    }
                    continue;
            }
            _pendingComment = false;
        }
        _depth--;
    }

    private static string KeywordOf(string text)
    {
        int end = 0;
        while (end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] is '_' or '-'))
        {
            end++;
        }
        return text[..end];
    }

    // "name := value" and the like; attributes never have an assignment as their second word
    private static bool IsAssignment(string text)
    {
        string name = KeywordOf(text);
        string rest = text[name.Length..].TrimStart();
        return name.Length > 0 && (rest.StartsWith(":=", StringComparison.Ordinal) || rest.StartsWith("+=", StringComparison.Ordinal)
            || (rest.StartsWith('=') && !rest.StartsWith("==", StringComparison.Ordinal)))
            || text.StartsWith("$(", StringComparison.Ordinal);
    }

    private static string ReadHelp(List<KconfigLine> lines, ref int i)
    {
        int first = i + 1;
        while (first < lines.Count && lines[first].Text.Length == 0)
        {
            first++;
        }
        if (first >= lines.Count || lines[first].Indent == 0)
        {
            return "";
        }
        int indent = lines[first].Indent;
        int last = first;
        int next = first;
        for (; next < lines.Count && (lines[next].Text.Length == 0 || lines[next].Indent >= indent); next++)
        {
            last = lines[next].Text.Length == 0 ? last : next;
        }
        i = next - 1;
        return string.Join('\n', lines[first..(last + 1)].Select(l => l.Text));
    }

    private (KconfigSymbol Symbol, KconfigDefinition Definition) Define(List<KconfigToken> tokens, string file, int line, string place)
    {
        if (tokens.Count < 2 || tokens[1].Kind != KconfigTokenKind.Word)
        {
            throw new StrataException($"cannot read {place} of the kernel's source: 'config' has no name");
        }
        string name = tokens[1].Value;
        if (!_symbols.TryGetValue(name, out KconfigSymbol? symbol))
        {
            _symbols.Add(name, symbol = new KconfigSymbol(name));
        }
        KconfigExpression? around = null;
        foreach (Scope scope in _scopes)
        {
            around = KconfigExpression.And(around, scope.Condition);
        }
        KconfigChoice? choice = _scopes.FindLast(s => s.Choice is not null)?.Choice;
        choice?.MemberList.Add(name);
        KconfigDefinition definition = new(file, line) { DependsOn = around, Choice = choice };
        symbol.DefinitionList.Add(definition);
        if (choice is not null && symbol.Type == KconfigType.Unknown)
        {
            symbol.Type = KconfigType.Bool;
        }
        return (symbol, definition);
    }

    private void Open(string kind, List<KconfigToken> tokens, string place)
    {
        if (_scopes.Count >= MostNesting)
        {
            throw new StrataException($"cannot read {place} of the kernel's source: menus nest deeper than {MostNesting}");
        }
        Scope scope = new(kind) { Choice = kind == "choice" ? new KconfigChoice() : null };
        if (kind == "if")
        {
            scope.Condition = new KconfigExpressionParser(tokens, place).From(1).Read();
        }
        _scopes.Add(scope);
    }

    private void Close(string kind, string place)
    {
        if (_scopes.Count == 0 || _scopes[^1].Kind != kind)
        {
            throw new StrataException($"cannot read {place} of the kernel's source: 'end{kind}' closes nothing");
        }
        _scopes.RemoveAt(_scopes.Count - 1);
    }

    private void ApplyToScope(List<KconfigToken> tokens, string place)
    {
        if (_scopes.Count == 0 || tokens.Count == 0)
        {
            return;
        }
        Scope scope = _scopes[^1];
        switch (tokens[0].Value)
        {
            case "depends":
                scope.Condition = KconfigExpression.And(scope.Condition, new KconfigExpressionParser(tokens, place).From(2).Read());
                break;
            case "prompt" or "bool" or "tristate" when scope.Choice is not null && tokens.Count > 1:
                scope.Choice.Prompt = tokens[1].Value;
                break;
        }
    }

    private string Expand(string path, string place)
    {
        string expanded = path
            .Replace("$(SRCARCH)", _architecture, StringComparison.Ordinal)
            .Replace("$SRCARCH", _architecture, StringComparison.Ordinal)
            .Replace("$(HEADER_ARCH)", _architecture, StringComparison.Ordinal);
        return expanded.Length > 0 && !expanded.Contains('$', StringComparison.Ordinal)
            ? expanded
            : throw new StrataException($"cannot read {place} of the kernel's source: it takes in '{path}', which names no file");
    }
}
