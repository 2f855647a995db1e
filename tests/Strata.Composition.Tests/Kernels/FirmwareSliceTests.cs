using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Kernels;

/// <summary>Which files of firmware packages drivers bring along, and which they do not.</summary>
public sealed class FirmwareSliceTests : IDisposable
{
    private readonly Workbench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("firmware=a/b.bin", "/usr/lib/firmware/a/b.bin")]
    [InlineData("firmware=x.bin", "/usr/lib/firmware/x.bin.xz")] // as the kernel looks for it
    [InlineData("firmware=z.bin", "/usr/lib/firmware/z.bin.zst")]
    [InlineData("firmware=both.bin", "/usr/lib/firmware/both.bin|/usr/lib/firmware/both.bin.xz")]
    [InlineData("firmware=a", "")] // a directory
    [InlineData("firmware=../secret", "")]
    [InlineData("firmware=", "")]
    [InlineData("firmwares=a/b.bin", "")]
    [InlineData("alias=firmware=a/b.bin", "")]
    [InlineData("firmware=l.bin", "/usr/lib/firmware/a/b.bin|/usr/lib/firmware/l.bin -> a/b.bin")]
    [InlineData("firmware=dangling.bin", "/usr/lib/firmware/dangling.bin -> nowhere")]
    [InlineData("firmware=circle.bin", "/usr/lib/firmware/circle.bin -> circle.bin")]
    [InlineData("firmware=out.bin", "/usr/lib/firmware/out.bin -> ../secret")] // what is beside the folder is not firmware
    public async Task Apply_ModuleThatNamesFirmware_TakesItAndWhatItLinksTo(string info, string taken)
    {
        Assert.Equal(taken, await TakeAsync([info], new DebBuilder("fw").Directory("/usr/lib/firmware/a").File("/usr/lib/firmware/a/b.bin",
            "b").File("/usr/lib/firmware/x.bin.xz", "x")
            .File("/usr/lib/firmware/z.bin.zst", "z").File("/usr/lib/firmware/both.bin", "1").File("/usr/lib/firmware/both.bin.xz",
                "2").Link("/usr/lib/firmware/l.bin", "a/b.bin")
            .Link("/usr/lib/firmware/dangling.bin", "nowhere").Link("/usr/lib/firmware/circle.bin",
                "circle.bin").Link("/usr/lib/firmware/out.bin", "../secret").File("/usr/lib/secret", "s")));
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public async Task Apply_ChainOfLinks_IsFollowedThatFar(int links, bool arrives)
    {
        DebBuilder package = new DebBuilder("fw").File($"/usr/lib/firmware/{links}", "end");
        for (int i = 0; i < links; i++)
        {
            package.Link($"/usr/lib/firmware/{i}", $"{i + 1}");
        }
        string taken = await TakeAsync(["firmware=0"], package);
        Assert.Equal(arrives, taken.Split('|').Contains($"/usr/lib/firmware/{links}"));
    }

    [Fact]
    public async Task Apply_FirmwareOfTwoDriversAndTwoCapabilities_BelongsToTheFirst()
    {
        _bench.Kernel("", ("a.ko", TinyElf.Module("firmware=f.bin")), ("b.ko", TinyElf.Module("firmware=f.bin", "firmware=g.bin",
            "firmware=h.bin")));
        _bench.Package(new DebBuilder("fw").File("/usr/lib/firmware/f.bin", "f").File("/usr/lib/firmware/g.bin", "g", mode: 0b111_101_101))
            .Package(new DebBuilder("fw-other").File("/usr/lib/firmware/f.bin", "f").File("/usr/lib/firmware/h.bin", "h"))
            .Capability("c", "kernel: {modules: [a], firmware: [fw]}").Capability("d", "kernel: {modules: [b], firmware: [fw, fw-other]}");
        FileTree tree = await _bench.ApplyAsync(new KernelModulesEffect(), "c, d");
        Assert.True(tree.TryGet(GuestPath.Parse("/usr/lib/firmware/f.bin"), out TreeEntry first));
        Assert.Equal(("c", "fw", "firmware of a.ko"), (first.Origin.Capability, first.Origin.Package, first.Origin.Reason));
        Assert.True(tree.TryGet(GuestPath.Parse("/usr/lib/firmware/g.bin"), out TreeEntry second));
        Assert.Equal(("c", "firmware of b.ko", Modes.File), (second.Origin.Capability, second.Origin.Reason, second.Node.Permissions));
    }

    [Fact]
    public async Task Apply_PackageOfWhichNothingIsNamed_IsAnErrorThatNamesItsPlace()
    {
        _bench.Kernel("", ("a.ko", TinyElf.Module("firmware=f.bin")));
        _bench.Package(new DebBuilder("fw").File("/usr/lib/firmware/f.bin",
            "f")).Package(new DebBuilder("fw-idle").File("/usr/lib/firmware/idle.bin", "i"))
            .Capability("c", "kernel: {modules: [a], firmware: [fw, fw-idle]}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => _bench.ApplyAsync(new KernelModulesEffect(), "c"));
        Assert.Contains(":3:39: package 'fw-idle' of capability 'c'", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'fw'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tg3.firmware=f.bin\0", true)]
    [InlineData("a.firmware=x\0b.c.firmware=f.bin\0", false)] // the name ends at the first dot
    [InlineData(".firmware=f.bin\0", false)]
    [InlineData("firmware=f.bin\0", false)]
    public async Task Apply_BuiltInDriver_NamesItBehindItsName(string modinfo, bool isTaken)
    {
        _bench.Kernel("", ("a.ko", TinyElf.Module("firmware=g.bin")));
        _bench.Package(new DebBuilder("linux-small").File("/boot/vmlinuz-1", TinyPe.Kernel()).File("/usr/lib/modules/1/modules.builtin",
            "").File("/usr/lib/modules/1/modules.order", "")
            .File("/usr/lib/modules/1/modules.builtin.modinfo", modinfo + "z.firmware=g.bin\0"));
        _bench.Package(new DebBuilder("fw").File("/usr/lib/firmware/f.bin", "f").File("/usr/lib/firmware/g.bin", "g")).Capability("c",
            "kernel: {firmware: [fw]}");
        string[] names = Workbench.Names(await _bench.ApplyAsync(new KernelModulesEffect(), "c"));
        Assert.Equal(isTaken, names.Contains("/usr/lib/firmware/f.bin"));
        Assert.Contains("/usr/lib/firmware/g.bin", names);
    }

    private async Task<string> TakeAsync(string[] info, DebBuilder package)
    {
        _bench.Kernel("", ("a.ko", TinyElf.Module(info)), ("keep.ko", TinyElf.Module("firmware=always.bin")));
        _bench.Package(package.File("/usr/lib/firmware/always.bin", "")).Capability("c", "kernel: {modules: [a, keep], firmware: [fw]}");
        return string.Join('|', Workbench.Names(await _bench.ApplyAsync(new KernelModulesEffect(), "c"))
            .Where(n => n.StartsWith("/usr/lib/", StringComparison.Ordinal) && !n.StartsWith("/usr/lib/modules",
                StringComparison.Ordinal) && !n.EndsWith("always.bin", StringComparison.Ordinal)));
    }
}
