using System.Xml.Linq;
using Strata.Testing;

namespace Strata.Tidy.Tests;

/// <summary>The picture of ARCHITECTURE.md as a test.</summary>
public class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        ["Strata.Core"] = [],
        ["Strata.Yaml"] = ["Strata.Core"],
        ["Strata.Formats"] = ["Strata.Core"],
        ["Strata.Store"] = ["Strata.Core"],
        ["Strata.Packages"] = ["Strata.Core", "Strata.Formats", "Strata.Store"],
        ["Strata.Toolbox"] = ["Strata.Core", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Yaml"],
        ["Strata.Updates"] = ["Strata.Core", "Strata.Formats"],
        ["Strata.Init"] = ["Strata.Core", "Strata.Updates"],
        ["Strata.Kernel"] = ["Strata.Core", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Yaml"],
        ["Strata.Images"] =
        [
            "Strata.Core", "Strata.Yaml", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Updates", "Strata.Kernel",
        ],
        ["Strata.Machines"] = ["Strata.Core", "Strata.Yaml", "Strata.Store", "Strata.Toolbox"],
        ["Strata.Measure"] =
        [
            "Strata.Core", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Updates", "Strata.Kernel", "Strata.Images", "Strata.Machines",
        ],
        ["Strata.Cli"] =
        [
            "Strata.Core", "Strata.Yaml", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Images", "Strata.Machines",
            "Strata.Updates", "Strata.Kernel", "Strata.Measure",
        ],
    };

    [Fact]
    public void ProjectReferences_PointDownOnly()
    {
        List<string> wrong = [];
        foreach (string project in Repository.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".csproj", StringComparison.Ordinal)))
        {
            string from = Path.GetFileNameWithoutExtension(project);
            if (!s_allowed.TryGetValue(from, out string[]? allowed))
            {
                wrong.Add($"{from} is not in the picture");
                continue;
            }
            wrong.AddRange(ReferencesOf(project).Where(to => !allowed.Contains(to)).Select(to => $"{from} -> {to}"));
        }
        Assert.Empty(wrong);
    }

    /// <summary>What is built around the product may use all of it, and the shared parts of the tests; nothing of the product may use what is around it.</summary>
    [Fact]
    public void Fuzzing_UsesTheProductAndTheSharedPartsOfTheTestsOnly() => Assert.Empty(
        ReferencesOf("fuzz/Strata.Fuzz/Strata.Fuzz.csproj").Where(to => to != "Strata.Testing" && (to == "Strata.Cli" || !s_allowed.ContainsKey(to))));

    [Fact]
    public void Instrumentation_IsUsedByTheFuzzingAlone() => Assert.Equal(
        ["fuzz/Strata.Fuzz/Strata.Fuzz.csproj"],
        Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal) && Repository.Read(f).Contains("SharpFuzz", StringComparison.Ordinal)));

    [Fact]
    public void EveryProject_StandsInTheSolutionAndInTheArchitecture()
    {
        string solution = Repository.Read("Strata.slnx");
        string architecture = Repository.Read("ARCHITECTURE.md");
        IEnumerable<string> projects = Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal));
        Assert.Empty(projects.Where(p => !solution.Contains(p, StringComparison.Ordinal)));
        Assert.Empty(s_allowed.Keys.Where(p => !architecture.Contains("src/" + p, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> ReferencesOf(string project) => XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));
}
