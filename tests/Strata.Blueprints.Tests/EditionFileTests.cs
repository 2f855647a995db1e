using Strata.Yaml;

namespace Strata.Blueprints.Tests;

public class EditionFileTests
{
    private const string Start = "edition: e\nversion: '1'\nkernel: none\ncapabilities: [base]\n";

    [Fact]
    public void Read_WithoutComponents_TakesWhatIsFree() => Assert.Equal(["main"], Read("", out _).Components);

    [Fact]
    public void Read_Components_AreTakenInTheirOrder()
    {
        Edition edition = Read("components: [main, non-free-firmware]\n", out FaultList faults);
        Assert.False(faults.Any);
        Assert.Equal(["main", "non-free-firmware"], edition.Components);
    }

    [Theory]
    [InlineData("components: [main, non-free-firmwar]\n",
        "'non-free-firmwar' is no component of the archive (did you mean 'non-free-firmware'?)")]
    [InlineData("components: [non-free-firmware]\n", "'components' begins with main")]
    [InlineData("components: [main, main]\n", "component 'main' stands here a second time")]
    [InlineData("base: [shell]\n", "this edition has none: add 'layout: layers'")]
    public void Read_WhatCannotBe_IsAFaultWithItsPlace(string text, string expected)
    {
        Read(text, out FaultList faults);
        Fault fault = Assert.Single(faults.Faults);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Equal(5, fault.Line);
    }

    [Fact]
    public void Read_CommandLine_IsAsLongAsEveryBootLoaderPassesOn()
    {
        string longest = "a=" + new string('x', 1988);
        Assert.Equal(longest, Read($"command-line: {longest}\n", out FaultList faults).CommandLine);
        Assert.False(faults.Any);
        Read($"command-line: {longest}x\n", out faults);
        Assert.Equal("'command-line' cannot be used: it has 1991 characters; 1990 are what every boot loader passes on",
            Assert.Single(faults.Faults).Message);
    }

    [Theory]
    [InlineData("command-line: quiet initrd=/other.img\n", "'initrd=/other.img' names a file to the boot loader")]
    [InlineData("command-line: '-'\n", "means no words to ISOLINUX")]
    [InlineData("command-line: \"a\\nb\"\n", "not printable ASCII")]
    [InlineData("command-line: ä\n", "not printable ASCII")]
    [InlineData("container: {working-directory: tmp}\n", "is no absolute path")]
    [InlineData("container: {working-directory: /a/../b}\n", "..")]
    [InlineData("container: {command: [\"a\\0b\"]}\n", "a NUL")]
    [InlineData("container: {entrypoint: [\"a\\0b\"]}\n", "a NUL")]
    [InlineData("container: {environment: [NAME]}\n", "'NAME' sets nothing; expected NAME=value")]
    [InlineData("container: {environment: [\"=value\"]}\n", "'=value' sets nothing; expected NAME=value")]
    [InlineData("container: {environment: [\"A=b\\0c\"]}\n", "sets nothing")]
    [InlineData("container: {ports: [0]}\n", "'0' is no port; expected 1..65535, or with its protocol: 53/udp")]
    [InlineData("container: {ports: [65536]}\n", "'65536' is no port")]
    [InlineData("container: {ports: [80/icmp]}\n", "'80/icmp' is no port")]
    [InlineData("container: {ports: [80/tcp/udp]}\n", "'80/tcp/udp' is no port")]
    [InlineData("container: {ports: [80, 80/tcp]}\n", "80/tcp stands here a second time")]
    [InlineData("container: {volumes: [/]}\n", "'/' is the image itself; expected a folder below it")]
    [InlineData("container: {volumes: [/data, /data]}\n", "/data stands here a second time")]
    [InlineData("container: {volumes: [data]}\n", "is no absolute path")]
    [InlineData("container: {health-check: {command: []}}\n", "it runs nothing; expected a program and its arguments")]
    [InlineData("container: {health-check: {command: [\"a\\0b\"]}}\n", "a NUL")]
    [InlineData("container: {labels: {a: [b]}}\n", "label 'a' is a text; expected NAME: TEXT")]
    [InlineData("container: {labels: {\"\": b}}\n", "a label without a name")]
    [InlineData("title: \"two\\nlines\"\n", "expected one line of text")]
    [InlineData("description: \"a\\tb\"\n", "expected one line of text")]
    public void Read_WhatNoMediumCouldCarry_IsAFault(string text, string expected)
    {
        Read(text, out FaultList faults);
        Fault fault = Assert.Single(faults.Faults);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Equal(5, fault.Line);
    }

