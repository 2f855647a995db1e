using System.Text;
using Strata.Images.Blueprints;

namespace Strata.Images.Building;

/// <summary>What boot loaders are told of an edition, and what a medium is called.</summary>
internal static class BootTexts
{
    private const int LongestLabel = 32;
    private const int LongestApplication = 128;

    /// <summary>Name of the ISO volume: <c>NANO_1_0</c>.</summary>
    public static string Label(Edition edition)
    {
        string label = string.Concat($"{edition.Name}_{edition.Version}".ToUpperInvariant().Select(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) ? c : '_'));
        return label[..Math.Min(label.Length, LongestLabel)];
    }

    /// <summary>What the volume is of: <c>NANOLINUX 1.0</c>.</summary>
    public static string Application(Edition edition)
    {
        string text = string.Concat($"{edition.Title} {edition.Version}".ToUpperInvariant().Select(c => c is >= ' ' and <= 'Z' ? c : '_'));
        return text[..Math.Min(text.Length, LongestApplication)];
    }

    /// <summary>
    /// Configuration of ISOLINUX: it starts at once, with the command line of the UKI; where that has a serial console, so has ISOLINUX
    /// ('SERIAL' must be the first directive).
    /// </summary>
    public static string IsoLinux(Edition edition)
    {
        StringBuilder text = new();
        if (SerialLine(edition.CommandLine) is (int port, int speed))
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"SERIAL {port} {speed}\n");
        }
        return text
            .Append($"# Hold Shift or Alt at start for a prompt; '{edition.Name} WORDS' there adds words to the kernel's command line.\n")
            .Append($"DEFAULT {edition.Name}\nPROMPT 0\nLABEL {edition.Name}\n")
            .Append("  LINUX /boot/vmlinuz\n  INITRD /boot/initrd.img\n")
            .Append($"  APPEND {edition.CommandLine}\n")
            .ToString();
    }

    /// <summary>Script for iPXE; the names in it are relative, so that it works from every server that has the files side by side.</summary>
    public static string Ipxe(Edition edition) =>
        $"""
        #!ipxe
        # {edition.Name} {edition.Version}
        isset ${"{ip}"} || dhcp
        kernel vmlinuz initrd=initrd.img {edition.CommandLine}
        initrd initrd.img
        boot

        """;

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
