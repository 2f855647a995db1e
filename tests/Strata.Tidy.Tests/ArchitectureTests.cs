using System.Text.RegularExpressions;
using System.Xml.Linq;
using Strata.Testing;

namespace Strata.Tidy.Tests;

/// <summary>The picture of ARCHITECTURE.md as a test.</summary>
public partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        ["Strata.Core"] = [],
        ["Strata.Yaml"] = ["Strata.Core"],
        ["Strata.Settings"] = ["Strata.Core", "Strata.Yaml"],
        ["Strata.Formats"] = ["Strata.Core"],
        ["Strata.Device"] = ["Strata.Core"],
        ["Strata.Store"] = ["Strata.Core", "Strata.Device"],
        ["Strata.Packages"] = ["Strata.Core", "Strata.Formats", "Strata.Device", "Strata.Store"],
        ["Strata.Toolbox"] = ["Strata.Core", "Strata.Formats", "Strata.Device", "Strata.Store", "Strata.Packages", "Strata.Yaml"],
        ["Strata.Updates"] = ["Strata.Core"],
        ["Strata.Flash"] = ["Strata.Core", "Strata.Device"],
        ["Strata.Sealing"] = ["Strata.Core", "Strata.Device"],
        ["Strata.Tuf"] = ["Strata.Core"],
        ["Strata.Publishing"] = ["Strata.Core", "Strata.Device", "Strata.Tuf", "Strata.Updates"],
        ["Strata.Trust"] = ["Strata.Core", "Strata.Device", "Strata.Formats"],
        ["Strata.Init"] = ["Strata.Core", "Strata.Device", "Strata.Sealing", "Strata.Updates"],
        ["Strata.Agent"] = ["Strata.Core", "Strata.Yaml", "Strata.Device", "Strata.Settings", "Strata.Tuf", "Strata.Updates"],
        ["Strata.Kernel"] = ["Strata.Core", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Yaml"],
        ["Strata.Blueprints"] =
        [
            "Strata.Core", "Strata.Yaml", "Strata.Settings", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Updates",
            "Strata.Kernel",
        ],
        ["Strata.Composition"] =
        [
            "Strata.Core", "Strata.Yaml", "Strata.Settings", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox",
            "Strata.Kernel", "Strata.Blueprints",
        ],
        ["Strata.Layers"] =
        [
            "Strata.Core", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Updates", "Strata.Blueprints",
            "Strata.Composition",
        ],
        ["Strata.Images"] =
        [
            "Strata.Core", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Updates", "Strata.Kernel",
            "Strata.Blueprints", "Strata.Composition", "Strata.Layers", "Strata.Sealing", "Strata.Trust",
        ],
        ["Strata.Inventory"] = ["Strata.Core", "Strata.Formats", "Strata.Packages"],
        ["Strata.Advice"] = ["Strata.Core", "Strata.Yaml", "Strata.Store", "Strata.Packages", "Strata.Blueprints"],
        ["Strata.Machines"] = ["Strata.Core", "Strata.Yaml", "Strata.Device", "Strata.Store", "Strata.Toolbox"],
        ["Strata.Measure"] =
        [
            "Strata.Core", "Strata.Formats", "Strata.Toolbox", "Strata.Updates", "Strata.Blueprints", "Strata.Layers", "Strata.Images",
            "Strata.Machines",
        ],
        ["Strata.Editions"] =
        [
            "Strata.Core", "Strata.Formats", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Updates", "Strata.Kernel",
            "Strata.Blueprints", "Strata.Composition", "Strata.Layers", "Strata.Images", "Strata.Inventory", "Strata.Machines",
            "Strata.Measure",
        ],
        ["Strata.Cli"] =
        [
            "Strata.Core", "Strata.Formats", "Strata.Device", "Strata.Store", "Strata.Packages", "Strata.Toolbox", "Strata.Updates",
            "Strata.Kernel", "Strata.Blueprints", "Strata.Composition", "Strata.Layers", "Strata.Flash", "Strata.Images",
            "Strata.Trust", "Strata.Tuf", "Strata.Publishing", "Strata.Editions", "Strata.Advice", "Strata.Inventory",
            "Strata.Machines", "Strata.Measure",
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

    /// <summary>An arrow that no source needs makes the picture wider than the code, and opens a way that nobody decided on.</summary>
    [Fact]
    public void ProjectReferences_AreNeededBySources() => Assert.Empty(
        from project in s_allowed.Keys
        from to in ReferencesOf($"src/{project}/{project}.csproj")
            .Except(SourceCode.Of(project).SelectMany(f => f.NamesOfOurs()).Select(ProjectOf))
        select $"{project} -> {to} is referenced and not used");

    [Fact]
    public void Picture_ShowsTheArrowsThatThereAre()
    {
        string architecture = Repository.Read("ARCHITECTURE.md");
        foreach ((string project, string[] allowed) in s_allowed)
        {
            Assert.Equal(allowed.Order(StringComparer.Ordinal),
                ReferencesOf($"src/{project}/{project}.csproj").Order(StringComparer.Ordinal));
            string row = architecture.Split('\n').Single(l => l.StartsWith($"src/{project} ", StringComparison.Ordinal));
            string drawn = LastColumn().Match(row).Groups[1].Value;
            Assert.Equal(
                drawn == "uses nothing" ? [] : drawn.Split(' ').Order(StringComparer.Ordinal).Select(n => "Strata." + n),
                allowed.Order(StringComparer.Ordinal));
        }
    }

    /// <summary>
    /// What is built around the product may use all of it, and the shared parts of the tests; nothing of the product may use what is
    /// around it.
    /// </summary>
    [Fact]
    public void Fuzzing_UsesTheProductAndTheSharedPartsOfTheTestsOnly() => Assert.Empty(
        ReferencesOf("fuzz/Strata.Fuzz/Strata.Fuzz.csproj")
            .Where(to => to != "Strata.Testing" && (to == "Strata.Cli" || !s_allowed.ContainsKey(to))));

    [Fact]
    public void Instrumentation_IsUsedByTheFuzzingAlone() => Assert.Equal(
        ["fuzz/Strata.Fuzz/Strata.Fuzz.csproj"],
        Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal)
            && Repository.Read(f).Contains("SharpFuzz", StringComparison.Ordinal)));

    [Fact]
    public void EveryProject_StandsInTheSolutionAndInTheArchitecture()
    {
        string solution = Repository.Read("Strata.slnx");
        string architecture = Repository.Read("ARCHITECTURE.md");
        IEnumerable<string> projects = Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal));
        Assert.Empty(projects.Where(p => !solution.Contains(p, StringComparison.Ordinal)));
        Assert.Empty(s_allowed.Keys.Where(p => !architecture.Contains("src/" + p, StringComparison.Ordinal)));
    }

    /// <summary>src/Strata.Agent/unused.xml takes the class out of the agent: there it would say that everything matches.</summary>
    [Fact]
    public void SourcesOfTheAgent_UseNoRegularExpressions() => Assert.Empty(
        from file in Repository.Files
        where ((string[])["Strata.Agent", "Strata.Settings", "Strata.Yaml", "Strata.Device", "Strata.Tuf", "Strata.Updates"])
            .Any(p => file.StartsWith($"src/{p}/", StringComparison.Ordinal)) && file.EndsWith(".cs", StringComparison.Ordinal)
        where Repository.Read(file) is string text && (text.Contains("RegularExpressions", StringComparison.Ordinal)
            || text.Contains("WebAddress", StringComparison.Ordinal)) // the one in Strata.Core that uses them
        select file);

    private static string ProjectOf(string name) => string.Join('.', name.Split('.').Take(2));

    private static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));

    [GeneratedRegex(@" {2,}(\w+( \w+)*)$")]
    private static partial Regex LastColumn();
}
