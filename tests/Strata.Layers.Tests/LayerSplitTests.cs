using Strata.Blueprints;
using Strata.Composition.Tests;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;
using Strata.Testing;

namespace Strata.Layers.Tests;

public sealed class LayerSplitTests : IDisposable
{
    private readonly Workbench _bench = new();

    public LayerSplitTests() => _bench
        .Package(new DebBuilder("libx").File("/usr/lib/libx.so", "library"))
        .Package(new DebBuilder("tools").File("/usr/bin/a", "a").File("/usr/bin/b", "b"))
        .Capability("shell", "files: {/etc/shell: {content: s}}")
        .Capability("one", "requires: [shell]\npackages: {libx: {}, tools: {files: [/usr/bin/a]}}")
        .Capability("two", "requires: [shell]\npackages: {libx: {}, tools: {files: [/usr/bin/b]}}")
        .Capability("three", "requires: [one]\npackages: {libx: {}}\nfiles: {/etc/three: {content: t}}");

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Of_SharedLibrary_IsInBothThatStandAloneAndNotAboveOneThatHasIt()
    {
        IReadOnlyList<LayerPart> parts = await SplitAsync("shell, one, two, three");
        Assert.Equal(["shell", "one", "two", "three", "system"], parts.Select(p => p.Name));
        Assert.Equal(["/etc/shell"], Workbench.Names(parts[0].Tree));
        Assert.Equal(["/usr/bin/a", "/usr/lib/libx.so"], Workbench.Names(parts[1].Tree));
        Assert.Equal(["/usr/bin/b", "/usr/lib/libx.so"], Workbench.Names(parts[2].Tree));
        Assert.Equal(["/etc/three"], Workbench.Names(parts[3].Tree));
        Assert.Equal(["one", "shell"], parts[3].Requires);
        Assert.Empty(Workbench.Names(parts[4].Tree));
    }

    [Fact]
    public async Task Of_AllParts_TogetherAreTheWhole()
    {
        _bench.Capability(
            "over", "requires: [shell]\nreplaces: [/usr/bin, /etc/shell]\nfiles: {/usr/bin: {content: x}}\nlinks: {/etc/shell: elsewhere}");
        foreach (string capabilities in new[] { "shell, one, two, three", "shell, one, over" })
        {
            (Blueprint blueprint, PackageSet packages, FileTree whole) = await ComposeAsync(capabilities);
            Put(whole, "/etc/passwd", new Origin(null, null, "effect accounts"));
            Put(whole, "/etc/one.cache", new Origin("one", null, "effect cache"));
            IReadOnlyList<LayerPart> parts = Split(blueprint, packages, whole);
            Assert.Equal(TreeDump.Of(whole), TreeDump.Of(Join(parts)));
            Assert.NotEqual(TreeDump.Of(whole), TreeDump.Of(Join(parts.SkipLast(1))));
        }
    }

    [Fact]
    public async Task Of_MadeForTheWholeSystem_LiesInALayerOfItsOwnOnTop()
    {
        (Blueprint blueprint, PackageSet packages, FileTree whole) = await ComposeAsync("shell, one", "base: [one]");
        Put(whole, "/etc/passwd", new Origin(null, null, "effect accounts"));
        Put(whole, "/etc/one.cache", new Origin("one", null, "effect cache"));
        IReadOnlyList<LayerPart> parts = Split(blueprint, packages, whole);
        Assert.Equal(["/etc/shell"], Workbench.Names(parts[0].Tree));
        Assert.Contains("/etc/one.cache", Workbench.Names(parts[1].Tree)); // of one capability
        Assert.Equal(["/etc/passwd"], Workbench.Names(parts[^1].Tree));
        Assert.Equal(("system", null, 0), (parts[^1].Name, parts[^1].Capability, parts[^1].Requires.Count));
        Assert.All(parts, p => Assert.True(p.IsBase)); // shell, because the base needs it
    }

    [Fact]
    public async Task Of_NameThatTheWholeLacks_IsHiddenByTheSystemLayer()
    {
        (Blueprint blueprint, PackageSet packages, FileTree whole) = await ComposeAsync("shell, one");
        whole.Remove(GuestPath.Parse("/usr/bin")); // as an effect does that sees more than one capability
        IReadOnlyList<LayerPart> parts = Split(blueprint, packages, whole);
        Assert.Contains("/usr/bin c 0000 0:0\n", TreeDump.Of(parts[^1].Tree), StringComparison.Ordinal);
        Assert.Equal(TreeDump.Of(whole), TreeDump.Of(Join(parts)));
    }

    [Fact]
    public async Task Of_DirectoryThatAnotherCloses_IsClosedWhereBothAreAndAsItIsInEachAlone()
    {
        _bench.Capability("closed", "directories: {/etc/keys: {mode: \"0700\"}}").Capability("key", "files: {/etc/keys/a: {content: k}}");
        (Blueprint blueprint, PackageSet packages, FileTree whole) = await ComposeAsync("closed, key");
        IReadOnlyList<LayerPart> parts = Split(blueprint, packages, whole);
        Assert.Contains("/etc/keys/ dir 0755\n", TreeDump.Of(parts[1].Tree), StringComparison.Ordinal);
        Assert.Contains("/etc/keys/ dir 0700\n", TreeDump.Of(parts[2].Tree), StringComparison.Ordinal);
        Assert.Equal(TreeDump.Of(whole), TreeDump.Of(Join(parts)));
    }

