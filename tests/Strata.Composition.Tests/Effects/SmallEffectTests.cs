using System.Text;
using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

public class SmallEffectTests
{
    [Fact]
    public async Task Identity_Texts_AreQuotedForShells()
    {
        using Workbench bench = new();
        bench.Capability("c", "");
        FileTree tree = await bench.ApplyAsync(new IdentityEffect(), "c", "title: 'A \"B\" $C `D` \\E'");
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["os-release"], bench.Text(tree, "/usr/lib/os-release"));
        (int exitCode, string output) = Oracle.Run("sh", "-c", ". \"$1\"; printf '%s|%s|%s|%s' \"$ID\" \"$NAME\" \"$VERSION_ID\" \"$PRETTY_NAME\"", "sh", folder["os-release"]);
        Assert.Equal((0, "e|A \"B\" $C `D` \\E|1|A \"B\" $C `D` \\E 1"), (exitCode, output));
        Assert.Equal("e\n", bench.Text(tree, "/etc/hostname"));
        Assert.Contains("/etc/machine-id file 0444 e3b0c442\n/etc/os-release symlink ../usr/lib/os-release\n", TreeDump.Of(tree), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Identity_OwnHostName_Stays()
    {
        using Workbench bench = new();
        bench.Capability("c", "files: {/etc/hostname: {content: mine}}");
        Assert.Equal("mine", bench.Text(await bench.ApplyAsync(new IdentityEffect(), "c"), "/etc/hostname"));
    }

    [Fact]
    public void Identity_TitleOfTwoLines_IsRefusedByTheReader()
    {
        using Workbench bench = new();
        bench.Capability("c", "");
        Assert.Contains("a control character or a line feed", Assert.Throws<StrataException>(() => bench.Load("c", "title: \"a\\nID=b\"")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CaBundle_Certificates_AreJoinedByNameAndTheSingleOnesGo()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("ca").File("/usr/share/ca-certificates/m/b.crt", Pem("B", "")).File("/usr/share/ca-certificates/m/a.crt", Pem("A", "\n"))
            .File("/usr/share/ca-certificates/m/readme", "not one"));
        bench.Capability("c", "packages: {ca: {}}");
        FileTree tree = await bench.ApplyAsync(new CaBundleEffect(), "c");
        Assert.Equal(["/etc/ssl/certs/ca-certificates.crt"], Workbench.Names(tree));
        Assert.Equal(Pem("A", "\n") + Pem("B", "\n"), bench.Text(tree, "/etc/ssl/certs/ca-certificates.crt"));
    }

    [Theory]
    [InlineData("x.crt", "no PEM", "is no PEM certificate")]
    [InlineData("x.txt", "other", "no certificates below /usr/share/ca-certificates")]
    public async Task CaBundle_NothingToJoin_IsAnError(string name, string content, string problem)
    {
        using Workbench bench = new();
        bench.Capability("c", $"files: {{/usr/share/ca-certificates/{name}: {{content: {content}}}}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new CaBundleEffect(), "c"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BusyBoxApplets_EveryName_GetsALinkUnlessTakenOrExcepted()
    {
        using Workbench bench = new();
        bench.Package(BusyBox("[", "[[", "ash", "cat", "reboot", "sh", "vi")).Package(new DebBuilder("vim").File("/usr/sbin/vi", "x"));
        bench.Capability("c", "packages: {busybox: {programs: [busybox]}, vim: {}}\neffects: {busybox-applets: {sbin: [reboot], except: [ash]}}");
        Assert.Equal(
            ["/usr/bin/[ -> busybox", "/usr/bin/[[ -> busybox", "/usr/bin/busybox", "/usr/bin/cat -> busybox", "/usr/bin/sh -> busybox", "/usr/sbin/reboot -> ../bin/busybox", "/usr/sbin/vi"],
            Workbench.Names(await bench.ApplyAsync(new BusyBoxAppletsEffect(), "c")));
    }

    [Fact]
    public async Task BusyBoxApplets_UnknownName_IsAnErrorWithASuggestion()
    {
        using Workbench bench = new();
        bench.Package(BusyBox("[", "[[", "reboot")).Capability("c", "packages: {busybox: {programs: [busybox]}}\neffects: {busybox-applets: {sbin: [rebot]}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new BusyBoxAppletsEffect(), "c"));
        Assert.Contains("'rebot': this BusyBox has none of that name (did you mean 'reboot'?)", e.Message, StringComparison.Ordinal);
        Assert.Contains("c.yaml:4:11", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BusyBoxApplets_ProgramWithoutTable_IsAnError() =>
        Assert.Throws<StrataException>(() => BusyBoxAppletsEffect.Applets("nothing of the kind"u8));

    [SkippableFact]
    public void BusyBoxApplets_OfARealProgram_AreThoseItLists()
    {
        string program = Environment.GetEnvironmentVariable("STRATA_TEST_BUSYBOX") is { Length: > 0 } path ? path : Oracle.Find("busybox");
        (int exitCode, string output) = Oracle.Run(program, "--list");
        Assert.Equal(0, exitCode);
        Assert.Equal(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), BusyBoxAppletsEffect.Applets(File.ReadAllBytes(program)));
    }

    private static DebBuilder BusyBox(params string[] applets) =>
        new DebBuilder("busybox").File("/usr/bin/busybox", Encoding.ASCII.GetBytes("program\0" + string.Concat(applets.Select(a => a + "\0")) + "\0rest"), Modes.Program);

    private static string Pem(string body, string end) => $"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----{end}";
}
