using System.Text.RegularExpressions;
using Strata.Blueprints.Extending;
using Strata.Blueprints.Names;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Reads <c>edition.yaml</c>. Faults are collected, none is thrown.</summary>
internal static partial class EditionFile
{
    private const int LongestReason = 1000;

    private static readonly string[] s_components = ["main", "contrib", "non-free", "non-free-firmware"]; // Debian Policy §2.2

    /// <summary>Reads a parsed blueprint that extends no other.</summary>
    public static Edition Read(YamlMapping mapping, string folder, FaultList faults) =>
        Read(EditionChain.Of([new EditionLevel(mapping, folder)], VariableValues.None, EditionPart.IsWord, faults), faults);

    /// <summary>Reads a blueprint and those that it extends.</summary>
    public static Edition Read(EditionChain chain, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(faults);
        YamlMapping mapping = chain.Merged;
        string folder = chain.Levels[0].Folder;
        MappingReader reader = new(mapping, faults);
        IReadOnlyList<EditionPart> parts = [.. chain.Levels.Reverse().Select(l => EditionPart.Read(l, faults))];
        EditionPart.MarkWords(reader);
        YamlScalar? name = ReadName(reader);
        foreach (EditionLevel extended in chain.Levels.Skip(1))
        {
            ReadName(new MappingReader(extended.Mapping, faults));
        }
        IReadOnlyList<YamlScalar> capabilities = reader.Texts("capabilities", required: parts.All(p => p.Own is null));
        foreach (IGrouping<string, YamlScalar> twice in capabilities.GroupBy(c => c.Text).Where(g => g.Count() > 1))
        {
            faults.Add(twice.Last(), $"capability '{twice.Key}' stands here a second time");
        }
        IEnumerable<YamlScalar?> lines = [reader.Scalar("title"), reader.Scalar("version"), reader.Scalar("description")];
        foreach (YamlScalar line in lines.OfType<YamlScalar>().Where(l => l.Text.Any(char.IsControl)))
        {
            faults.Add(line, "a control character or a line feed; expected one line of text, as os-release(5) wants it");
        }
        YamlScalar? suite = reader.Scalar("suite");
        if (suite is not null && !NamePatterns.Name().IsMatch(suite.Text))
        {
            // it becomes part of addresses
            faults.Add(suite, $"'{suite.Text}' is no release of the archive; expected its codename, such as trixie");
        }
        if (reader.Scalar("version") is { Text: "" } empty)
        {
            faults.Add(empty, "'version' is empty");
        }
        MappingReader? run = reader.Mapping("run");
        EditionLayout layout = reader.Choice("layout", [("initramfs", EditionLayout.Initramfs), ("layers", EditionLayout.Layers)]);
        IReadOnlyList<PackageArchive> archives = OtherArchives.Read(reader, chain.FolderOf);
        if (suite?.Text == ArchiveMirrors.NoSuite)
        {
            CheckAlone(suite, archives, faults);
        }
        GuestArchitecture architecture = GuestArchitecture.Named(
            reader.Choice("architecture", GuestArchitecture.Amd64.Name, [.. GuestArchitecture.All.Select(a => a.Name)]));
        Edition edition = new()
        {
            Name = name?.Text ?? "",
            Title = reader.Text("title") ?? name?.Text ?? "",
            Version = reader.Text("version", required: true) ?? "",
            SecurityVersion = (ulong)(reader.Number("security-version", 0, Edition.HighestSecurityVersion) ?? 0),
            Description = reader.Text("description") ?? "",
            Folder = folder,
            Folders = [.. chain.Levels.Select(l => l.Folder)],
            Architecture = architecture,
            Suite = suite?.Text ?? "trixie",
            Components = ReadComponents(reader),
            Archives = archives,
            FolderPackages = PackageFolder.Read(reader, archives, chain.FolderOf, architecture),
            Container = ContainerWords.Read(reader),
            Kernel = reader.Scalar("kernel", required: true) is YamlScalar kernel ? Reference.To(kernel) : new Reference("", mapping),
            TakesAllModules = reader.Choice("kernel-modules", [("asked", false), ("all", true)]),
            Capabilities = [.. capabilities.Select(Reference.To)],
            Parts = parts,
            Init = reader.Scalar("init") is YamlScalar init ? new ProvidedInit(reader.Choice("init", [.. InitSystemNames.All]), init)
                : null,
            Machine = MachinePart.Read(reader),
            Owner = MachinePart.ReadOwner(reader),
            Layout = layout,
            State = EditionState.Read(reader),
            Health = EditionHealth.Read(reader),
            Boot = reader.Choice("boot", [("uki", BootProgram.Uki), ("systemd-boot", BootProgram.SystemdBoot)]),
            Disk = DiskLayout.Read(reader.Mapping("disk"), layout)!,
            Packing = reader.Choice("packing", "zstd", [.. Edition.PackingNames]),
            Base = [.. reader.Texts("base").Select(Reference.To)],
            CommandLine = ReadCommandLine(reader),
            Initramfs = reader.Choice("initramfs", "xz", "xz", "xz-smallest", "zstd", "none"),
            UnhandledScripts = reader.Choice("unhandled-scripts", [("fail", UnhandledScripts.Fail), ("warn", UnhandledScripts.Warn)]),
            HasPackageStatus = reader.Flag("package-status", otherwise: true),
            Keep = CapabilityFile.ReadPatterns(reader, "keep"),
            Vex = ReadVex(reader),
            Budgets = EditionBudgets.Read(reader.Mapping("budget")),
            Memory = run?.Size("memory") ?? ByteSize.FromMiB(256),
        };
        if (edition.Base.Count > 0 && edition.Layout != EditionLayout.Layers)
        {
            faults.Add(
                edition.Base[0].Place, "'base' names layers that are always mounted, and this edition has none: add 'layout: layers'");
        }
        run?.Done();
        foreach (string key in (string[])["boot", "disk", "health", "state"])
        {
            if (!edition.HasKernel && reader.Value(key) is YamlValue place)
            {
                faults.Add(place, $"'{key}' is for what boots, and this edition has 'kernel: {Edition.NoKernel}'");
            }
        }
        if (edition is { Architecture.Boots: false, HasKernel: true } && reader.Scalar("architecture") is YamlScalar named)
        {
            faults.Add(
                named,
                $"nothing that boots can be made for {named.Text} yet; expected "
                + $"{string.Join(" or ", GuestArchitecture.All.Where(a => a.Boots))}, or 'kernel: {Edition.NoKernel}' for a "
                + "container image");
        }
        reader.Done();
        return edition;
    }

