using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

public class PackageStatusEffectTests
{
    private const string Folder = "/var/lib/dpkg/status.d/";

    [SkippableFact]
    public async Task Apply_PackagesWithFiles_AreThoseThatDpkgReads()
    {
        using Workbench bench = Packages();
        bench.Capability("one", "packages: {tool: {files: [/usr/bin/*]}, plain: {}}").Capability("two", "packages: {tool: {}}");
        FileTree tree = await bench.ApplyAsync(new PackageStatusEffect(), "one, two");
        string[] names = [.. Workbench.Names(tree).Where(n => n.StartsWith(Folder, StringComparison.Ordinal))];
        Assert.Equal([Folder + "plain", Folder + "tool"], names);
        Assert.Equal("13\n", bench.Text(tree, "/etc/debian_version"));

        using TemporaryFolder database = new();
        File.WriteAllText(database["status"], string.Join('\n', names.Select(n => bench.Text(tree, n))));
        Directory.CreateDirectory(database["info"]);
        (int exitCode, string said) = Oracle.Run("dpkg-query", "--admindir=" + database.Path, "-W",
            "-f", "${Package} ${Version} ${Architecture} ${db:Status-Status} ${source:Package} ${source:Version}\\n");
        Assert.True(exitCode == 0, said);
        Assert.Equal(
            ["plain 1.0 amd64 installed plain 1.0", "tool 2:1.5-1 amd64 installed tools 2:1.4"],
            said.Split('\n').Where(l => l.Contains(" installed ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("package-status: false")]
    [InlineData("suite: sid\npackage-status: false")]
    public async Task Apply_SwitchedOff_AddsNothing(string rest)
    {
        using Workbench bench = Packages();
        bench.Capability("one", "packages: {tool: {}}");
        FileTree tree = await bench.ApplyAsync(new PackageStatusEffect(), "one", rest);
        Assert.DoesNotContain(tree.Entries, e => e.Path.ToString().StartsWith("/var", StringComparison.Ordinal));
        Assert.False(tree.Contains(GuestPath.Parse("/etc/debian_version")));
    }

    [Fact]
    public async Task Apply_SuiteWithoutANumber_GetsNoVersionOfDebian()
    {
        using Workbench bench = Packages();
        bench.Capability("one", "packages: {tool: {}}");
        FileTree tree = await bench.ApplyAsync(new PackageStatusEffect(), "one", "suite: sid");
        Assert.True(tree.Contains(GuestPath.Parse(Folder + "tool")));
        Assert.False(tree.Contains(GuestPath.Parse("/etc/debian_version")));
    }

    [Fact]
    public async Task Apply_FileOfTwoCapabilities_LiesInTheLayerOfTheFirst()
    {
        using Workbench bench = Packages();
        bench.Capability("one", "packages: {tool: {files: [/usr/share/tool]}}")
            .Capability("two", "packages: {tool: {files: [/usr/bin/tool]}}");
        FileTree tree = await bench.ApplyAsync(new PackageStatusEffect(), "one, two");
        Assert.True(tree.TryGet(GuestPath.Parse(Folder + "tool"), out TreeEntry entry));
        Assert.Equal("one", entry.Origin.Capability);
    }

    // a package of one's own may say anything
    [Fact]
    public async Task Apply_SourceOfTwoLines_IsNotCopied()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("odd").Field("Source", "odd\n Package: other").File("/usr/bin/odd", "x"));
        bench.Capability("one", "packages: {odd: {}}");
        FileTree tree = await bench.ApplyAsync(new PackageStatusEffect(), "one");
        Assert.Equal("Package: odd\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n", bench.Text(tree, Folder + "odd"));
    }

    private static Workbench Packages() => new Workbench()
        .Package(new DebBuilder("tool", "2:1.5-1").Field("Source", "tools (2:1.4)").File("/usr/bin/tool", "x").File("/usr/share/tool", "y"))
        .Package(new DebBuilder("plain").File("/usr/share/plain", "z"))
        .Package(new DebBuilder("unused").File("/usr/share/unused", "u"));
}
