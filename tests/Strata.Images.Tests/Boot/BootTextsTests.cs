using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Iso;
using Strata.Images.Boot;
using Strata.Images.Media;

namespace Strata.Images.Tests.Boot;

public class BootTextsTests
{
    [Fact]
    public void IsoLinux_SerialConsole_ComesFirstAndTheCommandLineIsThatOfTheUki()
    {
        string[] lines = IsoLinux.Config(Of("console=tty0 console=ttyS1,9600n8 quiet")).Split('\n');
        Assert.Equal("SERIAL 1 9600", lines[0]);
        Assert.Contains("PROMPT 0", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("TIMEOUT", StringComparison.Ordinal));
        Assert.Contains("DEFAULT small", lines);
        Assert.Contains("  LINUX /boot/vmlinuz", lines);
        Assert.Contains("  INITRD /boot/initrd.img", lines);
        Assert.Contains("  APPEND console=tty0 console=ttyS1,9600n8 quiet", lines);
    }

    // Linux: the last console is that of /dev/console; 'SERIAL port baud' of ISOLINUX has ports 0 to 3
    [Theory]
    [InlineData("console=ttyS0 console=ttyS1,9600", "SERIAL 1 9600")]
    [InlineData("console=ttyS1,9600 console=ttyS0", "SERIAL 0 115200")]
    [InlineData("console=ttyS0,57600n8 console=tty0", "SERIAL 0 57600")]
    [InlineData("console=ttyS3", "SERIAL 3 115200")]
    [InlineData("console=ttyS2,", "SERIAL 2 115200")]
    [InlineData("console=ttyS2,n8", "SERIAL 2 115200")]
    [InlineData("console=ttyS2,38400n8r,x", "SERIAL 2 38400")]
    public void IsoLinux_SerialConsoles_TheLastOneIsShared(string commandLine, string expected) =>
        Assert.Equal(expected, IsoLinux.Config(Of(commandLine)).Split('\n')[0]);

    [Theory]
    [InlineData("console=ttyS4")]
    [InlineData("console=ttyS-1")]
    [InlineData("console=ttyS0 console=ttyS4")]
    [InlineData("earlycon=ttyS0 xconsole=ttyS0")]
    [InlineData("console=tty0 quiet")]
    [InlineData("console=ttyS9,9600")]
    [InlineData("console=ttySx")]
    [InlineData("")]
    public void IsoLinux_WithoutASerialConsoleOfAPc_UsesNone(string commandLine) =>
        Assert.DoesNotContain("SERIAL", IsoLinux.Config(Of(commandLine)), StringComparison.Ordinal);

