using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>What supervisors note in a guest, looked at twice.</summary>
public class ServiceWatchTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("service a 1 3 ready", "service a 1 3 ready", "")] // it failed once, and stays since
    [InlineData("service a 1 3 ready", "service a 2 3 ready",
        "service 'a' does not stay: it ended 2 times in a row, the last time with code 3")]
    [InlineData("", "service a 1 137 ready", "service 'a' does not stay: it ended 1 times in a row, the last time with code 137")]
    [InlineData("service a 4 1 restarting", "service a 4 1 restarting",
        "service 'a' does not stay: it ended 4 times in a row, the last time with code 1")]
    [InlineData("service a 4 1 failed", "service a 4 1 starting",
        "service 'a' does not stay: it ended 4 times in a row, the last time with code 1")]
    [InlineData("service s - 4 failed", "service s - 4 failed", "service 's' failed with code 4")]
    [InlineData("service a 2 1 ready\nservice b 1 1 ready", "service a 2 1 ready\r\nservice b 2 0 ready\r\n",
        "service 'b' does not stay: it ended 2 times in a row, the last time with code 0")]
    [InlineData("nonsense\n|\nservice x", "|x\nservice a b\nservice", "")]
    public void Ended_TwoLooks_TellWhatDoesNotStay(string before, string after, string expected) =>
        Assert.Equal(expected, string.Join('\n', ServiceWatch.Ended(before, after)));

    [Fact]
    public void Ended_LinesOfALog_AreThoseOfTheirService()
    {
        IReadOnlyList<EndedService> ended = ServiceWatch.Ended(
            "", "|of nobody\nservice a 1 1 failed\n|one\n|\n| three\nservice b 1 1 failed\n|1\n|2\n|3\n|4\n|5\n|6\nservice c 1 1 failed\n");
        Assert.Equal(["one", "", " three"], ended[0].LastLines);
        Assert.Equal(["1", "2", "3", "4", "5"], ended[1].LastLines);
        Assert.Empty(ended[2].LastLines);
    }

    [Fact]
    public void Script_WhatASupervisorNotes_IsFound()
    {
        using TemporaryFolder folder = new();
        Note("a", ("failures", "3"), ("code", "1"), ("state", "restarting"));
        Note("b", ("state", "ready"));
        Note("c", ("state", "failed"), ("code", "4"));
        Note("d", ("failures", "1"));
        string script = ServiceWatch.Script.Replace("/run/strata/services", folder["run"], StringComparison.Ordinal)
            .Replace("/var/log", folder["logs"], StringComparison.Ordinal).Replace("/run/systemd", "/nowhere", StringComparison.Ordinal);
        Directory.CreateDirectory(folder["logs"]);
        File.WriteAllText(folder["logs/a.log"], "1\n2\n3\n4\n5\nlast line\n");
        (int code, string output) = Oracle.Run("sh", "-c", script);
        Assert.Equal((0, "service a 3 1 restarting\n|2\n|3\n|4\n|5\n|last line\nservice c - 4 failed\nservice d 1 - -\n"), (code, output));

        void Note(string service, params (string File, string Text)[] notes)
        {
            Directory.CreateDirectory(folder["run/" + service]);
            foreach ((string file, string text) in notes)
            {
                File.WriteAllText(folder[$"run/{service}/{file}"], text + "\n");
            }
        }
    }

    [Fact]
    public void Script_WithoutSupervisors_SaysNothing()
    {
        (int code, string output) =
            Oracle.Run("sh", "-c", ServiceWatch.Script.Replace("/run/s", "/nowhere/s", StringComparison.Ordinal));
        Assert.Equal((0, ""), (code, output));
    }

    [Fact]
    public void Script_UnitOfAPackageThatFailed_IsFoundUnlessOursTellsOfIt()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["services/ours"]);
        Directory.CreateDirectory(folder["systemd/system"]);
        const string Systemctl = """
            systemctl() {
                case $1 in
                --failed) printf '%s loaded failed failed\n' ours.service theirs.service data.mount ;;
                show) echo 203 ;;
                esac
            }
            journalctl() { echo "no such program"; }

            """;
        string script = ServiceWatch.Script.Replace("/run/strata", folder.Path, StringComparison.Ordinal)
            .Replace("/run/systemd", folder["systemd"], StringComparison.Ordinal);
        (int code, string output) = Oracle.Run("sh", "-c", Systemctl + script);
        Assert.Equal(
            (0, "service theirs - 203 failed\n|no such program\nservice data.mount - 203 failed\n|no such program\n"), (code, output));
    }
}
