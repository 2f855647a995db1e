using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Images.Init;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Toolbox;
using Strata.Updates.Releases;

namespace Strata.Images.Tests.Init;

public class InitrdTests
{
    [Fact]
    public void Escape_PathForMsbuild_IsOneValue() => Assert.Equal(
        "/a b%2Cc%27d%22e%3B%24%28x%29%40%2A%3F%25/f", InitBuilder.Escape("/a b,c'd\"e;$(x)@*?%/f"));

    [Fact]
    public void ModuleOrder_Dependencies_ComeFirst()
    {
        Dictionary<string, ReadOnlyMemory<byte>> modules = new(StringComparer.Ordinal)
        {
            ["dm_verity"] = TinyElf.Module("name=dm_verity", "depends=dm-bufio,dm-mod", "softdep=pre: sha256 post: later"),
            ["dm_bufio"] = TinyElf.Module("depends=dm-mod"),
            ["dm_mod"] = TinyElf.Module("depends="),
            ["later"] = TinyElf.Module("depends=dm-verity"),
            ["sha256"] = TinyElf.Module("depends=built-in-one"),
            ["a_loop"] = TinyElf.Module("depends="),
        };
        Assert.Equal(["a_loop", "dm_mod", "dm_bufio", "sha256", "dm_verity", "later"], ModuleOrder.Of(modules));
    }

    [Fact]
    public void ModuleOrder_Circle_IsAnError()
    {
        Dictionary<string, ReadOnlyMemory<byte>> modules = new(StringComparer.Ordinal)
        {
            ["a"] = TinyElf.Module("depends=b"),
            ["b"] = TinyElf.Module("depends=a"),
        };
        Assert.Contains("needs itself through others", Assert.Throws<StrataException>(() => ModuleOrder.Of(modules)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ModuleOrder_NoModule_IsAnErrorWithItsName()
    {
        Dictionary<string, ReadOnlyMemory<byte>> modules = new(StringComparer.Ordinal) { ["odd"] = "no ELF file"u8.ToArray() };
        Assert.Contains("kernel module odd", Assert.Throws<StrataException>(() => ModuleOrder.Of(modules)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InitrdTree_Parts_StandWhereTheEarlyInitLooks()
    {
        InlineContent layer = InlineContent.FromText("image");
        Release release = new()
        {
            Edition = "bench",
            Version = "1",
            Architecture = "amd64",
            Layers =
            [
                new ReleaseLayer
                {
                    Name = "base", IsBase = true, Requires = [], Manifest = layer.Digest, Image = layer.Digest, Size = 8192, Data = 4096, Root = layer.Digest, Salt = "",
                },
            ],
        };
        FileTree tree = InitrdTree.Of(new InitrdParts
        {
            Init = InlineContent.FromText("init"),
            Release = release,
            Modules = [("loop", InlineContent.FromText("1")), ("dm_mod", InlineContent.FromText("2"))],
            Shell = InlineContent.FromText("busybox"),
            Layers = [layer],
        });
        string digest = layer.Digest.ToString();
        Assert.Equal(
            [
                "/", "/bin", "/bin/busybox", "/bin/sh", "/dev", "/dev/console", "/init", "/proc", "/run", "/strata", "/strata/cas", $"/strata/cas/{digest[..2]}",
                $"/strata/cas/{digest[..2]}/{digest}", "/strata/lib", "/strata/lib/dm_mod.ko", "/strata/lib/loop.ko", "/strata/modules", "/strata/release.json",
                "/strata/root", "/sys",
            ],
            tree.Entries.Select(e => e.Path.ToString()));
        Assert.Equal("/strata/lib/loop.ko\n/strata/lib/dm_mod.ko\n", TextOf(tree, "/strata/modules")); // in the order given
        Assert.Equal(Encoding.UTF8.GetString(ReleaseWriter.Write(release)), TextOf(tree, "/strata/release.json"));
        Assert.True(tree.TryGet(GuestPath.Parse("/init"), out TreeEntry init));
        Assert.Equal(0x1ED, init.Node.Permissions);
    }

    [Fact]
    public void SourcesDigest_FollowsContentsAndNames_NotBuildFolders()
    {
        using TemporaryFolder folder = new();
        foreach (string project in (string[])["Core", "Formats", "Init", "Updates"])
        {
            Directory.CreateDirectory(folder[$"src/Strata.{project}/obj"]);
            File.WriteAllText(folder[$"src/Strata.{project}/Strata.{project}.csproj"], "<Project/>");
        }
        using ObjectStore store = new(folder["store"]);
        InitBuilder builder = new(store, new ActionCache(store), SilentProgress.Instance, folder.Path, TimeProvider.System);
        Sha256Digest before = builder.SourcesDigest();
        File.WriteAllText(folder["src/Strata.Init/obj/Made.cs"], "// made");
        File.WriteAllText(folder["src/Strata.Init/notes.txt"], "notes");
        Assert.Equal(before, builder.SourcesDigest());
        File.WriteAllText(folder["src/Strata.Core/New.cs"], "");
        Sha256Digest with = builder.SourcesDigest();
        Assert.NotEqual(before, with);
        File.Move(folder["src/Strata.Core/New.cs"], folder["src/Strata.Core/Other.cs"]);
        Assert.NotEqual(with, builder.SourcesDigest());
    }

    [Fact]
    public async Task BuildAsync_NoSources_SaysWhereTheyAreExpected()
    {
        using TemporaryFolder folder = new();
        using ObjectStore store = new(folder["store"]);
        InitBuilder builder = new(store, new ActionCache(store), SilentProgress.Instance, folder.Path, TimeProvider.System);
        StrataException fault = await Assert.ThrowsAsync<StrataException>(() => builder.BuildAsync(new ToolTree(folder.Path), CancellationToken.None));
        Assert.Contains("has no src/Strata.Init", fault.Message, StringComparison.Ordinal);
        Assert.Contains("STRATA_HOME", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Link_ToolsIncomplete_NamesTheMissingPart()
    {
        using TemporaryFolder folder = new();
        StrataException none = Assert.Throws<StrataException>(() => InitLink.Arguments(new ToolTree(folder.Path), "init.o", [], "init"));
        Assert.Contains("0 versions of GCC's support objects", none.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["usr/lib/gcc/x86_64-linux-gnu/14"]);
        StrataException part = Assert.Throws<StrataException>(() => InitLink.Arguments(new ToolTree(folder.Path), "init.o", [], "init"));
        Assert.Contains("lack usr/lib/x86_64-linux-gnu/rcrt1.o", part.Message, StringComparison.Ordinal);
    }

    private static string TextOf(FileTree tree, string path)
    {
        Assert.True(tree.TryGet(GuestPath.Parse(path), out TreeEntry entry));
        return Encoding.UTF8.GetString(((InlineContent)((FileNode)entry.Node).Content).Bytes.Span);
    }
}
