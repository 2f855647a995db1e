using System.Net;
using Strata.Core;
using Strata.Machines.Testing;

namespace Strata.Machines.Tests;

/// <summary>Reading of tests with several machines, wires, and machines that start anew.</summary>
public sealed class SeveralGuestsFileTests
{
    private const string Two = """
        format: 1
        machine: {memory: 64 MiB, image: iso}
        tests:
          - name: net
            ready: all
            within: 7
            absent: oops
            login: {user: root}
            machine: {cpus: 2}
            wires:
              blue:
                host:
                  address: 10.1.2.3
                  dhcp: true
                  names: {a.example: 10.1.2.3, b.example: 10.1.2.4}
                  files: {/a/b.txt: "text\n"}
              green: {}
            guests:
              gate: {ready: gate is up, machine: {wires: [blue, green], memory: 96 MiB}, absent: []}
              laptop:
                edition: ../client
                machine: {wires: green, credentials: {ssh.authorized_keys.root: "${ssh-key}"}}
                ssh: {user: me}
                within: 9
            steps:
              - {on: laptop, run: id}
              - {on: gate, scan: blue, open: [443, 22], within: 100}
              - {on: gate, restart: button}
              - {on: laptop, restart: poweroff -f}
              - {on: laptop, power-cut: flushed}
              - {on: laptop, power-cut: written}
              - {on: laptop, power-off: button}
              - {on: gate, run: id}
        """;

    [Fact]
    public void Parse_SeveralMachines_TakeFromTheTestWhatTheyDoNotSay()
    {
        EditionTest test = Assert.Single(EditionTestFile.Parse(Two, "t"));
        Assert.Equal(["gate", "laptop"], test.Guests.Select(g => g.Name));
        TestGuest gate = test.Guests[0];
        TestGuest laptop = test.Guests[1];
        Assert.True(gate.Ready.IsIn("gate is up"));
        Assert.True(laptop.Ready.IsIn("all"));
        Assert.Equal((7.0, 9.0), (gate.Within.TotalSeconds, laptop.Within.TotalSeconds));
        Assert.Empty(gate.Absent);
        Assert.Equal(["'oops'"], laptop.Absent.Select(a => a.ToString()));
        Assert.Equal(new TestLogin("root", null), gate.Login);
        Assert.Equal((96, 64, 2, 2), (gate.Machine.MemoryMiB, laptop.Machine.MemoryMiB, gate.Machine.Cpus, laptop.Machine.Cpus));
        Assert.Equal(ImageKind.Iso, laptop.Machine.Image);
        Assert.Equal((null, "../client"), (gate.Edition, laptop.Edition));
        Assert.Equal(["blue", "green"], gate.Machine.Wires);
        Assert.Equal(["green"], laptop.Machine.Wires);
        Assert.Equal((false, true), (gate.Machine.IsGivenSshKey, laptop.Machine.IsGivenSshKey));
        Assert.Equal("/home/me/.ssh/authorized_keys", laptop.Ssh.KeysFile);

        TestWireHost host = test.Wires[0].Host!;
        Assert.Equal((IPAddress.Parse("10.1.2.3"), true), (host.Address, host.GivesAddresses));
        Assert.Equal(IPAddress.Parse("10.1.2.4"), host.Names["b.example"]);
        Assert.Equal("text\n", host.Files["a/b.txt"]);
        Assert.Null(test.Wires[1].Host);

        Assert.Equal([1, 0, 0, 1, 1, 1, 1, 0], test.Steps.Select(s => s.Guest));
        TestStep.Scan scan = Assert.IsType<TestStep.Scan>(test.Steps[1]);
        Assert.Equal(("blue", "22, 443"), (scan.Wire, string.Join(", ", scan.Open)));
        Assert.Null(Assert.IsType<TestStep.Restart>(test.Steps[2]).Command);
        Assert.Equal("restart: poweroff -f", test.Steps[3].Title);
        Assert.Equal([false, true], test.Steps.OfType<TestStep.PowerCut>().Select(c => c.KeepsWritten));
        Assert.Equal(2, test.StepsOf(gate).Count(s => s is not TestStep.Scan));
    }

