using Strata.Composition.Tests;
using Strata.Core;

namespace Strata.Blueprints.Tests;

/// <summary>A blueprint changes services of its capabilities, or switches them off; two of one name never both start.</summary>
public class ServiceWordsTests
{
    [Fact]
    public void Load_ServiceOff_IsNotStartedAndTheOthersAre()
    {
        using Workbench bench = Made();
        Blueprint blueprint = Load(bench, "services: {dhcp: off}");
        Assert.Equal(["daemon ssh: /usr/sbin/dropbear -F"], Lines(blueprint));
        Assert.Equal(["a"], blueprint.Capabilities.Select(c => c.Name)); // and nothing of its own
    }

    [Theory]
    [InlineData("ssh: {command: [/usr/sbin/sshd, -D]}", "daemon ssh: /usr/sbin/sshd -D")]
    [InlineData("ssh: {kind: once}", "once ssh: /usr/sbin/dropbear -F")]
    [InlineData("ssh: {kind: console, terminal: ttyS0}", "console ssh: /usr/sbin/dropbear -F on ttyS0")]
    public void Load_ServiceWithOtherWords_HasTheseAndKeepsTheRest(string words, string expected)
    {
        using Workbench bench = Made();
        Assert.Equal(["setup dhcp: /usr/sbin/dhcp", expected], Lines(Load(bench, $"services: {{{words}}}")));
    }

    [Fact]
    public void Load_ConsoleThatBecomesADaemon_HasNoTerminal()
    {
        using Workbench bench = Made();
        bench.Capability("b", "services: {shell: {kind: console, terminal: tty1, command: [/usr/bin/sh]}}");
        Assert.Equal("daemon shell: /usr/bin/sh", Lines(Load(bench, "services: {shell: {kind: daemon}}", "a, b")).Last());
    }

    [Fact]
    public void Load_ServiceThatNoCapabilityHas_IsOneOfItsOwn()
    {
        using Workbench bench = Made();
        Blueprint blueprint = Load(bench, "services: {mine: {command: [/usr/bin/mine]}, dhcp: off}");
        Assert.Equal(["daemon ssh: /usr/sbin/dropbear -F", "daemon mine: /usr/bin/mine"], Lines(blueprint));
        Assert.Equal(["a", "e"], blueprint.Capabilities.Select(c => c.Name));
    }

    [Theory]
    [InlineData("services: {dcp: off}", "no capability of this edition has a service 'dcp' to switch off (did you mean 'dhcp'?)")]
    [InlineData("services: {mine: {kind: once}}", "service 'mine' has no 'command'")]
    [InlineData("services: {ssh: {terminal: ttyS0}}", "service 'ssh' is no console and has no use for a 'terminal'")]
    [InlineData("services: {ssh: {kind: console}}", "service 'ssh' is a console and needs a 'terminal'")]
    [InlineData("services: {ssh: {command: []}}", "the command of service 'ssh' is empty")]
    [InlineData("services: {ssh: on}", "service 'ssh'")]
    public void Load_WordsThatMakeNoService_AreFaults(string services, string problem)
    {
        using Workbench bench = Made();
        StrataException e = Assert.Throws<StrataException>(() => Load(bench, services));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("edition.yaml:", e.Message, StringComparison.Ordinal);
    }

    private static Workbench Made()
    {
        Workbench bench = new();
        bench.Capability("a", """
            provides: {init-system: busybox}
            services:
              dhcp: {kind: setup, command: [/usr/sbin/dhcp]}
              ssh: {command: [/usr/sbin/dropbear, -F]}
            """);
        return bench;
    }

    private static Blueprint Load(Workbench bench, string rest, string capabilities = "a")
    {
        bench.Write("editions/e/edition.yaml", $"edition: e\nversion: \"1\"\nkernel: none\ncapabilities: [{capabilities}]\n{rest}\n");
        return bench.Catalog.Load("e");
    }

    private static IEnumerable<string> Lines(Blueprint blueprint) => blueprint.Capabilities.SelectMany(c => c.Services).Select(s =>
        $"{s.Kind.ToString().ToLowerInvariant()} {s.Name}: {string.Join(' ', s.Command)}{(s.Terminal is null ? "" : " on " + s.Terminal)}");
}
