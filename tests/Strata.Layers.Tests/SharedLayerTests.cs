using Strata.Blueprints;
using Strata.Composition.Effects;
using Strata.Composition.Kernels;
using Strata.Composition.Tests;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Store.Actions;
using Strata.Store.Blocks;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Layers.Tests;

/// <summary>A layer is its capability and nothing else: what must not change it does not.</summary>
public sealed class SharedLayerTests : IDisposable
{
    private readonly Workbench _bench = new();

    public SharedLayerTests() => _bench
        .Package(new DebBuilder("busybox").File("/usr/bin/busybox", "program\0[\0[[\0init\0ip\0sh\0\0"u8.ToArray(), Modes.Program))
        .Package(new DebBuilder("iproute2").File("/usr/bin/ip", "ip", Modes.Program))
        .Package(new DebBuilder("ca").File("/usr/share/ca-certificates/a.crt", "-----BEGIN CERTIFICATE-----\nA\n"))
        .Capability("base", "directories: {/root: {mode: \"0700\"}}\nusers: {root: {id: 0, home: /root}}")
        .Capability("shell", "requires: [base]\npackages: {busybox: {programs: [busybox]}}\neffects: {busybox-applets: {sbin: [init, ip]}}")
        .Capability("init", "requires: [shell]\nprovides: {init-system: busybox}")
        .Capability("trust", "requires: [base]\npackages: {ca: {}}\neffects: {ca-bundle: {}}")
        .Capability("web",
            "requires: [init]\nusers: {www: {id: 33}}\ndirectories: {/srv: {owner: www}}\nfiles: {/web: {content: w, mode: \"0755\"}}\n"
            + "services: {web: {command: [/web, \"a b\"]}}")
        .Capability("routes", "requires: [shell]\npackages: {iproute2: {programs: [ip]}}");

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task OneMoreUser_ChangesTheSystemLayerAlone()
    {
        Dictionary<string, Sha256Digest> before = await PackAsync("init, trust, web");
        _bench.Capability("own", "users: {me: {id: 1000}}");
        Dictionary<string, Sha256Digest> after = await PackAsync("init, trust, web, own");
        Assert.Equal(["system"], before.Keys.Where(n => before[n] != after[n]));
        File.AppendAllText(Path.Combine(_bench.Folder, "capabilities/web.yaml"), "groups: {wheel: {id: 10}}\n");
        Dictionary<string, Sha256Digest> again = await PackAsync("init, trust, web, own");
        Assert.Equal(["system"], after.Keys.Where(n => after[n] != again[n]));
    }

    [Fact]
    public async Task TwoEditions_HaveEqualLayersOfWhatTheyShare()
    {
        Dictionary<string, Sha256Digest> one = await PackAsync("init, trust, web");
        Dictionary<string, Sha256Digest> other = await PackAsync("trust, routes, init", "title: Another\nbase: [routes]");
        string[] shared = [.. one.Keys.Intersect(other.Keys).Order(StringComparer.Ordinal)];
        Assert.Equal(["base", "init", "shell", "system", "trust"], shared);
        Assert.Equal(["system"], shared.Where(n => one[n] != other[n])); // it has the edition's name, accounts and services
    }

    [Fact]
    public async Task SystemLayer_HasWhatEffectsMakeOfAllCapabilities_AndHidesWhatOneWouldHaveHidden()
    {
        IReadOnlyList<LayerPart> parts = await SplitAsync("init, trust, web, routes");
        Assert.Equal(
            [
                "/etc/debian_version", "/etc/group", "/etc/hostname", "/etc/inittab", "/etc/machine-id",
                "/etc/os-release -> ../usr/lib/os-release",
                "/etc/passwd", "/etc/shadow", "/usr/lib/os-release", "/usr/sbin/ip",
            ],
            Workbench.Names(parts[^1].Tree));
        // an applet, where a package has it elsewhere
        Assert.Contains("/usr/sbin/ip c 0000 0:0\n", TreeDump.Of(parts[^1].Tree), StringComparison.Ordinal);
        LayerPart web = parts.Single(p => p.Name == "web");
        Assert.Equal(["/usr/lib/strata/web/services/web", "/web"], Workbench.Names(web.Tree));
        Assert.Contains("/srv/ dir 0755 33:33\n", TreeDump.Of(web.Tree), StringComparison.Ordinal);
        Assert.Equal(
            [
                "/init -> usr/sbin/init", "/usr/lib/strata/init/if-there", "/usr/lib/strata/init/stop-services",
                "/usr/lib/strata/init/supervise",
            ],
            Workbench.Names(parts.Single(p => p.Name == "init").Tree));
        Assert.Contains("/usr/sbin/ip -> ../bin/busybox", Workbench.Names(parts.Single(p => p.Name == "shell").Tree));
    }

