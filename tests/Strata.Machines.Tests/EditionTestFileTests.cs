using Strata.Core;
using Strata.Machines.Serial;
using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Machines.Tests;

public sealed class EditionTestFileTests
{
    private const string Full = """
        format: 1
        machine: {image: kernel, type: pc, firmware: bios, memory: 1 GiB, cpus: 2, network: restricted, disks: [64 MiB, {size: 1 GiB, medium: nvme, bad-sectors: [7, 2097151]}]}
        tests:
          - name: first
            ready: "login:"
            within: 90
            login: {user: root, password: "s p"}
            ssh: {user: me, port: 2222}
            absent: [Call Trace, {matches: '^BUG'}]
            steps:
              - run: |
                  echo a
                  echo b
                expect: {contains: [a, b], equals: "a\nb", matches: ^b$}
                exit: 3
                within: 5
              - ssh: uptime
              - {type: open sesame, after: 3}
              - wait-for: {matches: 'r.ady'}
              - reboot: reboot
              - power-off: button
          - name: second
            machine: {memory: 64 MiB, image: disk, medium: usb, disks: []}
            ready: {matches: '^\$ '}
            absent: panic
            steps:
              - power-off: poweroff
        """;

    [Fact]
    public void Read_Link_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["secret"], "PRIVATE KEY");
        Directory.CreateDirectory(folder["edition"]);
        File.CreateSymbolicLink(folder["edition/tests.yaml"], folder["secret"]);
        StrataException e = Assert.Throws<StrataException>(() => EditionTestFile.Read(folder["edition/tests.yaml"]));
        Assert.Contains("is or passes a link", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", e.Message + e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_EveryKey_IsRead()
    {
        IReadOnlyList<EditionTest> tests = EditionTestFile.Parse(Full, "tests.yaml");
        EditionTest first = tests[0];
        TestGuest guest = first.Guests[0];
        Assert.Equal(("first", TimeSpan.FromSeconds(90), new TestLogin("root", "s p")), (first.Name, guest.Within, guest.Login));
        Assert.Equal(new TestSsh("me", 2222, "/home/me/.ssh/authorized_keys"), guest.Ssh);
        Assert.Equal((ImageKind.Kernel, Board.Pc, Firmware.Bios), (guest.Machine.Image, guest.Machine.Board, guest.Machine.Firmware));
        Assert.Equal((1024, 2, TestNetwork.Restricted), (guest.Machine.MemoryMiB, guest.Machine.Cpus, guest.Machine.Network));
        Assert.Equal([(64L << 20, DiskBus.Virtio), (1L << 30, DiskBus.Nvme)], guest.Machine.EmptyDisks.Select(d => (d.Bytes, d.Bus)));
        Assert.Equal([7, 2097151], guest.Machine.EmptyDisks[1].BadSectors);
        Assert.Equal(["'Call Trace'", "/^BUG/"], guest.Absent.Select(a => a.ToString()));
        TestStep.Run run = Assert.IsType<TestStep.Run>(first.Steps[0]);
        Assert.Equal(("echo a\necho b\n", 3, "a\nb", TimeSpan.FromSeconds(5)), (run.Command, run.Expect.ExitCode, run.Expect.EqualTo, run.Within));
        Assert.Equal(["a", "b"], run.Expect.Contains);
        Assert.Null(run.Expect.Problem(new CommandResult(3, "a\nb\n")));
        Assert.Equal(
            ["run: echo a...", "ssh: uptime", "type: open sesame", "wait-for: /r.ady/", "reboot: reboot", "power-off: button"], first.Steps.Select(s => s.Title));

        Assert.Equal(TimeSpan.FromSeconds(3), Assert.IsType<TestStep.Type>(first.Steps[2]).After);

        EditionTest second = tests[1];
        TestMachine other = second.Guests[0].Machine;
        Assert.Equal((64, 2, ImageKind.Disk, TestMedium.Usb), (other.MemoryMiB, other.Cpus, other.Image, other.Medium));
        Assert.Equal(DiskBus.Usb, Assert.IsType<BootMedium.Disk>(ConfigOf(second, new BootMedium.Disk("d"), []).Boot).Bus);
        Assert.Empty(other.EmptyDisks);
        Assert.True(second.Guests[0].Ready.IsIn("$ "));
        Assert.Equal("poweroff", Assert.IsType<TestStep.PowerOff>(second.Steps[0]).Command);

        MachineConfig config = ConfigOf(first, new BootMedium.Kernel("k"), ["/a", "/b"]);
        Assert.True(config.AllowReboot);
        Assert.Equal([new PortForward(2222)], config.Network!.Forwards);
        Assert.True(config.Network.Restrict);
    }

    [Fact]
    public void Parse_Matrix_IsATestForEveryCombination()
    {
        IReadOnlyList<EditionTest> tests = EditionTestFile.Parse("""
            format: 1
            tests:
              - name: starts
                slow: true
                machine: {image: iso, memory: 96 MiB}
                matrix: {firmware: [bios, uefi], medium: [cd, usb, disk], memory: 64 MiB}
                ready: x
              - name: plain
                machine: {image: iso}
                ready: x
              - {name: net, machine: {image: pxe}, ready: x}
            """, "tests.yaml");
        Assert.Equal(
            [
                "starts-bios-cd-64mib", "starts-bios-usb-64mib", "starts-bios-disk-64mib",
                "starts-uefi-cd-64mib", "starts-uefi-usb-64mib", "starts-uefi-disk-64mib", "plain", "net",
            ],
            tests.Select(t => t.Name));
        Assert.Equal([true, true, true, true, true, true, false, false], tests.Select(t => t.IsSlow));
        Assert.All(tests.Take(6), t => Assert.Equal((ImageKind.Iso, 64), (t.Guests[0].Machine.Image, t.Guests[0].Machine.MemoryMiB)));
        BootMedium iso = new BootMedium.Iso("i");
        Assert.Equal(
            [iso, new BootMedium.Disk("i", DiskBus.Usb), new BootMedium.Disk("i"), iso, new BootMedium.Disk("i", DiskBus.Usb), new BootMedium.Disk("i"), iso],
            tests.Take(7).Select(t => ConfigOf(t, iso, []).Boot));
        Assert.Equal(
            [Firmware.Bios, Firmware.Bios, Firmware.Bios, Firmware.Uefi, Firmware.Uefi, Firmware.Uefi],
            tests.Take(6).Select(t => t.Guests[0].Machine.Firmware));
        BootMedium net = new BootMedium.Net(new Dictionary<string, string> { ["boot.ipxe"] = "b", ["snponly.efi"] = "s" }, "boot.ipxe");
        Assert.Equal(new NetworkConfig([], Restrict: false).Restrict, ConfigOf(tests[7], net, []).Network!.Restrict);
    }

    [Theory]
    [InlineData("machine: {image: disk, medium: cd}", "a disk image is no CD")]
    [InlineData("machine: {image: uki, medium: usb}", "given to the machine without a medium")]
    [InlineData("machine: {image: uki, firmware: bios}", "a UKI is a UEFI program")]
    [InlineData("machine: {image: pxe, network: restricted}", "its network must be open")]
    [InlineData("matrix: {}", "'matrix' is empty")]
    [InlineData("matrix: {medium: []}", "'matrix' makes no variants")]
    [InlineData("matrix: {medium: [[]]}", "expected a text or a list of texts")]
    [InlineData("matrix: {medum: [cd]}", "did you mean 'medium'?")]
    [InlineData("matrix: {medium: [cd, cd], image: iso}", "is used twice")]
    [InlineData("matrix: {memory: [1 MiB, 2 GiB, 1 MiB], firmware: floppy}", "'firmware' is 'floppy'")]
    [InlineData("slow: maybe", "'slow' is 'maybe'")]
    [InlineData("machine: {clock: tomorrow}", "'clock' is 'tomorrow', expected a day from 1970-01-01")]
    [InlineData("machine: {clock: 1969-12-31}", "'clock' is '1969-12-31'")]
    [InlineData("machine: {entropy: some}", "'entropy' is 'some'")]
    [InlineData("machine: {firmware: UEFI}", "'firmware' is 'UEFI', expected")] // words have a case
    [InlineData("machine: {type: Q35}", "'type' is 'Q35', expected")]
    public void Parse_MachineOrMatrixThatCannotBe_IsAFault(string line, string problem)
    {
        StrataException error = Assert.Throws<StrataException>(() => EditionTestFile.Parse($"format: 1\ntests:\n  - name: x\n    ready: y\n    {line}\n", "t"));
        Assert.Contains(problem, error.Message + error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ManyFaults_AreAllReportedInOrder()
    {
        StrataException error = Assert.Throws<StrataException>(() => EditionTestFile.Parse("""
            format: 2
            machine: {memroy: 1 GiB, cpus: 0, memory: 5.5 MiB}
            tests:
              - nam: x
                redy: y
              - name: Bad_Name
                ready: ""
                within: 0
                steps:
                  - run: a
                    ssh: b
                  - {exit: 1}
                  - {power-off: button, exit: 1, after: 1}
                  - run: after
              - name: ok
                ready: {match: x}
                machine: {type: microvm}
                name: again
                steps: [{ssh: x}, {run: y, expect: {contains: [[]], matches: '('}}, z]
            """, "tests.yaml"));
        Assert.Equal("cannot use tests.yaml: it has 25 faults", error.Message);
        Assert.Equal("""
              line 1, column 9: 'format' is '2', this program knows 1; a newer one may be needed
              line 2, column 11: 'machine' has no key 'memroy' (did you mean 'memory'?)
              line 2, column 32: 'cpus' is '0', expected a whole number from 1 to 64
              line 2, column 43: 'memory' has '5.5 MiB', expected a whole number of MiB from 8 MiB to 1048576 MiB, such as '256 MiB'
              line 4, column 5: a test has no key 'nam' (did you mean 'name'?)
              line 4, column 5: a test lacks 'name'
              line 4, column 5: a test lacks 'ready', the text on the serial line that says that the system is up
              line 5, column 5: a test has no key 'redy' (did you mean 'ready'?)
              line 6, column 11: 'name' is 'Bad_Name', expected at most 60 lower-case letters, digits and hyphens, with a letter or digit first
              line 7, column 12: 'ready' is empty, expected a text within one line
              line 8, column 13: 'within' is '0', expected a whole number from 1 to 3600
              line 10, column 9: a step does run and ssh, expected exactly one of run, ssh, type, press, screen, wait-for, power-off, reboot, restart, power-cut, scan
              line 12, column 9: a step does nothing, expected exactly one of run, ssh, type, press, screen, wait-for, power-off, reboot, restart, power-cut, scan
              line 13, column 35: 'exit' belongs to 'run' and 'ssh' only, not to 'power-off'
              line 13, column 45: 'after' belongs to 'type' only, not to 'power-off'
              line 14, column 9: this step follows 'power-off', after which nothing runs
              line 16, column 12: 'ready' lacks 'matches'
              line 16, column 13: 'ready' has no key 'match' (did you mean 'matches'?)
              line 17, column 14: a microvm can only boot a kernel directly; use q35 or pc for other images
              line 17, column 14: a microvm has no UEFI firmware; use the firmware bios
              line 18, column 5: the key 'name' is here twice
              line 19, column 12: a step uses ssh, but the machine has no network; write 'network: restricted' under 'machine', or put it on a wire with a host
              line 19, column 52: 'contains' is a list, expected a text or a list of texts
              line 19, column 66: cannot use '(' as a regular expression: Invalid pattern '(' at offset 1. Not enough )'s.
              line 19, column 73: a step is a text, expected a mapping with 'run', 'ssh', 'type', 'press', 'screen', 'wait-for', 'power-off', 'reboot', 'restart', 'power-cut', 'scan', 'on', 'after', 'expect', 'exit', 'shows', 'number', 'open' or 'within'
            """, error.Hint);
    }

    [Fact]
    public void Parse_MachineOfLittle_IsOneToQemuToo()
    {
        const string Text = "format: 1\ntests: [{name: a, ready: r, machine: {clock: 1970-01-01, entropy: false}}]";
        MachineConfig config = ConfigOf(EditionTestFile.Parse(Text, "t")[0], new BootMedium.Disk("d"), []);
        Assert.Equal((new DateOnly(1970, 1, 1), false), (config.Clock, config.HasEntropy));
    }

    [Theory]
    [InlineData("screen: board", "screen: board", null)]
    [InlineData("screen: board, shows: \"#1c71D8\", within: 9", "screen: board", "#1c71D8")]
    [InlineData("press: ctrl-alt-f2", "press: ctrl-alt-f2", null)]
    public void Parse_StepsOfScreenAndKeys_AreRead(string words, string title, string? colour)
    {
        TestStep step = EditionTestFile.Parse($"format: 1\ntests: [{{name: a, ready: r, steps: [{{{words}}}]}}]", "t")[0].Steps[0];
        Assert.Equal((title, colour), (step.Title, (step as TestStep.Screen)?.Colour));
        Assert.Equal(Graphics.Vnc, ConfigOf(
            EditionTestFile.Parse($"format: 1\ntests: [{{name: a, ready: r, steps: [{{{words}}}]}}]", "t")[0], new BootMedium.Disk("d"),
                []).Graphics);
    }

    [Theory]
    [InlineData("press: \"a; quit\"", "'press' is 'a; quit', expected keys in QEMU's names")]
    [InlineData("press: a-", "'press' is 'a-'")]
    [InlineData("screen: ../up", "'screen' is '../up', expected a name for the picture")]
    [InlineData("screen: a, shows: blue", "'shows' is 'blue', expected a colour")]
    [InlineData("run: a, shows: \"#000000\"", "'shows' belongs to 'screen' only, not to 'run'")]
    [InlineData("screen: a, after: 3", "'after' belongs to 'type' only")]
    public void Parse_StepsOfScreenAndKeysThatAreWrong_AreFaults(string words, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(
            () => EditionTestFile.Parse($"format: 1\ntests: [{{name: a, ready: r, steps: [{{{words}}}]}}]", "t"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1, column 1: the file is empty")]
    [InlineData("a: [", "this is no YAML: ")]
    [InlineData("a: &x 1", "line 1, column 4: anchors and aliases are not allowed; write the value out")]
    [InlineData("a: !!str 1", "line 1, column 4: tags are not allowed")]
    [InlineData("a: 1\n---\nb: 2", "line 2, column 1: a second document starts here, allowed is one")]
    [InlineData("[a]: 1", "line 1, column 1: a key is a list, expected a text")]
    [InlineData("- a", "line 1, column 1: the file is a list, expected a mapping with 'format', 'machine' or 'tests'")]
    [InlineData("format: 1\ntests: []", "line 2, column 8: 'tests' is wrong, expected a list of 1 to 100 tests")]
    public void Parse_OneFault_IsInTheMessage(string text, string fault)
    {
        StrataException error = Assert.Throws<StrataException>(() => EditionTestFile.Parse(text, "tests.yaml"));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("cannot use tests.yaml: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepNesting_IsRefused()
    {
        string text = $"a: {new string('[', 20_000)}";
        StrataException error = Assert.Throws<StrataException>(() => EditionTestFile.Parse(text, "tests.yaml"));
        Assert.Contains("values are nested deeper than 16", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever the text is: it is read, or its faults are named, and nothing else happens.</summary>
    [Fact]
    public void Parse_MutatedText_ThrowsNothingElse()
    {
        const string Pieces = "\n\t :-{}[]'\"|>&*!%@`#?,\\xUu0\0\u0085é\ud800";
        int read = 0;
        for (int seed = 1; seed <= 4_000; seed++)
        {
            Random random = new(seed);
            List<char> text = [.. Full];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                int at = random.Next(text.Count);
                switch (random.Next(4))
                {
                    case 0:
                        text.RemoveAt(at);
                        break;
                    case 1:
                        text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                        break;
                    case 2:
                        text[at] = Pieces[random.Next(Pieces.Length)];
                        break;
                    default:
                        text.RemoveRange(at, Math.Min(random.Next(1, 40), text.Count - at));
                        text.Add(' ');
                        break;
                }
            }
            try
            {
                read += EditionTestFile.Parse(string.Concat(text), "tests.yaml").Count > 0 ? 1 : 0;
            }
            catch (StrataException e)
            {
                Assert.StartsWith("cannot use tests.yaml: ", e.Message, StringComparison.Ordinal);
            }
        }
        Assert.InRange(read, 1, 3_999);
    }

    [Theory]
    [InlineData(0, "six 6.12.3\n", null)]
    [InlineData(1, "six 6.12.3\n", "the exit code is 1, expected 0")]
    [InlineData(0, "six\n", "the output lacks '6.12'")]
    [InlineData(0, "6.12\n", "the output does not match /^six/")]
    [InlineData(0, "noise\nsi[   12.345678] usb: new\nx 6.12\n", null)]
    public void Problem_OfAResult_IsSaid(int exitCode, string output, string? problem) => Assert.Equal(
        problem,
        new Expectation { Contains = ["6.12"], Matches = [LinePattern.Compile("^six")] }.Problem(new CommandResult(exitCode, output)));

    [Fact]
    public void Matching_BackReference_IsRefused()
    {
        StrataException error = Assert.Throws<StrataException>(() => LinePattern.Matching(@"(a)\1"));
        Assert.StartsWith(@"cannot use '(a)\1' as a regular expression: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToJson_Report_IsExactlyThis()
    {
        EditionTestReport report = new([new EditionTestResult("a", false, 1500, "/l", [new StepResult("start", StepOutcome.NotRun, 0, "why", ["x"])])]);
        Assert.Equal("""
            {
              "tests": [
                {
                  "name": "a",
                  "ok": false,
                  "milliseconds": 1500,
                  "logPath": "/l",
                  "steps": [
                    {
                      "name": "start",
                      "outcome": "not-run",
                      "milliseconds": 0,
                      "message": "why",
                      "tail": [
                        "x"
                      ]
                    }
                  ]
                }
              ],
              "format": 1,
              "ok": false
            }

            """, report.ToJson());
        Assert.Equal([new ReportRow("a", "start", "not run", "", "why")], report.Rows());
    }

    private static MachineConfig ConfigOf(EditionTest test, BootMedium boot, IReadOnlyList<string> disks) =>
        EditionTestRunner.ConfigOf(test, test.Guests[0], boot, disks);
}
