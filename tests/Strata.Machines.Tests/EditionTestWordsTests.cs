using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>Every word of <c>tests.yaml</c> at its edges: what is read of it, or what is told.</summary>
public class EditionTestWordsTests
{
    private static readonly string[] s_machines =
    [
        "image: disk", "image: iso", "image: uki", "image: pxe", "image: kernel", "image: oci", "image: qcow2", "type: q35", "type: pc",
            "type: x",
        "firmware: bios", "firmware: uefi", "image: iso, firmware: bios", "image: kernel, firmware: bios",
        .. from medium in (string[])["disk", "usb", "cd", "sata", "nvme"] from image in (string[])["disk", "iso"]
           select $"image: {image}, medium: {medium}",
        "memory: 16 MiB", "memory: 1 GiB", "memory: 1.5 MiB", "memory: 512", "memory: 1 TiB", "cpus: 0", "cpus: 1", "cpus: 16", "cpus: 64",
        "cpus: 1024",
        "network: none", "network: restricted", "network: open", "network: wide", "cards: 2", "network: restricted, cards: 2",
        "network: restricted, cards: 0", "network: restricted, cards: 99",
        "credentials: {a: b, c: '${ssh-key}'}", "credentials: {a: [b]}", "credentials: x", "kernel-words: quiet debug", "kernel-words: ''",
        "clock: 1970-01-01", "clock: 1969-12-31", "clock: 2099-12-31", "clock: 2100-01-01", "clock: 2026-2-1", "entropy: true",
            "entropy: false",
        "entropy: no",
        "disks: 1 MiB", "disks: [1 MiB, 64 GiB]", "disks: 65537 MiB", "disks: 512 KiB", "disks: [[1]]", "disks: ['']",
        "disks: {size: 1 MiB, medium: usb}", "disks: {medium: sata}", "disks: {size: 2 MiB, medium: cd}",
        "disks: {size: 1 MiB, bad-sectors: [0, 2047]}", "disks: {size: 1 MiB, bad-sectors: 2048}",
            "disks: {size: 1 MiB, bad-sectors: [-1]}",
        "disks: [" + string.Join(", ", Enumerable.Repeat("1 MiB", 7)) + "]", "disks: [" + string.Join(", ", Enumerable.Repeat("1 MiB", 40))
            + "]",
        "wires: w", "wires: [[w]]", "wires: ['']", "cpu: 1", "machin: 1",
        "tpm: true", "tpm: false", "tpm: yes", "tmp: true", "image: kernel, type: microvm, firmware: bios, tpm: true", "screens: 1",
        "screens: 4", "screens: 0", "screens: 5", "screen: 2", "image: kernel, type: microvm, firmware: bios, screens: 2",
    ];

    private static readonly string[] s_steps =
    [
        "run: a", "run: a, exit: 0", "run: a, exit: 255", "run: a, exit: 256", "run: a, exit: -1", "run: a, within: 1",
            "run: a, within: 3600",
        "run: a, within: 0", "run: a, within: 3601", "run: ''", "run: [a]", "run: a, ssh: b", "within: 3", "{}", "run: a, after: 3",
        "run: a, shows: '#000000'", "run: a, open: 5", "run: a, on: b", "run: \"a\\u0001b\"", "run: \"a\\nb\"",
        "run: a, expect: {contains: b}", "run: a, expect: {contains: [b, c], equals: d, matches: e}", "run: a, expect: {}",
            "run: a, expect: b",
        "run: a, expect: {contains: ''}", "run: a, expect: {contains: [[b]]}", "run: a, expect: {matches: '('}",
            "run: a, expect: {equals: ''}",
        "run: a, expect: {like: b}", "ssh: a", "type: a", "type: a, after: 5", "type: a, exit: 0", "type: a, expect: {contains: b}",
        "press: ret", "press: ctrl-alt-f2", "press: a-b-c-d-e", "press: a-b-c-d-e-f", "press: A", "press: 'ret '",
            "press: aaaaaaaaaaaaaaaaaaaaa",
        "screen: a", "screen: a-1", "screen: A", "screen: a, shows: '#1c71D8'", "screen: a, shows: '1c71d8'", "screen: a, shows: '#1c71d'",
        "wait-for: a", "wait-for: {matches: a.c}", "wait-for: {matches: '['}", "wait-for: ''", "wait-for: \"a\\nb\"", "wait-for: {}",
        "wait-for: [a]", "wait-for: {match: a}",
        "power-off: button", "power-off: poweroff", "restart: button", "restart: reboot", "reboot: reboot", "reboot: button",
            "power-cut: written",
        "power-cut: flushed", "power-cut: x", "scan: w", "scan: w, open: [22, 80, 22]", "scan: w, open: 65535", "scan: w, open: [0]",
        "scan: w, open: 65536", "scan: x",
        "screen: a, number: 1", "screen: a, number: 2", "screen: a, number: 0", "screen: a, number: 5", "screen: a, numbr: 1",
        "press: ret, number: 1",
    ];

