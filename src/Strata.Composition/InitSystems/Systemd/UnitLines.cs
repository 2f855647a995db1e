using System.Buffers;
using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Composition.InitSystems.Systemd;

/// <summary>Writes a unit line by line, so that systemd reads back what was meant: systemd.syntax(7), systemd.unit(5).</summary>
internal sealed class UnitLines
{
    /// <summary>Longest line in UTF-8 bytes; systemd refuses 1 MiB (<c>LONG_LINE_MAX</c>), and the kernel far shorter commands.</summary>
    public const int LongestLine = 1 << 17;

    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.,:=+@-");

    private readonly StringBuilder _text = new();

    /// <summary>Begins a section.</summary>
    public UnitLines Section(string name)
    {
        _text.Append(_text.Length > 0 ? "\n[" : "[").Append(name).Append("]\n");
        return this;
    }

    /// <summary>A setting whose value is written as it is.</summary>
    /// <exception cref="StrataException">It is longer than <see cref="LongestLine"/>.</exception>
    public UnitLines Add(string key, string value)
    {
        if (Encoding.UTF8.GetByteCount(value) > LongestLine)
        {
            throw new StrataException(
                $"cannot write '{key}=' of a unit: its value has more than {LongestLine} bytes",
                "Put long arguments into a file that the program reads.");
        }
        _text.Append(key).Append('=').Append(value).Append('\n');
        return this;
    }

    /// <summary>The same with a whole number.</summary>
    public UnitLines Add(string key, long value) => Add(key, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The same, unless there is nothing to say.</summary>
    public UnitLines AddSome(string key, string? value) => value is { Length: > 0 } ? Add(key, value) : this;

    /// <summary>
    /// A value as one word: in double quotes, with the escapes of C, when it holds more than letters, digits and a few signs.
    /// </summary>
    public static string Word(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length > 0 && !value.AsSpan().ContainsAnyExcept(s_plain))
        {
            return value;
        }
        StringBuilder quoted = new("\"");
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '%' => quoted.Append("%%"), // else what follows is a specifier
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\x7f' => quoted.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>A command line.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="prefixes">Of systemd.service(5), such as <c>-</c>.</param>
    /// <param name="name">What the program is told that it is called; its path when null.</param>
    public static string Command(IReadOnlyList<string> command, string prefixes = "", string? name = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        bool hasDollar = command.Any(w => w.Contains('$', StringComparison.Ordinal));
        // ':' leaves dollar signs alone, which two of them would do in arguments but not in the program
        return prefixes + (hasDollar ? ":" : "") + (name is null ? "" : "@") + Word(command[0]) + (name is null ? "" : " " + Word(name))
            + string.Concat(command.Skip(1).Select(w => " " + Word(w)));
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
