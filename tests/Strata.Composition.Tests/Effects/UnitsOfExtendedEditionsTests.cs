using Strata.Composition.Effects;
using Strata.Core.Trees;

namespace Strata.Composition.Tests.Effects;

/// <summary>What an edition says of units counts before what one says that it extends, and that before capabilities.</summary>
public class UnitsOfExtendedEditionsTests
{
    [Fact]
    public async Task Apply_UnitsOfSeveralEditions_TheOneThatExtendsHasTheLastWord()
    {
        using Workbench bench = new();
        bench.Capability("init", """
            provides: {init-system: systemd}
            files:
              /usr/lib/systemd/systemd: {content: x}
              /usr/lib/systemd/system/a.service: {content: "[Service]\nExecStart=/a\n[Install]\nWantedBy=multi-user.target\n"}
              /usr/lib/systemd/system/b.service: {content: "[Service]\nExecStart=/b\n[Install]\nWantedBy=multi-user.target\n"}
            """);
        bench.Capability("z", "units: {enable: [a.service, b.service], drop-ins: {a.service: {Service: {Nice: 1}}}}");
        bench.Write("editions/base/edition.yaml", """
            edition: base
            version: "1"
            kernel: small
            capabilities: [init, z]
            units: {disable: [a.service], mask: [b.service], drop-ins: {a.service: {Service: {Nice: 2}}}}
            """);
        FileTree tree = await bench.ApplyAsync(
            new UnitsEffect(), "", "extends: base\nunits: {enable: [b.service], drop-ins: {a.service: {Service: {Nice: 3}}}}");
        string[] names = [.. Workbench.Names(tree).Where(n => n.Contains(".service", StringComparison.Ordinal))];
        Assert.Equal(
            [
                "/usr/lib/systemd/system/a.service.d/50-z.conf", "/usr/lib/systemd/system/a.service.d/89-base.conf",
                "/usr/lib/systemd/system/a.service.d/90-e.conf",
            ],
            names.Where(n => n.EndsWith(".conf", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(names, n => n.Contains(".wants/b.service", StringComparison.Ordinal));
        Assert.DoesNotContain(names, n => n.Contains(".wants/a.service", StringComparison.Ordinal));
    }
}
