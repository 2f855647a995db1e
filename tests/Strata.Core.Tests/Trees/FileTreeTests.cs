using Strata.Core.Trees;

namespace Strata.Core.Tests.Trees;

public class FileTreeTests
{
    private static readonly Origin s_origin = new("cap", null, "test");

    [Fact]
    public void Add_MissingParents_AreMadeAndOrderIsOrdinal()
    {
        FileTree tree = new();
        Add(tree, "/usr/bin/b", File("b"));
        Add(tree, "/etc/a", new SymlinkNode { Permissions = Modes.Link, Target = "../usr" });
        Assert.Equal("/etc/ dir 0755\n/etc/a symlink ../usr\n/usr/ dir 0755\n/usr/bin/ dir 0755\n/usr/bin/b file 0644 3e23e816\n", TreeDump.Of(tree));
        Assert.Equal(6, tree.Count);
    }

    [Fact]
    public void Add_DirectoryAfterItsContent_WinsOverTheParentMadeOnTheWayAndOverNothingElse()
    {
        FileTree tree = new();
        Add(tree, "/root/file", File("x"));
        Add(tree, "/root", new DirectoryNode { Permissions = Modes.SecretFolder, Uid = 7 });
        Add(tree, "/root", new DirectoryNode { Permissions = Modes.Permissions });
        Assert.StartsWith("/root/ dir 0700 7:0\n", TreeDump.Of(tree), StringComparison.Ordinal);
    }

    [Fact]
    public void Add_SameContentTwice_IsNoFault()
    {
        FileTree tree = new();
        Add(tree, "/a", File("x"));
        Add(tree, "/a", File("x"));
        Assert.Equal(2, tree.Count);
    }