    [Fact]
    public void IsoLinux_Layers_WaitForWordsThatComposeTheSystem()
    {
        Edition layered = Of("console=ttyS0") with { Layout = EditionLayout.Layers };
        Assert.StartsWith("SERIAL 0 115200\nDISPLAY /isolinux/boot.msg\nPROMPT 1\nTIMEOUT 20\n", IsoLinux.Config(layered), StringComparison.Ordinal);
        Assert.Contains("'small caps=NAMES' composes it", IsoLinux.Message(layered), StringComparison.Ordinal);
        Assert.Null(IsoLinux.Message(Of("console=ttyS0")));
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
            Ipxe.Script(Of("quiet")));
    }

    [Theory]
    [InlineData("small", "SMALL_1_0_BETA")]
    [InlineData("a-very-long-name-of-an-edition-that-goes-on", "A_VERY_LONG_NAME_OF_AN_EDITION_T")]
    public void Label_IsOfTheCharactersThatAVolumeMayHave(string name, string expected)
    {
        Assert.Equal(expected, IsoMedium.Label(Of("") with { Name = name }));
        Assert.Equal("SMALL SYSTEM 1.0-BETA", IsoMedium.Application(Of("")));
    }

    // Any title and version that a blueprint may have makes an ISO image: the descriptors' characters are those of ECMA-119, §7.4.1.
    [Theory]
    [InlineData("Café OS", "1.0", "CAF_ OS 1.0")]
    [InlineData("日本語システム", "２", "_______ _")]
    [InlineData("Система", "1", "_______ 1")]
    [InlineData("Tux🐧", "1", "TUX__ 1")]
    [InlineData("ßtraße", "1.0~rc1+b2", "_TRA_E 1.0_RC1+B2")]
    [InlineData("a_b # $5 @home [x] ^ `q` {z} | ~", "1", "A_B _ _5 _HOME _X_ _ _Q_ _Z_ _ _ 1")]
    [InlineData("Says \"it's\" 100% (ok) & <fine>; a*b=c?", "1!", "SAYS \"IT'S\" 100% (OK) & <FINE>; A*B=C? 1!")]
    [InlineData("\\", "\\", "_ _")]
    public async Task Application_AnyTitle_IsLegalInAnIsoImage(string title, string version, string expected)
    {
        Edition edition = Of("") with { Title = title, Version = version };
        Assert.Equal(expected, IsoMedium.Application(edition));
        IsoPlan plan = IsoPlan.Create(new IsoConfig
        {
            Label = IsoMedium.Label(edition),
            Application = IsoMedium.Application(edition),
            DiskId = new Guid("11111111-2222-3333-4444-555555555555"),
            Files = [IsoFile.Whole(GuestPath.Parse("/f"), IsoExtent.Of("f", "content"u8.ToArray()))],
        });
        using MemoryStream image = new();
        await IsoWriter.WriteAsync(plan, image, default);
        string found = System.Text.Encoding.ASCII.GetString(image.ToArray().AsSpan((16 * 2048) + 574, 128)); // §8.4
        Assert.Equal(expected, found.TrimEnd(' '));
    }

    [Fact]
    public void Label_AnyVersion_IsLegal()
    {
        foreach (string version in (string[])["1.0+build.5", "日本", "🐧", "1.0 beta", new string('x', 300), "É"])
        {
            string label = IsoMedium.Label(Of("") with { Version = version });
            Assert.InRange(label.Length, 1, 32);
            Assert.All(label, c => Assert.True(IsoText.IsDCharacter(c)));
        }
    }

    [Theory]
    [InlineData("quiet dyndbg=\"module loop +p ; module dummy +p\"", "at ';' between blanks")]
    [InlineData("a ; b", "at ';' between blanks")]
    [InlineData("a || b", "at '||' between blanks")]
    [InlineData("a && reboot", "at '&&' between blanks")]
    [InlineData("a #b c", "takes '#b' and what follows for a comment")]
    [InlineData("root=${net0/mac}", "replaces '${…}'")]
    [InlineData("a=\\", "joins the next line")]
    [InlineData("a=\"b  c\"", "makes one blank of several")]
    public void Ipxe_WordsThatItWouldNotPassOn_AreRefused(string commandLine, string problem)
    {
        string refused = Assert.IsType<string>(BootPrograms.Ipxe.ProblemOf(Of(commandLine)));
        Assert.Contains(problem, refused, StringComparison.Ordinal);
        Assert.Contains($"  APPEND {commandLine}\n", IsoLinux.Config(Of(commandLine)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quiet a=b;c d=||e f=g#h $i {j} k\\l m=\"n o\" 'p'  q")]
    [InlineData("")]
    public void Ipxe_OtherWords_ArePassedOnAsTheyAre(string commandLine)
    {
        Assert.Null(BootPrograms.Ipxe.ProblemOf(Of(commandLine)));
        Assert.Contains($"\nkernel vmlinuz initrd=initrd.img {commandLine}\n", Ipxe.Script(Of(commandLine)), StringComparison.Ordinal);
    }

    [Fact]
    public void Ipxe_VersionThatEndsInABackslash_LeavesTheNextLineAlone() =>
        Assert.Contains("# small 1.0_\nisset", Ipxe.Script(Of("") with { Version = "1.0\\" }), StringComparison.Ordinal);

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
