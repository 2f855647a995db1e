using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Strata.Images.Seeds;

/// <summary>Writes values as YAML that people can read: mappings and lists in blocks, texts in double quotes, as JSON has them.</summary>
internal static class YamlText
{
    private static readonly JsonSerializerOptions s_plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The text, with a line feed at its end.</summary>
    public static string Of(JsonObject values)
    {
        StringBuilder text = new();
        Write(text, values, 0);
        return values.Count == 0 ? "{}\n" : text.ToString();
    }

    private static void Write(StringBuilder text, JsonObject values, int depth)
    {
        foreach ((string key, JsonNode? value) in values)
        {
            text.Append(' ', depth * 2).Append(IsPlain(key) ? key : Quoted(key)).Append(':');
            Value(text, value!, depth + 1);
        }
    }

    private static void Value(StringBuilder text, JsonNode value, int depth)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } mapping:
                text.Append('\n');
                Write(text, mapping, depth);
                break;
            case JsonArray list when list.All(i => i is JsonValue):
                text.Append(" [").AppendJoin(", ", list.Select(i => Scalar(i!))).Append("]\n");
                break;
            case JsonArray list:
                text.Append('\n');
                foreach (JsonNode? item in list)
                {
                    Item(text, item!, depth);
                }
                break;
            default:
                text.Append(' ').Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static void Item(StringBuilder text, JsonNode item, int depth)
    {
        text.Append(' ', depth * 2).Append('-');
        if (item is not JsonObject mapping)
        {
            Value(text, item, depth + 1);
            return;
        }
        int start = text.Length;
        Write(text, mapping, depth + 1);
        text.Remove(start, (depth + 1) * 2).Insert(start, " "); // the first key stands behind the dash
    }

    private static string Scalar(JsonNode value) => value switch
    {
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => Quoted(scalar.GetValue<string>()),
        _ => value.ToJsonString(s_plain),
    };

    // every JSON string is a double-quoted scalar of YAML 1.2, and none is taken for a number or a truth value
    private static string Quoted(string text) => JsonValue.Create(text).ToJsonString(s_plain);

    private static bool IsPlain(string key) =>
        key.Length > 0 && char.IsAsciiLetter(key[0]) && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
