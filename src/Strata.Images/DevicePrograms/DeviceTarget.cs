using Strata.Core;
using Strata.Formats.Elf;

namespace Strata.Images.DevicePrograms;

/// <summary>What it takes to compile and link programs of the device for a processor. One more processor is one more of these.</summary>
/// <param name="Architecture">The processor.</param>
/// <param name="RuntimeIdentifier">Name of the platform for .NET: <c>linux-x64</c>.</param>
/// <param name="ToolSet">The set of tools with the linker and the C library's archives.</param>
/// <param name="Linker">The linker, in the tree of the tools.</param>
/// <param name="Emulation">What the linker makes (<c>-m</c>).</param>
/// <param name="Library">Folder of the C library's archives and start-up objects, in the tree of the tools.</param>
/// <param name="Support">Folder with one folder for each version of GCC's support objects, in the tree of the tools.</param>
/// <param name="Machine">What the program's header has to say.</param>
internal sealed record DeviceTarget(
    GuestArchitecture Architecture, string RuntimeIdentifier, string ToolSet, string Linker, string Emulation, string Library, string Support,
    ElfMachine Machine)
{
    /// <summary>All processors that programs are made for.</summary>
    public static IReadOnlyList<DeviceTarget> All { get; } =
    [
        new(GuestArchitecture.Amd64, "linux-x64", "device-amd64", "usr/bin/ld", "elf_x86_64", "usr/lib/x86_64-linux-gnu",
            "usr/lib/gcc/x86_64-linux-gnu", ElfMachine.X8664),
        // Debian's packages for compiling on another machine: they run on amd64
        new(GuestArchitecture.Arm64, "linux-arm64", "device-arm64", "usr/bin/aarch64-linux-gnu-ld", "aarch64linux", "usr/aarch64-linux-gnu/lib",
            "usr/lib/gcc-cross/aarch64-linux-gnu", ElfMachine.Aarch64),
    ];

    /// <summary>That of an architecture.</summary>
    /// <exception cref="StrataException">There is none.</exception>
    public static DeviceTarget Of(GuestArchitecture architecture) => All.FirstOrDefault(t => t.Architecture.Name == architecture.Name)
        ?? throw new StrataException(
            $"cannot make programs of the device for {architecture}: there are none for this architecture yet",
            $"There are for {string.Join(" and ", All.Select(t => t.Architecture))}.");
}
