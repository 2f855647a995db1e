using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Locks;
using Strata.Editions.Verifying;
using Strata.Images.Building;
using Strata.Packages.Locks;

namespace Strata.Editions.Tests.Verifying;

public class EditionVerificationTests
{
    private const string Image = "given/made.oci.tar";

    [Fact]
    public async Task VerifyAsync_WhatTheBuildMade_IsTheSame()
    {
        using Bench bench = new();
        BuildResult built = await PlacedAsync(bench);
        Verification verified = await VerifyAsync(bench);
        Assert.True(verified.IsSame);
        Assert.Equal((ImageKind.Oci, built.Lock.Digest), (verified.Kind, verified.Lock));
        Assert.Equal((bench[Image], built[ImageKind.Oci].File.Digest), (verified.Files[0].Path, verified.Files[0].Rebuilt));
    }

    [Theory]
    [InlineData("oci farst", 1, 5)]  // another byte
    [InlineData("oci fir", 2, 7)]    // cut off
    [InlineData("oci first!", 1, 9)] // more
    [InlineData("", 9, 0)]           // nothing
    [InlineData("abc second", 10, 0)] // of another edition
    public async Task VerifyAsync_SomethingElse_SaysWhereItBegins(string content, long different, long first)
    {
        using Bench bench = new();
        await PlacedAsync(bench);
        await File.WriteAllTextAsync(bench[Image], content);
        Verification verified = await VerifyAsync(bench);
        Assert.False(verified.IsSame);
        Assert.InRange(verified.Files[0].Comparison!.DifferentBytes, 1, different);
        Assert.Equal(first, verified.Files[0].Comparison!.Structures[0].Offset);
    }

    [Fact]
    public async Task VerifyAsync_LockBesideTheImage_CountsMoreThanThatOfTheEdition()
    {
        using Bench bench = new();
        BuildResult built = await PlacedAsync(bench);
        await MoveAsync(bench);
        await VerifyAsync(bench);
        Assert.Equal("1", bench.Builder.Locks[^1].Guest.Find("hello")!.Version);
        File.Delete(bench["given/strata.lock"]);
        await VerifyAsync(bench);
        Assert.Equal("2", bench.Builder.Locks[^1].Guest.Find("hello")!.Version);
        await File.WriteAllBytesAsync(bench["other.lock"], built.Lock.Write());
        await VerifyAsync(bench, bench["other.lock"]);
        Assert.Equal("1", bench.Builder.Locks[^1].Guest.Find("hello")!.Version);
    }

    [Fact]
    public async Task VerifyAsync_PackagesOfTheLockAreGone_CannotTellAndTakesNoOthers()
    {
        using Bench bench = new();
        await PlacedAsync(bench);
        bench.Archive.AddSuite("trixie", "hello 2");
        bench.Builder.Before = (used, _) => throw new PackagesGoneException(
            "cannot fetch hello 1: gone", "", [used.Guest.Find("hello")!], new IOException());
        await Assert.ThrowsAsync<PackagesGoneException>(() => VerifyAsync(bench));
        Assert.All(bench.Builder.Locks, l => Assert.Equal("1", l.Guest.Find("hello")!.Version));
    }

    [Theory]
    [InlineData("image", "given/none.img")]
    [InlineData("kind", "neither a disk, an ISO image")]
    [InlineData("lock", "cannot read")]
    [InlineData("no lock", "no strata.lock beside it")]
    [InlineData("blueprint", "asks for other packages than")]
    public async Task VerifyAsync_CannotTell_SaysWhy(string missing, string said)
    {
        using Bench bench = new();
        await PlacedAsync(bench);
        string image = Image;
        string? lockFile = null;
        switch (missing)
        {
            case "image":
                image = "given/none.img";
                break;
            case "kind":
                image = "given/notes.txt";
                await File.WriteAllTextAsync(bench[image], "not an image");
                break;
            case "lock":
                lockFile = bench["given/broken.lock"];
                await File.WriteAllTextAsync(lockFile, "{\"guest\": ");
                break;
            case "no lock":
                File.Delete(bench["given/strata.lock"]);
                File.Delete(LockChoice.FileOf(bench.Blueprint()));
                break;
            default:
                bench.Write("one/capabilities/tool.yaml", "capability: tool\ndescription: For a test\npackages:\n  other: {}\n");
                break;
        }
        StrataException refused = await Assert.ThrowsAsync<StrataException>(() => VerifyAsync(bench, lockFile, image));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyAsync_FolderForTheNetwork_ComparesEveryFile()
    {
        using Bench bench = new();
        BuildResult built = await bench.Builds().BuildAsync(
            bench.Blueprint(), locked: false, ImageKind.Pxe, results: null, CancellationToken.None);
        Directory.CreateDirectory(bench["net"]);
        foreach (Store.Actions.ActionOutput file in built[ImageKind.Pxe].Files)
        {
            await File.WriteAllTextAsync(bench["net/" + file.Name], $"{file.Name} first");
        }
        Assert.True((await VerifyAsync(bench, image: "net")).IsSame);
        File.Delete(bench["net/boot.ipxe"]);
        await File.WriteAllTextAsync(bench["net/more"], "");
        await File.WriteAllTextAsync(bench["net/vmlinuz"], "vmlinuz farst");
        Verification verified = await VerifyAsync(bench, image: "net");
        Assert.Equal(
            ["SHA256SUMS same", "boot.ipxe missing", "more extra", "vmlinuz differs"],
            verified.Files.Select(f => Path.GetFileName(f.Path) + (f.Rebuilt is null ? " extra" : f.Comparison is null ? " missing"
                : f.Comparison.IsSame ? " same" : " differs")).Order(StringComparer.Ordinal));
    }

    private static async Task<BuildResult> PlacedAsync(Bench bench)
    {
        BuildResult built = await bench.Builds().BuildAsync(
            bench.Blueprint(), locked: false, kind: null, bench["given"], CancellationToken.None);
        await File.WriteAllTextAsync(bench[Image], "oci first");
        return built;
    }

    private static async Task MoveAsync(Bench bench)
    {
        bench.Archive.AddSuite("trixie", "hello 2");
        bench.Builds(); // with the archive as it is now
        EditionLock moved = await new EditionLocks(bench.Services).MoveAsync(
            bench.Blueprint(), LockChoice.ReadBeside(bench.Blueprint()),
            new LockMove(new HashSet<string> { "hello" }), CancellationToken.None);
        await LockChoice.WriteAsync(LockChoice.FileOf(bench.Blueprint()), moved, CancellationToken.None);
    }

    private static Task<Verification> VerifyAsync(Bench bench, string? lockFile = null, string image = Image) =>
        bench.Verification().VerifyAsync(bench.Blueprint(), bench[image], lockFile, kind: null, CancellationToken.None);
}
