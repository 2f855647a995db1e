using Strata.Composition.Effects;
using Strata.Composition.Scripts;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

/// <summary>Names that several packages compete for, as update-alternatives(1) links them.</summary>
public class AlternativesEffectTests
{
    private static readonly Alternative s_vi = Of("editor", 20, "p", ("/usr/bin/editor", "editor", "/usr/bin/vi"),
        ("/usr/share/p/editor", "editor-help", "/usr/share/p/vi"));

    private static readonly Alternative s_nano = Of("editor", 40, "q", ("/usr/bin/editor", "editor", "/usr/bin/nano"));

    [Fact]
    public async Task Apply_TwoOffers_TheHigherPriorityIsLinkedWithWhatFollowsIt()
    {
        Assert.Equal(
            ["/etc/alternatives/editor -> /usr/bin/vi", "/etc/alternatives/editor-help -> /usr/share/p/vi",
                "/usr/bin/editor -> /etc/alternatives/editor", "/usr/share/p/editor -> /etc/alternatives/editor-help"],
            await LinksAsync(s_vi with { Priority = 50 }, s_nano));
        Assert.Equal(["/etc/alternatives/editor -> /usr/bin/nano", "/usr/bin/editor -> /etc/alternatives/editor"],
            await LinksAsync(s_vi, s_nano));
    }

    [Fact]
    public async Task Apply_OfferThatIsAnAlternativeItself_IsThere()
    {
        Assert.Equal(
            ["/etc/alternatives/editor -> /usr/bin/any", "/etc/alternatives/zany -> /usr/bin/vi", "/usr/bin/any -> /etc/alternatives/zany",
                "/usr/bin/editor -> /etc/alternatives/editor"],
            await LinksAsync(Of("editor", 1, "p", ("/usr/bin/editor", "editor", "/usr/bin/any")),
                Of("zany", 1, "p", ("/usr/bin/any", "zany", "/usr/bin/vi"))));
        Assert.Empty(await LinksAsync(
            Of("a", 1, "p", ("/usr/bin/a", "a", "/usr/bin/b")), Of("b", 1, "p", ("/usr/bin/b", "b", "/usr/bin/a"))));
    }

    // as desktop-base offers the background of the theme that is chosen
    [Fact]
    public async Task Apply_OfferBelowAnAlternative_CountsWithItsPriority()
    {
        Assert.Equal(
            ["/etc/alternatives/any -> /usr/share/theme/vi", "/etc/alternatives/theme -> /usr/share/p",
                "/usr/bin/any -> /etc/alternatives/any", "/usr/share/theme -> /etc/alternatives/theme"],
            await LinksAsync(
                Of("any", 5, "p", ("/usr/bin/any", "any", "/usr/bin/vi")),
                Of("any", 7, "p", ("/usr/bin/any", "any", "/usr/share/theme/vi")),
                Of("theme", 1, "p", ("/usr/share/theme", "theme", "/usr/share/p"))));
    }

    [Fact]
    public async Task Apply_WhatIsNotThereOrNotWhole_IsNotLinked()
    {
        Assert.Empty(await LinksAsync(Of("x", 1, "p", ("/usr/bin/x", "x", "/usr/bin/gone"))));
        Assert.Empty(await LinksAsync(Of("x", 1, "other", ("/usr/bin/x", "x", "/usr/bin/vi"))));
        Assert.Empty(await LinksAsync(Of("x", 1, "p", ("/usr/bin/nano", "x", "/usr/bin/vi")))); // something lies at the name
        Assert.Empty(await LinksAsync(Of("x", 1, "p", ("/opt/x", "x", "/usr/bin/vi")))); // and no folder is made for one
    }

    private static async Task<string[]> LinksAsync(params Alternative[] offered)
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/usr/bin/vi", "x").Directory("/usr/share/p").File("/usr/share/p/vi", "x"))
            .Package(new DebBuilder("q").File("/usr/bin/nano", "x")).Capability("c", "directories: {/etc: {}}\npackages: {p: {}, q: {}}");
        FollowedScripts scripts = new() { Alternatives = offered, WholePackages = new HashSet<string> { "p", "q" } };
        return [.. Workbench.Names(await bench.ApplyAsync(new AlternativesEffect(), "c", scripts: scripts))
            .Where(n => n.Contains("->", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private static Alternative Of(string name, int priority, string package, params (string Link, string Name, string Path)[] links) =>
        new(name, priority, package, links);
}
