using Strata.Testing;

namespace Strata.Boot.Tests.State;

/// <summary>Editions with state on a disk of their own, started by firmware as they ship.</summary>
[Collection("guests with layers")]
public sealed class StateOfEditionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // BusyBox, all in the initramfs
    [SkippableFact]
    public async Task Mqtt_RetainedMessage_SurvivesARestartOfBrokerAndMachine()
    {
        Example.CopyTo(_folder, "mqtt");
        OwnedDisk machine = OwnedDisk.Of(_folder, "./mqtt", "mqtt");
        const string Ready = """
            format: 1
            tests:
              - name: start
                ready: "MQTT broker 1 is ready."
                within: 240
                steps:
                  - run: while [ "$(cat /run/strata/services/mosquitto/state)" != ready ]; do sleep 1; done
                    within: 60

            """;
        const string Off = "      - power-off: poweroff\n        within: 60\n";
        const string Hear = "      - run: mosquitto_sub -t house/door -C 1 -W 20\n        within: 40\n        expect: {contains: open}\n";
        await machine.PassesAsync(Ready + """
                  - run: mosquitto_pub -r -t house/door -m open; touch /root/lost; sleep 3; cat /run/strata/state.json
                    expect: {contains: ['"device":"vda2"', '"/var/lib/mosquitto"', '"problems":[]']}
                  - run: kill -9 "$(cat /run/strata/services/mosquitto/pid)"; sleep 5; cat /run/strata/services/mosquitto/state
                    expect: {contains: ready}

            """ + Hear + "      - run: sync; cat /etc/machine-id\n        expect: {matches: '[0-9a-f]{32}'}\n" + Off);
        const string Clean = "      - run: test -e /root/lost || echo clean\n        expect: {contains: clean}\n";
        await machine.PassesAsync(Ready + Hear + Clean + Off);
        (int exitCode, string output) = Oracle.Run("sgdisk", "-v", machine.Path);
        Assert.True(exitCode == 0 && output.Contains("No problems found", StringComparison.Ordinal), output);
    }

    // those who read /etc/machine-id and /var before anything of ours could run in them
    [SkippableTheory]
    [InlineData("openrc", "")]
    [InlineData("systemd", "")]
    [InlineData("systemd", "layout: layers\nbase: [console]\n")]
    public async Task Init_KeptFolder_OutlivesARestartAndTheMachineIsTheSame(string init, string more)
    {
        foreach (string part in (string[])["base", init])
        {
            Directory.CreateDirectory(_folder[part]);
            string blueprint = File.ReadAllText(Path.Combine(Repository.Root, "benchmarks", "inits", part, "edition.yaml"));
            File.WriteAllText(
                _folder[$"{part}/edition.yaml"], blueprint + (part == init ? more + "state: {keep: [/data, /var/log]}\n" : ""));
        }
        File.Copy(Path.Combine(Repository.Root, "benchmarks", "inits", init, "strata.lock"), _folder[$"{init}/strata.lock"]);
        OwnedDisk machine = OwnedDisk.Of(_folder, $"./{init}", $"inits-{init}");
        string settled = init == "systemd" ? "systemctl is-system-running --wait || systemctl --no-pager --failed"
            : "rc-status --nocolor default";
        string steps = $$"""
            format: 1
            machine: {memory: 384 MiB, network: restricted}
            tests:
              - name: start
                ready: Small system 1 is ready.
                within: 300
                steps:
                  - run: {{settled}}
                    within: 120
                  - run: cat /run/strata/state.json
                    expect: {contains: ['"kept":["/data","/var/lib/strata","/var/log"]', '"problems":[]']}

            """;
        const string Off = "      - power-off: poweroff\n        within: 120\n";
        await machine.PassesAsync(steps + "      - run: cp /etc/machine-id /data/id; touch /root/lost; sync\n" + Off);
        await machine.PassesAsync(steps
            + "      - run: cmp /etc/machine-id /data/id && echo the same machine; test -e /root/lost || echo and clean\n"
            + "        expect: {contains: [the same machine, and clean]}\n" + Off);
    }
}
