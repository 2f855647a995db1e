using Strata.Kernel.Profiles;

namespace Strata.Kernel.Building;

/// <summary>
/// What decides about a kernel's bytes beside source, configuration and toolchain: raise the versions when something here or in how the
/// makefiles are called changes what comes out.
/// </summary>
/// <remarks>
/// The identity of the whole program's code is deliberately not part of a kernel's key: a kernel takes a quarter of an hour of processor
/// time, and hardly any change of the code touches it.
/// </remarks>
internal static class KernelRecipe
{
    /// <summary>Version of how a configuration is made.</summary>
    public const int ConfigVersion = 1;

    /// <summary>Version of how a kernel is made.</summary>
    public const int BuildVersion = 1;

    /// <summary>Version of how the source is unpacked.</summary>
    public const int SourceVersion = 1;

    /// <summary>Package of the source; its archive lies in <c>usr/src</c>.</summary>
    public const string SourcePackage = "linux-source-6.12";

    /// <summary>Where the source shows inside the room.</summary>
    public const string SourceFolder = "/source";

    /// <summary>Where the build shows inside the room.</summary>
    public const string BuildFolder = "/build";

    /// <summary>Whatever a profile says: a map of what was linked from where, for the account of sizes; it does not change the kernel.</summary>
    public static readonly (string Symbol, string Value)[] Always = [("EXPERT", "y"), ("VMLINUX_MAP", "y"), ("LOCALVERSION_AUTO", "n")];

    /// <summary>Fixes what the makefiles would ask the clock and the host for (Documentation/kbuild/reproducible-builds.rst).</summary>
    public static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["HOME"] = "/tmp",
        ["KBUILD_BUILD_HOST"] = "strata",
        ["KBUILD_BUILD_TIMESTAMP"] = "1970-01-01 00:00:00 UTC",
        ["KBUILD_BUILD_USER"] = "strata",
        ["KBUILD_BUILD_VERSION"] = "1",
        ["SOURCE_DATE_EPOCH"] = "0",
    };

    /// <summary>File of the map of the first of two links.</summary>
    public const string ObjectMapFile = "vmlinux.o.map";

    /// <summary>
    /// True when vmlinux is linked from one object that was linked before (scripts/link-vmlinux.sh): then only the map of that first link
    /// tells what each file takes.
    /// </summary>
    public static bool IsLinkedTwice(KernelConfig config) => config.IsBuiltIn("X86_KERNEL_IBT");

    /// <summary>Makes the first of two links write its map (scripts/Makefile.vmlinux_o); it changes nothing else.</summary>
    public static IEnumerable<string> MapArguments(KernelConfig config) => IsLinkedTwice(config) ? [$"vmlinux-o-ld-args-y=-Map={ObjectMapFile}"] : [];

    /// <summary>Arguments of every call of make.</summary>
    public static IEnumerable<string> MakeArguments(KernelArchitecture architecture) =>
        ["--no-print-directory", "-C", SourceFolder, "O=" + BuildFolder, "ARCH=" + architecture.SourceName];
}

/// <summary>What the kernel's source calls an architecture, and what it makes for it.</summary>
/// <param name="DebianName"><c>amd64</c>.</param>
/// <param name="SourceName">Folder below <c>arch/</c>: <c>x86</c>.</param>
/// <param name="ImageTarget">Target that makes what boots: <c>bzImage</c>.</param>
/// <param name="ImagePath">Where it lies in the build folder.</param>
internal sealed record KernelArchitecture(string DebianName, string SourceName, string ImageTarget, string ImagePath)
{
    /// <summary>By Debian's name; the profile reader lets no other through.</summary>
    public static KernelArchitecture Named(string debianName) => debianName == "amd64"
        ? new KernelArchitecture("amd64", KernelBuilder.SourceArchitecture, "bzImage", "arch/x86/boot/bzImage")
        : throw new ArgumentOutOfRangeException(nameof(debianName), debianName, "kernels are built for amd64");
}
