using System.Text.Json;
using Strata.Core;

namespace Strata.Formats.Elf;

/// <summary>Reads the JSON of a <c>.note.dlopen</c>: an array of objects, or one object as the first version of the specification had it.</summary>
internal static class DlopenNoteParser
{
    private const int MaxSonames = 64;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 8 };

    /// <summary>Adds what the note lists.</summary>
    /// <param name="json">Content of the note, padded with NULs at its end.</param>
    /// <param name="offset">Where the note starts, for errors.</param>
    /// <param name="notes">Receives the dependencies.</param>
    public static void Parse(ReadOnlySpan<byte> json, long offset, List<DlopenNote> notes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json.TrimEnd((byte)0).ToArray(), s_options);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
            {
                notes.Add(ParseDependency(document.RootElement));
                return;
            }
            foreach (JsonElement element in document.RootElement.EnumerateArray())
            {
                notes.Add(ParseDependency(element));
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException) // the last: a string that is not UTF-8
        {
            throw new ImageFormatException("ELF dlopen note", offset, e is FormatException ? e.Message : "it is no valid JSON", e);
        }
    }

    private static DlopenNote ParseDependency(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("a dependency is no JSON object");
        }
        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!keys.Add(property.Name))
            {
                throw new FormatException($"a dependency has '{property.Name}' twice");
            }
        }
        DlopenPriority priority = TextOf(element, "priority") switch
        {
            "required" => DlopenPriority.Required,
            "recommended" or "" => DlopenPriority.Recommended,
            "suggested" => DlopenPriority.Suggested,
            string other => throw new FormatException($"the priority is '{other}', expected required, recommended or suggested"),
        };
        return new DlopenNote(TextOf(element, "feature"), TextOf(element, "description"), priority, SonamesOf(element));
    }

    private static List<string> SonamesOf(JsonElement element)
    {
        if (!element.TryGetProperty("soname", out JsonElement soname))
        {
            throw new FormatException("a dependency names no soname");
        }
        List<string> names = [];
        if (soname.ValueKind == JsonValueKind.Array && soname.GetArrayLength() <= MaxSonames)
        {
            names.AddRange(soname.EnumerateArray().Select(StringOf));
        }
        else
        {
            names.Add(StringOf(soname));
        }
        return names.Count > 0 && !names.Contains("") ? names : throw new FormatException("a dependency has an empty soname");
    }

    private static string TextOf(JsonElement element, string key) => element.TryGetProperty(key, out JsonElement value) ? StringOf(value) : "";

    private static string StringOf(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new FormatException($"a value is of kind {value.ValueKind}, expected a string");
}
