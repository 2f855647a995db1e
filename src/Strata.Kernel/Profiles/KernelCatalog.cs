using Strata.Core;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Kernel.Profiles;

/// <summary>Finds kernel profiles and fragments by name.</summary>
/// <param name="folders">Searched in order; each may hold <c>kernel/profiles/NAME.yaml</c> and <c>kernel/fragments/NAME.config</c>.</param>
public sealed class KernelCatalog(IReadOnlyList<string> folders)
{
    private const int LongestChain = 8;

    /// <summary>Targets that a profile may start from.</summary>
    public static IReadOnlyList<string> Bases { get; } = ["tinyconfig", "allnoconfig", "defconfig"];

    /// <summary>Names of the profiles, sorted.</summary>
    public IReadOnlyList<string> ProfileNames() => Names("profiles", ".yaml");

    /// <summary>Names of the fragments, sorted.</summary>
    public IReadOnlyList<string> FragmentNames() => Names("fragments", ".config");

    /// <summary>The file of a profile; null when there is none.</summary>
    public string? FindProfile(string name) => Find("profiles", name, ".yaml");

    /// <summary>Reads a profile with its fragments.</summary>
    /// <exception cref="StrataException">It is unknown or faulty; all faults are told.</exception>
    public KernelProfile Load(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string path = FindProfile(name)
            ?? throw new StrataException(
                $"cannot find kernel profile '{name}'{NearMiss.Suggestion(name, ProfileNames())}",
                $"Known profiles: {string.Join(", ", ProfileNames())}. They lie in kernel/profiles/.");
        FaultList faults = new();
        KernelProfile? profile = Load(path, [], faults);
        faults.ThrowIfAny($"kernel profile {name}");
        return profile!;
    }

    /// <summary>Reads a fragment.</summary>
    /// <exception cref="StrataException">It is unknown or faulty.</exception>
    public KernelFragment LoadFragment(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string path = Find("fragments", name, ".config")
            ?? throw new StrataException($"cannot find kernel fragment '{name}'{NearMiss.Suggestion(name, FragmentNames())}");
        FaultList faults = new();
        KernelFragment? fragment = KernelFragment.Load(path, Shown(path), faults);
        faults.ThrowIfAny($"kernel fragment {name}");
        return fragment!;
    }

    /// <summary>Reads a profile with its fragments and further ones. Faults are collected, none is thrown.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="wanted">Fragments that others ask for.</param>
    /// <param name="faults">Gets the faults.</param>
    public KernelProfile? Load(string path, IEnumerable<YamlScalar> wanted, FaultList faults) => Load(path, wanted, [], faults);

    // 'above' are the profiles that extend this one, the outermost first
    private KernelProfile? Load(string path, IEnumerable<YamlScalar> wanted, IReadOnlyList<string> above, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(faults);
        string shownAs = Shown(path);
        if (YamlFile.Read(ForeignFolder.ReadFile(path, depth: 3, YamlLimits.Standard.MaxCharacters), shownAs,
            faults) is not YamlMapping mapping)
        {
            return null;
        }
        MappingReader reader = new(mapping, faults);
        YamlScalar? name = reader.Scalar("profile", required: true);
        if (name is not null && name.Text != Path.GetFileNameWithoutExtension(path))
        {
            faults.Add(name, $"'{name.Text}' is not the name of its file, {Path.GetFileName(path)}");
        }
        KernelProfile? extended = LoadExtended(reader.Scalar("extends"), [.. above, Path.GetFileNameWithoutExtension(path)], faults);
        List<string> files = [path, .. extended?.Files ?? []];
        List<KernelFragment> fragments = [.. extended?.Fragments ?? []];
        HashSet<string> modular = new(extended?.ModularFragments ?? new HashSet<string>(), StringComparer.Ordinal);
        foreach (YamlScalar fragment in reader.Texts("fragments").Concat(wanted))
        {
            AddFragment(fragment, fragments, files, faults);
        }
        foreach (YamlScalar fragment in reader.Texts("modules"))
        {
            modular.Add(fragment.Text);
            AddFragment(fragment, fragments, files, faults);
        }
        MappingReader? budget = reader.Mapping("budget");
        KernelProfile profile = new()
        {
            Name = name?.Text ?? "",
            Description = reader.Text("description", required: true) ?? "",
            File = shownAs,
            Base = reader.Choice("base", extended?.Base ?? "tinyconfig", Bases),
            Architecture = reader.Choice("architecture", extended?.Architecture ?? "amd64", "amd64"),
            Extends = extended is null ? [] : [extended.Name, .. extended.Extends],
            Fragments = fragments,
            ModularFragments = modular,
            Lines = Over(extended?.Lines ?? [], ReadLines(reader, faults)),
            ImageBudget = budget?.Size("image") ?? extended?.ImageBudget,
            ModulesBudget = budget?.Size("modules") ?? extended?.ModulesBudget,
            TotalBudget = budget?.Size("total") ?? extended?.TotalBudget,
            Files = files,
        };
        budget?.Done();
        reader.Done();
        return profile;
    }