    private static readonly string[] s_tests =
    [
        "ready: r", "", "ready: {matches: r.}", "ready: ''", "ready: r, within: 1", "ready: r, within: 3601", "ready: r, slow: true",
        "ready: r, slow: false", "ready: r, slow: yes", "ready: r, absent: [a, {matches: b}]", "ready: r, absent: ''",
        "ready: r, login: {user: root}", "ready: r, login: {user: root, password: p}", "ready: r, login: {password: p}",
            "ready: r, login: root",
        "ready: r, ssh: {}", "ready: r, ssh: {user: me}", "ready: r, ssh: {user: me, port: 1, keys: /k}", "ready: r, ssh: {port: 65536}",
        "ready: r, ssh: {port: 0}", "ready: r, ssh: {user: Me}", "ready: r, ssh: {keys: k}", "ready: r, steps: x",
        "ready: r, steps: [{power-off: x}, {run: a}]", "ready: r, steps: [{reboot: x}, {run: a}]", "ready: r, steps: [x]",
        "ready: r, steps: [{ssh: a}]", "ready: r, machine: {network: open}, steps: [{ssh: a}]",
        "ready: r, machine: {disks: {size: 1 MiB, bad-sectors: 1}}, steps: [{power-cut: flushed}]",
        "ready: r, machine: {disks: {size: 1 MiB, bad-sectors: 1}}, steps: [{power-cut: written}]",
        "ready: r, wires: {}", "ready: r, wires: {W: {}}", "ready: r, wires: {w: {}}", "ready: r, wires: {w: {host: {}}}",
        .. from host in (string[])["address: 10.0.2.1", "address: 10.0.2.99", "address: 10.0.2.0", "address: 10.0.2.100", "address: 10.0.2",
            "address: 10.0.2.2, dhcp: true", "address: 10.0.2.2, names: {a.b: 10.0.0.256}", "address: 10.0.2.2, names: {A: 10.0.0.1}",
            "address: 10.0.2.2, names: {a.b: 10.0.0.1, c: 10.0.0.2}", "address: 10.0.2.2, files: {/a: b}",
                "address: 10.0.2.2, files: {a: b}",
            "address: 10.0.2.2, names: {}", "address: 10.0.2.2, files: {/a: [b]}",
            "address: 10.0.2.2, images: {tools/app:1: ../app, a--b.c_d__e/f:1.0_x-Y: a/b.tar}", "address: 10.0.2.2, images: {}",
            "address: 10.0.2.2, images: {app: x}", "address: 10.0.2.2, images: {App:1: x}", "address: 10.0.2.2, images: {a/../b:1: x}",
            "address: 10.0.2.2, images: {a:.1: x}", "address: 10.0.2.2, images: {a:1: [x]}", "address: 10.0.2.2, images: {a:1: ''}",
            "address: 10.0.2.2, images: [a:1]", "address: 10.0.2.2, imges: {a:1: x}", "address: 10.0.2.2, images: {a@sha256:1: x}",
            "address: 10.0.2.2, images: {a:1: x}, files: {/v2/: y}", "address: 10.0.2.2, images: {a:1: x}, files: {/v2: y}",
            $"address: 10.0.2.2, images: {{{string.Join(", ", Enumerable.Range(0, 16).Select(i => $"a:{i}: x"))}}}",
            $"address: 10.0.2.2, images: {{{string.Join(", ", Enumerable.Range(0, 17).Select(i => $"a:{i}: x"))}}}"]
           select $"ready: r, wires: {{w: {{host: {{{host}}}}}}}, machine: {{wires: w}}, steps: [{{scan: w}}, {{ssh: a}}]",
        "ready: r, wires: {w: {}, v: {}}, machine: {wires: [v, w]}", "ready: r, wires: {w: {}}, machine: {wires: v}",
        "ready: r, guests: {a: {}, b: {ready: s, within: 3, edition: e}}", "guests: {a: {ready: r}, b: {}}", "ready: r, guests: {}",
        "ready: r, guests: {A: {}}", "ready: r, guests: {a: {}, b: {}}, steps: [{run: x}]",
        "ready: r, guests: {a: {}, b: {}}, steps: [{run: x, on: b}, {power-off: x, on: a}, {run: y, on: b}]",
        "ready: r, guests: {a: {}, b: {}}, steps: [{power-off: x, on: a}, {run: y, on: a}]", "ready: r, guests: {a: {}}, steps: [{run: x}]",
        "ready: r, guests: {a: {}, b: {}}, steps: [{run: x, on: c}]",
        "ready: r, matrix: {memory: [256 MiB, 1 GiB]}", "ready: r, matrix: {memory: [256 MiB], cpus: [1, 2]}", "ready: r, matrix: {}",
        "ready: r, matrix: {firmware: []}", "ready: r, matrix: x",
        "ready: r, machine: {screens: 2}, steps: [{screen: a, number: 2}]",
        "ready: r, machine: {screens: 2}, steps: [{screen: a, number: 3}]",
        "ready: r, guests: {a: {machine: {tpm: true}}, b: {machine: {screens: 2}}}, steps: [{on: a, screen: a, number: 2}]",
    ];

