namespace Strata.Core;

/// <summary>A kind of processor that guests have, and what everybody else calls it.</summary>
/// <remarks>
/// The only place that tells processors apart. Every property must be given, so that whoever adds one has thought of all of it.
/// </remarks>
public sealed record GuestArchitecture
{
    /// <summary>Debian's name, ours too: <c>amd64</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Debian's multiarch triplet, which names the folder of the libraries (Debian Policy §9.1.1): <c>x86_64-linux-gnu</c>.</summary>
    public required string Triplet { get; init; }

    /// <summary>Short name of UEFI (UEFI 2.10 §3.5.1.1): <c>X64</c>.</summary>
    public required string EfiName { get; init; }

    /// <summary>The processor in the head of an ELF file, <c>e_machine</c>.</summary>
    public required ushort ElfMachine { get; init; }

    /// <summary>How glibc marks a library for it in its cache (<c>FLAG_ELF_LIBC6</c> with its own bits, sysdeps/generic/ldconfig.h).</summary>
    public required uint LinkerCacheFlags { get; init; }

    /// <summary>
    /// True where xz's filter for x86 makes programs smaller and kernels undo it; kernels are sure to know no filter of another processor.
    /// </summary>
    public required bool HasX86Branches { get; init; }

    /// <summary>Name in container images, Go's (OCI image-spec, <c>architecture</c>).</summary>
    public required string OciName { get; init; }

    /// <summary>Variant that container images name (OCI image-spec, platform variants); null for none.</summary>
    public required string? OciVariant { get; init; }

    /// <summary>True where machines start with a BIOS too.</summary>
    public required bool HasBios { get; init; }

    /// <summary>True when something that boots can be made for it: the toolbox has the programs that start a kernel on it.</summary>
    public required bool Boots { get; init; }

    /// <summary>What firmware starts from a medium without being told (UEFI 2.10 §3.5.1.1): <c>/EFI/BOOT/BOOTX64.EFI</c>.</summary>
    public GuestPath FallbackProgram => GuestPath.Parse($"/EFI/BOOT/BOOT{EfiName}.EFI");

    /// <summary>Name of systemd's stub, which makes a kernel a UEFI program: <c>linuxx64.efi.stub</c>.</summary>
    public string StubName => $"linux{EfiName.ToLowerInvariant()}.efi.stub";

    /// <summary>PCs of 64 bits.</summary>
    public static GuestArchitecture Amd64 { get; } = new()
    {
        Name = "amd64",
        Triplet = "x86_64-linux-gnu",
        EfiName = "X64",
        ElfMachine = 62,
        LinkerCacheFlags = 0x0303,
        HasX86Branches = true,
        OciName = "amd64",
        OciVariant = null,
        HasBios = true,
        Boots = true,
    };

    /// <summary>ARM of 64 bits.</summary>
    public static GuestArchitecture Arm64 { get; } = new()
    {
        Name = "arm64",
        Triplet = "aarch64-linux-gnu",
        EfiName = "AA64",
        ElfMachine = 183,
        LinkerCacheFlags = 0x0A03,
        HasX86Branches = false,
        OciName = "arm64",
        OciVariant = "v8",
        HasBios = false,
        Boots = false,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<GuestArchitecture> All { get; } = [Amd64, Arm64];

    /// <summary>The one of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static GuestArchitecture Named(string name) => All.FirstOrDefault(a => a.Name == name)
        ?? throw new ArgumentException($"'{name}' is none of {string.Join(", ", All)}", nameof(name));

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