    [Theory]
    [InlineData("steps: [{run: id}]", "a step of a test with several machines says with 'on' on which: gate, laptop")]
    [InlineData("steps: [{on: latop, run: id}]", "'on' is 'latop', expected 'gate' or 'laptop'")]
    [InlineData("steps: [{on: gate, power-off: button}, {on: laptop, run: id}, {on: gate, run: id}]",
        "this step follows a 'power-off' of 'gate'")]
    [InlineData("steps: [{on: laptop, scan: blue}]",
        "'laptop': a step scans from 'blue', expected a wire with a host, which the machine has a card on")]
    [InlineData("steps: [{on: gate, scan: green}]", "'gate': a step scans from 'green', expected a wire with a host")]
    [InlineData("steps: [{on: gate, scan: blue, open: [0]}]", "'open' has what is no port")]
    [InlineData("steps: [{on: gate, run: id, open: [1]}]", "'open' belongs to 'scan' only, not to 'run'")]
    [InlineData("steps: [{on: gate, power-cut: yes}]", "'power-cut' is 'yes', expected 'written' or 'flushed'")]
    [InlineData("steps: [{on: laptop, ssh: id}]", "'laptop': a step uses ssh, but the machine has no network")]
    public void Parse_WrongStep_IsTold(string steps, string problem) => Fails($$"""
        format: 1
        tests:
          - name: net
            ready: up
            wires: {blue: {host: {address: 10.1.2.3} }, green: {} }
            guests: {gate: {machine: {wires: [blue, green]} }, laptop: {machine: {wires: [green]} } }
            {{steps}}
        """, problem);

    [Theory]
    [InlineData("{ready: x, wires: {}}", "'wires' is wrong, expected a mapping with 1 to 8 networks by name")]
    [InlineData("{ready: x, wires: {Blue: {}}}", "a wire is called 'Blue', expected")]
    [InlineData("{ready: x, wires: {b: {host: {}}}}", "a host lacks 'address'")]
    [InlineData("{ready: x, wires: {b: {host: {address: 10.1.2.100}}}}",
        "'address' is '10.1.2.100', expected an IPv4 address that ends in 1 to 99")]
    [InlineData("{ready: x, wires: {b: {host: {address: 10.1}}}}", "'address' is '10.1', expected an IPv4 address")]
    [InlineData("{ready: x, wires: {b: {host: {address: 10.1.2.3, names: {A: 10.1.2.3}}}}}",
        "'names' has 'A', expected a host name in lower case")]
    [InlineData("{ready: x, wires: {b: {host: {address: 10.1.2.3, names: {a: b}}}}}", "'a' in 'names' is 'b', expected an IPv4 address")]
    [InlineData("{ready: x, wires: {b: {host: {address: 10.1.2.3, files: {a: b}}}}}",
        "'files' has 'a', expected a path such as /hello.txt")]
    [InlineData("{ready: x, guests: {}}", "'guests' is wrong, expected a mapping with 1 to 8 machines by name")]
    [InlineData("{ready: x, guests: {A: {}}}", "a guest is called 'A', expected")]
    [InlineData("{guests: {a: {}}}", "a guest lacks 'ready'")]
    [InlineData("{ready: x, machine: {wires: [red]}, wires: {read: {}}}", "the machine has a card on 'red', which is no wire of the test")]
    [InlineData("{ready: x, guests: {a: {machine: {cards: 2}}}}", "'a': the machine has several network cards and no network")]
    [InlineData("{ready: x, steps: [{on: a, run: id}]}", "'on' names a machine of a test with 'guests'")]
    [InlineData("{ready: x, machine: {credentials: {a/b: c}}}", "a credential is called 'a/b', expected")]
    [InlineData("{ready: x, machine: {credentials: [a]}}", "'credentials' is wrong, expected a mapping of names to texts")]
    [InlineData("{ready: x, machine: {disks: [{size: 1 MiB, bad-sectors: [1]}]}, steps: [{power-cut: flushed}]}",
        "'power-cut: flushed' is not for a machine with bad sectors on a disk")]
    public void Parse_WrongTest_IsTold(string test, string problem) => Fails($"format: 1\ntests:\n  - {{name: net, {test[1..]}\n", problem);

    private static void Fails(string text, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(() => EditionTestFile.Parse(text, "t"));
        Assert.Contains(problem, e.Message + "\n" + e.Hint, StringComparison.Ordinal);
    }
}
