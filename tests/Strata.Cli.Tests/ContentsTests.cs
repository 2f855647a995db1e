using Strata.Cli.Commands.Contents;
using Strata.Composition.Ledger;
using Strata.Core;
using Strata.Images.Manifests;
using Strata.Testing;

namespace Strata.Cli.Tests;

/// <summary>What <c>size</c>, <c>tree</c>, <c>why</c> and <c>ledger</c> say of a build.</summary>
public class ContentsTests
{
    private static readonly BuildManifest s_made = new()
    {
        Format = BuildManifest.CurrentFormat,
        Edition = "made",
        Version = "1",
        Architecture = "amd64",
        Kernel = "6.12",
        KernelBytes = 4 << 20,
        InitramfsBytes = 2 << 20,
        UkiBytes = 7 << 20,
        ContainerBytes = 0,
        Capabilities = [new("base", "What all need", "ssh"), new("ssh", "A way in", "remote"), new("remote", "From far", null)],
        Packages = [new("libc6", "2.41", "a", "dropbear", "Depends: libc6 (>= 2.38)"), new("dropbear", "2025", "b", null, null)],
        Entries =
        [
            new("/etc", "dir", "0755", "0:0", 0, 10, null, null, "base", null, "a folder"),
            new("/etc/motd", "file", "0644", "0:0", 20, 15, "d", null, "base", null, "a file of the capability"),
            new("/init", "file", "0755", "0:0", 100, 15, "d", null, null, null, "the build"),
            new("/usr/lib/libc.so.6", "file", "0755", "0:0", 2_000_000, 700_000, "d", null, "ssh", "libc6", "needed by /usr/sbin/dropbear"),
            new("/usr/sbin/dropbear", "file", "0755", "0:0", 300_000, 120_000, "d", null, "ssh", "dropbear", "named"),
        ],
        Ledger = [],
    };

    [Theory]
    [InlineData("package", 0, false)]
    [InlineData("package", 2, false)]
    [InlineData("file", 3, false)]
    [InlineData("capability", 0, false)]
    [InlineData("capability", 1, true)]
    public void Size_By_AddsUp(string by, int top, bool json) => Golden.Same(
        $"size-{by}-{top}", Desk.Caught(() => SizeCommand.PrintSize(s_made, by, top == 0 ? int.MaxValue : top, json)).Output);

    [Fact]
    public void Size_Container_IsAllThereIs()
    {
        string[] said = Desk.Caught(() => SizeCommand.PrintSize(s_made with { ContainerBytes = 1_000_000 }, "package", 1,
            json: false)).Lines;
        Assert.Equal(["libc6\t1\t1.91 MiB\t684 KiB\t70.0 %", "... and 2 more (--top 0)", "container image 977 KiB (plain 2.19 MiB)"],
            said[1..]);
    }

    [Fact]
    public void Size_OfLayers_IsAPartOfAllThatIsFetched()
    {
        string[] said = Desk.Caught(() => SizeCommand.PrintSize(
            s_made with { LayerBytes = 1_000_000, UkiBytes = 400_000, KernelBytes = 300_000, InitramfsBytes = 90_000 }, "package", 1,
            json: false)).Lines;
        Assert.EndsWith("\t684 KiB\t50.0 %", said[1], StringComparison.Ordinal);
        Assert.Equal("layers 977 KiB (plain 2.19 MiB) + bootable file 391 KiB (kernel 293 KiB + initramfs 87.9 KiB) = 1.34 MiB", said[^1]);
    }

    [Fact]
    public void Tree_ToAFile_IsEveryPath() => Assert.Equal(
        ["base\t-\t/etc", "base\t-\t/etc/motd", "-\t-\t/init", "ssh\tlibc6\t/usr/lib/libc.so.6", "ssh\tdropbear\t/usr/sbin/dropbear"],
        Desk.Caught(() => TreeCommand.PrintTree(s_made)).Lines);

    [Fact]
    public void Why_Library_IsTheWholeChain()
    {
        Assert.Equal(
            """
            path /usr/lib/libc.so.6: needed by /usr/sbin/dropbear
              └─ package libc6 2.41: dropbear depends on it: Depends: libc6 (>= 2.38)
                 └─ package dropbear 2025: named by a capability
                    └─ capability ssh: required by capability remote
                       └─ capability remote: named by edition made

            """,
            Desk.Caught(() => WhyCommand.PrintWhy(s_made, "/usr/lib/libc.so.6", json: false)).Output);
        Golden.Same("why.json", Desk.Caught(() => WhyCommand.PrintWhy(s_made, "/etc/motd", json: true)).Output);
        Assert.Equal("path /init: the build\n", Desk.Caught(() => WhyCommand.PrintWhy(s_made, "/init", json: false)).Output);
    }

    /// <summary>A chain that bites its tail ends all the same.</summary>
    [Fact]
    public void Why_Cycle_Ends()
    {
        BuildManifest cycle = s_made with
        {
            Packages = [new("libc6", "1", "a", "dropbear", "x"), new("dropbear", "1", "b", "libc6", "y")],
            Capabilities = [new("ssh", "", "base"), new("base", "", "ssh")],
        };
        Assert.Equal(1 + 64 + 64, Desk.Caught(() => WhyCommand.PrintWhy(cycle, "/usr/lib/libc.so.6", json: false)).Lines.Length);
    }

    [Theory]
    [InlineData("/usr/sbin/dropbaer", "cannot explain /usr/sbin/dropbaer: it is not in made (did you mean '/usr/sbin/dropbear'?)",
        "'strata tree made --json' lists every path.")]
    [InlineData("etc/motd", "cannot explain etc/motd: it is not in made (did you mean '/etc/motd'?)", "Paths in the image begin with '/'.")]
    public void Why_NotThere_SaysWhatIsNear(string path, string problem, string hint)
    {
        StrataException e = Assert.Throws<StrataException>(() => WhyCommand.PrintWhy(s_made, path, json: false));
        Assert.Equal((problem, hint), (e.Message, e.Hint));
    }

    [Theory]
    [InlineData(null, "nobody needs it", "nobody needs it")]
    [InlineData("users", "", "effect users")]
    [InlineData("users", "a user", "effect users: a user")]
    public void Reason_OfAnEntry_NamesTheEffect(string? effect, string reason, string said) => Assert.Equal(
        said, LedgerCommand.Reason(new LedgerEntry("p", "1", "postinst", "script", LedgerState.Covered, effect, reason)));
}
