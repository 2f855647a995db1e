using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>What the build does about a maintainer script whose effect nobody declared.</summary>
public enum UnhandledScripts
{
    /// <summary>Names it and fails.</summary>
    Fail,

    /// <summary>Names it and goes on.</summary>
    Warn,
}

/// <summary>How a system is packed.</summary>
public enum EditionLayout
{
    /// <summary>All of it in the initramfs.</summary>
    Initramfs,

    /// <summary>One layer for each capability, composed by the early init.</summary>
    Layers,
}

/// <summary>What firmware starts.</summary>
public enum BootProgram
{
    /// <summary>The kernel image itself, under the name that firmware looks for: nothing to choose from, nothing between.</summary>
    Uki,

    /// <summary>systemd-boot, which finds the kernel images of several versions beside it.</summary>
    SystemdBoot,
}

/// <summary>A product of the family, read from its blueprint <c>edition.yaml</c>.</summary>
public sealed record Edition
{
    /// <summary>Short name, that of its folder: lower-case letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>Version of the blueprint.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// Which holes it has closed: raised when what went before must open no machine's state any more (docs/secure-boot.md).
    /// </summary>
    public ulong SecurityVersion { get; init; }

    /// <summary>The highest <see cref="SecurityVersion"/>: one that is said by mistake can still be followed by higher ones.</summary>
    public const long HighestSecurityVersion = uint.MaxValue;

    /// <summary>One sentence for people.</summary>
    public required string Description { get; init; }

    /// <summary>Folder of the blueprint.</summary>
    public required string Folder { get; init; }

    /// <summary>That folder, then those of the editions that it extends: what lies beside them is found by its name.</summary>
    public IReadOnlyList<string> Folders { get => field ?? [Folder]; init; }

    /// <summary>For which processor.</summary>
    public GuestArchitecture Architecture { get; init; } = GuestArchitecture.Amd64;

    /// <summary>Debian suite that the packages come from.</summary>
    public string Suite { get; init; } = "trixie";

    /// <summary>Components of the archive that packages may come from; what is not free is taken only by who says so.</summary>
    public IReadOnlyList<string> Components { get; init; } = PackageRequest.Main;

    /// <summary>Archives besides Debian's own that packages may come from.</summary>
    public IReadOnlyList<PackageArchive> Archives { get; init; } = [];

    /// <summary>The package files of those archives that are folders, by name, and where the folder is named.</summary>
    public IReadOnlyList<(YamlScalar Place, OwnPackage Package)> FolderPackages { get; init; } = [];

    /// <summary>Name of a kernel: <c>kernel/NAME.yaml</c> (of a package), <c>kernel/profiles/NAME.yaml</c> (built), or <see cref="NoKernel"/>.</summary>
    public required Reference Kernel { get; init; }

    /// <summary>Name that stands for no kernel: such an edition is a container image and nothing else.</summary>
    public const string NoKernel = "none";

    /// <summary>False for an edition that cannot boot.</summary>
    public bool HasKernel => Kernel.Name != NoKernel;

    /// <summary>True to take every module that the kernel has, whoever asks for it.</summary>
    public bool TakesAllModules { get; init; }

    /// <summary>How it starts as a container, and how its layers are compressed.</summary>
    public ContainerSettings Container { get; init; } = new();

    /// <summary>Capabilities by name, in the order of the file.</summary>
    public required IReadOnlyList<Reference> Capabilities { get; init; }

    /// <summary>
    /// What the blueprint brings itself, in the words of a capability, which has the name of the edition and comes after all others; null
    /// when it brings nothing. What it requires is set by who knows the others.
    /// </summary>
    public Capability? Own => Parts.Count == 0 ? null : Parts[^1].Own;

    /// <summary>Names of the editions that it extends, the lowest first, and last its own: what each brings itself is named so.</summary>
    public IReadOnlyList<string> OwnNames => [.. Parts.Select(p => p.Name)];

    /// <summary>What each of the editions that it extends brings itself, the lowest first, and last what it brings.</summary>
    internal IReadOnlyList<EditionPart> Parts { get; init; } = [];

    /// <summary>The init system it asks for, and where; null when it takes the one that its capabilities provide.</summary>
    public ProvidedInit? Init { get; init; }

    /// <summary>What it says of the machine itself; null for nothing.</summary>
    public MachineWords? Machine { get; init; }

    /// <summary>The words of the machine that its owner may say later; null when the blueprint does not limit them.</summary>
    public IReadOnlyList<string>? Owner { get; init; }

    /// <summary>How the system is packed.</summary>
    public EditionLayout Layout { get; init; }

    /// <summary>What <see cref="Packing"/> may be.</summary>
    public static IReadOnlyList<string> PackingNames { get; } = ["zstd", "xz", "fast"];

    /// <summary>Compression of the layers: one of <see cref="PackingNames"/>.</summary>
    public string Packing { get; init; } = "zstd";

    /// <summary>Layers that are mounted whatever the kernel command line says, by capability; the first one when empty. Only with layers.</summary>
    public IReadOnlyList<Reference> Base { get; init; } = [];

    /// <summary>What has to be well before a release on trial counts as good; null for the usual.</summary>
    public EditionHealth? Health { get; init; }

    /// <summary>What of it outlives a restart; null for nothing.</summary>
    public EditionState? State { get; init; }

    /// <summary>True when the early init starts it: to join its layers, or to open its state.</summary>
    public bool HasEarlyInit => HasKernel && (Layout == EditionLayout.Layers || State is not null);

    /// <summary>What firmware starts.</summary>
    public BootProgram Boot { get; init; }

    /// <summary>Partitions of its disk.</summary>
    public DiskLayout Disk { get => field ?? DiskLayout.UsualFor(Layout); init; }

    /// <summary>Kernel command line.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Compression of the initramfs: <c>xz</c>, <c>xz-smallest</c>, <c>zstd</c> or <c>none</c>.</summary>
    public string Initramfs { get; init; } = "xz";

    /// <summary>What happens with scripts nobody declared.</summary>
    public UnhandledScripts UnhandledScripts { get; init; }

    /// <summary>True when the image says which packages it has files of, for scanners.</summary>
    public bool HasPackageStatus { get; init; } = true;

    /// <summary>Vulnerabilities that do not matter for it, by number, and why.</summary>
    public IReadOnlyDictionary<string, string> Vex { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Paths kept although policy would drop them.</summary>
    public IReadOnlyList<PathPattern> Keep { get; init; } = [];

    /// <summary>Limits that fail the build, or the measurement.</summary>
    public EditionBudgets Budgets { get; init; } = new();

    /// <summary>Memory for <c>strata run</c>.</summary>
    public ByteSize Memory { get; init; } = ByteSize.FromMiB(256);
}
