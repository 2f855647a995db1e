using Strata.Core;

namespace Strata.Kernel.Kconfig;

/// <summary>What a token of a Kconfig line is.</summary>
internal enum KconfigTokenKind
{
    /// <summary>A keyword, a symbol or a number.</summary>
    Word,

    /// <summary>A quoted text, without its quotes.</summary>
    Text,

    /// <summary>A call: <c>$(...)</c>.</summary>
    Macro,

    /// <summary>An operator or a parenthesis.</summary>
    Operator,
}

/// <summary>A token of a Kconfig line.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Its text.</param>
internal readonly record struct KconfigToken(KconfigTokenKind Kind, string Value);

/// <summary>Cuts a logical line of a Kconfig file into tokens (scripts/kconfig/lexer.l gives the alphabet).</summary>
internal static class KconfigTokens
{
    private static readonly string[] s_operators = ["&&", "||", "!=", "<=", ">=", ":=", "+=", "=", "<", ">", "!", "(", ")"];

    /// <summary>Cuts.</summary>
    /// <exception cref="StrataException">A text or a call has no end, or a character has no place here.</exception>
    public static List<KconfigToken> Of(string line, string place)
    {
        List<KconfigToken> tokens = [];
        int at = 0;
        while (at < line.Length)
        {
            char c = line[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
            }
            else if (c == '#')
            {
                break;
            }
            else if (c is '"' or '\'')
            {
                tokens.Add(new KconfigToken(KconfigTokenKind.Text, ReadText(line, ref at, place)));
            }
            else if (c == '$')
            {
                tokens.Add(new KconfigToken(KconfigTokenKind.Macro, ReadMacro(line, ref at, place)));
            }
            else if (IsWordPart(c))
            {
                int start = at;
                while (at < line.Length && IsWordPart(line[at]))
                {
                    at++;
                }
                tokens.Add(new KconfigToken(KconfigTokenKind.Word, line[start..at]));
            }
            else
            {
                string symbol = Array.Find(s_operators, o => string.CompareOrdinal(line, at, o, 0, o.Length) == 0)
                    ?? throw new StrataException($"cannot read {place}: '{c}' has no place in a line of Kconfig");
                tokens.Add(new KconfigToken(KconfigTokenKind.Operator, symbol));
                at += symbol.Length;
            }
        }
        return tokens;
    }

    private static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/';

    private static string ReadText(string line, ref int at, string place)
    {
        char quote = line[at++];
        System.Text.StringBuilder text = new();
        while (at < line.Length && line[at] != quote)
        {
            if (line[at] == '\\' && at + 1 < line.Length)
            {
                at++;
            }
            text.Append(line[at++]);
        }
        if (at >= line.Length)
        {
            throw new StrataException($"cannot read {place}: a quoted text has no end");
        }
        at++;
        return text.ToString();
    }

    private static string ReadMacro(string line, ref int at, string place)
    {
        int start = at;
        int depth = 0;
        for (; at < line.Length; at++)
        {
            if (line[at] == '(')
            {
                depth++;
            }
            else if (line[at] == ')' && --depth == 0)
            {
                at++;
                return line[start..at];
            }
        }
        throw new StrataException($"cannot read {place}: a call has no end");
    }
}
