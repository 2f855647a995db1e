using Strata.Core;

namespace Strata.Kernel.Kconfig;

/// <summary>Reads conditions: <c>||</c> binds weakest, then <c>&amp;&amp;</c>, then <c>!</c> and comparisons (scripts/kconfig/parser.y).</summary>
/// <param name="tokens">The tokens of a line.</param>
/// <param name="place">File and line, for messages.</param>
internal sealed class KconfigExpressionParser(IReadOnlyList<KconfigToken> tokens, string place)
{
    private const int MostNesting = 64;

    private int _depth;

    /// <summary>Index of the next token.</summary>
    public int Position { get; private set; }

    /// <summary>True when nothing is left.</summary>
    public bool AtEnd => Position >= tokens.Count;

    /// <summary>Reads a condition that stands alone.</summary>
    /// <exception cref="StrataException">It is none, or something follows it.</exception>
    public static KconfigExpression Parse(string text, string place)
    {
        KconfigExpressionParser parser = new(KconfigTokens.Of(text, place), place);
        KconfigExpression read = parser.Read();
        return parser.AtEnd ? read : throw parser.Unexpected();
    }

    /// <summary>Skips to a token.</summary>
    public KconfigExpressionParser From(int position)
    {
        Position = position;
        return this;
    }

    /// <summary>Reads one condition; stops before the first token that does not belong to it.</summary>
    /// <exception cref="StrataException">It is no condition, or nests too deeply.</exception>
    public KconfigExpression Read()
    {
        KconfigExpression left = ReadAnd();
        while (TryTake("||"))
        {
            left = new KconfigOr(left, ReadAnd());
        }
        return left;
    }

    /// <summary>The condition behind <c>if</c>, if one stands here; null when nothing does.</summary>
    public KconfigExpression? ReadIf()
    {
        if (AtEnd)
        {
            return null;
        }
        if (tokens[Position] is not { Kind: KconfigTokenKind.Word, Value: "if" })
        {
            throw Unexpected();
        }
        Position++;
        return Read();
    }

    private KconfigExpression ReadAnd()
    {
        KconfigExpression left = ReadNot();
        while (TryTake("&&"))
        {
            left = new KconfigAnd(left, ReadNot());
        }
        return left;
    }

    private KconfigExpression ReadNot()
    {
        if (++_depth > MostNesting)
        {
            throw new StrataException($"cannot read {place}: a condition nests deeper than {MostNesting}");
        }
        KconfigExpression result;
        if (TryTake("!"))
        {
            result = new KconfigNot(ReadNot());
        }
        else if (TryTake("("))
        {
            result = Read();
            if (!TryTake(")"))
            {
                throw Unexpected();
            }
        }
        else
        {
            result = ReadComparison();
        }
        _depth--;
        return result;
    }

    private KconfigExpression ReadComparison()
    {
        KconfigExpression left = ReadTerm();
        if (!AtEnd && tokens[Position] is { Kind: KconfigTokenKind.Operator, Value: "=" or "!=" or "<" or "<=" or ">" or ">=" } compare)
        {
            Position++;
            KconfigExpression right = ReadTerm();
            return left is KconfigTerm a && right is KconfigTerm b
                ? new KconfigComparison(a, compare.Value, b)
                : new KconfigMacro($"{left}{compare.Value}{right}");
        }
        return left;
    }

    private KconfigExpression ReadTerm()
    {
        if (AtEnd || tokens[Position].Kind == KconfigTokenKind.Operator)
        {
            throw Unexpected();
        }
        KconfigToken token = tokens[Position++];
        return token.Kind switch
        {
            KconfigTokenKind.Macro => new KconfigMacro(token.Value),
            KconfigTokenKind.Text when token.Value.StartsWith("$(", StringComparison.Ordinal) => new KconfigMacro(token.Value),
            KconfigTokenKind.Text => new KconfigTerm(token.Value, IsConstant: true),
            _ => new KconfigTerm(token.Value, token.Value is "y" or "m" or "n" || KconfigNumber.TryParse(token.Value, out _)),
        };
    }

    private bool TryTake(string symbol)
    {
        if (AtEnd || tokens[Position].Kind != KconfigTokenKind.Operator || tokens[Position].Value != symbol)
        {
            return false;
        }
        Position++;
        return true;
    }

    private StrataException Unexpected() =>
        new($"cannot read {place}: {(AtEnd ? "a condition ends too early" : $"'{tokens[Position].Value}' stands where a condition has none")}");
}