    private static readonly string[] s_containers =
    [
        "container: {}, ready: r", "container: {}, steps: [{ends: 0}]", "container: {}",
        "container: {}, steps: []", "container: x, ready: r",
        "container: {}, ready: r, within: 5, absent: [a, {matches: b}], slow: true",
        "container: {}, ready: r, machine: {}, guests: {a: {}}",
        "container: {}, ready: r, matrix: {}, login: {user: root}, ssh: {}, wires: {w: {}}",
        .. from words in (string[])["command: [/a, '']", "command: []", "command: /a", "command: [[a]]", "command: [\"a\\0\"]",
               "entrypoint: [/a]", "environment: {A: b, B_1: ''}", "environment: {A-B: c}", "environment: {A: [b]}", "environment: [A=b]",
               "user: me", "user: 65532:65532", "read-only: true", "read-only: yes", "readonly: true", "image: x"]
           select $"container: {{{words}}}, ready: r",
        .. from step in (string[])["run: a b", "run: [/a, b]", "run: []", "run: ['']",
               "run: {a: b}", "run: a, exit: 3, expect: {equals: b}",
               "wait-for: a", "wait-for: a, exit: 0", "fetch: 'http://localhost/'",
               "fetch: 'http://localhost:8080/a?b=c', expect: {contains: d}",
               "fetch: 'http://127.0.0.1:1'", "fetch: 'https://localhost/'", "fetch: 'http://example.org/'",
               "fetch: \"http://localhost/a b\"",
               "fetch: 'http://localhost/', exit: 1", "listens: 80", "listens: [443, 80/tcp, 53/udp, 80]", "listens: []", "listens: 0",
               "listens: 65536", "listens: 80/sctp", "listens: [[80]]", "listens: 80, expect: {contains: a}", "health: healthy",
               "health: unhealthy", "health: true", "stop: 0", "stop: 143, within: 12", "stop: 256",
               "stop: TERM", "stop: 0, expect: {equals: a}",
               "ends: 3, expect: {matches: a}", "ends: -1", "ends: 0, exit: 3", "ends: 0, stop: 0", "ssh: a",
               "power-off: button", "on: a, run: b", ""]
           select $"container: {{}}, steps: [{{{step}}}]",
        "container: {}, steps: [{stop: 0}, {run: a}]", "container: {}, steps: [{ends: 0}, {ends: 0}]", "container: {}, steps: x",
        "ready: r, steps: [{fetch: 'http://localhost/'}]", "ready: r, steps: [{run: [a]}]",
    ];

