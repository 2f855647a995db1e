using Strata.Core;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints.Extending;

/// <summary>Reads a blueprint and, one after another, those that it extends.</summary>
/// <remarks>
/// It may be somebody else's, so what it extends is looked for beside and below its folder and in the catalogue, and no link leads there.
/// </remarks>
/// <param name="folders">Where editions are looked for by name.</param>
/// <param name="names">The names that there are, for suggestions.</param>
/// <param name="shown">How a file is named to people.</param>
/// <param name="faults">Where mistakes go.</param>
internal sealed class EditionReader(
    IReadOnlyList<string> folders, Func<IReadOnlyList<string>> names, Func<string, string> shown, FaultList faults)
{
    /// <summary>Most editions of which each extends the next.</summary>
    public const int MostLevels = 8;

    /// <summary>Where an edition of a name is.</summary>
    public static IEnumerable<string> PlacesOf(string name, IEnumerable<string> folders) =>
        folders.Select(f => Path.Combine(f, "editions", name, EditionLevel.FileName));

    /// <summary>True for what names a folder or a file rather than an edition of the catalogue.</summary>
    public static bool IsPath(string nameOrPath) => nameOrPath.Contains('/', StringComparison.Ordinal) || nameOrPath is "." or ".."
        || nameOrPath.EndsWith(".yaml", StringComparison.Ordinal);

    /// <summary>The edition of a folder, then the one that it extends, and so on.</summary>
    /// <returns>As far as they can be read; empty when not even the first can.</returns>
    /// <exception cref="StrataException">The first cannot be read.</exception>
    public IReadOnlyList<EditionLevel> Read(string folder)
    {
        List<EditionLevel> levels = [];
        string path = Path.Combine(folder, EditionLevel.FileName);
        YamlMapping? mapping = Parse(ForeignFolder.ReadFile(path, depth: 1, YamlLimits.Standard.MaxCharacters), path);
        while (mapping is not null)
        {
            EditionLevel level = new(mapping, folder);
            levels.Add(level);
            if (new MappingReader(mapping, faults).Scalar("extends") is not YamlScalar extended || Find(extended, level) is not Place next)
            {
                break;
            }
            if (levels.FindIndex(l => l.Folder == next.Folder) is >= 0 and int first)
            {
                IEnumerable<string> circle = levels.Skip(first).Append(levels[first]).Select(l => l.Name);
                faults.Add(extended, $"editions extend each other in a circle: {string.Join(" → ", circle)}");
                break;
            }
            if (levels.Count == MostLevels)
            {
                faults.Add(extended, $"'{extended.Text}' is extended by {MostLevels} editions, each by the next; expected fewer");
                break;
            }
            folder = next.Folder;
            mapping = ReadExtended(extended, next);
        }
        return levels;
    }

    private YamlMapping? Parse(byte[] bytes, string path) => YamlFile.Read(bytes, shown(path), faults);

    private YamlMapping? ReadExtended(YamlScalar named, Place place)
    {
        string path = Path.Combine(place.Folder, EditionLevel.FileName);
        try
        {
            using ForeignFolder root = new(place.Root);
            if (root.TryRead(Path.GetRelativePath(place.Root, path), YamlLimits.Standard.MaxCharacters) is byte[] bytes)
            {
                return Parse(bytes, path);
            }
            faults.Add(
                named, $"'{named.Text}' has no {EditionLevel.FileName}; expected the folder of an edition, seen from that of this file");
        }
        catch (StrataException e)
        {
            faults.Add(named, $"{e.Message}; expected an edition to extend, without a link on the way");
        }
        return null;
    }

    private Place? Find(YamlScalar named, EditionLevel level)
    {
        string text = named.Text;
        string? problem = text.Contains("${", StringComparison.Ordinal)
                ? "'extends' takes no variable: what is extended is read before they have values"
            : text.Length == 0 || text.Contains('\0', StringComparison.Ordinal)
                ? "'extends' has no name; expected that of an edition, or the path of its folder"
            : null;
        if (problem is not null)
        {
            faults.Add(named, problem);
            return null;
        }
        return IsPath(text) ? FindPath(named, level) : FindName(named, level);
    }

    private Place? FindName(YamlScalar named, EditionLevel level)
    {
        if (folders.FirstOrDefault(f => PlacesOf(named.Text, [f]).Any(File.Exists)) is string root)
        {
            root = Path.GetFullPath(root);
            return new Place(root, Path.Combine(root, "editions", named.Text));
        }
        string beside = File.Exists(Path.Combine(level.Folder, "..", named.Text, EditionLevel.FileName))
            ? $"; '../{named.Text}' is the one beside this" : "";
        faults.Add(
            named,
            $"unknown edition '{named.Text}'{NearMiss.Suggestion(named.Text, names())}; "
            + $"expected a name, or a path such as ../base{beside}");
        return null;
    }

    // seen from the file that it stands in, wherever strata is started
    private Place? FindPath(YamlScalar named, EditionLevel level)
    {
        string folder = Path.GetFullPath(Path.Combine(level.Folder, named.Text));
        folder = Path.GetFileName(folder) == EditionLevel.FileName ? Path.GetDirectoryName(folder)! : Trimmed(folder);
        string beside = Path.GetDirectoryName(level.Folder) ?? level.Folder;
        if (folders.Select(Path.GetFullPath).Prepend(beside).FirstOrDefault(r => IsAtOrBelow(folder, r)) is string root)
        {
            return new Place(root, folder);
        }
        faults.Add(
            named,
            $"'{named.Text}' lies elsewhere; expected an edition beside or below the folder of this file, or below the one that strata is "
            + "started in");
        return null;
    }

    private static bool IsAtOrBelow(string folder, string root) =>
        folder == Trimmed(root) || folder.StartsWith(Trimmed(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Trimmed(string folder) => Path.TrimEndingDirectorySeparator(folder);

    /// <param name="Root">A folder to which the way is trusted.</param>
    /// <param name="Folder">The edition's, at or below it.</param>
    private sealed record Place(string Root, string Folder);
}
