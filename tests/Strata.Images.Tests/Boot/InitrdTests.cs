using System.Text;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Packing;
using Strata.Updates.Releases;

namespace Strata.Images.Tests.Boot;

public class InitrdTests
{
    [Fact]
    public void ModuleOrder_Dependencies_ComeFirst()
    {
        TakenModule[] modules =
        [
            Module("dm-verity", "name=dm_verity", "depends=dm-bufio,dm-mod", "softdep=pre: sha256 post: later"),
            Module("dm-bufio", "depends=dm-mod"),
            Module("dm-mod", "depends="),
            Module("later", "depends=dm-verity"),
            Module("sha256", "depends=built-in-one"),
            Module("a_loop", "depends="),
            Module("b_last", "softdep=post: before-it pre: z_first"),
            Module("before-it", "softdep=pre: b-last"),
            Module("z_first", "softdep=b-last"), // no mark: means nothing
        ];
        Assert.Equal(
            ["a_loop", "z_first", "b_last", "before_it", "dm_mod", "dm_bufio", "sha256", "dm_verity", "later"],
            ModuleOrder.Of(modules).Select(m => m.Name));
    }

    [Fact]
    public void ModuleOrder_Circle_IsAnError() => Assert.Contains(
        "needs itself through others",
        Assert.Throws<StrataException>(() => ModuleOrder.Of([Module("a", "depends=b"), Module("b", "depends=a")])).Message,
        StringComparison.Ordinal);

    private static TakenModule Module(string name, params string[] info) =>
        new(GuestPath.Parse($"/lib/modules/1/kernel/{name}.ko"), default, info);

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
        Assert.Equal(Modes.Program, init.Node.Permissions);
    }

    private static string TextOf(FileTree tree, string path)
    {
        Assert.True(tree.TryGet(GuestPath.Parse(path), out TreeEntry entry));
        return Encoding.UTF8.GetString(((InlineContent)((FileNode)entry.Node).Content).Bytes.Span);
    }
}
