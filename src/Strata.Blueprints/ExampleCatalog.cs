using Strata.Blueprints.Extending;
using Strata.Core;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>A folder with one or several blueprints and what lies beside them, for people to begin with.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folder">The folder.</param>
/// <param name="Description">What its blueprints say of themselves, in a line.</param>
/// <param name="Editions">
/// Folders of its blueprints that no other of it extends, relative to its own and sorted; <c>.</c> for that itself, and then no other:
/// those below are what its tests start beside it.
/// </param>
public sealed record Example(string Name, string Folder, string Description, IReadOnlyList<string> Editions);

/// <summary>The examples that strata comes with.</summary>
/// <param name="folder">The folder that has one for each.</param>
public sealed class ExampleCatalog(string folder)
{
    private const int MostLevels = 3; // NAME/editions/EDITION

    /// <summary>Their names, sorted.</summary>
    public IReadOnlyList<string> Names() => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateDirectories(folder).Where(f => EditionsOf(f).Count > 0).Select(f => Path.GetFileName(f))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All of them, by name.</summary>
    /// <exception cref="StrataException">A blueprint cannot be read.</exception>
    public IReadOnlyList<Example> All() => [.. Names().Select(Read)];

    /// <summary>The one of a name.</summary>
    /// <exception cref="StrataException">There is none, or its blueprint cannot be read.</exception>
    public Example Find(string name) => Names().Contains(name, StringComparer.Ordinal) ? Read(name)
        : throw new StrataException($"cannot find example '{name}'{NearMiss.Suggestion(name, Names())}",
            $"Known examples: {string.Join(", ", Names())}. 'strata init --example' says what each is.");

    private Example Read(string name)
    {
        string place = Path.Combine(folder, name);
        List<string> editions = EditionsOf(place);
        editions = editions.Contains(".") ? ["."] : editions;
        MappingReader[] blueprints = [.. editions.Select(e => ReadBlueprint(Path.Combine(place, e, EditionLevel.FileName)))];
        HashSet<string> extended = blueprints.Select((b, i) => TextOf(b, "extends") is string way
            ? Path.GetRelativePath(place, Path.Combine(place, editions[i], way)) : "").ToHashSet(StringComparer.Ordinal);
        return new Example(name, place, string.Join("; ", blueprints.Select(b => TextOf(b, "description")).OfType<string>()),
            [.. editions.Where(e => !extended.Contains(e))]);
    }

    private static List<string> EditionsOf(string place) =>
    [
        .. Directory.EnumerateFiles(
            place, EditionLevel.FileName,
            new EnumerationOptions
            {
                RecurseSubdirectories = true, MaxRecursionDepth = MostLevels - 1, AttributesToSkip = FileAttributes.ReparsePoint,
            })
            .Select(f => Path.GetRelativePath(place, Path.GetDirectoryName(f)!)).Order(StringComparer.Ordinal),
    ];

    private static MappingReader ReadBlueprint(string path)
    {
        FaultList faults = new();
        YamlMapping? blueprint = YamlFile.Read(ForeignFolder.ReadFile(path, depth: 1, YamlLimits.Standard.MaxCharacters), path, faults);
        faults.ThrowIfAny($"blueprint {path}");
        return new MappingReader(blueprint!, faults);
    }

    private static string? TextOf(MappingReader blueprint, string key) => (blueprint.Value(key) as YamlScalar)?.Text;
}
