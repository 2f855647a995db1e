using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>An image without a shell at its console, tested as it ships: the key of the test comes as a credential.</summary>
[Collection("guests with layers")]
public class HardenedTests
{
    private const string Blueprint = """
        edition: hardened
        title: Hardened
        version: "1"
        kernel: debian-cloud
        init: busybox
        capabilities: [first-start, ssh]
        state: {keep: [/data]}
        command-line: console=ttyS0,115200 quiet panic=10 no_timer_check
        run: {memory: 256 MiB}

        """;

    private const string Tests = """
        format: 1
        tests:
          - name: over-ssh
            machine:
              network: restricted
              memory: 256 MiB
              credentials: {strata.machine: "users: {root: {ssh-keys: ['${ssh-key}']}}"}
            ready: "BdsDxe: starting"
            within: 120
            steps:
              - ssh: cat /run/strata/state.json; hostname; echo one >/data/x; sync; echo two >/data/y
                within: 600
                expect: {contains: ['"kept":["/data","/var/lib/strata"],"problems":[]', hardened]}
              - power-cut: written
              - ssh: cat /data/x; cat /run/strata/state.json
                within: 600
                expect: {contains: [one, '"problems":[]']}
              - power-cut: flushed
              - ssh: cat /data/x; cat /run/strata/state.json
                within: 600
                expect: {contains: [one, '"problems":[]']}

        """;

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Image_WithoutAConsoleShell_IsTestedOverSsh_AndStandsPowerCuts()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["hardened"]);
        File.WriteAllText(folder["hardened/edition.yaml"], Blueprint);
        File.WriteAllText(folder["hardened/tests.yaml"], Tests);
        StrataProgram.Outcome tested = StrataProgram.Run(folder.Path, "test", "./hardened");
        Assert.True(tested.ExitCode == 0, tested.All);
        Assert.Contains("1 of 1 tests passed", tested.All, StringComparison.Ordinal);
    }
}
