using Strata.Core;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints.Extending;

/// <summary>Reads a blueprint and, one after another, those that it extends.</summary>
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
        YamlMapping? mapping = ReadFile(folder);
        while (mapping is not null)
        {
            EditionLevel level = new(mapping, folder);
            levels.Add(level);
            if (new MappingReader(mapping, faults).Scalar("extends") is not YamlScalar base_ || FolderOf(base_, level) is not string next)
            {
                break;
            }
            if (levels.FindIndex(l => l.Folder == next) is >= 0 and int first)
            {
                IEnumerable<string> circle = levels.Skip(first).Append(levels[first]).Select(l => l.Name);
                faults.Add(base_, $"editions extend each other in a circle: {string.Join(" → ", circle)}");
                break;
            }
            if (levels.Count == MostLevels)
            {
                faults.Add(base_, $"'{base_.Text}' is extended by {MostLevels} editions, each by the next; expected fewer");
                break;
            }
            folder = next;
            mapping = ReadExtended(base_, next);
        }
        return levels;
    }

    private YamlMapping? ReadFile(string folder)
    {
        string path = Path.Combine(folder, EditionLevel.FileName);
        return YamlFile.Read(ForeignFolder.ReadFile(path, depth: 1, YamlLimits.Standard.MaxCharacters), shown(path), faults);
    }

    private YamlMapping? ReadExtended(YamlScalar place, string folder)
    {
        try
        {
            return ReadFile(folder);
        }
        catch (StrataException e)
        {
            faults.Add(place, $"{e.Message}; expected an edition to extend");
            return null;
        }
    }

    // a path is relative to the file that it stands in, wherever strata is started
    private string? FolderOf(YamlScalar named, EditionLevel level)
    {
        string text = named.Text;
        if (text.Contains("${", StringComparison.Ordinal))
        {
            faults.Add(named, "'extends' takes no variable: what is extended is read before they have values");
            return null;
        }
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
        {
            faults.Add(named, "'extends' has no name; expected that of an edition, or the path of its folder");
            return null;
        }
        if (!IsPath(text))
        {
            string? found = PlacesOf(text, folders).FirstOrDefault(File.Exists);
            if (found is null)
            {
                string beside = File.Exists(Path.Combine(level.Folder, "..", text, EditionLevel.FileName))
                    ? $"; '../{text}' is the one beside this" : "";
                faults.Add(
                    named, $"unknown edition '{text}'{NearMiss.Suggestion(text, names())}; expected a name, or a path such as ../base{beside}");
            }
            return found is null ? null : Path.GetDirectoryName(Path.GetFullPath(found));
        }
        string path = Path.GetFullPath(Path.Combine(level.Folder, text));
        path = Path.GetFileName(path) == EditionLevel.FileName ? Path.GetDirectoryName(path)! : path;
        if (!File.Exists(Path.Combine(path, EditionLevel.FileName)))
        {
            faults.Add(named, $"'{text}' has no {EditionLevel.FileName}; expected the folder of an edition, seen from that of this file");
            return null;
        }
        return path.TrimEnd('/') is { Length: > 0 } whole ? whole : "/";
    }
}
