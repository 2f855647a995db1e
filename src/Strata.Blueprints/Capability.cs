using Strata.Blueprints.Hosted;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>A name in a file that stands for something in another file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Place">Where it stands, for messages.</param>
public sealed record Reference(string Name, YamlValue Place)
{
    /// <summary>A name read from a file.</summary>
    public static Reference To(YamlScalar name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(name.Text, name);
    }
}

/// <summary>One unit of function: what it takes from packages and what it adds of its own.</summary>
public sealed record Capability
{
    /// <summary>What no capability may be called: the part of a system, and its layer, that effects make for the whole of it.</summary>
    public const string SystemName = "system";

    /// <summary>What the capability is called that an edition's <c>init:</c> stands for.</summary>
    public const string InitName = "init";

    /// <summary>What the capability is called that does at each start what the words of the machine say.</summary>
    public const string MachineName = "machine";

    /// <summary>The capability that learns from its owner who a machine is.</summary>
    public const string FirstStartName = "first-start";

    /// <summary>The capability that says that a start was good.</summary>
    public const string ProvenName = "proven";

    /// <summary>The capability that looks whether a release on trial is well.</summary>
    public const string TrialName = "trial";

    /// <summary>Its name: lower-case letters, digits and dashes; the file is <c>NAME.yaml</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Description { get; init; }

    /// <summary>The file it came from, as shown to people.</summary>
    public required string File { get; init; }

    /// <summary>Capabilities that must be there too; they come before this one.</summary>
    public IReadOnlyList<Reference> Requires { get; init; } = [];

    /// <summary>What it takes from packages, in file order.</summary>
    public IReadOnlyList<PackageSlice> Packages { get; init; } = [];

    /// <summary>Files of its own.</summary>
    public IReadOnlyList<OwnFile> Files { get; init; } = [];

    /// <summary>Programs of Strata's own that it takes.</summary>
    public IReadOnlyList<TakenProgram> DevicePrograms { get; init; } = [];

    /// <summary>What it has built out of files of its own.</summary>
    public IReadOnlyList<OwnBuild> Builds { get; init; } = [];

    /// <summary>Directories of its own.</summary>
    public IReadOnlyList<OwnDirectory> Directories { get; init; } = [];

    /// <summary>Symbolic links of its own: where, and the target as written.</summary>
    public IReadOnlyList<(GuestPath Path, string Target)> Links { get; init; } = [];

    /// <summary>
    /// Paths that stand for what capabilities before it have there, of whatever kind: where this one is mounted, theirs is hidden. Without
    /// it, two that
    /// disagree about a path are a fault.
    /// </summary>
    public IReadOnlyList<(GuestPath Path, string Place)> Replaces { get; init; } = [];

    /// <summary>Users it needs.</summary>
    public IReadOnlyList<UserAccount> Users { get; init; } = [];

    /// <summary>Groups it needs.</summary>
    public IReadOnlyList<GroupAccount> Groups { get; init; } = [];

    /// <summary>Programs to start at boot; the edition's init system starts them.</summary>
    public IReadOnlyList<Service> Services { get; init; } = [];

    /// <summary>Containers that the machine runs; each is one of <see cref="Services"/> too.</summary>
    public IReadOnlyList<HostedContainer> Containers { get; init; } = [];

    /// <summary>What it wants of units of packages; only systemd reads them.</summary>
    public UnitWishes Units { get; init; } = UnitWishes.None;

    /// <summary>The init system that it provides to all capabilities of an edition; null for none.</summary>
    public ProvidedInit? InitSystem { get; init; }

    /// <summary>
    /// Kernel modules, by name with either dash or underscore, or by class (<c>drivers/net/usb/*</c>); those they depend on come along.
    /// </summary>
    public IReadOnlyList<YamlScalar> KernelModules { get; init; } = [];

    /// <summary>Kernel modules that are taken when the kernel has them: drivers that only some kernels are built with.</summary>
    public IReadOnlyList<string> OptionalModules { get; init; } = [];

    /// <summary>Fragments that a kernel of one's own must have.</summary>
    public IReadOnlyList<YamlScalar> KernelFragments { get; init; } = [];

    /// <summary>Fragments that a kernel of one's own gets; what a stock kernel has is for its maker to say.</summary>
    public IReadOnlyList<YamlScalar> OptionalFragments { get; init; } = [];

