using Strata.Agent.Machines;
using Strata.Agent.Storage;
using Strata.Agent.Trials;
using Strata.Core;
using Strata.Testing;
using Strata.Updates.Trials;

namespace Strata.Agent.Tests.Trials;

/// <summary>One try of a release on a machine in a folder; time passes only where the program waits.</summary>
public sealed class TrialRunTests : IDisposable
{
    private static readonly StartFacts s_start = new() { CountedPath = @"\EFI\Linux\box_2+2-1.efi" };

    private readonly Desk _desk = new() { RunsForReal = true };
    private readonly TemporaryFolder _esp = new();
    private readonly TemporaryFolder _kept = new();

    public TrialRunTests()
    {
        Directory.CreateDirectory(_esp["EFI/Linux"]);
        File.WriteAllText(_esp["EFI/Linux/box_1.efi"], "first");
        File.WriteAllText(_esp["EFI/Linux/box_2+2-1.efi"], "second");
        _desk.Put("/run/strata/services/web/state", "ready\n").Put("/run/strata/services/web/failures", "0\n");
        Plan("true");
    }

    public void Dispose()
    {
        _desk.Dispose();
        _esp.Dispose();
        _kept.Dispose();
    }

    [Fact]
    public void Run_AllIsWellForLongEnough_IsBlessedThen()
    {
        _desk.Put("/run/strata/security-version", "7\n");
        Run();
        Assert.Equal(["box_1.efi", "box_2.efi"], Images());
        Assert.Equal(0, _desk.Restarts);
        Assert.Equal(TimeSpan.FromSeconds(60), _desk.Now);
        Assert.Equal("7\n", _desk.Text("/var/lib/strata/proven"));
        Assert.Equal(["box_2 started on trial", "box_2 proven"], Events());
        Assert.Equal(["stopped", "closed"], _desk.Watched[^2..]);
        Run(); // as a service that is started again
        Assert.Equal(["box_2 started on trial", "box_2 proven"], Events());
    }

    [Theory]
    [InlineData("waiting")]
    [InlineData("starting")]
    [InlineData("restarting")]
    [InlineData("failed")]
    [InlineData("blocked")]
    public void Run_ServiceDoesNotRun_RestartsAndIsNotBlessed(string state)
    {
        _desk.Put("/run/strata/services/database/state", state + "\n");
        Run();
        AssertNotWell($"service database is {state}");
        Assert.False(_desk.Has("/var/lib/strata/proven"));
    }

    [Theory]
    [InlineData("exit 3", "check ended with 3")]
    [InlineData("sleep 10", "check did not end within 1 s")]
    public void Run_CheckOfTheEditionFails_Restarts(string check, string why)
    {
        Plan(check, settle: 2, within: 5);
        Run();
        AssertNotWell(why, within: 5);
    }

    [Fact]
    public void Run_CheckOfTheOwnerFails_Restarts()
    {
        _desk.Put("/etc/strata.d/health.d/disk", "#!/bin/sh\nexit 4\n");
        File.SetUnixFileMode(_desk.At("/etc/strata.d/health.d/disk"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Run();
        AssertNotWell("disk ended with 4");
    }

    /// <summary>Each look finds it running, as it does so between two ends.</summary>
    [Fact]
    public void Run_ServiceEndsAgainAndAgain_Restarts()
    {
        Plan($"echo x >>{_desk.At("/run/strata/services/web/failures")}");
        Run();
        AssertNotWell("a service ended");
    }

    [Fact]
    public void Run_WellOnlyAfterAWhile_IsWaitedFor()
    {
        Plan($"echo x >>{_desk.At("/looks")}; [ $(grep -c x {_desk.At("/looks")}) -gt 10 ]");
        Run();
        Assert.Equal(["box_1.efi", "box_2.efi"], Images());
        Assert.Equal(TimeSpan.FromSeconds(110), _desk.Now); // ten looks, and a minute
    }

    [Fact]
    public void Run_AnotherKernelStartedIt_IsNotBlessed()
    {
        StrataException failure = Assert.Throws<StrataException>(() => Run(s_start with { IsByKernel = true }));
        Assert.Equal("cannot say that box_2 is good: another kernel started it, and not the firmware", failure.Message);
        Assert.Equal(["box_1.efi", "box_2+2-1.efi"], Images());
    }

    [Fact]
    public void Run_FirmwareStartedAnotherOne_IsNotBlessed()
    {
        StartFacts start = new() { CountedPath = @"\EFI\Linux\box_1+2-1.efi" };
        StrataException failure = Assert.Throws<StrataException>(() => Run(start));
        Assert.Equal("cannot say that box_2 is good: the firmware started box_1", failure.Message);
        Assert.Equal(["box_1.efi", "box_2+2-1.efi"], Images());
    }

    [Fact]
    public void Run_ReleaseThatIsProven_IsLeftAlone()
    {
        Run(new StartFacts { ImagePath = @"\EFI\Linux\box_1.efi" }, "1");
        Assert.Equal(["box_1.efi", "box_2+2-1.efi"], Images());
        Assert.Empty(Events());
        Assert.Empty(_desk.Watched);
    }

    [Fact]
    public void Run_AfterAFallback_TellsOnceWhichReleaseFailed()
    {
        File.Move(_esp["EFI/Linux/box_2+2-1.efi"], _esp["EFI/Linux/box_2+0-3.efi"]);
        Run(new StartFacts { ImagePath = @"\EFI\Linux\box_1.efi" }, "1");
        Run(new StartFacts { ImagePath = @"\EFI\Linux\box_1.efi" }, "1");
        Assert.Equal(["box_2 failed"], Events());
        Assert.Contains("box_2 was tried and has not proven good; box_1 was started in its place", _desk.Told, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LastTry_CanStillProveGood()
    {
        File.Move(_esp["EFI/Linux/box_2+2-1.efi"], _esp["EFI/Linux/box_2+0-3.efi"]);
        Run(new StartFacts { CountedPath = @"\EFI\Linux\box_2+0-3.efi" });
        Assert.Equal(["box_1.efi", "box_2.efi"], Images());
    }

    private void AssertNotWell(string why, int within = 300)
    {
        Assert.Equal(["box_1.efi", "box_2+2-1.efi"], Images());
        Assert.Equal(1, _desk.Restarts);
        Assert.InRange(_desk.Now, TimeSpan.FromSeconds(within), TimeSpan.FromSeconds(within + 5));
        Assert.Equal(["box_2 started on trial", $"box_2 not well: {why}"], Events());
        Assert.DoesNotContain("stopped", _desk.Watched);
    }

    private void Run(StartFacts? start = null, string version = "2")
    {
        SystemdBoot boot = new(new MountedStorage(_esp.Path), "box", version, start ?? s_start);
        MachineFolder machine = new(_desk.At(""), givesAway: false);
        new TrialRun(machine, _desk, new MountedStorage(_kept.Path), TimeProvider.System, act => act(boot)).Run();
    }

    private void Plan(string check, int settle = 60, int within = 300)
    {
        _desk.Put("/check", check + "\n");
        _desk.Put(HealthPlan.Path, new HealthPlan
        {
            SettleSeconds = settle, WithinSeconds = within, Checks = [new HealthCheck("check", 1, ["/bin/sh", "/check"])],
        }.Write());
    }

    private string[] Images() => [.. Directory.GetFiles(_esp["EFI/Linux"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private string[] Events() => [.. TrialHistory.Of(new MountedStorage(_kept.Path)).Events
        .Select(e => $"{e.Name} {TrialHistory.WordOf(e.Kind)}{(e.Kind == TrialEventKind.NotWell ? ": " + e.Why : "")}")];
}
