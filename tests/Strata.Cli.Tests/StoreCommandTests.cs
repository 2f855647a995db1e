using Strata.Cli.Commands;
using Strata.Core;
using Strata.Store;
using Strata.Updates.Layers;

namespace Strata.Cli.Tests;

/// <summary><c>store</c> on a store with a few objects, and what <c>layer diff</c> says of packages.</summary>
public class StoreCommandTests
{
    private static Desk DeskWithStore(out Sha256Digest first)
    {
        Desk desk = new();
        using ObjectStore store = new(desk["store"]);
        first = store.AddBytes(new byte[1000]);
        store.AddBytes(new byte[2000]);
        return desk;
    }

    [Fact]
    public async Task Size_Store_AddsUp()
    {
        using Desk desk = DeskWithStore(out _);
        Desk.Outcome outcome = await desk.TypeAsync("store size");
        Assert.Equal("Part\tCount\tSize", outcome.Lines[0]);
        Assert.Contains("objects\t2\t2.93 KiB", outcome.Lines);
        Assert.Equal($"2.93 KiB in {desk["store"]} (from STRATA_STORE)", outcome.Lines[^1]);
        Assert.Contains("\"part\": \"objects\",\n    \"count\": 2,\n    \"bytes\": 3000",
            (await desk.TypeAsync("store size --json")).Output,
            StringComparison.Ordinal);
        Assert.Equal("0 B in other (from --store)", (await desk.TypeAsync("store size --store other")).Lines[^1].Replace(desk["other"],
            "other", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_DamagedObject_IsNamedAndEndsWithOne()
    {
        using Desk desk = DeskWithStore(out Sha256Digest first);
        Desk.Outcome sound = await desk.TypeAsync("store verify");
        Assert.Equal((0, "2 objects, 2.93 KiB, and 0 compressed blocks, 0 B: sound"), (sound.ExitCode, sound.Lines[^1]));
        string path = Directory.EnumerateFiles(desk["store"], first.ToString()[2..] + "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(desk["store"], first + "*", SearchOption.AllDirectories)).First();
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(path, new byte[999]);
        Desk.Outcome damaged = await desk.TypeAsync("store verify");
        Assert.Equal(1, damaged.ExitCode);
        Assert.StartsWith($"damaged: {first}: ", damaged.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith(": 1 damaged, moved aside; they are fetched or built again when needed", damaged.Lines[^1],
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--older-than 0 --dry-run", "2 things would go, 2.93 KiB; 0 B would stay", 2)]
    [InlineData("", "0 things removed, 0 B; 2.93 KiB stay", 2)]
    [InlineData("--older-than 36500", "0 things removed, 0 B; 2.93 KiB stay", 2)]
    [InlineData("--keep 1GiB", "0 things removed, 0 B; 2.93 KiB stay", 2)]
    public async Task Gc_Options_SayWhatGoes(string options, string said, int left)
    {
        using Desk desk = DeskWithStore(out _);
        await Task.Delay(20);
        Assert.Equal(said, (await desk.TypeAsync("store gc " + options)).Lines[^1]);
        Assert.Contains($"objects\t{left}\t", (await desk.TypeAsync("store size")).Output, StringComparison.Ordinal);
    }

    private static LayerManifest Layer(params LayerPackage[] packages) => new()
    {
        Name = "l", Architecture = "amd64", Requires = [], Provides = [], Packages = packages, Effects = [], Entries = 1, PlainBytes = 1,
            Codec = "xz",
        BlockSize = 4096, Image = default, Size = 1, Data = 1, Root = default, Salt = "", BlockIndex = default,
    };

    [Fact]
    public void PackageChanges_Layers_AreAddedRemovedMovedOrOther()
    {
        LayerPackage a = new("a", "1", default, 3, 100, ["MIT"]);
        Assert.Equal(
            ["~ a 1 -> 2", "- b 1", "~ c 1, other files", "~ d 1, other files", "+ f 1"],
            LayerCommand.PackageChanges(
                Layer(a, a with { Name = "b" }, a with { Name = "c" }, a with { Name = "d" }, a with { Name = "e" }),
                Layer(a with { Version = "2" }, a with { Name = "c", Files = 4 }, a with { Name = "d", PlainBytes = 101 },
                    a with { Name = "e", Licences = ["GPL"] }, a with { Name = "f" })));
    }
}
