using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Toolbox;

namespace Strata.Cli.Wiring;

/// <summary>The data that strata comes with: editions, capabilities, kernels, effects, tools.</summary>
internal static class ShippedData
{
    /// <summary>Its folder.</summary>
    public static string Home { get; } = Environment.GetEnvironmentVariable("STRATA_HOME") is { Length: > 0 } home ? home : FindHome();

    /// <summary>Where editions and capabilities are looked for: here first, then among those that strata comes with.</summary>
    public static IReadOnlyList<string> CatalogFolders()
    {
        string here = Environment.CurrentDirectory;
        return here == Home ? [here] : [here, Home];
    }

    /// <summary>All sets of tools.</summary>
    public static IReadOnlyList<ToolSet> ToolSets() => ToolSet.LoadAll(Path.Combine(Home, "toolbox", "tools.yaml"));

    /// <summary>A set of tools by its name.</summary>
    /// <exception cref="StrataException">There is none.</exception>
    public static ToolSet ToolSetNamed(string name)
    {
        IReadOnlyList<ToolSet> sets = ToolSets();
        return sets.FirstOrDefault(s => s.Name == name) ?? throw new StrataException(
            $"cannot find tools '{name}'{NearMiss.Suggestion(name, sets.Select(s => s.Name))}; "
            + $"known: {string.Join(", ", sets.Select(s => s.Name))}");
    }

    /// <summary>Packages of its locks, for a day on which a mirror lacks the index that would list them.</summary>
    public static IEnumerable<LockedPackage> Packages()
    {
        Catalog shipped = new([Home]);
        foreach (string name in shipped.EditionNames())
        {
            string path = Path.Combine(shipped.FindEdition(name), EditionLock.FileName);
            foreach (LockedPackage package in File.Exists(path) ? EditionLock.Read(path).Guest.Packages : [])
            {
                yield return package;
            }
        }
    }

    private static string FindHome()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "toolbox", "tools.yaml")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new StrataException(
            "cannot find the editions and capabilities that strata comes with", "Set STRATA_HOME to the folder of its checkout.");
    }
}
