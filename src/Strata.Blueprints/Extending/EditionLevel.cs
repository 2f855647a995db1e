using Strata.Yaml;

namespace Strata.Blueprints.Extending;

/// <summary>A blueprint as it stands in its file, before anything is made of it.</summary>
/// <param name="Mapping">What it says; the variables in it have their values.</param>
/// <param name="Folder">Folder of the file, in which its sources are looked up.</param>
internal sealed record EditionLevel(YamlMapping Mapping, string Folder)
{
    /// <summary>Name of the file of every blueprint.</summary>
    public const string FileName = "edition.yaml";

    /// <summary>Its file.</summary>
    public string Path => System.IO.Path.Combine(Folder, FileName);

    /// <summary>What it calls itself; the name of its folder where it has none.</summary>
    public string Name => Mapping.Items.FirstOrDefault(i => i.Key.Text == "edition").Value is YamlScalar { Text: { Length: > 0 } name }
        ? name : System.IO.Path.GetFileName(Folder);
}
