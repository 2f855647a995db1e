using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Tests.Effects;

public class GlibCachesEffectTests
{
    [Theory]
    [InlineData("/usr/share/glib-2.0/schemas/org.example.gschema.xml", "settings schema")]
    public async Task Apply_FileThatNeedsACache_IsRefusedByNameAndOwner(string path, string what)
    {
        using Workbench bench = new();
        bench.Capability("c", $"files: {{{path}: {{content: x}}}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new GlibCachesEffect(), "c"));
        Assert.Contains($"cannot use {path} (c): a {what}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_NothingOfTheKind_ChangesNothing()
    {
        using Workbench bench = new();
        bench.Capability("c", "files: {/usr/share/glib-2.0/schemas/readme: {content: x}}");
        FileTree tree = await bench.ApplyAsync(new GlibCachesEffect(), "c");
        Assert.Equal("x", bench.Text(tree, "/usr/share/glib-2.0/schemas/readme"));
    }
}
