using System.Globalization;
using System.Text;
using Strata.Yaml;

namespace Strata.Settings.Merging;

/// <summary>Writes words as YAML again, in the form in which a file of its own has them: what later moments find in an image.</summary>
public sealed class WordsText
{
    private readonly bool _keepsPasswords;

    private WordsText(bool keepsPasswords) => _keepsPasswords = keepsPasswords;

    /// <summary>Everything but hashes of passwords, which stand in <c>/etc/shadow</c> alone.</summary>
    public static string Of(YamlMapping words) => new WordsText(keepsPasswords: false).Written(words);

    /// <summary>Everything, for a file that root alone may read.</summary>
    public static string WithPasswords(YamlMapping words) => new WordsText(keepsPasswords: true).Written(words);

    private string Written(YamlMapping words)
    {
        ArgumentNullException.ThrowIfNull(words);
        StringBuilder text = new();
        Write(text, words, 0);
        return text.ToString();
    }

    private void Write(StringBuilder text, YamlMapping mapping, int depth)
    {
        foreach ((YamlScalar key, YamlValue value) in mapping.Items.Where(IsWritten))
        {
            text.Append(' ', depth * 2).Append(Quote(key)).Append(':');
            WriteValue(text, value, depth + 1);
        }
    }

    private void WriteValue(StringBuilder text, YamlValue value, int depth)
    {
        switch (value)
        {
            case YamlScalar { IsPlain: true, Text: "" }:
                text.Append('\n');
                break;
            case YamlScalar scalar:
                text.Append(' ').Append(Quote(scalar)).Append('\n');
                break;
            case YamlMapping { Items.Count: 0 }:
                text.Append(" {}\n");
                break;
            case YamlMapping mapping:
                text.Append('\n');
                Write(text, mapping, depth);
                break;
            default:
                text.Append(" [").AppendJoin(", ", ((YamlSequence)value).Items.Select(InLine)).Append("]\n");
                break;
        }
    }

    private string InLine(YamlValue value) => value switch
    {
        YamlScalar scalar => Quote(scalar),
        YamlSequence list => $"[{string.Join(", ", list.Items.Select(InLine))}]",
        _ => InLine((YamlMapping)value),
    };

    private string InLine(YamlMapping mapping)
    {
        IEnumerable<string> pairs = mapping.Items.Where(IsWritten).Select(i => $"{Quote(i.Key)}: {InLine(i.Value)}");
        return $"{{{string.Join(", ", pairs)}}}";
    }

    // what was plain and is harmless stays so, or a number would become a text for who reads it with a schema
    private static string Quote(YamlScalar scalar)
    {
        if (scalar.IsPlain && IsHarmless(scalar.Text))
        {
            return scalar.Text;
        }
        StringBuilder quoted = new("\"");
        foreach (char c in scalar.Text)
        {
            // YAML 1.2.2 §5.7; halves of surrogate pairs stay beside each other
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                < ' ' or '\x7f' or '\x85' or '\u2028' or '\u2029' or '\uFEFF' =>
                    string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        }
        return quoted.Append('"').ToString();
    }

    // where a hash comes from is none
    private bool IsWritten((YamlScalar Key, YamlValue Value) pair) => _keepsPasswords || pair.Key.Text != "password" || pair.Value is YamlMapping;

    private static bool IsHarmless(string text)
    {
        if (text.Length == 0 || !(char.IsAsciiLetterOrDigit(text[0]) || text[0] == '/'))
        {
            return false;
        }
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '/' or '-'))
            {
                return false;
            }
        }
        return true;
    }
}
