using Strata.Core;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Images.Tests.Building.Bench;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

/// <summary>Builds that end in an error, and what it says.</summary>
public sealed class RefusedBuildTests : IDisposable
{
    private readonly EditionBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("disk")]
    [InlineData("uki")]
    [InlineData("iso")]
    [InlineData("pxe")]
    public async Task EditionWithoutKernel_IsNothingBootable(string kind)
    {
        StrataException e = await RefusedAsync(EditionBench.Box, kind);
        Assert.Equal("cannot make something bootable of box: it has no kernel", e.Message);
        Assert.Contains("--image oci", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WordsThatMeanSomethingToIpxe_AreRefusedBeforeAnythingIsDone()
    {
        _bench.Edit("command-line: ", "command-line: a && b ");
        StrataException e = await RefusedAsync(EditionBench.Small, ImageKind.Pxe);
        Assert.StartsWith("cannot make files for booting from the network of small: ", e.Message, StringComparison.Ordinal);
        Assert.All(_bench.StepsDone(), s => Assert.Equal(0, s.Value));
        await _bench.BuildAsync(EditionBench.Small, ImageKind.Iso); // the other images take them
    }

    [Theory]
    [InlineData(EditionBench.Small, "disk", "cannot make a unified kernel image: the toolbox has no linuxx64.efi.stub")]
    [InlineData(EditionBench.Layered, "disk", "cannot make a unified kernel image: the toolbox has no linuxx64.efi.stub")]
    public async Task ToolsWithoutAStub_AreNamed(string edition, string kind, string message)
    {
        _bench.Tool(new DebBuilder("starters").File("/usr/share/nothing", ""));
        Assert.StartsWith(message, (await RefusedAsync(edition, kind)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("iso", "cannot make a medium that boots: the toolbox has no usr/lib/")]
    [InlineData("pxe", "cannot make a medium that boots: the toolbox has no usr/lib/ipxe/undionly.kpxe")]
    public async Task ToolsWithoutTheLoadersOfAMedium_AreNamed(string kind, string message)
    {
        _bench.Tool(new DebBuilder("starters").File("/usr/lib/systemd/boot/efi/linuxx64.efi.stub", MadeTools.Stub));
        Assert.StartsWith(message, (await RefusedAsync(EditionBench.Small, kind)).Message, StringComparison.Ordinal);
        await _bench.BuildAsync(EditionBench.Small, ImageKind.Disk);
    }

    [Fact]
    public async Task KernelThatFirmwareCannotStart_IsRefused()
    {
        _bench.Kernel("no program"u8.ToArray());
        StrataException e = await RefusedAsync(EditionBench.Small, ImageKind.Disk);
        Assert.StartsWith("cannot make a UKI: the kernel cannot be started by firmware", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EditionBench.Small, "passphrase", "aes_generic, dm_crypt, xts")]
    [InlineData(EditionBench.Layered, "passphrase", "aes_generic, dm_crypt, xts")]
    [InlineData(EditionBench.Small, "tpm", "aes_generic, dm_crypt, xts, tpm_crb, tpm_tis")]
    public async Task KernelThatCannotEncrypt_IsRefusedAndTellsWhatItLacks(string edition, string encrypt, string missing)
    {
        _bench.Append(edition, $"state: {{encrypt: {encrypt}, keep: [/data]}}");
        StrataException e = await RefusedAsync(edition, ImageKind.Disk);
        Assert.Matches($"^cannot encrypt the state with kernel [^ ]+: it has no {missing}$", e.Message);
        Assert.Contains("CONFIG_DM_CRYPT", e.Hint, StringComparison.Ordinal);
    }

    // sizes are exact where nothing is compressed but by the stand-ins; layers are packed by the libraries of this machine
    [Theory]
    [InlineData(EditionBench.Small, "disk", "200 KiB", "the bootable file takes 414 KiB", "  kernel: 1.50 KiB\n  web: 37")]
    [InlineData(EditionBench.Small, "iso", "450 KiB", "the ISO image takes 500 KiB", "  kernel: 1.50 KiB\n  web: 37")]
    [InlineData(EditionBench.Layered, "disk", "60 KiB", "the bootable file and layers takes ", "  kernel: 1.50 KiB\n  web: ")]
    [InlineData(EditionBench.Box, "oci", "20 KiB", "the container image takes 38.5 KiB", "  busybox-static: ")]
    public async Task BrokenBudget_NamesWhatTakesTheRoom(string edition, string kind, string budget, string what, string first)
    {
        _bench.Append(edition, $"budget: {{image: {budget}}}");
        BudgetException e = await Assert.ThrowsAsync<BudgetException>(() => _bench.BuildAsync(edition, kind));
        Assert.True(e.Message.StartsWith($"cannot build {edition}: {what}", StringComparison.Ordinal), e.Message);
        Assert.Contains($"\n{first}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenBudgetOfALayer_NamesItsPackages()
    {
        _bench.Edit("users: {www: {id: 33}}", "users: {www: {id: 33}}\nbudget: {layer: 16 KiB}");
        StrataException e = await RefusedAsync(EditionBench.Layered, ImageKind.Disk);
        Assert.Matches(@"^cannot build layer web: it takes \d\d\.\d KiB, its budget is 16\.0 KiB\n  web: 391 KiB plain$", e.Message);
    }

    [Theory]
    [InlineData("disk", "500 KiB", "414 KiB")]
    [InlineData("iso", "850 KiB", "500 KiB")] // which the bootable file keeps
    public async Task BrokenBudget_SaysWhatChangedSinceTheLastGoodBuild(string kind, string budget, string before)
    {
        BuildResult good = await _bench.BuildAsync(EditionBench.Small, kind);
        using Stream json = _bench.Store.OpenRead(good.Manifest.Digest);
        string whole = kind == "disk" ? "uki" : kind;
        BuildResult again = await _bench.BuildAsync(EditionBench.Small, whole);
        GoodBuild last = GoodBuild.Of(good.Blueprint, BuildManifest.FromJson(json), again[ImageKind.Named(whole)!].Size, kind == "iso");
        _bench.Guest(new DebBuilder("web", "2.0").File("/usr/bin/web", "web 2", Modes.Program)
            .File("/usr/share/web/page", EditionBench.Page).File("/usr/share/web/more", EditionBench.Page[1..]));
        _bench.Append(EditionBench.Small, $"budget: {{image: {budget}}}");
        BudgetException e = await Assert.ThrowsAsync<BudgetException>(() => _bench.BuildAsync(EditionBench.Small, kind, last));
        Assert.Contains($"since the last build within its budgets (version 1, {before}): +", e.Message, StringComparison.Ordinal);
        Assert.Matches(@"\n    web: \+39\d KiB \(1\.0 -> 2\.0\)\n", e.Message);
    }

    private Task<StrataException> RefusedAsync(string edition, string kind) => RefusedAsync(edition, ImageKind.Named(kind)!);

    private Task<StrataException> RefusedAsync(string edition, ImageKind kind) =>
        Assert.ThrowsAsync<StrataException>(() => _bench.BuildAsync(edition, kind));
}