    [Fact]
    public void Add_AnotherContentModeTypeOrOwner_NamesBothSides()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/a"), File("x"), new Origin("one", "first", "file"));
        TreeNode[] others = [File("y"), File("x", Modes.Folder), new DirectoryNode { Permissions = Modes.Folder }, new FileNode { Permissions = Modes.File, Gid = 4, Content = InlineContent.FromText("x") }];
        foreach (TreeNode other in others)
        {
            StrataException e = Assert.Throws<StrataException>(() => tree.Add(GuestPath.Parse("/a"), other, new Origin("two", "second", "file")));
            Assert.Contains("package second, capability two", e.Message, StringComparison.Ordinal);
            Assert.Contains("package first, capability one", e.Message, StringComparison.Ordinal);
        }
        Assert.Equal("/a file 0644 2d711642\n", TreeDump.Of(tree));
    }

    [Fact]
    public void Add_BelowALinkOrFile_IsRefusedAndLeavesNothingBehind()
    {
        FileTree tree = new();
        Add(tree, "/bin", new SymlinkNode { Permissions = Modes.Link, Target = "usr/bin" });
        string before = TreeDump.Of(tree);
        StrataException e = Assert.Throws<StrataException>(() => Add(tree, "/bin/sub/deep", File("x")));
        Assert.Contains("/bin is a link to usr/bin", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, TreeDump.Of(tree));
    }

    [Fact]
    public void Replace_AnythingButADirectory_IsPutInPlace()
    {
        FileTree tree = new();
        Add(tree, "/a", File("x"));
        Add(tree, "/dir/b", File("x"));
        tree.Replace(GuestPath.Parse("/a"), new SymlinkNode { Permissions = Modes.Link, Target = "b" }, s_origin);
        Assert.Throws<StrataException>(() => tree.Replace(GuestPath.Parse("/dir"), File("x"), s_origin));
        Assert.StartsWith("/a symlink b\n/dir/ dir 0755\n", TreeDump.Of(tree), StringComparison.Ordinal);
    }

    [Fact]
    public void Remove_Directory_TakesWhatIsBelowAndNotItsNeighbours()
    {
        FileTree tree = new();
        Add(tree, "/a/b/c", File("x"));
        Add(tree, "/a/bc", File("x"));
        tree.Remove(GuestPath.Parse("/a/b"));
        Assert.Equal(["/", "/a", "/a/bc"], tree.Entries.Select(e => e.Path.ToString()));
    }

    [Fact]
    public void Below_Directory_HasWhatIsInItAndNotItsNeighbours()
    {
        FileTree tree = new();
        Array.ForEach(["/a", "/a-b", "/b/c/d", "/b-c", "/b.c/d"], p => Add(tree, p, File("x")));
        Assert.Equal(["/b/c", "/b/c/d"], PathsBelow("/b"));
        Assert.Equal(tree.Entries.Skip(1).Select(e => e.Path.ToString()), PathsBelow("/"));
        Assert.Empty(PathsBelow("/a"));
        Assert.Empty(PathsBelow("/absent"));

        IEnumerable<string> PathsBelow(string path) => tree.Below(GuestPath.Parse(path)).Select(e => e.Path.ToString());
    }

    [Fact]
    public void Entries_NothingChanged_AreNotSortedAgain()
    {
        FileTree tree = new();
        Add(tree, "/b", File("x"));
        IReadOnlyList<TreeEntry> sorted = tree.Entries;
        Assert.Same(sorted, tree.Entries);
        Add(tree, "/a", File("x"));
        Assert.NotSame(sorted, tree.Entries);
    }

    [Fact]
    public void Entries_BetweenChanges_AreAlwaysSortedAndThoseOfTheirTime()
    {
        Random random = new(7);
        FileTree tree = new();
        SortedDictionary<string, string> model = new(StringComparer.Ordinal) { ["/"] = "" };
        for (int step = 0; step < 2000; step++)
        {
            string path = $"/{"a-.b"[random.Next(4)]}{random.Next(12)}";
            if (random.Next(3) == 0)
            {
                tree.Remove(GuestPath.Parse(path));
                model.Remove(path);
            }
            else
            {
                model[path] = $"{step}";
                tree.Replace(GuestPath.Parse(path), new SymlinkNode { Permissions = Modes.Link, Target = model[path] }, s_origin);
            }
            if (random.Next(5) == 0)
            {
                IReadOnlyList<TreeEntry> before = tree.Entries;
                Assert.Equal(model.Select(e => (e.Key, e.Value)), Listed(before));
                Add(tree, "/later", File("x"));
                Assert.Equal(model.Select(e => (e.Key, e.Value)), Listed(before));
                tree.Remove(GuestPath.Parse("/later"));
            }
        }

        static IEnumerable<(string, string)> Listed(IEnumerable<TreeEntry> entries) =>
            entries.Select(e => (e.Path.ToString(), (e.Node as SymlinkNode)?.Target ?? ""));
    }

    [Theory]
    [InlineData("/sbin/tool", "/usr/sbin/tool")]
    [InlineData("/usr/sbin/tool", "/usr/sbin/tool")]
    [InlineData("/loop/x", null)]
    [InlineData("/self", null)]
    [InlineData("/long/x", null)]
    [InlineData("/above", "/usr/sbin/tool")]
    [InlineData("/absent", null)]
    public void TryResolve_Links_AreFollowedAsLinuxDoes(string path, string? end)
    {
        FileTree tree = new();
        Add(tree, "/usr/sbin/tool", File("x"));
        Link("/sbin", "usr/sbin");
        Link("/loop", "loop2");
        Link("/loop2", "/loop");
        Link("/self", "self/x");
        Link("/long", new string('n', 256));
        Link("/above", "../../../sbin/./tool");
        bool found = tree.TryResolve(GuestPath.Parse(path), out TreeEntry entry);
        Assert.Equal(end, found ? entry.Path.ToString() : null);

        void Link(string at, string target) => Add(tree, at, new SymlinkNode { Permissions = Modes.Link, Target = target });
    }

    [Fact]
    public void InContentOrder_PackagesComeLastByNameAndOffset()
    {
        FileTree tree = new();
        Sha256Digest one = Sha256Digest.Of("one"u8);
        Sha256Digest two = Sha256Digest.Of("two"u8);
        Member("/a", "zeta", one, 10);
        Member("/z", "alpha", two, 900);
        Member("/m", "alpha", two, 20);
        Add(tree, "/y", File("inline"));
        Assert.Equal(["/", "/y", "/m", "/z", "/a"], tree.InContentOrder().Select(e => e.Path.ToString()));

        void Member(string path, string package, Sha256Digest digest, long offset) => tree.Add(
            GuestPath.Parse(path),
            new FileNode { Permissions = Modes.File, Content = new PackageContent(1, Sha256Digest.Of("x"u8), digest, offset) },
            new Origin("cap", package, "file"));
    }

    [Fact]
    public void TreeDump_EveryKind_HasItsLine()
    {
        FileTree tree = new();
        FileNode file = new() { Permissions = 0x9ED, Uid = 1, Gid = 42, Content = InlineContent.FromText("x") };
        Add(tree, "/a", file);
        Add(tree, "/b", file);
        Add(tree, "/c", new SpecialNode { Permissions = 0x1B6, Kind = SpecialKind.CharacterDevice, Major = 1, Minor = 3 });
        Add(tree, "/d", new SpecialNode { Permissions = 0x1B0, Kind = SpecialKind.BlockDevice, Major = 8, Gid = 6 });
        Add(tree, "/e", new SpecialNode { Permissions = Modes.SecretFile, Kind = SpecialKind.Fifo });
        tree.Add(GuestPath.Root, new DirectoryNode { Permissions = 0x16D }, s_origin);
        Assert.Equal(
            "/ dir 0555\n/a file 4755 2d711642 1:42\n/b file 4755 2d711642 1:42 = /a\n/c c 0666 1:3\n/d b 0660 8:0 0:6\n/e fifo 0600\n", TreeDump.Of(tree));
    }

    [Fact]
    public void TreeDigest_ChangesWithEverythingButOrigins()
    {
        FileNode shared = File("x");
        Sha256Digest plain = Digest(("/a", shared), ("/b", shared));
        FileTree elsewhere = new();
        elsewhere.Add(GuestPath.Parse("/b"), shared, new Origin("other", null, "another reason"));
        elsewhere.Add(GuestPath.Parse("/a"), shared, new Origin(null, null, "a third"));
        Assert.Equal(plain, TreeDigest.Of(elsewhere));
        Sha256Digest[] others =
        [
            Digest(("/a", File("x")), ("/b", File("x"))), // two files are no hard link
            Digest(("/a", shared), ("/c", shared)),
            Digest(("/a", File("x", Modes.Program)), ("/b", shared)),
            Digest(("/a", File("y")), ("/b", shared)),
            Digest(("/a", shared)),
        ];
        Assert.DoesNotContain(plain, others);
        Assert.Equal(others.Length, others.Distinct().Count());

        static Sha256Digest Digest(params (string Path, TreeNode Node)[] entries)
        {
            FileTree tree = new();
            foreach ((string path, TreeNode node) in entries)
            {
                Add(tree, path, node);
            }
            return TreeDigest.Of(tree);
        }
    }

    private static FileNode File(string text, int mode = Modes.File) => new() { Permissions = mode, Content = InlineContent.FromText(text) };

    private static void Add(FileTree tree, string path, TreeNode node) => tree.Add(GuestPath.Parse(path), node, s_origin);
}
