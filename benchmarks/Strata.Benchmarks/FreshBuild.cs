using System.Text.Json;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Packages.Locks;

namespace Strata.Benchmarks;

/// <summary>A build that finds every package in its store and nothing else: no results, no listings, no unpacked tools.</summary>
/// <param name="settings">What is measured.</param>
/// <param name="timer">Runs it.</param>
internal sealed class FreshBuild(Settings settings, CommandTimer timer)
{
    private readonly string _edition = Path.Combine(settings.Folder, "edition", "nano");
    private readonly List<Dictionary<string, (double Wall, double Cpu)>> _steps = [];
    private string _expected = "";

    /// <summary>Packages of the guest; known after <see cref="Prepare"/>.</summary>
    public IReadOnlyList<LockedPackage> Packages { get; private set; } = [];

    /// <summary>Packages of the guest and of the tools.</summary>
    public IReadOnlyList<LockedPackage> AllPackages { get; private set; } = [];

    /// <summary>Median seconds of each step of the runs so far, in their order.</summary>
    public IEnumerable<(string Name, double Wall, double Cpu)> Steps => _steps[0].Keys.Select(name =>
    {
        (double Wall, double Cpu)[] sorted = [.. _steps.Select(s => s[name]).OrderBy(s => s.Wall)];
        return (name, sorted[sorted.Length / 2].Wall, sorted[sorted.Length / 2].Cpu);
    });

    /// <summary>Path of a package in the store that is measured with.</summary>
    public string PathOf(LockedPackage package) => ObjectIn(settings.Store, package);

    /// <summary>Builds once with the warm store, so that packages are there, and keeps the lock as the edition's own.</summary>
    public void Prepare()
    {
        string output = Path.Combine(settings.Folder, "out");
        // with Debian's kernel: what compiling the own one takes would hide everything else. An edition below the current folder goes first.
        string ours = Path.Combine(settings.Folder, "editions", "nano", "edition.yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(ours)!);
        string blueprint = File.ReadAllText(Path.Combine(settings.Home, "editions", "nano", "edition.yaml"));
        File.WriteAllText(ours, blueprint.Replace("kernel: nano\n", "kernel: debian-cloud\n", StringComparison.Ordinal).Replace("kernel-modules: all\n", "", StringComparison.Ordinal).Replace("image: 16 MiB", "image: 32 MiB", StringComparison.Ordinal));
        (_, string json) = timer.Run(settings.Folder, settings.Program, "build", "nano", "--output", output, "--json");
        using JsonDocument summary = JsonDocument.Parse(json);
        _expected = summary.RootElement.GetProperty("sha256").GetString()!;
        string lockFile = Path.Combine(output, "nano", EditionLock.FileName);
        EditionLock made = EditionLock.Read(lockFile);
        Packages = made.Guest.Packages;
        AllPackages = [.. made.Guest.Packages.Concat(made.Tools.Packages).DistinctBy(p => p.Sha256)];
        Directory.CreateDirectory(_edition);
        File.Copy(ours, Path.Combine(_edition, "edition.yaml"));
        File.Copy(lockFile, Path.Combine(_edition, EditionLock.FileName));
    }

    /// <summary>Makes a store of the packages alone and builds with it.</summary>
    /// <exception cref="StrataException">The image is not the one that the warm store gives.</exception>
    public Measurement Run()
    {
        string store = Path.Combine(settings.Folder, "fresh-store");
        try
        {
            foreach (LockedPackage package in AllPackages)
            {
                string target = ObjectIn(store, package);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(PathOf(package), target);
            }
            (Measurement measurement, string json) = timer.Run(
                settings.Folder, settings.Program,
                "build", _edition, "--locked", "--offline", "--store", store, "--output", Path.Combine(settings.Folder, "fresh-out"), "--json");
            Note(json);
            return measurement;
        }
        finally
        {
            if (Directory.Exists(store))
            {
                Directory.Delete(store, recursive: true);
            }
        }
    }

    private void Note(string json)
    {
        using JsonDocument summary = JsonDocument.Parse(json);
        string digest = summary.RootElement.GetProperty("sha256").GetString()!;
        if (digest != _expected || summary.RootElement.GetProperty("unchanged").GetBoolean())
        {
            throw new StrataException($"cannot compare: the fresh build gave {digest}, the warm one {_expected}, or the fresh one found its result ready");
        }
        _steps.Add(summary.RootElement.GetProperty("steps").EnumerateArray().ToDictionary(
            s => s.GetProperty("name").GetString()!,
            s => (s.GetProperty("seconds").GetDouble(), s.GetProperty("cpu").GetDouble())));
    }

    // docs/formats/store.md
    private static string ObjectIn(string store, LockedPackage package) =>
        Path.Combine(store, "cas", package.Sha256.ToString()[..2], package.Sha256.ToString());
}