    [Fact]
    public async Task Modules_LieInTheLayerOfEachThatNeedsThem()
    {
        _bench.Kernel(
            "", ("fs/btrfs.ko", TinyElf.Module("depends=xor")), ("lib/xor.ko", TinyElf.Module()),
            ("md/raid.ko", TinyElf.Module("depends=xor")),
            ("x/extra.ko", TinyElf.Module()));
        _bench.Capability("btrfs", "requires: [base]\nkernel: {modules: [btrfs]}")
            .Capability("raid", "requires: [base]\nkernel: {modules: [raid]}")
            .Capability("both", "requires: [btrfs]\nkernel: {modules: [raid, btrfs]}");
        Blueprint blueprint = _bench.Load("base, btrfs, raid, both", "layout: layers\nkernel-modules: all");
        PackageSet packages = await _bench.ListAsync();
        using EffectRun effects = Effects(packages);
        FileTree whole = Composer.Compose(blueprint, packages).Tree;
        using PackageContentReader contents = new(_bench.Store.OpenRead);
        KernelFiles kernel = KernelFiles.OfPackages(packages, "linux-small");
        EffectContext context = new(blueprint, whole, contents, null, kernel, new ToolTree("/nowhere"), _bench.Store, packages);
        new KernelModulesEffect().Apply(context with { Modules = new KernelModules(kernel, contents) });
        IReadOnlyList<LayerPart> parts = LayerSplit.Of(blueprint, packages, whole, effects.ApplyOwn);
        Assert.Equal(
            [
                "base:", "btrfs: btrfs.ko xor.ko linux-small", "raid: xor.ko raid.ko linux-small", "both: raid.ko",
                "system: extra.ko", // who needs it no capability knows; what is from the kernel's package says the layer of another
            ],
            parts.Select(
                p => $"{p.Name}: {string.Join(' ', p.Tree.Entries.Where(e => e.Node is FileNode).Select(e => e.Path.Name))}".TrimEnd()));
    }

    [Fact]
    public async Task DeviceProgram_LiesInTheLayerOfWhoTakesIt()
    {
        _bench.Capability("own", "requires: [base]\ndevice-programs: {/usr/libexec/first: early-init}");
        IReadOnlyList<LayerPart> parts = await SplitAsync("init, own");
        FileTree own = parts.Single(p => p.Name == "own").Tree;
        Assert.Equal(["/usr/libexec/first"], Workbench.Names(own));
        Assert.Equal("a program", _bench.Text(own, "/usr/libexec/first"));
        Assert.Equal("755", Convert.ToString(own.Entries.Single(e => e.Path.Name == "first").Node.Permissions, 8));
        Assert.DoesNotContain("/usr/libexec/first", Workbench.Names(parts[^1].Tree));
    }

    [Fact]
    public async Task DeviceProgram_WhereAPackageHasAFile_IsAnError()
    {
        _bench.Capability("own", "requires: [shell]\ndevice-programs: {/usr/bin/busybox: early-init}");
        StrataException fault = await Assert.ThrowsAsync<StrataException>(() => SplitAsync("init, own"));
        Assert.Contains("/usr/bin/busybox", fault.Message, StringComparison.Ordinal);
    }

    private EffectRun Effects(PackageSet packages) =>
        new(_bench.Store, packages, new ToolTree("/nowhere"), KernelFiles.OfPackages(packages, "linux-small"))
        {
            Programs = new Dictionary<DeviceProgram, FileContent> { [DeviceProgram.EarlyInit] = InlineContent.FromText("a program") },
        };

    private async Task<IReadOnlyList<LayerPart>> SplitAsync(string capabilities, string rest = "")
    {
        if (!(await _bench.ListAsync()).TryGetPackage("linux-small", out _))
        {
            _bench.Kernel("");
        }
        Blueprint blueprint = _bench.Load(capabilities, "layout: layers\n" + rest);
        PackageSet packages = await _bench.ListAsync();
        FileTree whole = Composer.Compose(blueprint, packages).Tree;
        using EffectRun effects = Effects(packages);
        effects.ApplyAll(blueprint, whole);
        IReadOnlyList<LayerPart> parts = LayerSplit.Of(blueprint, packages, whole, effects.ApplyOwn);
        LayerStack stack = new();
        foreach (LayerPart part in parts)
        {
            stack.Add(part.Tree);
        }
        Assert.Equal(TreeDump.Of(whole), TreeDump.Of(stack.Tree));
        return parts;
    }

    /// <summary>The digest of each layer by its name.</summary>
    private async Task<Dictionary<string, Sha256Digest>> PackAsync(string capabilities, string rest = "")
    {
        using BlockCache blocks = new(_bench.Store);
        LayerBuilder builder = new(_bench.Store, new ActionCache(_bench.Store), blocks);
        Dictionary<string, Sha256Digest> digests = new(StringComparer.Ordinal);
        foreach (LayerPart part in await SplitAsync(capabilities, rest))
        {
            LayerInput input = new()
            {
                Name = part.Name, Architecture = GuestArchitecture.Amd64, Requires = part.Requires, Provides = [], Tree = part.Tree,
                Packing = LayerPacking.Named("fast", GuestArchitecture.Amd64, CompressionLibraries.Host),
            };
            digests.Add(part.Name, (await builder.BuildAsync(input, () => new PackageContentReader(_bench.Store.OpenRead))).Digest);
        }
        return digests;
    }
}