    [Fact]
    public async Task Of_FileThatAUserOwns_IsTheUsersInTheLayerOfItsCapability()
    {
        (Blueprint blueprint, PackageSet packages, FileTree whole) = await ComposeAsync("shell, one");
        whole.TryGet(GuestPath.Parse("/etc/shell"), out TreeEntry file);
        FileNode given = new() { Permissions = file.Node.Permissions, Uid = 7, Gid = 8, Content = ((FileNode)file.Node).Content };
        whole.Replace(file.Path, given, file.Origin); // as the accounts do
        IReadOnlyList<LayerPart> parts = Split(blueprint, packages, whole);
        Assert.Contains(" 7:8\n", TreeDump.Of(parts[0].Tree), StringComparison.Ordinal);
        Assert.Empty(Workbench.Names(parts[^1].Tree));
    }

    [Fact]
    public async Task Of_UnknownBase_NamesTheNearest()
    {
        (Blueprint blueprint, PackageSet packages, FileTree whole) = await ComposeAsync("shell, one", "base: [shel]");
        StrataException fault = Assert.Throws<StrataException>(() => Split(blueprint, packages, whole));
        Assert.Contains("did you mean 'shell'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compose_FileOverADirectoryOfAnother_IsABuildError()
    {
        _bench.Capability("odd", "requires: [shell]\nfiles: {/usr/bin: {content: x}}");
        StrataException fault = await Assert.ThrowsAsync<StrataException>(() => ComposeAsync("shell, one, odd"));
        Assert.Contains("/usr/bin", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("requires: [one]")]
    [InlineData("requires: [shell]")]
    public async Task Of_DeclaredReplacement_EachLayerHasItsOwn(string requires)
    {
        _bench.Capability("over", requires + "\nreplaces: [/usr/bin, /etc/shell]\nfiles: {/usr/bin: {content: x}}\nlinks: {/etc/shell: elsewhere}");
        (Blueprint blueprint, PackageSet packages, FileTree whole) = await ComposeAsync("shell, one, over");
        Assert.Equal(["/etc/shell -> elsewhere", "/usr/bin", "/usr/lib/libx.so"], Workbench.Names(whole));
        IReadOnlyList<LayerPart> parts = Split(blueprint, packages, whole);
        Assert.Equal(["/etc/shell"], Workbench.Names(parts[0].Tree));
        Assert.Equal(["/usr/bin/a", "/usr/lib/libx.so"], Workbench.Names(parts[1].Tree));
        Assert.Equal(["/etc/shell -> elsewhere", "/usr/bin"], Workbench.Names(parts[2].Tree));
    }

    [Fact]
    public async Task Of_TwoLayersBelowAReplacement_HaveTheFolderThatItHides()
    {
        _bench.Capability("upon", "requires: [one]\npackages: {tools: {files: [/usr/bin/b]}}")
            .Capability("over", "requires: [upon]\nreplaces: [/usr/bin]\nfiles: {/usr/bin: {content: x}}");
        IReadOnlyList<LayerPart> parts = await SplitAsync("shell, one, upon, over");
        Assert.Equal(["/usr/bin/a", "/usr/lib/libx.so"], Workbench.Names(parts[1].Tree));
        Assert.Equal(["/usr/bin/b"], Workbench.Names(parts[2].Tree));
        Assert.Equal(["/usr/bin"], Workbench.Names(parts[3].Tree));
    }

    [Fact]
    public async Task Compose_ReplacementOfALaterCapability_IsStillABuildError()
    {
        _bench.Capability("early", "replaces: [/etc/three]\nlinks: {/etc/three: elsewhere}");
        StrataException fault = await Assert.ThrowsAsync<StrataException>(() => ComposeAsync("shell, one, early, three"));
        Assert.Contains("/etc/three", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compose_ReplacementThatIsNotThere_NamesItsPlace()
    {
        _bench.Capability("typo", "replaces: [/etc/shel]\nfiles: {/etc/typo: {content: x}}");
        StrataException fault = await Assert.ThrowsAsync<StrataException>(() => ComposeAsync("shell, typo"));
        Assert.Contains("typo.yaml:3:12: capability 'typo' replaces /etc/shel but brings nothing there", fault.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<LayerPart> Split(Blueprint blueprint, PackageSet packages, FileTree whole) =>
        LayerSplit.Of(blueprint, packages, whole, (_, _) => { });

    private static FileTree Join(IEnumerable<LayerPart> parts)
    {
        LayerStack stack = new();
        foreach (LayerPart part in parts)
        {
            stack.Add(part.Tree);
        }
        return stack.Tree;
    }

    private static void Put(FileTree tree, string path, Origin origin) =>
        tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(path) }, origin);

    private async Task<(Blueprint Blueprint, PackageSet Packages, FileTree Whole)> ComposeAsync(string capabilities, string rest = "")
    {
        Blueprint blueprint = _bench.Load(capabilities, "layout: layers\n" + rest);
        PackageSet packages = await _bench.ListAsync();
        return (blueprint, packages, Composer.Compose(blueprint, packages).Tree);
    }

    private async Task<IReadOnlyList<LayerPart>> SplitAsync(string capabilities)
    {
        (Blueprint blueprint, PackageSet packages, FileTree whole) = await ComposeAsync(capabilities);
        return Split(blueprint, packages, whole);
    }
}
