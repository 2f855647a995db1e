using Strata.Core;
using Strata.Toolbox;

namespace Strata.Images.DevicePrograms;

/// <summary>The arguments of GNU <c>ld</c> that join a compiled program, the runtime's archives and glibc to one static program.</summary>
/// <remarks>
/// A position-independent static program (<c>-static -pie</c>), as <c>gcc -static-pie</c> would have it linked: the start-up objects of glibc
/// and of GCC around it, and glibc with GCC's support in one group, because each needs the other.
/// </remarks>
internal static class DeviceLink
{
    /// <summary>All arguments.</summary>
    /// <param name="target">For which processor.</param>
    /// <param name="tools">Has glibc's and GCC's objects.</param>
    /// <param name="objectFile">The compiled program.</param>
    /// <param name="archives">Objects and archives of the runtime, in order.</param>
    /// <param name="output">The program.</param>
    /// <exception cref="StrataException">The tools lack a part.</exception>
    public static IReadOnlyList<string> Arguments(
        DeviceTarget target, ToolTree tools, string objectFile, IReadOnlyList<string> archives, string output)
    {
        string support = Support(target, tools);
        return
        [
            "-m", target.Emulation, "--sysroot=" + tools.Root,
            "-static", "-pie", "--no-dynamic-linker", "-z", "text", "-z", "relro", "-z", "now", "-z", "noexecstack",
            "--eh-frame-hdr", "--gc-sections", "--discard-all", "--strip-all",
            "--build-id=none", // it would be a digest of paths as well
            "-z", "pack-relative-relocs", // glibc 2.36 and later relocates itself from them
            "--no-warnings", // about dlopen, which is linked and never called: every call into a library is bound here
            "--defsym=__xmknod=mknod", // the runtime was compiled against a glibc older than 2.33
            "-o", output,
            Library("rcrt1.o"), Library("crti.o"), Part($"{support}/crtbeginS.o"),
            objectFile,
            "--start-group",
            .. archives,
            Library("libc.a"), Library("libm.a"), Part($"{support}/libgcc.a"), Part($"{support}/libgcc_eh.a"),
            "--end-group",
            Part($"{support}/crtendS.o"), Library("crtn.o"),
        ];

        string Library(string name) => Part($"{target.Library}/{name}");

        string Part(string relative) => File.Exists(tools.PathOf(relative))
            ? tools.PathOf(relative)
            : throw new StrataException(
                $"cannot link programs of the device: the tools lack {relative}", $"See the set '{target.ToolSet}' of toolbox/tools.yaml.");
    }

    private static string Support(DeviceTarget target, ToolTree tools)
    {
        string parent = tools.PathOf(target.Support);
        string[] versions = Directory.Exists(parent)
            ? [.. Directory.GetDirectories(parent).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)] : [];
        return versions.Length == 1
            ? $"{target.Support}/{versions[0]}"
            : throw new StrataException(
                $"cannot link programs of the device: the tools have {versions.Length} versions of GCC's support objects, expected 1");
    }
}
