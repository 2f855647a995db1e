namespace Strata.Boot.Tests.Updates;

/// <summary>Real starts by firmware and systemd-boot: a release on trial becomes the one that starts, or the machine goes back by itself.</summary>
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
}
