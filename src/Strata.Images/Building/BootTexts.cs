using System.Text;
using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Iso;

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

    /// <summary>What the volume is of: <c>NANOLINUX 1.0</c>; whatever cannot stand there is an underscore.</summary>
    public static string Application(Edition edition)
    {
        string text = string.Concat($"{edition.Title} {edition.Version}".ToUpperInvariant().Select(c => IsoText.IsACharacter(c) ? c : '_'));
        return text[..Math.Min(text.Length, LongestApplication)];
    }

    /// <summary>
    /// Configuration of ISOLINUX: it starts with the command line of the UKI, at once; where words of the command line compose the system, it waits two
    /// seconds for them. Where the kernel has a serial console, so has ISOLINUX ('SERIAL' must be the first directive).
    /// </summary>
    public static string IsoLinux(Edition edition)
    {
        StringBuilder text = new();
        if (SerialLine(edition.CommandLine) is (int port, int speed))
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"SERIAL {port} {speed}\n");
        }
        text.Append(edition.Layout == EditionLayout.Layers
            ? $"DISPLAY {IsoLinuxMessagePath}\nPROMPT 1\nTIMEOUT 20\n" // tenths of a second
            : $"# Hold Alt at start for a prompt; '{edition.Name} WORDS' there adds words to the kernel's command line.\nPROMPT 0\n");
        return text
            .Append($"DEFAULT {edition.Name}\nLABEL {edition.Name}\n")
            .Append("  LINUX /boot/vmlinuz\n  INITRD /boot/initrd.img\n")
            .Append($"  APPEND {edition.CommandLine}\n")
            .ToString();
    }

    /// <summary>Where ISOLINUX finds <see cref="IsoLinuxMessage"/>.</summary>
    public const string IsoLinuxMessagePath = "/isolinux/boot.msg";

    /// <summary>What ISOLINUX shows above its prompt; null for an edition that starts at once.</summary>
    public static string? IsoLinuxMessage(Edition edition) => edition.Layout == EditionLayout.Layers
        ? $"\r\n{edition.Title} {edition.Version}\r\nEnter starts it; '{edition.Name} caps=NAMES' composes it of these capabilities.\r\n\r\n"
        : null;

    /// <summary>Script for iPXE; the names in it are relative, so that it works from every server that has the files side by side.</summary>
    /// <exception cref="StrataException">iPXE would not pass the command line on as it is.</exception>
    public static string Ipxe(Edition edition)
    {
        CheckIpxe(edition);
        // a backslash at the end of a line would join the next one to the comment
        string version = edition.Version.Replace('\\', '_');
        return $"""
        #!ipxe
        # {edition.Name} {version}
        isset ${"{ip}"} || dhcp
        kernel vmlinuz initrd=initrd.img {edition.CommandLine}
        initrd initrd.img
        boot

        """;
    }

    /// <summary>Refuses a command line that iPXE would not pass on as it is.</summary>
    /// <exception cref="StrataException">The words mean something to iPXE.</exception>
    public static void CheckIpxe(Edition edition)
    {
        if (KernelCommandLine.ProblemInIpxe(edition.CommandLine) is string problem)
        {
            throw new StrataException(
                $"cannot make {edition.Name} boot from the network: {problem}, "
                + "and the kernel would not get 'command-line' as the blueprint has it",
                "Write these words another way, such as 'a;b' for 'a ; b'; the other images take them as they are.");
        }
    }

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
