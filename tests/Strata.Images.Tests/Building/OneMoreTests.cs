using System.Text;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Images.Boot;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Images.Media;
using Strata.Images.Tests.Building.Bench;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

/// <summary>One more of a kind is one more record.</summary>
public class OneMoreTests
{
    private static readonly GuestArchitecture s_riscv = GuestArchitecture.Arm64 with
    {
        Name = "riscv64",
        Triplet = "riscv64-linux-gnu",
        EfiName = "RISCV64",
        ElfMachine = 243,
        OciName = "riscv64",
        OciVariant = null,
        Boots = true,
    };

    // kernel and stub are of another processor: it is the names that count here
    [Fact]
    public async Task ThirdArchitecture_IsAskedForByItsOwnNamesEverywhere()
    {
        using EditionBench bench = new();
        Blueprint blueprint = bench.Load(EditionBench.Small);
        blueprint = blueprint with { Edition = blueprint.Edition with { Architecture = s_riscv } };
        StrataException missing = await Assert.ThrowsAsync<StrataException>(() => BuildAsync(bench, blueprint, ImageKind.Disk));
        Assert.StartsWith("cannot make a unified kernel image: the toolbox has no linuxriscv64.efi.stub", missing.Message, StringComparison.Ordinal);
        bench.Tool(new DebBuilder("more-starters").File("/usr/lib/systemd/boot/efi/linuxriscv64.efi.stub", MadeTools.Stub));
        BuildResult built = await BuildAsync(bench, blueprint, ImageKind.Disk);
        byte[] disk = bench.Bytes(built[ImageKind.Disk].File);
        Assert.Equal("/EFI/BOOT/BOOTRISCV64.EFI", Assert.Single(Opened.Partition(disk, "ESP")).Key);
        BuildResult iso = await BuildAsync(bench, blueprint, ImageKind.Iso);
        Assert.Equal(
            ["/EFI/BOOT/BOOTRISCV64.EFI", "/boot/initrd.img", "/boot/vmlinuz"], // nothing for a BIOS, which it has not
            Opened.Iso(bench.Bytes(iso[ImageKind.Iso].File)).Keys.Order(StringComparer.Ordinal));
        BuildResult net = await BuildAsync(bench, blueprint, ImageKind.Pxe);
        Assert.DoesNotContain(net[ImageKind.Pxe].Files, f => f.Name.EndsWith("pxe", StringComparison.Ordinal) && f.Name != "boot.ipxe");
        Blueprint box = bench.Load(EditionBench.Box);
        BuildResult container = await BuildAsync(bench, box with { Edition = box.Edition with { Architecture = s_riscv } }, ImageKind.Oci);
        string[] texts = [.. Opened.Tar(bench.Bytes(container[ImageKind.Oci].File)).Values.Select(Encoding.Latin1.GetString)];
        Assert.Contains(texts, t => t.Contains("\"architecture\":\"riscv64\",\"os\":\"linux\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(EditionBench.Small, 0)]
    [InlineData(EditionBench.Layered, 1)]
    public async Task MadeUpMedium_IsWritten_KeptAndAddedLikeAnyOther(string edition, int layers)
    {
        using EditionBench bench = new();
        EditionBuilder builder = new(bench.Services, [.. Media.Media.All, new Cassette()]);
        BuildResult built = await builder.BuildAsync(
            bench.Load(edition), bench.Lock, Cassette.OfTape, new StepClock(), last: null, CancellationToken.None);
        string text = Encoding.UTF8.GetString(bench.Bytes(built[Cassette.OfTape].File));
        Assert.Equal($"{edition} {built.Product.Uki!.Digest} {layers}", text);
        Assert.False(built.WasKept);
        Assert.True((await builder.AddAsync(built with { WasKept = true }, Cassette.OfTape, new StepClock(), CancellationToken.None)).WasKept);
        Assert.Equal($"{edition}.tape", Cassette.OfTape.PlaceOf(edition));
        Assert.NotNull((await builder.AddAsync(built, ImageKind.Disk, new StepClock(), CancellationToken.None))[Cassette.OfTape]);
    }

    [Fact]
    public async Task MediumThatNothingStartsOnTheArchitecture_IsRefused()
    {
        using EditionBench bench = new();
        Blueprint blueprint = bench.Load(EditionBench.Small);
        blueprint = blueprint with { Edition = blueprint.Edition with { Architecture = s_riscv } };
        EditionBuilder builder = new(bench.Services, [new Cassette { StartedBy = [BootPrograms.IsoLinux] }]);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => builder.BuildAsync(
            blueprint, bench.Lock, Cassette.OfTape, new StepClock(), last: null, CancellationToken.None));
        Assert.Equal("cannot make a cassette of small: no machine of riscv64 is started by ISOLINUX", e.Message);
    }

    [Fact]
    public void EveryBootProgram_StartsSomething() => Assert.Equal(
        BootPrograms.All.Select(p => p.Name).Order(StringComparer.Ordinal),
        Media.Media.All.SelectMany(m => m.StartedBy).Select(p => p.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void EveryKindThatIsBuilt_HasOneMedium() => Assert.Equal(
        ImageKind.Built.Select(k => k.Name).Order(StringComparer.Ordinal),
        Media.Media.All.Select(m => m.Kind.Name).Order(StringComparer.Ordinal));

    private static Task<BuildResult> BuildAsync(EditionBench bench, Blueprint blueprint, ImageKind kind) =>
        new EditionBuilder(bench.Services).BuildAsync(blueprint, bench.Lock, kind, new StepClock(), last: null, CancellationToken.None);

    private sealed class Cassette : IMedium
    {
        public static ImageKind OfTape { get; } = new() { Name = "tape", Title = "a cassette", Help = "to be played", Place = "*.tape" };

        public ImageKind Kind => OfTape;

        public string? Step => "tape";

        public IReadOnlyList<IBootProgram> StartedBy { get; init; } = [];

        public bool NeedsTools(Edition edition) => false;

        public IEnumerable<string> InputsOf(Edition edition) => [edition.Name];

        public Task<IReadOnlyList<ActionOutput>> WriteAsync(MediumParts parts, CancellationToken cancellationToken)
        {
            byte[] text = Encoding.UTF8.GetBytes(
                $"{parts.Edition.Name} {parts.Product.Uki!.Digest} {(parts.Product.Release is null ? 0 : 1)}");
            return Task.FromResult<IReadOnlyList<ActionOutput>>(
                [new ActionOutput("tape", parts.Services.Store.AddBytes(text), text.Length)]);
        }

        public (string What, long Bytes)? Budgeted(IReadOnlyList<ActionOutput> files, BuildManifest manifest) => null;
    }
}
