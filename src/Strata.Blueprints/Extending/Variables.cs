using System.Text;
using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Extending;

/// <summary>
/// The variables of a blueprint and of those it extends: declared below <c>variables:</c>, given values, and put in place of
/// <c>${NAME}</c>.
/// </summary>
/// <remarks>
/// A value is a text and stays one: it is put in after the YAML was read, is not read as YAML and not looked through for variables.
/// Limits: 256 variables, 4,096 characters a value, 1 Mi characters of texts with values in them.
/// </remarks>
internal sealed partial class Variables
{
    private const int Most = 256;
    private const int LongestValue = 4096;
    private const int LongestPattern = 200;
    private const int LongestShown = 40;
    private const RegexOptions Options = // time in proportion to the text, whatever somebody else wrote
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private const string Literal = "'$${' writes '${' itself";

    // read before variables have values, or what gives them
    private static readonly string[] s_untouched = ["extends", "variables", "set"];

    private readonly FaultList _faults;
    private readonly Dictionary<string, Declaration> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private long _characters;

    private Variables(FaultList faults) => _faults = faults;

    /// <summary>What has a value, as lines in an order that depends on nothing else; for digests.</summary>
    public IEnumerable<string> Lines => _values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}\0{v.Value}\0");

    /// <summary>Puts values into editions.</summary>
    /// <param name="levels">An edition, the one it extends, and so on.</param>
    /// <param name="given">Values that count before those that the editions say.</param>
    /// <param name="faults">Where mistakes go.</param>
    /// <param name="variables">The variables, with their values.</param>
    /// <returns>The editions; a text with a mistake stays as it is.</returns>
    public static IReadOnlyList<EditionLevel> Apply(
        IReadOnlyList<EditionLevel> levels, VariableValues given, FaultList faults, out Variables variables)
    {
        variables = new Variables(faults);
        foreach (EditionLevel level in levels.Reverse()) // what is extended comes first
        {
            MappingReader reader = new(level.Mapping, faults);
            variables.ReadSettings(reader);
            variables.ReadDeclarations(reader);
        }
        foreach ((YamlScalar name, YamlScalar value) in given.Items)
        {
            variables.Give(name, value, variables._declared.Keys);
        }
        variables.CheckGiven();
        List<EditionLevel> done = [];
        foreach (EditionLevel level in levels)
        {
            done.Add(level with { Mapping = variables.In(level.Mapping, isTop: true) });
        }
        variables.CheckUsed();
        return done;
    }

    /// <summary>A value that stands in a file; null, and a fault, when it is none.</summary>
    public static YamlScalar? ToText(YamlScalar name, YamlValue value, FaultList faults)
    {
        if (value is YamlScalar text && value is not YamlScalar { IsPlain: true, Text: "" })
        {
            return text;
        }
        faults.Add(value, $"the value of '{name.Text}' is {value.Kind}; expected a text, \"\" for an empty one");
        return null;
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    private void ReadDeclarations(MappingReader reader)
    {
        foreach ((YamlScalar name, YamlValue value) in reader.Pairs("variables"))
        {
            if (!NamePattern().IsMatch(name.Text))
            {
                _faults.Add(name, $"'{name.Text}' is no name of a variable; expected lower-case letters, digits and dashes");
            }
            else if (_declared.TryGetValue(name.Text, out Declaration? other))
            {
                _faults.Add(
                    name,
                    $"variable '{name.Text}' is declared in {other.Name.File} already; 'set: {{{name.Text}: …}}' gives it a value here");
            }
            else if (_declared.Count == Most)
            {
                _faults.Add(name, $"more than {Most} variables");
                return;
            }
            else if (Declare(name, value) is Declaration declaration)
            {
                _declared.Add(name.Text, declaration);
                if (declaration.Otherwise is YamlScalar otherwise)
                {
                    Give(name, otherwise, [name.Text]);
                }
            }
        }
    }

    // a text alone is what it has when nobody says otherwise
    private Declaration? Declare(YamlScalar name, YamlValue value)
    {
        if (value is YamlScalar text && value is not YamlScalar { IsPlain: true, Text: "" })
        {
            return new Declaration(name, text, "", null);
        }
        if (MappingReader.Of(value, $"variable '{name.Text}'", _faults) is not MappingReader reader)
        {
            return null;
        }
        Declaration declaration = new(name, reader.Scalar("default"), reader.Text("description") ?? "", ReadPattern(reader));
        reader.Done();
        return declaration;
    }

    private Regex? ReadPattern(MappingReader reader)
    {
        if (reader.Scalar("matches") is not YamlScalar pattern)
        {
            return null;
        }
        if (pattern.Text.Length is 0 or > LongestPattern)
        {
            _faults.Add(pattern, $"'matches' has {pattern.Text.Length} characters; expected 1 to {LongestPattern}");
            return null;
        }
        try
        {
            _ = new Regex(pattern.Text, Options); // alone, as a ')' of its own would end the group
            return new Regex($@"\A(?:{pattern.Text})\z", Options, TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            _faults.Add(pattern, $"'matches' is no regular expression that can be used: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
            return null;
        }
    }

    // what an edition sets was declared by one that it extends; what it declares itself has its value there
    private void ReadSettings(MappingReader reader)
    {
        string[] below = [.. _declared.Keys];
        IReadOnlyList<(YamlScalar Key, YamlValue Value)> own = reader.Pairs("variables");
        foreach ((YamlScalar name, YamlValue value) in reader.Pairs("set"))
        {
            if (own.Any(o => o.Key.Text == name.Text))
            {
                _faults.Add(name, $"variable '{name.Text}' is declared in this file; its value belongs there, as 'default'");
            }
            else if (ToText(name, value, _faults) is YamlScalar text)
            {
                Give(name, text, below);
            }
        }
    }

    private void Give(YamlScalar name, YamlScalar value, IEnumerable<string> known)
    {
        if (!known.Contains(name.Text, StringComparer.Ordinal))
        {
            _faults.Add(name, Unknown(name.Text, known));
            return;
        }
        _values[name.Text] = value.Text; // of several the last counts, and each has to be one that it may have
        string? problem = value.Text.Length > LongestValue ? $"it has {value.Text.Length} characters, at most {LongestValue} are allowed"
            : value.Text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? "it has a control character"
            : value.Text.Contains("${", StringComparison.Ordinal) ? "it has '${', and values are not looked through for variables"
            : null;
        if (problem is not null)
        {
            _faults.Add(value, $"variable '{name.Text}' cannot have this value: {problem}");
        }
        else if (_declared.TryGetValue(name.Text, out Declaration? declaration))
        {
            CheckMatch(declaration, value);
        }
    }

    private void CheckMatch(Declaration declaration, YamlScalar value)
    {
        bool isMatch;
        try
        {
            isMatch = declaration.Pattern?.IsMatch(value.Text) ?? true;
        }
        catch (RegexMatchTimeoutException)
        {
            isMatch = false;
        }
        if (!isMatch)
        {
            string pattern = declaration.Pattern!.ToString()[@"\A(?:".Length..^@")\z".Length];
            _faults.Add(
                value,
                $"{declaration} cannot be '{Shortened(value.Text)}': {declaration.Name.File} wants it to match {pattern}");
        }
    }

    private void CheckGiven()
    {
        foreach (Declaration missing in _declared.Values.Where(d => !_values.ContainsKey(d.Name.Text)))
        {
            string name = missing.Name.Text;
            _faults.Add(
                missing.Name,
                $"{missing} has no value; expected '--set {name}=…', 'set: {{{name}: …}}' in an edition that extends "
                + "this one, or a 'default'");
        }
    }

    private void CheckUsed()
    {
        foreach (Declaration unused in _declared.Values.Where(d => !_used.Contains(d.Name.Text)))
        {
            _faults.Add(unused.Name, $"variable '{unused.Name.Text}' is used nowhere; expected '${{{unused.Name.Text}}}' in a text");
        }
    }

    private YamlMapping In(YamlMapping mapping, bool isTop)
    {
        List<(YamlScalar, YamlValue)> items = [];
        foreach ((YamlScalar key, YamlValue value) in mapping.Items)
        {
            if (key.Text.Contains("${", StringComparison.Ordinal))
            {
                _faults.Add(key, $"'{Shortened(key.Text)}' is a key, and variables stand in texts only");
            }
            items.Add((key, isTop && s_untouched.Contains(key.Text) ? value : In(value)));
        }
        return mapping with { Items = items };
    }

    private YamlValue In(YamlValue value) => value switch
    {
        YamlScalar scalar => In(scalar),
        YamlSequence sequence => sequence with { Items = [.. sequence.Items.Select(In)] },
        YamlMapping mapping => In(mapping, isTop: false),
        _ => value,
    };

    private YamlScalar In(YamlScalar scalar)
    {
        string text = scalar.Text;
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            return scalar;
        }
        StringBuilder filled = new();
        for (int at = 0; at < text.Length;)
        {
            if (_characters + filled.Length > YamlLimits.Standard.MaxCharacters)
            {
                _faults.Add(
                    scalar, $"with values of variables in them, texts have more than {YamlLimits.Standard.MaxCharacters} characters");
                return scalar;
            }
            ReadOnlySpan<char> rest = text.AsSpan(at);
            if (rest.StartsWith("$${"))
            {
                filled.Append("${");
                at += 3;
            }
            else if (!rest.StartsWith("${"))
            {
                filled.Append(text[at++]);
            }
            else if (ValueAt(scalar, at, out int length) is string value)
            {
                filled.Append(value);
                at += length;
            }
            else
            {
                return scalar;
            }
        }
        _characters += filled.Length;
        return scalar with { Text = filled.ToString(), IsPlain = false }; // also an empty one is a text
    }

    private string? ValueAt(YamlScalar scalar, int at, out int length)
    {
        string text = scalar.Text;
        int end = text.IndexOf('}', at);
        string name = end < 0 ? "" : text[(at + 2)..end];
        length = end - at + 1;
        int line = text.AsSpan(0, at).Count('\n') + 1;
        string where = text.Contains('\n', StringComparison.Ordinal) ? $" (line {line} of the text)" : "";
        if (!NamePattern().IsMatch(name))
        {
            string found = Shortened(text[at..(end < 0 ? text.Length : end + 1)]);
            _faults.Add(scalar, $"'{found}' names no variable{where}; expected such as ${{site}}, and {Literal}");
            return null;
        }
        if (!_declared.ContainsKey(name))
        {
            _faults.Add(scalar, $"{Unknown(name, _declared.Keys)}{where}; {Literal}");
            return null;
        }
        _used.Add(name);
        return _values.GetValueOrDefault(name); // without one it has its fault already
    }

    private static string Unknown(string name, IEnumerable<string> known)
    {
        string suggestion = NearMiss.Suggestion(name, known);
        string all = suggestion.Length > 0 ? suggestion
            : known.Any() ? $"; known here: {string.Join(", ", known.Order(StringComparer.Ordinal))}" : "; none is declared";
        return $"unknown variable '{Shortened(name)}'{all}";
    }

    private static string Shortened(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= LongestShown ? line : line[..LongestShown] + "…";
    }

    /// <param name="Name">Where it is declared.</param>
    /// <param name="Otherwise">What it has when nobody says otherwise; null when somebody must.</param>
    /// <param name="Description">What it is, for people.</param>
    /// <param name="Pattern">What a value has to match as a whole; null for anything.</param>
    private sealed record Declaration(YamlScalar Name, YamlScalar? Otherwise, string Description, Regex? Pattern)
    {
        public override string ToString() =>
            $"variable '{Name.Text}'{(Description.Length > 0 ? $" ({Description.ReplaceLineEndings(" ")})" : "")}";
    }
}
