using System.Diagnostics;
using Strata.Testing;

namespace Strata.Composition.Tests.InitSystems;

/// <summary>The script that says that a start was good, run by a shell of this machine over what supervisors note.</summary>
public sealed class ProvenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ProvenTests()
    {
        File.WriteAllText(_folder["version"], "7\n");
        Program("sleep", "echo \"$1\" >>\"$LOOKS\"");
        Program("systemctl", $"echo \"$1\" >>\"$LOOKS.asked\"; cat {_folder["running"]}");
        Service("web", "ready");
        Service("once", "done");
        Service("by-hand", "stopped");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Prove_AllServicesRunForAMinute_TakesTheVersion()
    {
        Prove();
        Assert.Equal("7\n", File.ReadAllText(_folder["kept/proven"]));
        Assert.Equal(60, File.ReadAllLines(_folder["looks"]).Sum(int.Parse));
        Assert.Equal([_folder["kept/proven"]], Directory.GetFiles(_folder["kept"]));
    }

    [Fact]
    public void Prove_WhatIsProvenAlready_IsNotWrittenAgain()
    {
        Directory.CreateDirectory(_folder["kept"]);
        File.WriteAllText(_folder["kept/proven"], "7\n");
        DateTime before = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_folder["kept/proven"], before);
        Prove();
        Assert.Equal(before, File.GetLastWriteTimeUtc(_folder["kept/proven"]));
    }

    /// <summary>A floor above the release that a machine would fall back to leaves nothing that starts.</summary>
    [Fact]
    public void Prove_StartOfAReleaseOnTrial_IsLeftToTheAgent()
    {
        File.WriteAllText(_folder["trial"], "counted\n");
        Prove();
        Assert.False(File.Exists(_folder["kept/proven"]));
        Assert.False(File.Exists(_folder["looks"]));
    }

    [Fact]
    public void Prove_NothingWasOpened_SaysNothing()
    {
        File.Delete(_folder["version"]);
        Prove();
        Assert.False(File.Exists(_folder["kept/proven"]));
    }

    [Theory]
    [InlineData("waiting")]
    [InlineData("starting")]
    [InlineData("restarting")]
    [InlineData("failed")]
    [InlineData("blocked")]
    public void Prove_ServiceThatDoesNotRun_IsNotGood(string state)
    {
        Service("database", state);
        Prove(looks: 20);
        Assert.False(File.Exists(_folder["kept/proven"]));
        Assert.Equal(20, File.ReadAllLines(_folder["looks"]).Length);
    }

    [Fact]
    public void Prove_NeverGood_EndsAfterAnHour()
    {
        Service("database", "failed");
        Prove();
        Assert.Equal(3600, File.ReadAllLines(_folder["looks"]).Sum(int.Parse));
    }

    /// <summary>Each look finds it running, as it does so between two ends.</summary>
    [Fact]
    public void Prove_ServiceThatEndsAgainAndAgain_IsNotGood()
    {
        Program("sleep", $"echo \"$1\" >>\"$LOOKS\"; grep -c . \"$LOOKS\" >{_folder["services/web/failures"]}");
        Prove(looks: 20);
        Assert.False(File.Exists(_folder["kept/proven"]));
    }

    /// <summary>What failed once and runs then is good after a minute from there.</summary>
    [Fact]
    public void Prove_ServiceThatFailedAtFirst_IsWaitedFor()
    {
        string state = _folder["services/web/state"];
        const string Looks = "\"$(grep -c . \"$LOOKS\")\"";
        Program("sleep", $"echo \"$1\" >>\"$LOOKS\"; [ {Looks} -lt 5 ] && echo restarting >{state} || echo ready >{state}");
        Prove();
        Assert.True(File.Exists(_folder["kept/proven"]));
        Assert.Equal(60 + (4 * 5), File.ReadAllLines(_folder["looks"]).Sum(int.Parse));
    }

    [Theory]
    [InlineData("running", true)]
    [InlineData("starting", false)]
    [InlineData("degraded", false)]
    public void Prove_WithSystemd_UnitsOfOthersCountToo(string answer, bool isGood)
    {
        Directory.CreateDirectory(_folder["systemd"]);
        File.WriteAllText(_folder["running"], answer + "\n");
        Prove(looks: 20);
        Assert.Equal(isGood, File.Exists(_folder["kept/proven"]));
        Assert.All(File.ReadAllLines(_folder["looks.asked"]), l => Assert.Equal("is-system-running", l));
    }

    private void Service(string name, string state)
    {
        Directory.CreateDirectory(_folder[$"services/{name}"]);
        File.WriteAllText(_folder[$"services/{name}/state"], state + "\n");
    }

    private void Program(string name, string text)
    {
        Directory.CreateDirectory(_folder["bin"]);
        File.WriteAllText(_folder[$"bin/{name}"], $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(_folder[$"bin/{name}"], UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
    }

    private void Prove(int? looks = null)
    {
        ProcessStartInfo start = new("/bin/sh", [Path.Combine(Repository.Root, "capabilities/proven/prove.sh")]);
        start.Environment["PATH"] = _folder["bin"] + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["LOOKS"] = _folder["looks"];
        start.Environment["STRATA_VERSION"] = _folder["version"];
        start.Environment["STRATA_PROVEN"] = _folder["kept/proven"];
        start.Environment["STRATA_SERVICES"] = _folder["services"];
        start.Environment["STRATA_TRIAL"] = _folder["trial"];
        start.Environment["STRATA_SYSTEMD"] = _folder["systemd"];
        start.Environment["STRATA_LOOKS"] = looks?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