    /// <summary>Packages of firmware from which the files are taken that the kernel's drivers name.</summary>
    public IReadOnlyList<YamlScalar> FirmwarePackages { get; init; } = [];

    /// <summary>Largest layer that it may become, verity tree included; null for none.</summary>
    public ByteSize? LayerBudget { get; init; }

    /// <summary>Named effects with their settings.</summary>
    public IReadOnlyList<EffectUse> Effects { get; init; } = [];

    /// <summary>What it says of the machine, where neither the edition nor its owner does; null for nothing.</summary>
    public MachineWords? Machine { get; init; }

    /// <summary>True when it brings nothing of what a blueprint may bring itself.</summary>
    internal bool IsEmpty => this is
    {
        Packages: [], Files: [], Builds: [], Directories: [], Links: [], Replaces: [], Users: [], Groups: [], Services: [], Effects: [],
        Units.IsEmpty: true,
    };
}

/// <summary>The part of a package that a capability takes.</summary>
public sealed record PackageSlice
{
    /// <summary>Name of the package.</summary>
    public required string Package { get; init; }

    /// <summary>The version that is wanted, with <c>*</c> for any characters; null for any.</summary>
    public string? Version { get; init; }

    /// <summary>Programs by name (<c>curl</c>) or path (<c>/usr/bin/curl</c>); their libraries follow by themselves.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Other files by pattern.</summary>
    public IReadOnlyList<PathPattern> Files { get; init; } = [];

    /// <summary>Files opened at run time that no program names (dlopen), by pattern; searched in every package of the lock.</summary>
    public IReadOnlyList<PathPattern> Plugins { get; init; } = [];

    /// <summary>Left out of a package that is taken whole.</summary>
    public IReadOnlyList<PathPattern> Except { get; init; } = [];

    /// <summary>
    /// Permissions that files of the package have here instead of the package's own, and where that stands, for
    /// messages.
    /// </summary>
    public IReadOnlyList<(GuestPath Path, int Mode, string Place)> Modes { get; init; } = [];

    /// <summary>False when the packages it depends on are not wanted; the reason stands in the capability as a comment.</summary>
    public bool FollowDependencies { get; init; } = true;

    /// <summary>
    /// True when the packages it depends on are taken whole too, and those that they depend on: all that apt would install with it, less
    /// what policy drops. Only of a package that is whole.
    /// </summary>
    public bool IsWholeWithDepends { get; init; }

    /// <summary>
    /// The package file beside the YAML file that stands for those of the archives, and where that is said; null for none.
    /// </summary>
    public (YamlScalar Place, OwnPackage Package)? Deb { get; init; }

    /// <summary>Where it stands, for messages: <c>file:line:column</c>.</summary>
    public required string Place { get; init; }

    /// <summary>True when nothing narrows it down: the package less what policy drops.</summary>
    public bool IsWhole => Programs.Count == 0 && Files.Count == 0 && Plugins.Count == 0;
}

/// <summary>A file that comes with the capability.</summary>
/// <param name="Path">Where.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="Bytes">Content.</param>
/// <param name="Owner">Whose it is; root's when null.</param>
public sealed record OwnFile(GuestPath Path, int Mode, ReadOnlyMemory<byte> Bytes, OwnerNames? Owner = null);

/// <summary>A directory that comes with the capability.</summary>
/// <param name="Path">Where.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="Owner">Whose it is; root's when null.</param>
public sealed record OwnDirectory(GuestPath Path, int Mode, OwnerNames? Owner);

/// <summary>A user.</summary>
/// <param name="Name">Login name.</param>
/// <param name="Id">Numeric id, 0 … 65534.</param>
/// <param name="Group">Primary group by name; one of the same name and id when null.</param>
/// <param name="Home">Home directory.</param>
/// <param name="Shell">Login shell.</param>
/// <param name="Description">The GECOS field.</param>
public sealed record UserAccount(string Name, int Id, string? Group, string Home, string Shell, string Description);

/// <summary>A group.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Numeric id, 0 … 65534.</param>
/// <param name="Members">User names.</param>
public sealed record GroupAccount(string Name, int Id, IReadOnlyList<string> Members);

/// <summary>An effect that a capability asks for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Settings">Lists of texts by name.</param>
/// <param name="Place">Where it stands, for messages.</param>
public sealed record EffectUse(string Name, IReadOnlyDictionary<string, IReadOnlyList<string>> Settings, string Place);
