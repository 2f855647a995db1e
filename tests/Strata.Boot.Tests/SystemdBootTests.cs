using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>A disk that its blueprint lays out, started by systemd-boot.</summary>
public class SystemdBootTests
{
    private const string Blueprint = """
        edition: mine
        title: Mine
        version: "2.1 beta"
        kernel: nano
        capabilities: [console]
        boot: systemd-boot
        disk: {parts: [{role: esp, size: 64 MiB}, {role: state, size: 16 MiB, grow: true}]}
        command-line: console=ttyS0,115200 quiet panic=10
        """;

    private const string Steps = """
        format: 1
        machine: {memory: 256 MiB}
        tests:
          - name: starts
            ready: "Mine 2.1 beta is ready."
            within: 120
            steps:
              - run: cat /proc/partitions
                expect: {matches: '16384 vda2'}
              - run: cat /proc/cmdline
                expect: {contains: "console=ttyS0,115200 quiet panic=10"}
        """;

    [SkippableFact]
    public void SystemdBoot_FindsTheKernelImageUnderItsVersion_AndStartsIt()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine"]);
        File.WriteAllText(folder["mine/edition.yaml"], Blueprint);
        File.WriteAllText(folder["mine/tests.yaml"], Steps);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "./mine");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.Contains("1 of 1 tests passed", outcome.Output, StringComparison.Ordinal);
    }
}