    [Fact]
    public void Read_Environment_MayBeEmptyOrHoldEqualSigns()
    {
        Edition edition = Read("container: {environment: [\"A=\", \"B=c=d\"]}\n", out FaultList faults);
        Assert.False(faults.Any);
        Assert.Equal(["A=", "B=c=d"], edition.Container.Environment);
    }

    [Fact]
    public void Read_Container_HasWhatItSays()
    {
        Edition edition = Read(
            "container: {ports: [8080, 1/udp, 65535/sctp], volumes: [/data], stop-signal: QUIT, labels: {b: 2, a: x},"
            + " health-check: {command: [/bin/check, now], every: 30, within: 5, start: 10, retries: 3}}\n",
            out FaultList faults);
        Assert.False(faults.Any);
        Assert.Equal(["8080/tcp", "1/udp", "65535/sctp"], edition.Container.Ports);
        Assert.Equal(["/data"], edition.Container.Volumes);
        Assert.Equal("SIGQUIT", edition.Container.StopSignal);
        Assert.Equal([("a", "x"), ("b", "2")], edition.Container.Labels.Select(l => (l.Key, l.Value)));
        Assert.Equal(["/bin/check", "now"], edition.Container.HealthCheck!.Command);
        Assert.Equal(
            (30, 5, 10, 3),
            ((int)edition.Container.HealthCheck.Interval!.Value.TotalSeconds,
                (int)edition.Container.HealthCheck.Timeout!.Value.TotalSeconds,
                (int)edition.Container.HealthCheck.StartPeriod!.Value.TotalSeconds, edition.Container.HealthCheck.Retries));
        Edition silent = Read("container: {command: [/x]}\n", out _);
        Assert.Null(silent.Container.StopSignal);
        Assert.Null(silent.Container.HealthCheck);
    }

    // thousandths of what the reference guest takes; a thousand times is the most
    [Theory]
    [InlineData("boot: 1000", 1_000_000L, null)]
    [InlineData("boot: 0.001", 1L, null)]
    [InlineData("boot: 1000.001", null, "'boot' is '1000.001'; expected how many times longer")]
    [InlineData("boot: 0", null, "'boot' is '0'; expected how many times longer")]
    [InlineData("ports: 65535", null, null)]
    [InlineData("ports: 65536", null, "'ports' is '65536'")]
    [InlineData("setuid: 0", null, null)]
    [InlineData("setuid: -1", null, "'setuid' is '-1'")]
    public void Read_BudgetAtItsBounds_IsTaken(string budget, long? boot, string? problem)
    {
        Edition edition = Read($"budget: {{{budget}}}\n", out FaultList faults);
        Assert.Equal(problem is null ? 0 : 1, faults.Faults.Count);
        Assert.All(faults.Faults, f => Assert.StartsWith(problem ?? "", f.Message, StringComparison.Ordinal));
        Assert.Equal(boot, edition.Budgets.Boot);
    }

    [Fact]
    public void Read_Vex_IsAReasonForEachNumber()
    {
        Edition edition = Read("vex:\n  CVE-2026-1234: not started\n  TEMP-0000000-ABCDEF: \"" + new string('x', 1000) + "\"\n",
            out FaultList faults);
        Assert.False(faults.Any);
        Assert.Equal(["CVE-2026-1234", "TEMP-0000000-ABCDEF"], edition.Vex.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("not started", edition.Vex["CVE-2026-1234"]);
    }

    [Theory]
    [InlineData("vex: {CVE-26-1: x}\n", "'CVE-26-1' is no number of a vulnerability")]
    [InlineData("vex: {CVE-2026-1234: ''}\n", "needs a line that says why")]
    [InlineData("vex: {CVE-2026-1234: [a]}\n", "needs a line that says why")]
    [InlineData("vex: {CVE-2026-1234: \"a\\nb\"}\n", "needs a line that says why")]
    [InlineData("vex: [CVE-2026-1234]\n", "expected a mapping")]
    public void Read_VexThatSaysNothing_IsAFault(string text, string expected)
    {
        Read(text, out FaultList faults);
        Assert.Contains(expected, Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EmptyVersion_IsAFault()
    {
        FaultList faults = new();
        EditionFile.Read(YamlFile.Parse(Start.Replace("'1'", "''", StringComparison.Ordinal), "edition.yaml", faults)!, "/nowhere", faults);
        Assert.Equal("edition.yaml:2:10: 'version' is empty", Assert.Single(faults.Faults).ToString());
    }

    private static Edition Read(string text, out FaultList faults)
    {
        faults = new FaultList();
        return EditionFile.Read(YamlFile.Parse(Start + text, "edition.yaml", faults)!, "/nowhere", faults);
    }
}
