using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Testing;

namespace Strata.Toolbox.Tests;

public class TreeExtractorTests
{
    private static readonly Origin s_origin = new(null, null, "test");

    [Fact]
    public void Write_Tree_HasContentsLinksAndModesThatTheOwnerCanUndo()
    {
        using TemporaryFolder folder = new();
        FileTree tree = new();
        FileNode twice = File("twice", Modes.Program);
        Add(tree, "/usr/bin/a", twice);
        Add(tree, "/usr/bin/b", twice);
        Add(tree, "/usr/bin/su", File("s", 0x9ED));
        Add(tree, "/etc/secret", File("k", 0));
        Add(tree, "/bin", new SymlinkNode { Permissions = Modes.Link, Target = "usr/bin" });
        Add(tree, "/dev/null", new SpecialNode { Permissions = 0x1B6, Kind = SpecialKind.CharacterDevice, Major = 1, Minor = 3 });
        Write(tree, folder["root"]);
        Assert.Equal("twice", System.IO.File.ReadAllText(folder["root/bin/b"]));
        Assert.True(System.IO.File.GetUnixFileMode(folder["root/usr/bin/b"]).HasFlag(UnixFileMode.UserRead | UnixFileMode.UserExecute));
        Assert.Equal(UnixFileMode.None, System.IO.File.GetUnixFileMode(folder["root/usr/bin/su"]) & (UnixFileMode.SetUser | UnixFileMode.SetGroup));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(folder["root/etc/secret"]));
        Assert.Equal("usr/bin", new FileInfo(folder["root/bin"]).LinkTarget);
        Assert.Empty(Directory.GetFileSystemEntries(folder["root/dev"]));
    }

    [Fact]
    public void Write_LinkThatLeadsOutside_IsNeverWalkedThrough()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["outside"]);
        FileTree tree = new();
        Add(tree, "/etc", new SymlinkNode { Permissions = Modes.Link, Target = folder["outside"] });
        Assert.Throws<StrataException>(() => Add(tree, "/etc/x", File("x")));
        Add(tree, "/up", new SymlinkNode { Permissions = Modes.Link, Target = "../outside" });
        Write(tree, folder["root"]);
        Assert.Empty(Directory.GetFileSystemEntries(folder["outside"]));
        Assert.Equal(["etc", "up"], Directory.GetFileSystemEntries(folder["root"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Write_FolderThatIsNotEmptyOrNone_IsRefusedAndLeftAlone()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["root"]);
        System.IO.File.CreateSymbolicLink(folder["root/usr"], "/tmp");
        System.IO.File.WriteAllText(folder["file"], "mine");
        FileTree tree = new();
        Add(tree, "/usr/x", File("x"));
        Assert.Contains("the folder is not empty", Assert.Throws<StrataException>(() => Write(tree, folder["root"])).Message, StringComparison.Ordinal);
        Assert.StartsWith("cannot unpack into", Assert.Throws<StrataException>(() => Write(tree, folder["file"])).Message, StringComparison.Ordinal);
        Assert.Equal("mine", System.IO.File.ReadAllText(folder["file"]));
        Assert.Single(Directory.GetFileSystemEntries(folder["root"]));
    }

    [Fact]
    public void Write_Cancelled_Stops()
    {
        using TemporaryFolder folder = new();
        using PackageContentReader contents = new(_ => throw new InvalidOperationException());
        Assert.Throws<OperationCanceledException>(() => TreeExtractor.Write(new FileTree(), contents, folder["root"], new CancellationToken(canceled: true)));
    }

    private static void Write(FileTree tree, string folder)
    {
        using PackageContentReader contents = new(_ => throw new InvalidOperationException());
        TreeExtractor.Write(tree, contents, folder);
    }

    private static FileNode File(string text, int mode = Modes.File) => new() { Permissions = mode, Content = InlineContent.FromText(text) };

    private static void Add(FileTree tree, string path, TreeNode node) => tree.Add(GuestPath.Parse(path), node, s_origin);
}
