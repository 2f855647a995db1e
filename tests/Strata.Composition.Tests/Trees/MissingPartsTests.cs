using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Trees;

/// <summary>What a package needs and an image has nothing of is told where its code cannot do without.</summary>
public class MissingPartsTests
{
    [Theory]
    [InlineData("python3-web", "/usr/lib/python3/dist-packages/web.py", "python3-net, python3:any, ca-certificates", "python3-net")]
    [InlineData("python3-web", "/usr/lib/python3/dist-packages/web.so", "python3-net", "")] // nothing that imports
    [InlineData("perl-web", "/usr/share/perl5/Web.pm", "perl, libnet-perl, libnet1", "libnet-perl")]
    [InlineData("nginx", "/usr/sbin/nginx", "nginx-common (= 1.0), init-system-helpers", "nginx-common")]
    [InlineData("openvpn-gui", "/usr/bin/gui", "openvpn-core | openvpn", "openvpn-core")]
    [InlineData("linux-image-6", "/boot/vmlinuz-6", "linux-base", "")] // what its scripts call
    [InlineData("nginx", "/usr/sbin/nginx", "apache-common, nginxish-common, common", "")]
    [InlineData("nginx", "/usr/sbin/nginx", "nginx-common | there", "")] // the other alternative is there
    [InlineData("nginx", "/usr/sbin/nginx", "virtual-common | nginx-common", "")] // as is who provides the first
    public async Task Of_PackageWithoutAPart_TellsIt(string name, string file, string depends, string missing)
    {
        IReadOnlyList<string> told = await FindAsync(
            "python3: {}, perl: {}, there: {}",
            new DebBuilder(name).File(file, "x").Field("Depends", depends));
        Assert.Equal(
            missing.Length == 0 ? []
                : [$"{name} needs {missing}, and nothing of it is in the image; '{{whole-with: depends}}' takes it along"],
            told);
    }

    [Fact]
    public async Task Of_ImageWithoutTheLanguage_TellsNothing() => Assert.Empty(await FindAsync(
        "there: {}", new DebBuilder("python3-web").File("/usr/lib/python3/dist-packages/web.py", "x").Field("Depends", "python3-net")));

    [Fact]
    public async Task Of_PackageOfWhichFilesCame_IsNotMissing() => Assert.Empty(await FindAsync(
        "python3: {}, python3-net: {}",
        new DebBuilder("python3-web").File("/usr/lib/python3/dist-packages/web.py", "x").Field("Depends", "python3-net")));

    private static async Task<IReadOnlyList<string>> FindAsync(string others, DebBuilder package)
    {
        using Workbench bench = new Workbench()
            .Package(new DebBuilder("python3").File("/usr/bin/python3", "x", Modes.Program))
            .Package(new DebBuilder("perl").File("/usr/bin/perl", "x", Modes.Program))
            .Package(new DebBuilder("python3-net").File("/usr/lib/python3/dist-packages/net.py", "x"))
            .Package(new DebBuilder("there").File("/usr/bin/there", "x").Field("Provides", "virtual-common"))
            .Package(package);
        bench.Capability("c", $"packages: {{{others}, {package.Name}: {{}}}}");
        (FileTree tree, _, _) = await bench.ComposeAsync("c");
        return MissingParts.Of(tree, await bench.ListAsync());
    }
}
