using System.Text.Json.Serialization;
using Strata.Formats.Elf;

namespace Strata.Measure.Surface;

/// <summary>What there is to attack, as far as files tell. Paths are sorted.</summary>
public sealed record SurfaceNumbers
{
    /// <summary>Packages that files are from.</summary>
    public required int Packages { get; init; }

    /// <summary>Files that can be started: ELF programs and scripts with <c>#!</c> that have an execute bit.</summary>
    public required IReadOnlyList<string> Programs { get; init; }

    /// <summary>Names in folders of programs that lead to one of them: applets of BusyBox and the like.</summary>
    public required int Commands { get; init; }

    /// <summary>Programs that run as their owner, whoever starts them.</summary>
    public required IReadOnlyList<string> SetUid { get; init; }

    /// <summary>The same for their group; directories with that bit are not meant.</summary>
    public required IReadOnlyList<string> SetGid { get; init; }

    /// <summary>Why there are no files with capabilities(7), for people.</summary>
    public const string NoFileCapabilities = "layers carry no extended attributes";

    /// <summary>
    /// Files with capabilities(7), found in the packed layers. There are none: a package with extended attributes is refused, maintainer scripts, which would call
    /// setcap(8), never run, and the archive of an initramfs (cpio "newc") has no place for them.
    /// </summary>
    public required IReadOnlyList<string> FileCapabilities { get; init; }

    /// <summary>What is started at boot.</summary>
    public required IReadOnlyList<SurfaceService> Services { get; init; }

    /// <summary>Services that systemd starts, and how exposed it says they are; none under another init system.</summary>
    public IReadOnlyList<ServiceExposure> Exposures { get; init; } = [];

    /// <summary>Shells, by the names of their files.</summary>
    public required IReadOnlyList<string> Shells { get; init; }

    /// <summary>Interpreters of other languages.</summary>
    public required IReadOnlyList<string> Interpreters { get; init; }

    /// <summary>What everybody may write to; directories with the sticky bit, as /tmp, end in <c> (sticky)</c>.</summary>
    public required IReadOnlyList<string> WorldWritable { get; init; }

    /// <summary>Programs and libraries and what they do against the abuse of their faults.</summary>
    public required IReadOnlyList<BinaryHardening> Binaries { get; init; }

    /// <summary>Files that look like ELF and could not be read.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>The kernel's configuration against rules; null without a kernel, or when it was not checked.</summary>
    public KernelSurface? Kernel { get; init; }

    /// <summary>How many of the binaries satisfy each measure, and of how many.</summary>
    [JsonIgnore]
    public IReadOnlyList<HardeningShare> Shares =>
    [
        Share("position-independent programs", b => b.IsProgram, b => b.IsPositionIndependent),
        Share("RELRO, full", _ => true, b => b.Relro == RelroKind.Full),
        Share("RELRO, at least partial", _ => true, b => b.Relro != RelroKind.None),
        Share("stack protector", b => b.StackProtector != Presence.Unknown, b => b.StackProtector == Presence.Yes),
        Share("non-executable stack", _ => true, b => b.HasNonExecutableStack),
        Share("fortified calls", b => b.Fortify is Presence.Yes or Presence.No, b => b.Fortify == Presence.Yes),
    ];

    private HardeningShare Share(string name, Func<BinaryHardening, bool> applies, Func<BinaryHardening, bool> has) =>
        new(name, Binaries.Count(b => applies(b) && has(b)), Binaries.Count(applies));
}

/// <summary>A service of the blueprint.</summary>
public sealed record SurfaceService(string Name, string Kind, string Capability, string Command);

/// <summary>How exposed a service of systemd is.</summary>
/// <param name="Unit">Its name.</param>
/// <param name="Exposure">What <c>systemd-analyze security</c> says: 0 (confined) … 10.</param>
/// <param name="Level">The same as a word of systemd's: OK, MEDIUM, EXPOSED, UNSAFE.</param>
public sealed record ServiceExposure(string Unit, double Exposure, string Level)
{
    /// <summary>For people: <c>nginx 9.2 UNSAFE</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Unit.Replace(".service", "", StringComparison.Ordinal)} {Exposure:0.0} {Level}");
}

/// <summary>A program or library.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Package">What brought it; empty for the build.</param>
/// <param name="IsProgram">False for a library.</param>
/// <param name="IsPositionIndependent">See <see cref="ElfHardening"/>, as for the others.</param>
/// <param name="Relro">What is read-only after linking.</param>
/// <param name="StackProtector">Return addresses are checked.</param>
/// <param name="HasNonExecutableStack">The stack is data.</param>
/// <param name="Fortify">Calls with known sizes are checked.</param>
public sealed record BinaryHardening(
    string Path, string Package, bool IsProgram, bool IsPositionIndependent, RelroKind Relro, Presence StackProtector, bool HasNonExecutableStack, Presence Fortify);

/// <summary>How many binaries have something.</summary>
/// <param name="Name">What, for people.</param>
/// <param name="Count">That many have it.</param>
/// <param name="Of">Of so many that could.</param>
public sealed record HardeningShare(string Name, int Count, int Of);

/// <summary>What a check of the kernel's configuration said.</summary>
/// <param name="Rules">Whose rules.</param>
/// <param name="Pass">Rules that are satisfied.</param>
/// <param name="Fail">Rules that are not.</param>
/// <param name="Excepted">Rules that are not, declared so by the profile.</param>
/// <param name="NotApplicable">Rules about something else.</param>
/// <param name="Failed">The symbols of those that fail, with what they are.</param>
public sealed record KernelSurface(string Rules, int Pass, int Fail, int Excepted, int NotApplicable, IReadOnlyList<string> Failed);
