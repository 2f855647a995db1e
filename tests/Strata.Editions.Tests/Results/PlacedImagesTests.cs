using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Results;
using Strata.Images.Budgets;
using Strata.Images.Building;

namespace Strata.Editions.Tests.Results;

public class PlacedImagesTests
{
    [Fact]
    public async Task RefreshAsync_ImagesOfAnEarlierBuild_BecomeThoseOfThis()
    {
        using Bench bench = Bootable();
        PlacedImages placed = Placed(bench);
        await placed.PlaceAsync(await BuildAsync(bench, ImageKind.Iso), ImageKind.Iso, bench.Results, CancellationToken.None);
        BuildResult old = await BuildAsync(bench, ImageKind.Disk);
        await placed.PlaceAsync(
            await bench.Builder.AddAsync(old, ImageKind.Pxe, new StepClock(), CancellationToken.None), ImageKind.Pxe, bench.Results,
            CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(bench.Results, EditionLock.FileName), "of the earlier build");
        await File.WriteAllTextAsync(Path.Combine(bench.Results, "made.efi"), "somebody's own");
        bench.Builder.Content = "second";
        BuildResult now = await BuildAsync(bench, ImageKind.Disk);
        await placed.RefreshAsync(now, bench.Results, CancellationToken.None);
        Assert.Equal("iso second", await ReadAsync(bench, "made.iso"));
        Assert.Equal("vmlinuz second", await ReadAsync(bench, "pxe/vmlinuz"));
        Assert.Equal("somebody's own", await ReadAsync(bench, "made.efi"));
        Assert.False(File.Exists(Path.Combine(bench.Results, "made.img"))); // nobody placed one
        Assert.Equal(now.Lock.Write(), await File.ReadAllBytesAsync(Path.Combine(bench.Results, EditionLock.FileName)));
        Assert.Equal(
            new[] { "made.iso", "pxe" }.Select(n => $"{Path.Combine(bench.Results, n)} was of another build and is of this one now"),
            bench.Said.Notes.Where(n => n.Contains("another build", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task RefreshAsync_SameBuild_SaysNothing()
    {
        using Bench bench = Bootable();
        BuildResult built = await BuildAsync(bench, ImageKind.Disk);
        await Placed(bench).PlaceAsync(built, ImageKind.Disk, bench.Results, CancellationToken.None);
        await Placed(bench).RefreshAsync(built, bench.Results, CancellationToken.None);
        Assert.DoesNotContain(bench.Said.Notes, n => n.Contains("another build", StringComparison.Ordinal));
        Assert.Equal(["made.img", "made.img.sha256"], Directory.GetFiles(bench.Results).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task RefreshAsync_ImageBreaksItsBudgetNow_IsRemoved()
    {
        using Bench bench = Bootable();
        BuildResult built = await BuildAsync(bench, ImageKind.Iso);
        await Placed(bench).PlaceAsync(built, ImageKind.Iso, bench.Results, CancellationToken.None);
        bench.Builder.Before = (_, _) => throw new BudgetException("too large", "", 1, 0, []);
        await Placed(bench).RefreshAsync(built, bench.Results, CancellationToken.None);
        Assert.Empty(Directory.GetFiles(bench.Results));
        Assert.EndsWith("this one's breaks its budget: removed", Assert.Single(bench.Said.Warnings), StringComparison.Ordinal);
    }

    private static Bench Bootable()
    {
        Bench bench = new();
        bench.Archive.AddSuite("trixie", "hello 1\nlinux-image-cloud-amd64 1");
        string edition = File.ReadAllText(bench["one/edition.yaml"]);
        bench.Write("one/edition.yaml", edition.Replace("kernel: none", "kernel: debian-cloud", StringComparison.Ordinal));
        return bench;
    }

    private static PlacedImages Placed(Bench bench) => new(bench.Services.Store, bench.Builder, bench.Said);

    private static Task<BuildResult> BuildAsync(Bench bench, ImageKind kind) =>
        bench.Builds().BuildAsync(bench.Blueprint(), locked: false, kind, results: null, CancellationToken.None);

    private static Task<string> ReadAsync(Bench bench, string name) => File.ReadAllTextAsync(Path.Combine(bench.Results, name));
}
