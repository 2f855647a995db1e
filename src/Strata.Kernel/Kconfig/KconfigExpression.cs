namespace Strata.Kernel.Kconfig;

/// <summary>A condition on symbols, as <c>depends on</c> has it (kconfig-language.rst, "Menu dependencies").</summary>
public abstract record KconfigExpression
{
    private protected KconfigExpression()
    {
    }

    /// <summary>Its value when symbols have the given texts; a symbol that is not set counts as <c>n</c>.</summary>
    /// <param name="valueOf">Text of a symbol (<c>y</c>, <c>64</c>, <c>name</c> without quotes), or null when it is not set.</param>
    public abstract Tristate Evaluate(Func<string, string?> valueOf);

    /// <summary>The symbols that stand in it, in the order of the text.</summary>
    public abstract IEnumerable<string> Symbols { get; }

    /// <summary>The conditions that all must hold, from left to right: an expression without <c>&amp;&amp;</c> is its only one.</summary>
    public virtual IEnumerable<KconfigExpression> Conjuncts => [this];

    /// <summary>Both must hold.</summary>
    public static KconfigExpression? And(KconfigExpression? left, KconfigExpression? right) =>
        left is null ? right : right is null ? left : new KconfigAnd(left, right);

    /// <summary>The conditions among <see cref="Conjuncts"/> that are below what is wanted.</summary>
    public IReadOnlyList<KconfigExpression> Unmet(Func<string, string?> valueOf, Tristate wanted) =>
        [.. Conjuncts.Where(c => c.Evaluate(valueOf) < wanted).DistinctBy(c => c.ToString())];
}

/// <summary>A symbol or a constant.</summary>
/// <param name="Text">Its name, or the constant without quotes.</param>
/// <param name="IsConstant">True for <c>y</c>, <c>m</c>, <c>n</c>, quoted texts and numbers.</param>
internal sealed record KconfigTerm(string Text, bool IsConstant) : KconfigExpression
{
    /// <inheritdoc/>
    public override IEnumerable<string> Symbols => IsConstant ? [] : [Text];

    /// <summary>What it compares as.</summary>
    public string ValueIn(Func<string, string?> valueOf) => IsConstant ? Text : valueOf(Text) ?? "n";

    /// <inheritdoc/>
    public override Tristate Evaluate(Func<string, string?> valueOf) => ValueIn(valueOf) switch
    {
        "y" => Tristate.Yes,
        "m" => Tristate.Module,
        _ => Tristate.No,
    };

    /// <inheritdoc/>
    public override string ToString() => IsConstant && Text is not ("y" or "m" or "n") ? $"\"{Text}\"" : Text;
}

/// <summary>A call such as <c>$(cc-option,-O2)</c>, whose value only the build knows; it is taken to hold.</summary>
/// <param name="Text">The call as it stands.</param>
internal sealed record KconfigMacro(string Text) : KconfigExpression
{
    /// <inheritdoc/>
    public override IEnumerable<string> Symbols => [];

    /// <inheritdoc/>
    public override Tristate Evaluate(Func<string, string?> valueOf) => Tristate.Yes;

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>Two terms compared: <c>=</c>, <c>!=</c>, <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c>, <c>&gt;=</c>.</summary>
/// <param name="Left">One.</param>
/// <param name="Operator">How.</param>
/// <param name="Right">The other.</param>
internal sealed record KconfigComparison(KconfigTerm Left, string Operator, KconfigTerm Right) : KconfigExpression
{
    /// <inheritdoc/>
    public override IEnumerable<string> Symbols => Left.Symbols.Concat(Right.Symbols);

    /// <inheritdoc/>
    public override Tristate Evaluate(Func<string, string?> valueOf)
    {
        string left = Left.ValueIn(valueOf);
        string right = Right.ValueIn(valueOf);
        // numbers compare as numbers, everything else as text: expr.c, expr_calc_value
        int order = KconfigNumber.TryParse(left, out long a) && KconfigNumber.TryParse(right, out long b)
            ? a.CompareTo(b)
            : string.CompareOrdinal(left, right);
        bool holds = Operator switch
        {
            "=" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
        return holds ? Tristate.Yes : Tristate.No;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Left}{Operator}{Right}";
}

/// <summary>The opposite; that of <c>m</c> is <c>m</c>.</summary>
/// <param name="Of">Of what.</param>
internal sealed record KconfigNot(KconfigExpression Of) : KconfigExpression
{
    /// <inheritdoc/>
    public override IEnumerable<string> Symbols => Of.Symbols;

    /// <inheritdoc/>
    public override Tristate Evaluate(Func<string, string?> valueOf) => (Tristate)((int)Tristate.Yes - (int)Of.Evaluate(valueOf));

    /// <inheritdoc/>
    public override string ToString() => Of is KconfigTerm or KconfigMacro ? $"!{Of}" : $"!({Of})";
}

/// <summary>Both: the lesser of two.</summary>
/// <param name="Left">One.</param>
/// <param name="Right">The other.</param>
internal sealed record KconfigAnd(KconfigExpression Left, KconfigExpression Right) : KconfigExpression
{
    /// <inheritdoc/>
    public override IEnumerable<string> Symbols => Left.Symbols.Concat(Right.Symbols);

    /// <inheritdoc/>
    public override IEnumerable<KconfigExpression> Conjuncts => Left.Conjuncts.Concat(Right.Conjuncts);

    /// <inheritdoc/>
    public override Tristate Evaluate(Func<string, string?> valueOf)
    {
        Tristate left = Left.Evaluate(valueOf);
        Tristate right = Right.Evaluate(valueOf);
        return left < right ? left : right;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Wrap(Left)} && {Wrap(Right)}";

    private static string Wrap(KconfigExpression part) => part is KconfigOr ? $"({part})" : part.ToString();
}

/// <summary>Either: the greater of two.</summary>
/// <param name="Left">One.</param>
/// <param name="Right">The other.</param>
internal sealed record KconfigOr(KconfigExpression Left, KconfigExpression Right) : KconfigExpression
{
    /// <inheritdoc/>
    public override IEnumerable<string> Symbols => Left.Symbols.Concat(Right.Symbols);

    /// <inheritdoc/>
    public override Tristate Evaluate(Func<string, string?> valueOf)
    {
        Tristate left = Left.Evaluate(valueOf);
        Tristate right = Right.Evaluate(valueOf);
        return left > right ? left : right;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Left} || {Right}";
}
