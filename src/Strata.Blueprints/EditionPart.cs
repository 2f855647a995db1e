using Strata.Blueprints.Extending;
using Strata.Blueprints.Services;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>What an edition brings itself: it stays a capability of its own in an edition that extends it.</summary>
/// <param name="Name">The edition.</param>
/// <param name="Own">What it brings, in the words of a capability; null for nothing.</param>
/// <param name="Services">Its own services, and what is otherwise with those of capabilities before it.</param>
internal sealed record EditionPart(string Name, Capability? Own, IReadOnlyList<ServiceWords> Services)
{
    // what the reader asks for when it finds nothing
    private static readonly Lazy<IReadOnlyCollection<string>> s_words = new(() =>
    {
        MappingReader nothing = new(new YamlMapping("", 0, 0, []), new FaultList());
        Read(nothing, null, "", "");
        return nothing.KnownKeys.Where(k => k != "description").ToHashSet(StringComparer.Ordinal);
    });

    /// <summary>True for a word of a blueprint that says what it brings itself.</summary>
    public static bool IsWord(string key) => s_words.Value.Contains(key);

    /// <summary>Tells a reader of a whole blueprint that these words, and those about extending, are read elsewhere.</summary>
    public static void MarkWords(MappingReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        foreach (string word in s_words.Value.Concat(["extends", "without", "variables", "set"]))
        {
            reader.Value(word);
        }
    }

    /// <summary>Reads what one edition brings.</summary>
    public static EditionPart Read(EditionLevel level, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(level);
        MappingReader reader = new(level.Mapping, faults);
        return Read(reader, reader.Value("edition") as YamlScalar, level.Name, level.Folder);
    }

    private static EditionPart Read(MappingReader reader, YamlScalar? place, string name, string folder)
    {
        IReadOnlyList<ServiceWords> services = ServiceWords.ReadAll(reader, mayChange: true);
        Capability own = CapabilityFile.ReadParts(reader, folder, name, reader.File) with
        {
            Description = (reader.Value("description") as YamlScalar)?.Text ?? "",
        };
        bool isEmpty = own.IsEmpty && services.Count == 0;
        if (!isEmpty && place is not null && CapabilityFile.ProblemOfName(place.Text) is string problem)
        {
            reader.Faults.Add(place, $"{problem}, or none of what a capability brings in this file");
        }
        return new EditionPart(name, isEmpty ? null : own, services);
    }
}
