using Strata.Blueprints;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Images.Boot;

/// <summary>What starts a kernel from a medium.</summary>
public interface IBootProgram
{
    /// <summary>Its name, for messages.</summary>
    string Name { get; }

    /// <summary>True when there are machines of the architecture that it starts on.</summary>
    bool StartsOn(GuestArchitecture architecture);

    /// <summary>Why it cannot start an edition; null when it can. Asked before anything is fetched.</summary>
    string? ProblemOf(Edition edition) => null;

    /// <summary>What it needs on the medium besides kernel and initramfs.</summary>
    /// <param name="edition">What it starts.</param>
    /// <param name="tools">Has its programs.</param>
    /// <exception cref="StrataException">The tools lack one.</exception>
    IEnumerable<BootFile> FilesFor(Edition edition, ToolTree tools);
}

/// <summary>The boot programs there are.</summary>
internal static class BootPrograms
{
    /// <summary>UEFI firmware, which starts the kernel image or systemd-boot from the EFI system partition.</summary>
    public static IBootProgram Uefi { get; } = new UefiFirmware();

    /// <summary>ISOLINUX.</summary>
    public static IBootProgram IsoLinux { get; } = new IsoLinux();

    /// <summary>iPXE.</summary>
    public static IBootProgram Ipxe { get; } = new Ipxe();

    /// <summary>All of them.</summary>
    public static IReadOnlyList<IBootProgram> All { get; } = [Uefi, IsoLinux, Ipxe];

    // all that it needs lies in its own partition: EspTree
    private sealed class UefiFirmware : IBootProgram
    {
        public string Name => "UEFI";

        public bool StartsOn(GuestArchitecture architecture) => true;

        public IEnumerable<BootFile> FilesFor(Edition edition, ToolTree tools) => [];
    }
}

/// <summary>A file that a boot program needs on its medium.</summary>
/// <param name="Path">Where.</param>
/// <param name="Bytes">Its content.</param>
public sealed record BootFile(string Path, byte[] Bytes)
{
    private const int LargestProgram = 16 << 20;

    /// <summary>A program of the tools.</summary>
    /// <param name="tools">The tools.</param>
    /// <param name="path">Where it lies in them, without a leading slash.</param>
    /// <param name="packages">A sentence about who brings it.</param>
    /// <exception cref="StrataException">It is missing, or no boot program.</exception>
    internal static byte[] Read(ToolTree tools, string path, string packages)
    {
        FileInfo file = new(tools.PathOf(path));
        return file.Exists && file.Length <= LargestProgram
            ? File.ReadAllBytes(file.FullName)
            : throw new StrataException($"cannot make a medium that boots: the toolbox has no {path} of a sensible size", packages);
    }
}
