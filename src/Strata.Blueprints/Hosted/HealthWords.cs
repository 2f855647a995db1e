using System.Globalization;
using System.Text;
using System.Text.Json;
using Strata.Yaml;

namespace Strata.Blueprints.Hosted;

/// <summary><c>health</c> of a container: a command in it that ends with 0 while it is well.</summary>
/// <param name="Asked">
/// For the keeper: seconds between two askings, failures in a row that end it, and seconds from its start in which none counts, as
/// <c>30/3/60</c>; <c>-</c> for none.
/// </param>
/// <param name="Options">What the engine is told.</param>
internal sealed record HealthWords(string Asked, IReadOnlyList<string> Options)
{
    private const int Longest = 3600; // seconds
    private const int MostFailures = 100;

    private static readonly HealthWords s_none = new("-", []);

    /// <summary>Reads them. Faults are collected, none is thrown.</summary>
    public static HealthWords Read(MappingReader container)
    {
        if (container.Mapping("health") is not MappingReader words)
        {
            return s_none;
        }
        IReadOnlyList<YamlScalar> command = words.Texts("command", required: true);
        foreach (YamlScalar word in command.Where(c => c.Text.Contains('\0', StringComparison.Ordinal)))
        {
            words.Faults.Add(word, "a NUL; no program can be given one");
        }
        if (command is [YamlScalar single] && single.Text.Any(char.IsWhiteSpace))
        {
            words.Faults.Add(
                single, $"'{single.Text}' is one word with a blank in it; expected a program, and each argument as a word of its own");
        }
        long every = words.Number("every", 1, Longest) ?? 30;
        long within = words.Number("within", 1, Longest) ?? 10;
        long failures = words.Number("failures", 1, MostFailures) ?? 3;
        long start = words.Number("start", 0, Longest) ?? 60;
        words.Done();
        return new HealthWords(
            string.Create(CultureInfo.InvariantCulture, $"{every}/{failures}/{start}"),
            [
                "--health-cmd", ToOption([.. command.Select(c => c.Text)]), "--health-interval", "disable", // the keeper asks
                "--health-timeout", string.Create(CultureInfo.InvariantCulture, $"{within}s"),
            ]);
    }

    // podman takes two words and more as a list, one alone for a line of a shell unless it says CMD
    private static string ToOption(IReadOnlyList<string> words)
    {
        if (words.Count == 1)
        {
            return "CMD " + words[0];
        }
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            writer.WriteStartArray();
            foreach (string word in words)
            {
                writer.WriteStringValue(word);
            }
            writer.WriteEndArray();
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }
}
