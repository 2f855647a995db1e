using Strata.Blueprints.Services;
using Strata.Composition.Tests;
using Strata.Core;

namespace Strata.Blueprints.Tests;

/// <summary><c>init:</c> of an edition: which files of capabilities count.</summary>
public sealed class InitChoiceTests : IDisposable
{
    private readonly Workbench _bench = new();

    public InitChoiceTests()
    {
        _bench.Capability("init", "provides: {init-system: busybox}");
        _bench.Capability("network", "requires: [init]\nfiles: {/etc/for: {content: all}}");
        _bench.Write("capabilities/systemd/init.yaml", "capability: init\ndescription: x\nprovides: {init-system: systemd}\n");
        _bench.Write("capabilities/systemd/network.yaml", "capability: network\ndescription: x\nfiles: {/etc/for: {content: systemd}}\n");
        _bench.Write("capabilities/systemd/journal.yaml", "capability: journal\ndescription: x\n");
        _bench.Write("capabilities/openrc/journal.yaml", "capability: journal\ndescription: x\n");
    }

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("", "all", InitSystemKind.BusyBox)]
    [InlineData("init: busybox\n", "all", InitSystemKind.BusyBox)]
    [InlineData("init: systemd\n", "systemd", InitSystemKind.Systemd)]
    public void Load_InitOfTheEdition_TakesItsOwnCapabilitiesFirst(string line, string text, InitSystemKind kind)
    {
        Blueprint blueprint = Load($"{line}capabilities: [network]");
        Assert.Equal(text,
            System.Text.Encoding.UTF8.GetString(blueprint.Capabilities.Single(c => c.Name == "network").Files[0].Bytes.Span));
        Assert.Equal(kind, blueprint.Capabilities.Single(c => c.Name == "init").InitSystem!.Kind);
    }

    [Fact]
    public void Load_InitThatNoCapabilityProvides_IsAFaultThatSaysWhereOneWouldBe()
    {
        StrataException e = Assert.Throws<StrataException>(() => Load("init: openrc\ncapabilities: [network]"));
        Assert.Contains("edition.yaml:4:7: no capability of this edition provides init-system openrc: capability 'init'", e.Message,
            StringComparison.Ordinal);
        Assert.Contains("provides busybox; one for openrc alone is a file capabilities/openrc/NAME.yaml", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CapabilityOfAnotherInit_IsUnknown()
    {
        StrataException e = Assert.Throws<StrataException>(() => Load("capabilities: [network, journal]"));
        Assert.Contains("unknown capability 'journal'", e.Message, StringComparison.Ordinal);
        Assert.Contains("journal", Load("init: systemd\ncapabilities: [network, journal]").Capabilities.Select(c => c.Name));
    }

    private Blueprint Load(string lines)
    {
        _bench.Write("editions/e/edition.yaml", $"edition: e\nversion: \"1\"\nkernel: small\n{lines}\n");
        return _bench.Catalog.Load("e");
    }
}
