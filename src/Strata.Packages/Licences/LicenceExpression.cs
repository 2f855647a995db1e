namespace Strata.Packages.Licences;

/// <summary>Turns what a copyright file says behind <c>License:</c> into a licence expression of SPDX (annex D).</summary>
/// <remarks>
/// copyright-format 1.0 §7.2: <c>and</c> binds more than <c>or</c>, a comma less than both. People write more than that: parentheses,
/// <c>and/or</c>, <c>|</c>, and lists with commas and one word before the last. A name with an exception (<c>GPL-2+ with OpenSSL
/// exception</c>) is a name of its own, as Debian and SPDX do not have the same exceptions.
/// </remarks>
internal static class LicenceExpression
{
    /// <summary>Longest text that is read.</summary>
    public const int MaxLength = 4096;

    private const int MostNested = 16;

    private enum Kind
    {
        Name,
        And,
        Or,
        Comma,
        Open,
        Close,
    }

    /// <summary>The expression; null when the text has no form that is understood.</summary>
    public static string? Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength || TokensOf(text) is not { Count: > 0 } tokens)
        {
            return null;
        }
        int at = 0;
        Term? whole = List(tokens, ref at, nested: 0);
        return at == tokens.Count ? whole?.Text : null;
    }

    /// <summary>Several expressions of which all apply, each part once, sorted.</summary>
    public static string Join(IEnumerable<string> expressions)
    {
        SortedSet<string> parts = new(expressions.SelectMany(e => TopOf(e, " AND ")).Select(Bare), StringComparer.Ordinal);
        return string.Join(" AND ", parts.Select(p => parts.Count > 1 && TopOf(p, " OR ").Count > 1 ? $"({p})" : p));
    }

    // splits where no parenthesis is open
    private static List<string> TopOf(string expression, string word)
    {
        List<string> parts = [];
        int depth = 0;
        int start = 0;
        for (int at = 0; at < expression.Length; at++)
        {
            depth += expression[at] == '(' ? 1 : expression[at] == ')' ? -1 : 0;
            if (depth == 0 && string.CompareOrdinal(expression, at, word, 0, word.Length) == 0)
            {
                parts.Add(expression[start..at]);
                start = at + word.Length;
            }
        }
        parts.Add(expression[start..]);
        return parts;
    }

    // of '(A OR B)' what is inside; not of '(A AND B) OR (C AND D)', whose first parenthesis closes before the end
    private static string Bare(string part)
    {
        int depth = 0;
        for (int at = 0; at < part.Length - 1; at++)
        {
            depth += part[at] == '(' ? 1 : part[at] == ')' ? -1 : 0;
            if (depth == 0)
            {
                return part;
            }
        }
        return part[^1] == ')' ? part[1..^1] : part;
    }

    // parts between commas; a comma without a word stands for the word that the list has elsewhere
    private static Term? List(List<(Kind Kind, string Text)> tokens, ref int at, int nested)
    {
        Kind usual = UsualWord(tokens, at);
        Term? left = Words(tokens, ref at, nested);
        while (left is not null && at < tokens.Count && tokens[at].Kind == Kind.Comma)
        {
            at++;
            Kind how = usual;
            if (at < tokens.Count && tokens[at].Kind is Kind.And or Kind.Or)
            {
                how = tokens[at++].Kind;
            }
            Term? right = Words(tokens, ref at, nested);
            left = right is null ? null : Term.Join([left, right], how);
        }
        return left;
    }

    // the first word of this list, not one in parentheses within it
    private static Kind UsualWord(List<(Kind Kind, string Text)> tokens, int from)
    {
        int depth = 0;
        for (int at = from; at < tokens.Count && depth >= 0; at++)
        {
            Kind kind = tokens[at].Kind;
            depth += kind == Kind.Open ? 1 : kind == Kind.Close ? -1 : 0;
            if (depth == 0 && kind is Kind.And or Kind.Or)
            {
                return kind;
            }
        }
        return Kind.And;
    }

    private static Term? Words(List<(Kind Kind, string Text)> tokens, ref int at, int nested)
    {
        List<Term> either = [];
        do
        {
            at += either.Count > 0 ? 1 : 0;
            List<Term> both = [];
            do
            {
                at += both.Count > 0 ? 1 : 0;
                if (One(tokens, ref at, nested) is not Term one)
                {
                    return null;
                }
                both.Add(one);
            }
            while (at < tokens.Count && tokens[at].Kind == Kind.And);
            either.Add(Term.Join(both, Kind.And));
        }
        while (at < tokens.Count && tokens[at].Kind == Kind.Or);
        return Term.Join(either, Kind.Or);
    }

    private static Term? One(List<(Kind Kind, string Text)> tokens, ref int at, int nested)
    {
        if (at == tokens.Count)
        {
            return null;
        }
        (Kind kind, string text) = tokens[at++];
        if (kind == Kind.Name)
        {
            return SpdxNames.Of(text) is string name ? new Term(name, null) : null;
        }
        if (kind != Kind.Open || nested == MostNested)
        {
            return null;
        }
        Term? inner = List(tokens, ref at, nested + 1);
        return at < tokens.Count && tokens[at++].Kind == Kind.Close ? inner : null;
    }

    private static List<(Kind Kind, string Text)> TokensOf(string text)
    {
        List<(Kind, string)> tokens = [];
        List<string> name = [];
        string spaced = text;
        foreach (char c in "(),|")
        {
            spaced = spaced.Replace(c.ToString(), $" {c} ", StringComparison.Ordinal);
        }
        foreach (string word in spaced.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            Kind kind = word.ToLowerInvariant() switch
            {
                "and" => Kind.And,
                "or" or "and/or" or "|" => Kind.Or,
                "," => Kind.Comma,
                "(" => Kind.Open,
                ")" => Kind.Close,
                _ => Kind.Name,
            };
            if (kind == Kind.Name)
            {
                name.Add(word);
                continue;
            }
            Flush();
            tokens.Add((kind, word));
        }
        Flush();
        return tokens;

        void Flush()
        {
            if (name.Count > 0)
            {
                tokens.Add((Kind.Name, string.Join(' ', name)));
                name.Clear();
            }
        }
    }

    /// <param name="Text">The expression.</param>
    /// <param name="Operator">What joins its parts at the top; null for a name.</param>
    private sealed record Term(string Text, Kind? Operator)
    {
        public static Term Join(IReadOnlyList<Term> parts, Kind how)
        {
            Term[] distinct = [.. parts.DistinctBy(p => p.Text)];
            string word = how == Kind.And ? " AND " : " OR ";
            return distinct.Length == 1 ? distinct[0]
                : new Term(string.Join(word, distinct.Select(p => p.Operator is null || p.Operator == how ? p.Text : $"({p.Text})")), how);
        }
    }
}
