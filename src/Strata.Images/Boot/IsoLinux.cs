using System.Globalization;
using System.Text;
using Strata.Blueprints;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Images.Boot;

/// <summary>ISOLINUX: what a BIOS starts from a CD, and from a stick that a CD was written to.</summary>
internal sealed class IsoLinux : IBootProgram
{
    private const string LoaderPath = "/isolinux/isolinux.bin";
    private const string Loader = "usr/lib/ISOLINUX/isolinux.bin";
    private const string DiskLoader = "usr/lib/ISOLINUX/isohdpfx.bin";
    private const string Core = "usr/lib/syslinux/modules/bios/ldlinux.c32";
    private const string Packages = "Packages 'isolinux' and 'syslinux-common' should bring it; see toolbox/tools.yaml.";

    /// <inheritdoc/>
    public string Name => "ISOLINUX";

    /// <inheritdoc/>
    public bool StartsOn(GuestArchitecture architecture) => architecture.HasBios;

    /// <inheritdoc/>
    public IEnumerable<BootFile> FilesFor(Edition edition, ToolTree tools)
    {
        yield return new BootFile("/isolinux/isolinux.cfg", Encoding.ASCII.GetBytes(Config(edition)));
        if (Message(edition) is string message)
        {
            yield return new BootFile(MessagePath, Encoding.ASCII.GetBytes(message));
        }
        yield return new BootFile("/isolinux/ldlinux.c32", BootFile.Read(tools, Core, Packages));
    }

    /// <summary>The program itself, and what stands in front of it on a disk: whoever writes the medium patches both.</summary>
    public static (GuestPath Path, byte[] Loader, byte[] DiskLoader) ProgramsOf(ToolTree tools) =>
        (GuestPath.Parse(LoaderPath), BootFile.Read(tools, Loader, Packages), BootFile.Read(tools, DiskLoader, Packages));

    /// <summary>
    /// Configuration of ISOLINUX: it starts with the command line of the UKI, at once; where words of the command line compose the system, it waits two
    /// seconds for them. Where the kernel has a serial console, so has ISOLINUX ('SERIAL' must be the first directive).
    /// </summary>
    internal static string Config(Edition edition)
    {
        StringBuilder text = new();
        if (SerialLine(edition.CommandLine) is (int port, int speed))
        {
            text.Append(CultureInfo.InvariantCulture, $"SERIAL {port} {speed}\n");
        }
        text.Append(edition.Layout == EditionLayout.Layers
            ? $"DISPLAY {MessagePath}\nPROMPT 1\nTIMEOUT 20\n" // tenths of a second
            : $"# Hold Alt at start for a prompt; '{edition.Name} WORDS' there adds words to the kernel's command line.\nPROMPT 0\n");
        return text
            .Append($"DEFAULT {edition.Name}\nLABEL {edition.Name}\n")
            .Append("  LINUX /boot/vmlinuz\n  INITRD /boot/initrd.img\n")
            .Append($"  APPEND {edition.CommandLine}\n")
            .ToString();
    }

    /// <summary>Where ISOLINUX finds <see cref="Message"/>.</summary>
    private const string MessagePath = "/isolinux/boot.msg";

    /// <summary>What ISOLINUX shows above its prompt; null for an edition that starts at once.</summary>
    internal static string? Message(Edition edition) => edition.Layout == EditionLayout.Layers
        ? $"\r\n{edition.Title} {edition.Version}\r\nEnter starts it; '{edition.Name} caps=NAMES' composes it of these capabilities.\r\n\r\n"
        : null;

    /// <summary>The last <c>console=ttyS…</c> of a command line: port and speed, 115200 when it says none.</summary>
    private static (int Port, int Speed)? SerialLine(string commandLine)
    {
        const string Console = "console=ttyS";
        string? word = commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(w => w.StartsWith(Console, StringComparison.Ordinal));
        if (word is null)
        {
            return null;
        }
        string[] parts = word[Console.Length..].Split(',');
        string speed = parts.Length > 1 ? string.Concat(parts[1].TakeWhile(char.IsAsciiDigit)) : "";
        return int.TryParse(parts[0], out int port) && port is >= 0 and <= 3
            ? (port, int.TryParse(speed, out int baud) ? baud : 115_200)
            : null;
    }
}
