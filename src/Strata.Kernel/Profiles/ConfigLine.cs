using System.Text.RegularExpressions;

namespace Strata.Kernel.Profiles;

/// <summary>One wish about a kernel: a symbol and its value.</summary>
/// <param name="Symbol">Without <c>CONFIG_</c>: <c>EXT4_FS</c>.</param>
/// <param name="Value"><c>y</c>, <c>m</c>, <c>n</c>, a number, or a text in its quotes, as <c>.config</c> has it.</param>
public sealed partial record ConfigLine(string Symbol, string Value)
{
    /// <summary>Reads a line of <c>.config</c>: <c>CONFIG_X=y</c>, <c># CONFIG_X is not set</c>. Null when it is something else.</summary>
    public static ConfigLine? TryParse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        Match set = SetPattern().Match(line);
        if (set.Success)
        {
            return new ConfigLine(set.Groups[1].Value, set.Groups[2].Value);
        }
        Match unset = UnsetPattern().Match(line);
        return unset.Success ? new ConfigLine(unset.Groups[1].Value, "n") : null;
    }

    /// <summary>
    /// True when the value can be somebody's wish. The kernel's configuration program writes texts into a makefile as they are
    /// (<c>auto.conf</c>), and from there they come into shells: what either would take for more than text may not be in one.
    /// </summary>
    public bool IsPlain => !Value.StartsWith('"') || PlainTextPattern().IsMatch(Value);

    /// <summary>The line as <c>.config</c> has it.</summary>
    public override string ToString() => Value == "n" ? $"# CONFIG_{Symbol} is not set" : $"CONFIG_{Symbol}={Value}";

    [GeneratedRegex("""\ACONFIG_([A-Za-z0-9_]{1,100})=(y|m|n|-?[0-9]{1,20}|0[xX][0-9A-Fa-f]{1,16}|"(?:[^"\\]|\\.)*")\z""", RegexOptions.CultureInvariant)]
    private static partial Regex SetPattern();

    [GeneratedRegex("""\A"[A-Za-z0-9 ._,:+/=@%-]{0,2047}"\z""", RegexOptions.CultureInvariant)]
    private static partial Regex PlainTextPattern();

    [GeneratedRegex(@"\A# CONFIG_([A-Za-z0-9_]{1,100}) is not set\z", RegexOptions.CultureInvariant)]
    private static partial Regex UnsetPattern();
}
