using Strata.Core;

namespace Strata.Kernel.Kconfig;

/// <summary>The lines below <c>config</c>: type, prompt, dependencies, defaults, selects (kconfig-language.rst, "Menu attributes").</summary>
internal static class KconfigAttributes
{
    /// <summary>Takes in one line. What does not decide about values (<c>range</c>, <c>modules</c>, <c>option</c>) is passed over.</summary>
    /// <exception cref="StrataException">A condition of it cannot be read.</exception>
    public static void Apply(KconfigSymbol symbol, KconfigDefinition definition, List<KconfigToken> tokens, string place)
    {
        if (tokens.Count == 0)
        {
            return;
        }
        KconfigExpressionParser parser = new(tokens, place);
        switch (tokens[0].Value)
        {
            case "bool" or "tristate" or "string" or "int" or "hex":
                symbol.Type = TypeOf(tokens[0].Value);
                if (tokens.Count > 1)
                {
                    TakePrompt(definition, tokens, parser);
                }
                break;
            case "prompt" when tokens.Count > 1:
                TakePrompt(definition, tokens, parser);
                break;
            case "def_bool" or "def_tristate":
                symbol.Type = TypeOf(tokens[0].Value["def_".Length..]);
                AddDefault(definition, parser);
                break;
            case "default":
                AddDefault(definition, parser);
                break;
            case "depends":
                definition.DependsOn = KconfigExpression.And(definition.DependsOn, parser.From(2).Read());
                break;
            case "select" when tokens.Count > 1:
                definition.SelectList.Add(new KconfigConditional<string>(tokens[1].Value, parser.From(2).ReadIf()));
                break;
            case "imply" when tokens.Count > 1:
                definition.ImplyList.Add(new KconfigConditional<string>(tokens[1].Value, parser.From(2).ReadIf()));
                break;
        }
    }

    private static KconfigType TypeOf(string word) => word switch
    {
        "bool" => KconfigType.Bool,
        "tristate" => KconfigType.Tristate,
        "string" => KconfigType.Text,
        "int" => KconfigType.Number,
        _ => KconfigType.Hex,
    };

    private static void TakePrompt(KconfigDefinition definition, List<KconfigToken> tokens, KconfigExpressionParser parser)
    {
        definition.Prompt = tokens[1].Value;
        definition.PromptCondition = parser.From(2).ReadIf();
    }

    private static void AddDefault(KconfigDefinition definition, KconfigExpressionParser parser)
    {
        KconfigExpression value = parser.From(1).Read();
        definition.DefaultList.Add(new KconfigConditional<KconfigExpression>(value, parser.ReadIf()));
    }
}
