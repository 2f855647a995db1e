using Strata.Core;
using Strata.Toolbox;

namespace Strata.Images.DevicePrograms;

/// <summary>The arguments of GNU <c>ld</c> that join the compiled early init, the runtime's archives and glibc to one static program.</summary>
/// <remarks>
/// A position-independent static program (<c>-static -pie</c>), as <c>gcc -static-pie</c> would have it linked: the start-up objects of glibc
/// and of GCC around it, and glibc with GCC's support in one group, because each needs the other.
/// </remarks>
internal static class InitLink
{
    private const string Library = "usr/lib/x86_64-linux-gnu";
    private const string SupportParent = "usr/lib/gcc/x86_64-linux-gnu";

    /// <summary>All arguments.</summary>
    /// <param name="tools">Has glibc's and GCC's objects.</param>
    /// <param name="objectFile">The compiled program.</param>
    /// <param name="archives">Objects and archives of the runtime, in order.</param>
    /// <param name="output">The program.</param>
    /// <exception cref="StrataException">The tools lack a part.</exception>
    public static IReadOnlyList<string> Arguments(ToolTree tools, string objectFile, IReadOnlyList<string> archives, string output)
    {
        string support = Support(tools);
        return
        [
            "-m", "elf_x86_64", "--sysroot=" + tools.Root,
            "-static", "-pie", "--no-dynamic-linker", "-z", "text", "-z", "relro", "-z", "now", "-z", "noexecstack",
            "--eh-frame-hdr", "--gc-sections", "--discard-all", "--strip-all",
            "--build-id=none", // it would be a digest of paths as well
            "--no-warnings", // about dlopen, which is linked and never called: every call into a library is bound here
            "--defsym=__xmknod=mknod", // the runtime was compiled against a glibc older than 2.33
            "-o", output,
            Part(tools, $"{Library}/rcrt1.o"), Part(tools, $"{Library}/crti.o"), Part(tools, $"{support}/crtbeginS.o"),
            objectFile,
            "--start-group",
            .. archives,
            Part(tools, $"{Library}/libc.a"), Part(tools, $"{Library}/libm.a"), Part(tools, $"{support}/libgcc.a"), Part(tools, $"{support}/libgcc_eh.a"),
            "--end-group",
            Part(tools, $"{support}/crtendS.o"), Part(tools, $"{Library}/crtn.o"),
        ];
    }

    private static string Support(ToolTree tools)
    {
        string parent = tools.PathOf(SupportParent);
        string[] versions = Directory.Exists(parent) ? [.. Directory.GetDirectories(parent).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)] : [];
        return versions.Length == 1
            ? $"{SupportParent}/{versions[0]}"
            : throw new StrataException($"cannot link the early init: the tools have {versions.Length} versions of GCC's support objects, expected 1");
    }

    private static string Part(ToolTree tools, string relative) => File.Exists(tools.PathOf(relative))
        ? tools.PathOf(relative)
        : throw new StrataException($"cannot link the early init: the tools lack {relative}", "See the set 'device-amd64' of toolbox/tools.yaml.");
}
