using Strata.Composition.Effects;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Deb;
using Strata.Testing;

namespace Strata.Composition.Tests.Kernels;

public class KernelModulesTests
{
    [Fact]
    public async Task Closure_DependsAndSoftdep_ComeAlong_BuiltInNeedsNothing()
    {
        Assert.Equal(["drivers/net_core", "fs/crc_soft", "fs/ext4"], await ClosureAsync(["ext4", "built-in"],
            ("fs/ext4.ko", ["depends=net-core,jbd2", "softdep=pre: crc-soft absent-wish"]),
            ("drivers/net_core.ko", ["depends="]),
            ("fs/crc_soft.ko", ["softdep=post: ext4"]),
            ("fs/other.ko", [])));
    }

    [Fact]
    public async Task Closure_UnknownModule_IsNamedWithASuggestion()
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ClosureAsync(["exta4"], ("fs/ext4.ko", [])));
        Assert.Contains("'exta4' is no module of it (did you mean 'ext4'?)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closure_MissingDependency_IsNamedEvenWhenItWasOnlyWishedForBefore()
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(()
            => ClosureAsync(["a", "b"], ("a.ko", ["softdep=pre: gone"]), ("b.ko", ["depends=gone"])));
        Assert.Contains("'gone', needed by 'b', is no module of it", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    [InlineData(".xz")]
    [InlineData(".zst")]
    public async Task Closure_CompressedModule_IsTakenPlain(string ending)
    {
        byte[] module = TinyElf.Module("depends=", "license=GPL");
        using MemoryStream packed = new();
        using (Stream packer = ending switch
        {
            ".gz" => Compressor.OpenGzip(packed, 6, leaveOpen: true),
            ".xz" => Compressor.OpenXz(packed, leaveOpen: true),
            ".zst" => Compressor.OpenZstd(packed, leaveOpen: true),
            _ => new BufferedStream(packed),
        })
        {
            packer.Write(module);
        }
        using Workbench bench = new();
        bench.Kernel("", ("fs/ext4.ko" + ending, packed.ToArray()));
        using PackageContentReader contents = new(bench.Store.OpenRead);
        KernelModules modules = new(KernelFiles.OfPackages(await bench.ListAsync(), "linux-small"), contents);
        TakenModule taken = Assert.Single(modules.Closure(["ext4"]));
        Assert.Equal("ext4.ko", taken.Path.Name);
        Assert.Equal(module, taken.Bytes.ToArray());
    }

    [Fact]
    public async Task Closure_DamagedModule_NamesItsPackage()
    {
        using Workbench bench = new();
        bench.Kernel("", ("bad.ko", "no elf"u8.ToArray()));
        KernelFiles kernel = KernelFiles.OfPackages(await bench.ListAsync(), "linux-small");
        using PackageContentReader contents = new(bench.Store.OpenRead);
        StrataException e = Assert.Throws<StrataException>(() => new KernelModules(kernel, contents).Closure(["bad"]));
        Assert.Contains("bad.ko of package linux-small", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_NoKernelOrTwo_IsAnError()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/boot/config", "x"));
        Packages.Listings.PackageSet none = await bench.ListAsync();
        Assert.Contains("no package of the lock has a /boot/vmlinuz-*",
            Assert.Throws<StrataException>(() => KernelFiles.OfPackages(none, "p")).Message, StringComparison.Ordinal);
        bench.Package(new DebBuilder("q").File("/boot/vmlinuz-1", "x").File("/boot/vmlinuz-2", "x"));
        Packages.Listings.PackageSet two = await bench.ListAsync();
        Assert.Contains("there are 2", Assert.Throws<StrataException>(() => KernelFiles.OfPackages(two, "q")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Effect_WithoutDepmod_SaysWhatIsMissing()
    {
        using Workbench bench = new();
        bench.Capability("c", $"files: {{/usr/lib/modules/{Workbench.KernelVersion}/kernel/a.ko: {{content: x}}}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new ModuleIndexEffect(), "c"));
        Assert.Contains("cannot start usr/sbin/depmod: it is not in the toolbox tree", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Effect_WithoutModules_NeedsNoDepmod()
    {
        using Workbench bench = new();
        bench.Capability("c", "");
        Assert.Empty(Workbench.Names(await bench.ApplyAsync(new KernelModulesEffect(), "c")));
        Assert.Empty(Workbench.Names(await bench.ApplyAsync(new ModuleIndexEffect(), "c")));
    }

    [Fact]
    public async Task OfClass_ModulesAndBuiltIn_AreFoundByTheirPath_AnEmptyClassIsAnError()
    {
        using Workbench bench = new();
        bench.Kernel("kernel/drivers/ata/ahci.ko\n", ("drivers/net/usb/r8152.ko", TinyElf.Module()), ("drivers/net/usb/asix.ko.xz", []),
            ("fs/ext4.ko", TinyElf.Module()));
        using PackageContentReader contents = new(bench.Store.OpenRead);
        KernelModules modules = new(KernelFiles.OfPackages(await bench.ListAsync(), "linux-small"), contents);
        Assert.Equal(["asix", "r8152"], modules.OfClass("drivers/net/usb/*").Order(StringComparer.Ordinal));
        Assert.Empty(modules.OfClass("drivers/ata/*"));
        Assert.True(modules.Has("ahci") && modules.Has("ext4") && !modules.Has("ena"));
        StrataException e = Assert.Throws<StrataException>(() => modules.OfClass("drivers/gpu/*"));
        Assert.Contains("it has none of this class, not even built in", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Effect_FirmwareOfBuiltInDrivers_ComesFromAllowedPackagesAlone()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("linux-small").File("/boot/vmlinuz-1", "k").File("/usr/lib/modules/1/modules.builtin", "")
            .File("/usr/lib/modules/1/modules.builtin.modinfo",
                "tg3.firmware=tigon/tg3.bin\0tg3.firmware=tigon/absent.bin\0x.firmware=other/x.bin\0"));
        bench.Package(new DebBuilder("fw").File("/usr/lib/firmware/tigon/tg3.bin", "a").File("/usr/lib/firmware/tigon/unnamed.bin", "b"));
        bench.Package(new DebBuilder("fw-not-allowed").File("/usr/lib/firmware/other/x.bin", "c"));
        bench.Capability("c", "kernel: {firmware: [fw]}");
        Assert.Equal(["/usr/lib/firmware/tigon/tg3.bin"], Workbench.Names(await bench.ApplyAsync(new KernelModulesEffect(), "c")));
        bench.Package(new DebBuilder("fw-of-nobody").File("/usr/lib/firmware/nobody.bin", "d"))
            .Capability("c", "kernel: {firmware: [fw, fw-of-nobody]}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new KernelModulesEffect(), "c"));
        Assert.Contains("c.yaml:3:25: package 'fw-of-nobody' of capability 'c'", e.Message, StringComparison.Ordinal);
    }

    // reading backwards decompresses a package anew
    [Fact]
    public async Task Closure_ReadsTheArchiveForwards_AndAgainOnlyForWhatLiesBefore()
    {
        using Workbench bench = new();
        bench.Kernel("", ("a.ko", TinyElf.Module("depends=")), ("b.ko", TinyElf.Module("depends=c,a")),
            ("c.ko", TinyElf.Module("depends=")), ("d.ko", TinyElf.Module("softdep=pre: c")));
        KernelFiles kernel = KernelFiles.OfPackages(await bench.ListAsync(), "linux-small");
        using PackageContentReader contents = new(bench.Store.OpenRead);
        RecordingReader reader = new(contents);
        KernelModules modules = new(kernel, reader);
        Assert.False(modules.Has("z")); // reads the list of what is built in
        reader.Offsets.Clear();
        Assert.Equal(["a", "b", "c", "d"], modules.Closure(["d", "b"]).Select(m => m.Name));
        Assert.Equal([.. kernel.Modules.Skip(1).Append(kernel.Modules.First()).Select(m => m.Position)], reader.Offsets); // b, c, d, then a
    }

    private sealed class RecordingReader(IContentReader inner) : IContentReader
    {
        public List<long> Offsets { get; } = [];

        public Stream Open(FileContent content)
        {
            Offsets.Add(((PackageContent)content).Offset);
            return inner.Open(content);
        }

        public void Dispose()
        {
        }
    }

    private static async Task<string[]> ClosureAsync(string[] names, params (string Path, string[] Info)[] modules)
    {
        using Workbench bench = new();
        bench.Kernel("kernel/lib/built_in.ko\nkernel/fs/jbd2.ko\n", [.. modules.Select(m => (m.Path, TinyElf.Module(m.Info)))]);
        KernelFiles kernel = KernelFiles.OfPackages(await bench.ListAsync(), "linux-small");
        Assert.Equal(Workbench.KernelVersion, kernel.Version);
        using PackageContentReader contents = new(bench.Store.OpenRead);
        string folder = kernel.ModuleFolder + "/kernel/";
        return [.. new KernelModules(kernel, contents).Closure(names).Select(m => m.Path.ToString()[folder.Length..^3])];
    }
}
