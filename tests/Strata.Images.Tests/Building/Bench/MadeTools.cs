using Strata.Core;
using Strata.Testing;

namespace Strata.Images.Tests.Building.Bench;

/// <summary>
/// What the tools that shape images are to a bench: packages with everything that a build looks for, none of it the real thing.
/// </summary>
internal static class MadeTools
{
    private const string Libraries = "/usr/lib/x86_64-linux-gnu/";

    // those of this machine: what they compress is only compared with what they compressed before
    private static readonly Lazy<(string Name, byte[] Bytes)[]> s_libraries = new(() => [Host("libzstd.so.1"), Host("liblzma.so.5")]);

    /// <summary>UEFI stub of x86-64.</summary>
    public static byte[] Stub { get; } = TinyPe.Program();

    /// <summary>ISOLINUX: longer than the table that is written into it.</summary>
    public static byte[] IsoLinux { get; } = Filled(4001, 1);

    /// <summary>Boot program for disks.</summary>
    public static byte[] DiskLoader { get; } = Filled(432, 2);

    /// <summary>iPXE for UEFI.</summary>
    public static byte[] Ipxe { get; } = Filled(700, 3);

    /// <summary>The packages, by name.</summary>
    public static IEnumerable<DebBuilder> Packages()
    {
        DebBuilder libraries = new("compression");
        foreach ((string name, byte[] bytes) in s_libraries.Value)
        {
            libraries.File(Libraries + name, bytes, Modes.Program);
        }
        yield return libraries;
        DebBuilder programs = new DebBuilder("programs").File("/usr/lib64/ld-linux-x86-64.so.2", TinyTool.Loader(), Modes.Program);
        foreach (string program in new[] { "/usr/bin/bwrap", "/usr/bin/gzip", "/usr/bin/xz", "/usr/bin/zstd", "/usr/sbin/depmod" })
        {
            programs.File(program, "the loader stands for it", Modes.Program);
        }
        yield return programs;
        yield return Starters(Stub);
    }

    /// <summary>The package of what firmware starts.</summary>
    public static DebBuilder Starters(byte[] stub, string version = "1.0") => new DebBuilder("starters", version)
        .File("/usr/lib/systemd/boot/efi/linuxx64.efi.stub", stub)
        .File("/usr/lib/ISOLINUX/isolinux.bin", IsoLinux)
        .File("/usr/lib/ISOLINUX/isohdpfx.bin", DiskLoader)
        .File("/usr/lib/syslinux/modules/bios/ldlinux.c32", Filled(900, 4))
        .File("/usr/lib/ipxe/undionly.kpxe", Filled(600, 5))
        .File("/usr/lib/ipxe/snponly.efi", Ipxe);

    private static (string Name, byte[] Bytes) Host(string name)
    {
        using TemporaryFolder folder = new();
        return (name, File.ReadAllBytes(HostLibrary.Copy(name, folder.Path)));
    }

    private static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
