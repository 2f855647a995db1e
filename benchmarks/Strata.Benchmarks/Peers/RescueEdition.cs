using System.Text.Json.Nodes;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Packages.Locks;

namespace Strata.Benchmarks.Peers;

/// <summary>An edition of <c>benchmarks/peers</c>, built by <c>strata</c> from a store that holds its packages and nothing else.</summary>
/// <param name="settings">What is measured.</param>
/// <param name="timer">Runs it.</param>
/// <param name="name">Folder below <c>benchmarks/peers</c>.</param>
internal sealed class RescueEdition(Settings settings, CommandTimer timer, string name)
{
    private const string Added = "tree"; // a package that only the scenario of one package more takes

    private readonly string _folder = Path.Combine(settings.Folder, "editions", name);
    private readonly string _store = Path.Combine(settings.Folder, $"store-{name}");
    private int _lines;

    /// <summary>Packages that the image takes; known after <see cref="Prepare"/>.</summary>
    public IReadOnlyList<LockedPackage> Packages { get; private set; } = [];

    /// <summary>Where a package lies in the store that was filled before.</summary>
    public string PathOf(LockedPackage package) => ObjectIn(settings.Store, package.Sha256);

    /// <summary>
    /// Copies the blueprint, gives it a file of its own and a second form with one package more, and builds both once with the warm store:
    /// so
    /// all packages are there, and both are locked.
    /// </summary>
    public void Prepare(bool withPackage = true)
    {
        foreach (string variant in withPackage ? (string[])[name, $"{name}-and-one"] : [name])
        {
            string folder = FolderOf(variant);
            FolderCopy.Make(Path.Combine(settings.Home, "benchmarks", "peers", name), folder);
            string capabilities = Directory.CreateDirectory(Path.Combine(folder, "capabilities")).FullName;
            string packages = variant == name ? "" : $"packages:\n  {Added}: {{}}\n";
            File.WriteAllText(Path.Combine(capabilities, "own.yaml"),
                $"capability: own\ndescription: A file that changes\n{packages}files:\n  /etc/motd: {{source: motd}}\n");
            string edition = Path.Combine(folder, "edition.yaml");
            File.WriteAllText(edition, File.ReadAllText(edition)
                .Replace("capabilities: [", "capabilities: [own, ", StringComparison.Ordinal));
            ChangeFile(folder);
            string output = Path.Combine(settings.Folder, "out", variant);
            timer.Run(settings.Folder, settings.Program, "build", folder, "--output", output, "--store", settings.Store);
            File.Copy(Path.Combine(output, name, EditionLock.FileName), Path.Combine(folder, EditionLock.FileName), overwrite: true);
        }
        Packages = EditionLock.Read(Path.Combine(_folder, EditionLock.FileName)).Guest.Packages;
    }

    /// <summary>Builds after something happened. <see cref="Scenario.Cold"/> goes first: the others build on its store.</summary>
    public (Measurement Measurement, IReadOnlyList<Step> Steps) Build(Scenario scenario)
    {
        string folder = FolderOf(scenario == Scenario.Package ? $"{name}-and-one" : name);
        if (scenario == Scenario.Cold)
        {
            FillStore();
        }
        else if (scenario == Scenario.File)
        {
            ChangeFile(folder);
        }
        (Measurement measurement, string json) = timer.Run(
            settings.Folder, settings.Program,
            "build", folder, "--locked", "--offline", "--store", _store, "--output", Path.Combine(settings.Folder, "out", "measured"),
                "--json");
        JsonNode summary = JsonNode.Parse(json)!;
        if (summary["unchanged"]!.GetValue<bool>() != (scenario == Scenario.Unchanged))
        {
            throw new StrataException($"cannot compare: a build of '{name}' for '{scenario}' did not do what it is measured for");
        }
        return (measurement, [.. summary["steps"]?.AsArray().Select(Step.Of) ?? []]);
    }

    /// <summary>Removes the store of the measured builds.</summary>
    public void Forget() => Remove(_store);

    private string FolderOf(string variant) => Path.Combine(settings.Folder, "editions", variant);

    private void ChangeFile(string folder) => File.WriteAllText(Path.Combine(folder, "capabilities", "motd"),
        $"This is line {++_lines}.\n");

    /// <summary>Packages of the image, of its tools, and of what links programs of the device: copied as they are.</summary>
    private void FillStore()
    {
        Remove(_store);
        string[] locks =
        [
            .. ((string[])[name, $"{name}-and-one"]).Select(v => Path.Combine(FolderOf(v), EditionLock.FileName)).Where(File.Exists),
            Path.Combine(settings.Home, "toolbox", "device-amd64.lock"),
        ];
        foreach (Sha256Digest package in locks.SelectMany(l => PackagesIn(JsonNode.Parse(File.ReadAllText(l))!)).Distinct())
        {
            string source = ObjectIn(settings.Store, package);
            string target = ObjectIn(_store, package);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }
    }

    // docs/formats/lock.md: 'packages' of the lock, or of its parts
    private static IEnumerable<Sha256Digest> PackagesIn(JsonNode node) => node["packages"] is JsonArray packages
        ? packages.Select(p => Sha256Digest.Parse(p!["sha256"]!.GetValue<string>()))
        : node.AsObject().Select(p => p.Value).OfType<JsonObject>().SelectMany(PackagesIn);

    // docs/formats/store.md
    private static string ObjectIn(string store, Sha256Digest digest)
        => Path.Combine(store, "cas", digest.ToString()[..2], digest.ToString());

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What one step of a build took.</summary>
    public sealed record Step(string Name, double Wall, double Cpu)
    {
        internal static Step Of(JsonNode? node) =>
            new(node!["name"]!.GetValue<string>(), node["seconds"]!.GetValue<double>(), node["cpu"]!.GetValue<double>());
    }
}
