using Strata.Images.Blueprints;
using Strata.Images.Building;

namespace Strata.Images.Tests.Building;

public class BootTextsTests
{
    [Fact]
    public void IsoLinux_SerialConsole_ComesFirstAndTheCommandLineIsThatOfTheUki()
    {
        string[] lines = BootTexts.IsoLinux(Of("console=tty0 console=ttyS1,9600n8 quiet")).Split('\n');
        Assert.Equal("SERIAL 1 9600", lines[0]);
        Assert.Contains("PROMPT 0", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("TIMEOUT", StringComparison.Ordinal));
        Assert.Contains("DEFAULT small", lines);
        Assert.Contains("  LINUX /boot/vmlinuz", lines);
        Assert.Contains("  INITRD /boot/initrd.img", lines);
        Assert.Contains("  APPEND console=tty0 console=ttyS1,9600n8 quiet", lines);
    }

    [Theory]
    [InlineData("console=tty0 quiet")]
    [InlineData("console=ttyS9,9600")]
    [InlineData("console=ttySx")]
    [InlineData("")]
    public void IsoLinux_WithoutASerialConsoleOfAPc_UsesNone(string commandLine) =>
        Assert.DoesNotContain("SERIAL", BootTexts.IsoLinux(Of(commandLine)), StringComparison.Ordinal);

    [Fact]
    public void IsoLinux_Layers_WaitForWordsThatComposeTheSystem()
    {
        Edition layered = Of("console=ttyS0") with { Layout = EditionLayout.Layers };
        Assert.StartsWith("SERIAL 0 115200\nDISPLAY /isolinux/boot.msg\nPROMPT 1\nTIMEOUT 20\n", BootTexts.IsoLinux(layered), StringComparison.Ordinal);
        Assert.Contains("'small caps=NAMES' composes it", BootTexts.IsoLinuxMessage(layered), StringComparison.Ordinal);
        Assert.Null(BootTexts.IsoLinuxMessage(Of("console=ttyS0")));
    }

    [Fact]
    public void Ipxe_NamesAreRelative()
    {
        Assert.Equal(
            """
            #!ipxe
            # small 1.0-beta
            isset ${ip} || dhcp
            kernel vmlinuz initrd=initrd.img quiet
            initrd initrd.img
            boot

            """,
            BootTexts.Ipxe(Of("quiet")));
    }

    [Theory]
    [InlineData("small", "SMALL_1_0_BETA")]
    [InlineData("a-very-long-name-of-an-edition-that-goes-on", "A_VERY_LONG_NAME_OF_AN_EDITION_T")]
    public void Label_IsOfTheCharactersThatAVolumeMayHave(string name, string expected)
    {
        Assert.Equal(expected, BootTexts.Label(Of("") with { Name = name }));
        Assert.Equal("SMALL SYSTEM 1.0-BETA", BootTexts.Application(Of("")));
    }

    private static Edition Of(string commandLine) => new()
    {
        Name = "small",
        Title = "Small System",
        Version = "1.0-beta",
        Description = "made for a test",
        Folder = "/",
        Kernel = null!,
        Capabilities = [],
        CommandLine = commandLine,
    };
}