    [Fact]
    public void Parse_EveryContainer_IsReadOrTold() => Golden.Same("test-containers", Rows(s_containers, t => $"[{{name: t, {t}}}]"));

    [Fact]
    public void Parse_EveryMachine_IsReadOrTold() => Golden.Same(
        "test-machines", Rows(s_machines, m => $"[{{name: t, ready: r, machine: {{{m}}}}}]"));

    [Fact]
    public void Parse_EveryStep_IsReadOrTold() => Golden.Same(
        "test-steps", Rows(s_steps, s => "[{name: t, ready: r, wires: {w: {host: {address: 10.0.2.2}}}, machine: {wires: w}, steps: [{"
            + (s == "{}" ? "" : s) + "}]}]"));

    [Fact]
    public void Parse_EveryTest_IsReadOrTold() => Golden.Same(
        "test-tests", Rows(s_tests, t => t.Length > 0 ? $"[{{name: t, {t}}}]" : "[{name: t}]"));

    [Fact]
    public void Parse_Names_AreOfSixtyLettersAndNoneTwice()
    {
        Assert.Single(EditionTestFile.Parse($"format: 1\ntests: [{{name: {new string('a', 60)}, ready: r}}]", "f"));
        foreach (string tests in (string[])[$"[{{name: {new string('a', 61)}, ready: r}}]", "[{name: -a, ready: r}]",
            "[{name: a, ready: r}, {name: a, ready: r}]", "[]"])
        {
            Assert.Throws<StrataException>(() => EditionTestFile.Parse("format: 1\ntests: " + tests, "f"));
        }
        Assert.Throws<StrataException>(() => EditionTestFile.Parse("tests: [{name: a, ready: r}]", "f"));
        Assert.Throws<StrataException>(() => EditionTestFile.Parse("format: 2\ntests: [{name: a, ready: r}]", "f"));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Parse_ManyTests_HaveALimit(int count, bool isRead)
    {
        string text = "format: 1\ntests:\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"- {{name: t{i}, ready: r}}\n"));
        Assert.Equal(isRead, Record.Exception(() => EditionTestFile.Parse(text, "f")) is null);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void Parse_ManySteps_HaveALimit(int count, bool isRead)
    {
        string text = "format: 1\ntests:\n- name: t\n  ready: r\n  steps:\n" + string.Concat(Enumerable.Repeat("  - {run: a}\n", count));
        Assert.Equal(isRead, Record.Exception(() => EditionTestFile.Parse(text, "f")) is null);
    }

    private static string Rows(IEnumerable<string> rows, Func<string, string> tests)
    {
        StringBuilder all = new();
        foreach (string row in rows)
        {
            all.Append("== ").Append(row).Append('\n');
            try
            {
                foreach (EditionTest test in EditionTestFile.Parse("format: 1\ntests: " + tests(row), "f"))
                {
                    Dump(test, all);
                }
            }
            catch (StrataException e)
            {
                all.Append("!! ").Append(e.Message).Append('\n').Append(e.Hint is { } hint ? hint + "\n" : "");
            }
        }
        return all.ToString();
    }

    private static string Words(IReadOnlyList<string>? words) => words is null ? "-" : $"[{string.Join('|', words)}]";

    private static void Dump(EditionTest test, StringBuilder all)
    {
        TestMachine plain = new();
        all.Append($"{test.Name}{(test.IsSlow ? " slow" : "")}\n");
        foreach (TestWire wire in test.Wires)
        {
            TestWireHost? host = wire.Host;
            all.Append($"  wire {wire.Name} {host?.Address} {host?.GivesAddresses} {Pairs(host?.Names)} {Pairs(host?.Files)}");
            all.Append(host?.Images.Count > 0 ? $" images {Pairs(host.Images)}\n" : "\n");
        }
        if (test.Container is { } c)
        {
            all.Append(CultureInfo.InvariantCulture,
                $"  container {Words(c.Entrypoint)} {Words(c.Command)} {Pairs(c.Environment)} {c.User}");
            all.Append(CultureInfo.InvariantCulture,
                $" {(c.IsReadOnly ? "read-only" : "")} ready {c.Ready} {c.Within.TotalSeconds} s absent {string.Join(", ", c.Absent)}\n");
        }
        foreach (TestGuest guest in test.Guests)
        {
            TestMachine m = guest.Machine;
            all.Append(CultureInfo.InvariantCulture,
                $"  guest '{guest.Name}' {guest.Edition} ready {guest.Ready} {guest.Within.TotalSeconds} s");
            all.Append($" {guest.Login} {(guest.Ssh == new TestSsh() ? "" : guest.Ssh)} absent {string.Join(", ", guest.Absent)}\n");
            string machine = string.Create(
                CultureInfo.InvariantCulture,
                $"{m.Image} {m.Board} {m.Firmware} {m.Medium} {m.MemoryMiB} {m.Cpus} {m.Network} {m.Cards} {m.KernelWords} "
                    + $"{m.Clock:yyyy-MM-dd}")
                + $" {m.HasEntropy}{(m.HasTpm ? " tpm" : "")}{(m.Screens > 1 ? $" {m.Screens} screens" : "")}";
            string rest = $"{string.Join(',', m.Wires)} {Pairs(m.Credentials)} {m.IsGivenSshKey} "
                + string.Join(';', m.EmptyDisks.Select(d => $"{d.Bytes} {d.Bus} {string.Join(',', d.BadSectors)}"));
            all.Append(m == plain ? "" : $"    {machine} | {rest}\n");
        }
        foreach (TestStep step in test.Steps)
        {
            string more = step switch
            {
                TestStep.Run run => Show(run.Expect),
                TestStep.Ssh ssh => Show(ssh.Expect),
                TestStep.Exec exec => $" {Words(exec.Words)}{Show(exec.Expect)}",
                TestStep.Fetch fetch => Show(fetch.Expect),
                TestStep.Ends ends => Show(ends.Expect),
                TestStep.Type type => $" after {type.After.TotalSeconds}",
                TestStep.Screen screen => $" {screen.Name} {screen.Colour}{(screen.Number > 1 ? $" on {screen.Number}" : "")}",
                TestStep.PowerOff off => $" {off.Command ?? "-"}",
                TestStep.Restart restart => $" {restart.Command ?? "-"}",
                TestStep.PowerCut cut => $" {cut.KeepsWritten}",
                TestStep.Scan scan => $" {scan.Wire} {string.Join(',', scan.Open)}",
                _ => "",
            };
            all.Append(CultureInfo.InvariantCulture, $"  {step.Guest} {step.Title} ({step.Within.TotalSeconds} s){more}\n");
        }
    }

    private static string Show(Expectation e) =>
        $" exit {e.ExitCode} contains [{string.Join(',', e.Contains)}] equals {e.EqualTo ?? "-"} matches [{string.Join(',', e.Matches)}]";

    private static string Pairs<T>(IReadOnlyDictionary<string, T>? pairs) =>
        string.Join(',', (pairs ?? new Dictionary<string, T>()).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p =>
            $"{p.Key}={p.Value}"));
}
