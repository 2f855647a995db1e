using Strata.Core;
using Strata.Yaml;

namespace Strata.Toolbox;

/// <summary>Tools that are fetched together: <c>toolbox/tools.yaml</c>.</summary>
/// <param name="Name">Its name: <c>run</c>.</param>
/// <param name="Description">One sentence for people.</param>
/// <param name="Packages">Debian packages by name; what they depend on comes along.</param>
/// <param name="Cut">Packages that are not followed.</param>
public sealed record ToolSet(string Name, string Description, IReadOnlyList<string> Packages, IReadOnlyList<string> Cut)
{
    /// <summary>Reads all sets.</summary>
    /// <exception cref="StrataException">The file is missing or faulty.</exception>
    public static IReadOnlyList<ToolSet> LoadAll(string path)
    {
        FaultList faults = new();
        List<ToolSet> sets = [];
        foreach ((YamlScalar name, YamlValue value) in YamlFile.Load(path, Path.GetFileName(path), faults)?.Items ?? [])
        {
            if (MappingReader.Of(value, $"set '{name.Text}'", faults) is MappingReader reader)
            {
                sets.Add(new ToolSet(
                    name.Text,
                    reader.Text("description", required: true) ?? "",
                    [.. reader.Texts("packages", required: true).Select(t => t.Text)],
                    [.. reader.Texts("cut").Select(t => t.Text)]));
                reader.Done();
            }
        }
        faults.ThrowIfAny("the list of tools");
        return sets;
    }
}
