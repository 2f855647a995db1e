using System.Text;
using Strata.Blueprints;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Images.Boot;

/// <summary>iPXE: fetches kernel and initramfs over the network, as the script beside them says.</summary>
internal sealed class Ipxe : IBootProgram
{
    private const string BiosProgram = "usr/lib/ipxe/undionly.kpxe";
    private const string UefiProgram = "usr/lib/ipxe/snponly.efi";
    private const string Packages = "Package 'ipxe' should bring it; see toolbox/tools.yaml.";

    /// <inheritdoc/>
    public string Name => "iPXE";

    /// <inheritdoc/>
    public bool StartsOn(GuestArchitecture architecture) => true; // where there is no program of ours for it, a machine may have its own

    /// <inheritdoc/>
    public string? ProblemOf(Edition edition) => KernelCommandLine.ProblemInIpxe(edition.CommandLine) is string problem
        ? $"{problem}, and the kernel would not get 'command-line' as the blueprint has it"
        : null;

    /// <inheritdoc/>
    public IEnumerable<BootFile> FilesFor(Edition edition, ToolTree tools)
    {
        yield return new BootFile("/" + NetworkFiles.Script, Encoding.UTF8.GetBytes(Script(edition)));
        if (edition.Architecture.HasBios) // Debian has iPXE for PCs
        {
            foreach (string program in (string[])[BiosProgram, UefiProgram])
            {
                yield return new BootFile("/" + Path.GetFileName(program), BootFile.Read(tools, program, Packages));
            }
        }
    }

    /// <summary>The script; the names in it are relative, so that it works from every server that has the files side by side.</summary>
    internal static string Script(Edition edition)
    {
        // a backslash at the end of a line would join the next one to the comment
        string version = edition.Version.Replace('\\', '_');
        bool hasLayers = edition.Layout == EditionLayout.Layers;
        string names = "initrd=initrd.img" + (hasLayers ? $" initrd={NetworkFiles.Layers}" : "");
        string layers = hasLayers ? $"\ninitrd {NetworkFiles.Layers}" : "";
        return $"""
        #!ipxe
        # {edition.Name} {version}
        isset ${"{ip}"} || dhcp
        kernel vmlinuz {names} {edition.CommandLine}
        initrd initrd.img{layers}
        boot

        """;
    }
}

/// <summary>Names of the files for booting from the network.</summary>
public static class NetworkFiles
{
    /// <summary>The script for iPXE.</summary>
    public const string Script = "boot.ipxe";

    /// <summary>The kernel.</summary>
    public const string Kernel = "vmlinuz";

    /// <summary>The initramfs.</summary>
    public const string Initramfs = "initrd.img";

    /// <summary>The layers of an edition that has some: an archive that the kernel unpacks behind the initramfs.</summary>
    public const string Layers = "layers.img";

    /// <summary>Digests of the others, as <c>sha256sum</c> writes them.</summary>
    public const string Sums = "SHA256SUMS";
}
