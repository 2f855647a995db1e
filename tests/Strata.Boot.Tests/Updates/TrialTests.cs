using System.Buffers.Binary;

namespace Strata.Boot.Tests.Updates;

/// <summary>
/// Real starts by firmware and systemd-boot: a release on trial becomes the one that starts, or the machine goes back by itself.
/// </summary>
[Collection("guests with layers")]
public sealed class TrialTests
{
    [SkippableFact]
    public async Task Boot_ReleaseOnTrialIsWell_ProvesGoodAndStartsFromThenOn()
    {
        using TrialDisk disk = await TrialDisk.MakeAsync();
        Assert.Equal(["bench_1.efi", "bench_2+3.efi"], disk.Images());
        string text = await disk.RunAsync(minutes: 6);
        Assert.True(TrialDisk.Said(text, "release").SequenceEqual(["2"]), text);
        Assert.Contains("this release was on trial and has proven good", text, StringComparison.Ordinal);
        Assert.Equal(["bench_1.efi", "bench_2.efi"], disk.Images());
        text = await disk.RunAsync(minutes: 6);
        Assert.True(TrialDisk.Said(text, "release").SequenceEqual(["2"]), text);
        Assert.DoesNotContain("on trial and has proven", text, StringComparison.Ordinal); // that was said once
        Assert.Matches("guest: \\* bench_2: proven; next\nguest: bench_1: proven\n", text);
    }

    [SkippableFact]
    public async Task Boot_ReleaseOnTrialIsNotWell_FallsBackAfterThreeTries()
    {
        using TrialDisk disk = await TrialDisk.MakeAsync(new Flaw("touch /run/ill"));
        string text = await disk.RunAsync(minutes: 12);
        Assert.True(TrialDisk.Said(text, "release").SequenceEqual(["2", "2", "2", "1"]), text);
        Assert.Contains("bench_2 was tried and has not proven good; bench_1 was started in its place", text, StringComparison.Ordinal);
        Assert.Contains("bench_2  not well: well ended with 1", text, StringComparison.Ordinal);
        Assert.Equal(["bench_1.efi", "bench_2+0-3.efi"], disk.Images());
    }

    /// <summary>What the last try does when a release is broken, from its first program up to its health.</summary>
    [SkippableTheory]
    [InlineData("early init")]
    [InlineData("layer")]
    [InlineData("service")]
    [InlineData("hang")]
    [InlineData("health, later")]
    [Trait("Category", "Slow")]
    public async Task Boot_ReleaseOnTrialIsBroken_FallsBackByItself(string where)
    {
        Flaw flaw = where switch
        {
            "early init" => new Flaw { Initrd = initrd => initrd[..(initrd.Length / 2)], Words = "panic=2" },
            "layer" => new Flaw { Layer = image => image[image.Length / 3] ^= 1 },
            "service" => new Flaw("echo failed > /run/strata/services/web/state"),
            "hang" => new Flaw("echo 'guest: hangs'; sleep 100000"), // until the watchdog of the early init
            _ => new Flaw("(sleep 12; touch /run/ill) &"),
        };
        using TrialDisk disk = await TrialDisk.MakeAsync(flaw, tries: 1);
        string text = await disk.RunAsync(minutes: 15);
        Assert.True(TrialDisk.Said(text, "release") is [.., "1"], text);
        Assert.DoesNotContain("on trial and has proven good", text, StringComparison.Ordinal);
        Assert.Contains("bench_2 was tried and has not proven good; bench_1 was started in its place", text, StringComparison.Ordinal);
        Assert.Equal(["bench_1.efi", "bench_2+0-1.efi"], disk.Images());
    }

    /// <summary>
    /// As firmware with Secure Boot does with what nobody signed. systemd-boot has counted by then, and gives the machine back to the
    /// firmware.
    /// </summary>
    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_FirmwareRefusesTheKernelImage_FallsBackWhenThePowerWasOff()
    {
        const int Subsystem = 4 + 20 + 68; // behind "PE\0\0" and the file header (PE format, optional header)
        using TrialDisk disk = await TrialDisk.MakeAsync(
            new Flaw { Image = image => image[BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(0x3C)) + Subsystem] = 1 }, tries: 1);
        await disk.RunUntilAsync("BdsDxe: failed to start", minutes: 6);
        string text = await disk.RunAsync(minutes: 6);
        Assert.True(TrialDisk.Said(text, "release").SequenceEqual(["1"]), text);
        Assert.Equal(["bench_1.efi", "bench_2+0-1.efi"], disk.Images());
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task RollBack_ByHand_StartsTheOneBefore()
    {
        using TrialDisk disk = await TrialDisk.MakeAsync(then: "strata-agent rollback");
        string text = await disk.RunAsync(minutes: 6);
        Assert.Contains("bench_1 is started next", text, StringComparison.Ordinal);
        Assert.Equal(["bench_1.efi", "bench_2+0-1.efi"], disk.Images());
        text = await disk.RunAsync(minutes: 6);
        Assert.True(TrialDisk.Said(text, "release").SequenceEqual(["1"]), text);
        Assert.Contains("bench_2  rolled back: to bench_1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("bench_2 was tried and has not proven good", text, StringComparison.Ordinal); // it had
    }
}
