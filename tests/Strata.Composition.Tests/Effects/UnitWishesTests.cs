using Strata.Composition.Effects;
using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

/// <summary>What <c>units:</c> of capabilities and blueprints comes to.</summary>
public sealed class UnitWishesTests : IDisposable
{
    private const string Links = "/etc/systemd/system/";
    private const string Units = "/usr/lib/systemd/system/";
    private const string Wanted = Links + "multi-user.target.wants/";

    private readonly Workbench _bench = new();

    public UnitWishesTests()
    {
        const string Install = "\n[Install]\nWantedBy=multi-user.target\n";
        _bench.Capability(
            "init", "provides: {init-system: systemd}\nfiles: {/usr/lib/systemd/systemd: {content: x, mode: \"0755\"}}\npackages: {web: }");
        _bench.Package(new DebBuilder("web")
            .File(Units + "web.service", "[Service]\nExecStart=/x\n" + Install + "Also=web.socket\n")
            .File(Units + "web.socket", "[Socket]\nListenStream=80\n\n[Install]\nWantedBy=sockets.target\n")
            .File(Units + "other.service", "[Service]\nExecStart=/x\n" + Install)
            .File(Units + "plain.service", "[Service]\nExecStart=/x\n")
            .File(Units + "port@.service", "[Service]\nExecStart=/x\n" + Install)
            .File("/usr/lib/systemd/system-preset/90.preset", "disable web.service\n")
            .Link(Units + "sysinit.target.wants/plain.service", "../plain.service"));
    }

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("", "other.service")]
    [InlineData("enable: [web.service]", "other.service web.service")] // although a preset says no
    [InlineData("enable: [port@1.service]", "other.service port@1.service")]
    [InlineData("disable: [other.service]", "")]
    [InlineData("mask: [other.service]", "")]
    public async Task Apply_Words_DecideWhatStarts(string words, string wanted)
    {
        FileTree tree = await ApplyAsync($"units: {{{words}}}");
        string[] names = Workbench.Names(tree);
        IEnumerable<string> links =
            names.Where(n => n.StartsWith(Wanted, StringComparison.Ordinal)).Select(n => n[Wanted.Length..].Split(' ')[0]);
        Assert.Equal(wanted, string.Join(' ', links));
        Assert.Equal(words.StartsWith("mask", StringComparison.Ordinal), names.Contains(Links + "other.service -> /dev/null"));
        Assert.Equal(
            wanted.Contains("web", StringComparison.Ordinal),
            names.Contains($"{Links}sockets.target.wants/web.socket -> {Units}web.socket"));
    }

    /// <summary>A unit of users' own systemd is enabled for that one, one of the system for the system.</summary>
    [Theory]
    [InlineData("both.service", false, "system")]
    [InlineData("both.service", true, "user")]
    [InlineData("theirs.service", true, "user")]
    [InlineData("theirs.service", false, null)]
    public async Task Apply_UnitOfUsers_IsEnabledForThem(string unit, bool isOfUsers, string? kind)
    {
        const string Install = "[Install]\nWantedBy=default.target\nRequiredBy=r.target\nUpheldBy=u.target\nAlias=other-name.service\n";
        _bench.Package(new DebBuilder("web").File("/usr/lib/systemd/system/both.service", Install)
            .File("/usr/lib/systemd/user/both.service", Install).File("/usr/lib/systemd/user/theirs.service", Install));
        FileTree tree = await _bench.ApplyAsync(new UnitsEffect(), "init", "", new FollowedScripts { Units = [(unit, isOfUsers)] });
        string[] places = ["default.target.wants/", "other-name.service", "r.target.requires/", "u.target.upholds/"];
        Assert.Equal(
            kind is null ? [] : places.Select(p =>
                $"/etc/systemd/{kind}/{p}{(p.EndsWith('/') ? unit : "")} -> /usr/lib/systemd/{kind}/{unit}").Order(StringComparer.Ordinal),
            Workbench.Names(tree).Where(n => n.StartsWith("/etc/systemd/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Apply_DropIns_AreFilesOfTheirCapabilities()
    {
        _bench.Capability("c", "units: {drop-ins: {web.service: {Service: {MemoryMax: 64M}}}}");
        FileTree tree = await ApplyAsync(
            "units: {drop-ins: {web.service: {Unit: {After: x.service}, Service: {ExecStart: ['', /y -a], Nice: 5}}}}", "init, c");
        Assert.Equal("[Service]\nMemoryMax=64M\n", _bench.Text(tree, Units + "web.service.d/50-c.conf"));
        Assert.Equal(
            "[Unit]\nAfter=x.service\n\n[Service]\nExecStart=\nExecStart=/y -a\nNice=5\n",
            _bench.Text(tree, Units + "web.service.d/90-e.conf"));
        Assert.True(tree.TryGet(GuestPath.Parse(Units + "web.service.d/50-c.conf"), out TreeEntry entry));
        Assert.Equal("c", entry.Origin.Capability);
    }

    [Fact]
    public async Task Apply_Blueprint_SaysItOverCapabilities()
    {
        _bench.Capability("c", "units: {mask: [other.service]}");
        FileTree tree = await ApplyAsync("units: {enable: [other.service]}", "init, c");
        Assert.Contains($"{Wanted}other.service -> {Units}other.service", Workbench.Names(tree));
        Assert.DoesNotContain(Links + "other.service -> /dev/null", Workbench.Names(tree));
    }

    [Theory]
    [InlineData("enable: [wep.service]", "edition.yaml:5:18: no unit 'wep.service' is in the image (did you mean 'web.service'?)")]
    [InlineData("drop-ins: {nothing.timer: {}}", "no unit 'nothing.timer' is in the image")]
    [InlineData("enable: [plain.service]", "'plain.service' has no [Install] section, so there is nothing to enable")]
    [InlineData("disable: [plain.service]", "sysinit.target.wants/plain.service, which no 'disable' takes away; 'mask' keeps it from")]
    public async Task Apply_WhatHasNoEffect_IsAnError(string words, string problem)
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ApplyAsync($"units: {{{words}}}"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enable: [web]", "'web' is no name of a unit; expected one with its kind")]
    [InlineData("enable: [web.service], mask: [web.service]", "unit 'web.service' stands in 'units' a second time")]
    [InlineData("drop-ins: {web.service: {Service: {A: \"x\\ny\"}}}", "'A' is no line of a unit")]
    [InlineData("drop-ins: {web.service: {Service: {A: {}}}}", "'A' is a mapping; expected a text")]
    [InlineData("drop-ins: {web.service: {service: {A: x}}}", "'service' is no section of a unit")]
    [InlineData("enabel: [web.service]", "enabel")]
    public void Load_WrongWords_AreFaults(string words, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(() => _bench.Load("init", $"units: {{{words}}}"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CapabilitiesThatDisagree_AreAFault()
    {
        _bench.Capability("a", "units: {mask: [web.service]}").Capability("b", "units: {enable: [web.service]}");
        StrataException e = Assert.Throws<StrataException>(() => _bench.Load("init, a, b"));
        Assert.Contains("capability 'b' wants to enable web.service, and 'a' to mask it", e.Message, StringComparison.Ordinal);
        Assert.Equal(4, _bench.Load("init, a, b", "units: {mask: [web.service]}").Capabilities.Count); // the blueprint has said which
    }

    [Theory]
    [InlineData("busybox", "init-system busybox reads none; 'init: systemd' does")]
    [InlineData(null, "nothing of this edition reads units; 'init: systemd' does")]
    public void Load_OtherInit_IsAFault(string? init, string problem)
    {
        _bench.Capability("other", init is null ? "" : $"provides: {{init-system: {init}}}");
        StrataException e = Assert.Throws<StrataException>(() => _bench.Load("other", "units: {enable: [web.service]}"));
        Assert.Contains("'units' of 'e' name web.service, and " + problem, e.Message, StringComparison.Ordinal);
    }

    private Task<FileTree> ApplyAsync(string rest, string capabilities = "init") => _bench.ApplyAsync(
        new UnitsEffect(), capabilities, rest, new FollowedScripts { Units = [("web.service", false), ("other.service", false)] });
}
