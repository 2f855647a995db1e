using System.Buffers;
using System.Text;

namespace Strata.Composition.Units;

/// <summary>Reads the settings of a unit and of its drop-ins, as systemd does: systemd.syntax(7), systemd.unit(5).</summary>
internal static class UnitText
{
    private static readonly SearchValues<char> s_prefixes = SearchValues.Create("@-:+!|"); // of a command: systemd.service(5)

    /// <summary>The settings of one file in their order: <c>[Section]</c>, key and value. What is no setting is passed over.</summary>
    public static IEnumerable<(string Section, string Key, string Value)> Read(string text)
    {
        string section = "";
        StringBuilder line = new();
        foreach (string part in text.Split('\n'))
        {
            string trimmed = part.Trim([' ', '\t', '\r']);
            if (trimmed is ['#' or ';', ..] || (trimmed.Length == 0 && line.Length == 0))
            {
                continue; // comments within a continued line do not end it
            }
            if (trimmed.EndsWith('\\'))
            {
                line.Append(trimmed, 0, trimmed.Length - 1).Append(' ');
                continue;
            }
            string whole = line.Append(trimmed).ToString().Trim();
            line.Clear();
            int equals = whole.IndexOf('=', StringComparison.Ordinal);
            if (whole is ['[', .., ']'])
            {
                section = whole[1..^1];
            }
            else if (equals > 0)
            {
                yield return (section, whole[..equals].TrimEnd(), whole[(equals + 1)..].TrimStart());
            }
        }
    }

    /// <summary>What all files together say of a setting that lists: an empty value takes back what was said before.</summary>
    public static IReadOnlyList<string> Values(
        IEnumerable<(string Section, string Key, string Value)> settings, string section, string key)
    {
        List<string> values = [];
        foreach ((_, _, string value) in settings.Where(s => s.Section == section && s.Key == key))
        {
            if (value.Length == 0)
            {
                values.Clear();
            }
            else
            {
                values.Add(value);
            }
        }
        return values;
    }

    /// <summary>The program of an <c>ExecStart=</c>; null when it may fail, or is known only when the unit starts.</summary>
    public static string? ProgramOf(string command)
    {
        int start = command.AsSpan().IndexOfAnyExcept(s_prefixes);
        if (start < 0 || command.AsSpan(0, start).Contains('-'))
        {
            return null;
        }
        string rest = command[start..];
        int end = rest[0] is '"' or '\'' ? rest.IndexOf(rest[0], 1) : rest.AsSpan().IndexOfAny(" \t");
        string program = rest[0] is '"' or '\'' ? rest[1..(end < 0 ? rest.Length : end)] : rest[..(end < 0 ? rest.Length : end)];
        return program.AsSpan().IndexOfAny('%', '$', '\\') >= 0 ? null : program;
    }
}
