using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Reads <c>kernel/NAME.yaml</c>: a kernel that is taken from a package as it is.</summary>
internal static class StockKernel
{
    /// <summary>Its package for the edition's architecture. Faults are collected; null when there is none.</summary>
    public static string? ReadPackage(string path, string shownAs, Edition edition, FaultList faults)
    {
        YamlMapping? mapping = YamlFile.Read(ForeignFolder.ReadFile(path, depth: 2, YamlLimits.Standard.MaxCharacters), shownAs, faults);
        if (mapping is null)
        {
            return null;
        }
        MappingReader reader = new(mapping, faults);
        reader.Text("kernel", required: true);
        reader.Text("description");
        MappingReader? packages = reader.Mapping("packages");
        string? package = packages?.Text("amd64");
        string? arm = packages?.Text("arm64");
        packages?.Done();
        reader.Done();
        string? chosen = edition.Architecture == "arm64" ? arm : package;
        if (chosen is null)
        {
            faults.Add(mapping, $"kernel '{edition.Kernel.Name}' has no package for {edition.Architecture}");
        }
        return chosen;
    }
}
