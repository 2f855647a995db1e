using System.Text;
using Strata.Core;
using Strata.Init.CommandLine;
using Strata.Init.Layers;
using Strata.Init.Reports;
using Strata.Init.Root;
using Strata.Init.Stores;
using Strata.Updates.Releases;

namespace Strata.Init.Tests;

public class LayerTests
{
    private static readonly LayerStore s_store = new("/", null, "initramfs");

    [Fact]
    public void VerityTable_Layer_IsTheLineOfTheKernelsDocumentation()
    {
        ReleaseLayer layer = Layer("a") with { Data = 8 * 4096, Size = 10 * 4096, Salt = "00ff" };
        Assert.Equal(64UL, VerityTable.Sectors(layer));
        Assert.Equal($"1 7:3 7:3 4096 4096 8 9 sha256 {layer.Root} 00ff", VerityTable.Parameters(layer, "7:3", CorruptionKind.Error));
        layer = layer with { Salt = "" };
        Assert.EndsWith(" -", VerityTable.Parameters(layer, "7:3", CorruptionKind.Error), StringComparison.Ordinal);
        Assert.EndsWith(" - 1 restart_on_corruption", VerityTable.Parameters(layer, "7:3", CorruptionKind.Restart),
            StringComparison.Ordinal);
        Assert.EndsWith(" - 1 panic_on_corruption", VerityTable.Parameters(layer, "7:3", CorruptionKind.Panic), StringComparison.Ordinal);
    }

    [Fact]
    public void LayerPlan_RefusedLayer_TakesAwayWhatRequiresIt()
    {
        Release release = ReleaseOf(Layer("base") with { IsBase = true }, Layer("a"), Layer("b") with { Requires = ["a"] }, Layer("c") with { Requires = ["b"] }, Layer("d"), Layer("e"));
        List<string> opened = [];
        IReadOnlyList<LayerFate> fates = LayerPlan.Of(release, [.. release.Layers.Take(5)], layer =>
        {
            opened.Add(layer.Name);
            return layer.Name == "a" ? "is damaged" : null;
        });
        Assert.Equal(["base", "a", "d"], opened);
        Assert.Equal(["base", "d"], fates.Where(f => f.IsMounted).Select(f => f.Layer.Name));
        Assert.Equal(["a", "b", "c"], fates.Where(f => f.IsRefused).Select(f => f.Layer.Name));
        Assert.Equal("requires the layer b, which is not there", fates[3].Why);
        Assert.Equal("was not asked for", fates[5].Why);
        Assert.Null(LayerPlan.Refusal(fates, isStrict: false, [s_store]));
        BootException strict = LayerPlan.Refusal(fates, isStrict: true, [s_store])!;
        Assert.Equal("the layers come from the initramfs", strict.Facts[0]);
        Assert.StartsWith("cannot use the layer 'a': it is damaged", strict.Message, StringComparison.Ordinal);
        Assert.Contains("caps=d", strict.Advice[0], StringComparison.Ordinal);
    }

    [Fact]
    public void LayerPlan_BaseRefused_StopsTheStart()
    {
        Release release = ReleaseOf(Layer("base") with { IsBase = true }, Layer("a"));
        IReadOnlyList<LayerFate> fates = LayerPlan.Of(release, release.Layers, layer => layer.IsBase ? "is cut short" : null);
        Assert.Contains("'base': it is cut short", LayerPlan.Refusal(fates, isStrict: false, [s_store])!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Overlay_Layers_StandFromTheHighestDown()
    {
        IReadOnlyList<(string Name, string? Value)> parameters = OverlayOptions.Of(
            ["/l/a", "/l/b"], "/c/upper", "/c/work", ChangesKind.Memory);
        Assert.Equal(
            "source=strata lowerdir+=/l/b lowerdir+=/l/a upperdir=/c/upper workdir=/c/work redirect_dir=on index=off metacopy=off volatile=", Text(parameters));
        Assert.DoesNotContain(
            "volatile", Text(OverlayOptions.Of(["/l/a"], "/c/upper", "/c/work", ChangesKind.Partition)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", "base system")]
    [InlineData("net", "base net system")]
    [InlineData(null, "base net disks system")]
    public void SystemLayer_WhateverIsAsked_IsMountedOnTopOfTheOthers(string? caps, string expected)
    {
        Release release = ReleaseOf(
            Layer("base") with { IsBase = true }, Layer("net") with { Requires = ["base"] }, Layer("disks") with { Requires = ["base"] },
            Layer("system") with { IsBase = true });
        List<string> mounted = [];
        IReadOnlyList<LayerFate> fates = LayerPlan.Of(release, LayerSelection.Of(release, caps).Layers, layer =>
        {
            mounted.Add(layer.Name);
            return null;
        });
        Assert.Equal(expected, string.Join(' ', mounted));
        Assert.Equal(("lowerdir+", "system"), OverlayOptions.OfReadOnly(mounted, "/empty")[1]);
        fates = LayerPlan.Of(release, LayerSelection.Of(release, caps).Layers, layer => layer.Name == "system" ? "was changed" : null);
        Assert.NotNull(LayerPlan.Refusal(fates, isStrict: false, [s_store])); // without it there are no users and no services
    }

    [Fact]
    public void Overlay_ReadOnlyWithOneLayer_HasAnEmptySecond()
    {
        Assert.Equal("source=strata lowerdir+=/l/a lowerdir+=/empty ro=", Text(OverlayOptions.OfReadOnly(["/l/a"], "/empty")));
        Assert.Equal("source=strata lowerdir+=/l/b lowerdir+=/l/a ro=", Text(OverlayOptions.OfReadOnly(["/l/a", "/l/b"], "/empty")));
    }

    [Fact]
    public void MemoryStore_Refusal_TellsBothNumbers()
    {
        long needed = MemoryStore.Needed([Layer("a") with { Size = 64 << 20 }]);
        Assert.InRange(needed, 64 << 20, 66 << 20);
        Assert.Null(MemoryStore.Refusal(needed, 128 << 20));
        string refusal = MemoryStore.Refusal(needed, 70 << 20)!;
        Assert.Contains("65.0 MiB", refusal, StringComparison.Ordinal);
        Assert.Contains("70.0 MiB", refusal, StringComparison.Ordinal);
    }

    internal static ReleaseLayer Layer(string name) => new()
    {
        Name = name,
        IsBase = false,
        Requires = [],
        Manifest = Sha256Digest.Of("m"u8),
        Image = Sha256Digest.Of(Encoding.ASCII.GetBytes(name)),
        Size = 8192,
        Data = 4096,
        Root = Sha256Digest.Of("r"u8),
        Salt = "",
    };

    internal static Release ReleaseOf(params IReadOnlyList<ReleaseLayer> layers) => new() { Edition = "bench", Version = "1", Architecture = "amd64", Layers = layers };

    private static string Text(IEnumerable<(string Name, string? Value)> parameters) => string.Join(' ', parameters.Select(p => $"{p.Name}={p.Value}"));
}