    private static YamlScalar? ReadName(MappingReader reader)
    {
        YamlScalar? name = reader.Scalar("edition", required: true);
        if (name is not null && !NamePatterns.Name().IsMatch(name.Text))
        {
            reader.Faults.Add(name, $"'{name.Text}' is no name; expected lower-case letters, digits and dashes");
        }
        return name;
    }

    private static void CheckAlone(YamlScalar suite, IReadOnlyList<PackageArchive> archives, FaultList faults)
    {
        const string Meaning = $"'suite: {ArchiveMirrors.NoSuite}' takes no package from Debian's own archive, and ";
        if (!archives.Any(a => a.Roots.Count > 0 || a.Folder is not null))
        {
            faults.Add(suite, Meaning + "'archives' names no other");
        }
        foreach (PackageArchive part in archives.Where(a => a.Roots.Count == 0 && a.Folder is null))
        {
            faults.Add(suite, $"{Meaning}archive '{part.Name}' is a part of it: it has no 'urls'");
        }
    }

    private static Dictionary<string, string> ReadVex(MappingReader reader)
    {
        Dictionary<string, string> reasons = new(StringComparer.Ordinal);
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("vex"))
        {
            if (!VulnerabilityNumber().IsMatch(key.Text))
            {
                reader.Faults.Add(
                    key, $"'{key.Text}' is no number of a vulnerability; expected CVE-2026-1234, or TEMP-… of Debian's tracker");
            }
            if (value is YamlScalar { Text.Length: > 0 and <= LongestReason } reason && !reason.Text.Any(char.IsControl))
            {
                reasons[key.Text] = reason.Text;
            }
            else
            {
                reader.Faults.Add(
                    value, $"'{key.Text}' needs a line that says why it does not matter, of at most {LongestReason} characters");
            }
        }
        return reasons;
    }

    [GeneratedRegex("^(CVE-[0-9]{4}-[0-9]{4,12}|TEMP-[0-9]{7}-[0-9A-F]{6})$")]
    private static partial Regex VulnerabilityNumber();

    private static IReadOnlyList<string> ReadComponents(MappingReader reader)
    {
        IReadOnlyList<YamlScalar> components = reader.Texts("components");
        if (components.Count == 0)
        {
            return PackageRequest.Main;
        }
        foreach (YamlScalar unknown in components.Where(c => !s_components.Contains(c.Text)))
        {
            reader.Faults.Add(
                unknown, $"'{unknown.Text}' is no component of the archive{NearMiss.Suggestion(unknown.Text, s_components)}; expected {string.Join(", ", s_components)}");
        }
        if (components[0].Text != PackageRequest.Main[0])
        {
            reader.Faults.Add(components[0], "'components' begins with main, from which everything comes that is there");
        }
        foreach (IGrouping<string, YamlScalar> twice in components.GroupBy(c => c.Text).Where(g => g.Count() > 1))
        {
            reader.Faults.Add(twice.Last(), $"component '{twice.Key}' stands here a second time");
        }
        return [.. components.Select(c => c.Text)];
    }

    private static string ReadCommandLine(MappingReader reader)
    {
        YamlScalar? text = reader.Scalar("command-line");
        if (text is null)
        {
            return "";
        }
        string words = text.Text.Trim();
        if (KernelCommandLine.ProblemOf(words) is string problem)
        {
            reader.Faults.Add(text, $"'command-line' cannot be used: {problem}");
        }
        return words;
    }
}
