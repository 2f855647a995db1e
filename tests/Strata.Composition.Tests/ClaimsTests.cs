using Strata.Core;

namespace Strata.Composition.Tests;

public sealed class ClaimsTests : IDisposable
{
    private readonly Workbench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Load_ServicesWithoutAnInit_AreNamed()
    {
        _bench.Capability("ssh", "services:\n  ssh: {command: [/usr/sbin/dropbear]}\n  keys: {kind: once, command: [/k]}")
            .Capability("shell", "");
        StrataException e = Assert.Throws<StrataException>(() => _bench.Load("shell, ssh"));
        Assert.Contains(
            "ssh.yaml:4:3: nobody starts service 'ssh' of capability 'ssh': no capability of this edition provides an init-system",
            e.Message, StringComparison.Ordinal);
        Assert.Contains("ssh.yaml:5:3: nobody starts service 'keys'", e.Message, StringComparison.Ordinal);
        _bench.Capability("shell", "provides: {init-system: busybox}");
        Assert.Equal(2, _bench.Load("shell, ssh").Capabilities[1].Services.Count);
    }

    [Fact]
    public void Load_TwoInits_AreAnErrorThatNamesBoth()
    {
        _bench.Capability("one", "provides: {init-system: busybox}").Capability("two", "provides: {init-system: busybox}");
        StrataException e = Assert.Throws<StrataException>(() => _bench.Load("one, two"));
        Assert.Contains("two.yaml:3:25: capability 'two' provides an init-system, and so does 'one'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TwoServicesOfOneNameOrTerminal_AreErrorsThatNameBothPlaces()
    {
        _bench.Capability("init", "provides: {init-system: busybox}")
            .Capability(
                "a", "services:\n  screen: {kind: console, terminal: tty1, command: [/bin/sh]}\n  ready: {kind: once, command: [/r]}")
            .Capability("b", "services:\n  menu: {kind: console, terminal: tty1, command: [/menu]}\n  ready: {kind: once, command: [/r]}");
        StrataException e = Assert.Throws<StrataException>(() => _bench.Load("init, a, b"));
        string a = Path.Combine(_bench.Folder, "capabilities/a.yaml");
        Assert.Contains($"b.yaml:4:3: terminal 'tty1' is taken by service 'menu' of capability 'b' and by 'screen' of 'a' ({a}:4:3)",
            e.Message, StringComparison.Ordinal);
        Assert.Contains($"b.yaml:5:3: a service 'ready' is declared by capability 'b' and by 'a' ({a}:5:3)", e.Message,
            StringComparison.Ordinal);
        Assert.Contains("2 mistakes", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("small", "fragments: [x]",
        "c.yaml:3:22: no kernel is built with fragment 'x' of capability 'c': kernel 'small' is taken from a package as it is")]
    [InlineData("none", "fragments: [x]", "no kernel is built with fragment 'x' of capability 'c': this edition has no kernel")]
    [InlineData("none", "modules: [ext4]", "c.yaml:3:20: nothing loads module 'ext4' of capability 'c': this edition has no kernel")]
    [InlineData("none", "modules: [ext4, xfs, btrfs]", "c.yaml:3:20: nothing loads module 'ext4' and 2 more of capability 'c'")]
    [InlineData("none", "firmware: [fw]", "nothing loads firmware of 'fw' of capability 'c': this edition has no kernel")]
    [InlineData("none", "optional-modules: [tun]", null)]
    [InlineData("small", "optional-fragments: [x]", null)]
    [InlineData("none", "optional-fragments: [x]", null)]
    [InlineData("small", "modules: [ext4], firmware: [fw]", null)]
    public void Load_PartsOfAKernelThatNobodyTakes_AreNamed(string kernel, string asked, string? problem)
    {
        _bench.Capability("c", $"kernel: {{{asked}}}");
        _bench.Write("editions/e/edition.yaml", $"edition: e\nversion: \"1\"\nkernel: {kernel}\ncapabilities: [c]\n");
        StrataException? e = (StrataException?)Record.Exception(() => _bench.Catalog.Load("e"));
        Assert.Equal(problem is null, e is null);
        Assert.Contains(problem ?? "", e?.Message ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("system")]
    [InlineData("none")]
    public void Load_CapabilityWithANameThatLayersNeed_IsRefused(string name)
    {
        _bench.Capability(name, "");
        Assert.Contains($"'{name}' has a meaning of its own among layers", Assert.Throws<StrataException>(() => _bench.Load(name)).Message,
            StringComparison.Ordinal);
    }
}