    private KernelProfile? LoadExtended(YamlScalar? name, List<string> above, FaultList faults)
    {
        if (name is null)
        {
            return null;
        }
        if (above.Contains(name.Text))
        {
            faults.Add(name, $"profile '{name.Text}' extends itself: {string.Join(" -> ", above)} -> {name.Text}");
            return null;
        }
        if (above.Count >= LongestChain)
        {
            faults.Add(name, $"profiles that extend one another may be {LongestChain} long at most; these are longer: {string.Join(" -> ", above)}");
            return null;
        }
        if (FindProfile(name.Text) is not string path)
        {
            faults.Add(name, $"unknown kernel profile '{name.Text}'{NearMiss.Suggestion(name.Text, ProfileNames())}");
            return null;
        }
        return Load(path, [], above, faults);
    }

    /// <summary>Lines of two profiles: those of the one that extends stand for those of the other about the same symbol.</summary>
    private static IReadOnlyList<PlacedLine> Over(IReadOnlyList<PlacedLine> extended, IReadOnlyList<PlacedLine> own)
    {
        HashSet<string> decided = [.. own.Select(l => l.Line.Symbol)];
        return [.. extended.Where(l => !decided.Contains(l.Line.Symbol)), .. own];
    }

    private static IReadOnlyList<PlacedLine> ReadLines(MappingReader reader, FaultList faults)
    {
        YamlScalar? config = reader.Scalar("config");
        // a block text ('config: |') begins in the line after its key
        return config is null ? [] : PlacedLine.ReadAll(config.Text.Split('\n'), config.File, config.Line + 1, faults);
    }

    private void AddFragment(YamlScalar name, List<KernelFragment> fragments, List<string> files, FaultList faults)
    {
        if (fragments.Exists(f => f.Name == name.Text))
        {
            return; // two may ask for the same
        }
        if (Find("fragments", name.Text, ".config") is not string path)
        {
            faults.Add(name, $"unknown kernel fragment '{name.Text}'{NearMiss.Suggestion(name.Text, FragmentNames())}");
            return;
        }
        if (KernelFragment.Load(path, Shown(path), faults) is KernelFragment fragment)
        {
            fragments.Add(fragment);
            files.Add(path);
        }
    }

    private static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    // what is no name would be a path, and lead out of the folders
    private string? Find(string kind, string name, string ending) => IsName(name)
        ? folders.Select(f => Path.Combine(f, "kernel", kind, name + ending)).FirstOrDefault(File.Exists)
        : null;

    private static bool IsName(string name) =>
        name.Length is > 0 and < 64 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    private List<string> Names(string kind, string ending) =>
    [
        .. folders.Select(f => Path.Combine(f, "kernel", kind)).Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFiles(f, "*" + ending)).Select(f => Path.GetFileNameWithoutExtension(f))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];
}
