using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Tests.Trees;

public class TreeSplitTests
{
    [Fact]
    public void ByCapability_PartsOnTopOfEachOther_AreTheWholeTree()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/root"), new DirectoryNode { Permissions = Modes.SecretFolder, Uid = 7 }, new Origin("low", null, "own"));
        tree.Add(GuestPath.Parse("/root/.profile"), File("high"), new Origin("high", null, "own"));
        tree.Add(GuestPath.Parse("/usr/bin/tool"), File("tool"), new Origin("high", "tool", "program"));
        tree.Add(GuestPath.Parse("/usr/bin/alone"), File("alone"), new Origin("low", "alone", "program"));
        tree.Add(GuestPath.Parse("/etc/passwd"), File("passwd"), new Origin(null, null, "effect accounts"));

        IReadOnlyList<(string Name, FileTree Tree)> parts = TreeSplit.ByCapability(tree, ["low", "empty", "high"]);

        Assert.Equal(["low", "high", "system"], parts.Select(p => p.Name));
        Assert.Equal(["/", "/root", "/usr", "/usr/bin", "/usr/bin/alone"], Paths(parts[0].Tree));
        Assert.Equal(["/", "/root", "/root/.profile", "/usr", "/usr/bin", "/usr/bin/tool"], Paths(parts[1].Tree));
        Assert.Equal(["/", "/etc", "/etc/passwd"], Paths(parts[2].Tree));
        Assert.True(parts[1].Tree.TryGet(GuestPath.Parse("/root"), out TreeEntry root));
        Assert.Equal((Modes.SecretFolder, 7u), (root.Node.Permissions, root.Node.Uid));
        FileTree joined = new();
        foreach (TreeEntry entry in parts.SelectMany(p => p.Tree.Entries).Where(e => !e.Path.IsRoot).DistinctBy(e => e.Path))
        {
            joined.Add(entry.Path, entry.Node, entry.Origin);
        }
        Assert.Equal(TreeDump.Of(tree), TreeDump.Of(joined));
    }

    [Fact]
    public void ByCapability_OneFileWithTwoNames_StaysOneFileWithinAPart()
    {
        FileTree tree = new();
        FileNode file = File("both");
        tree.Add(GuestPath.Parse("/a"), file, new Origin("one", "p", "program"));
        tree.Add(GuestPath.Parse("/b"), file, new Origin("one", "p", "program"));
        FileTree part = Assert.Single(TreeSplit.ByCapability(tree, ["one"])).Tree;
        Assert.True(part.TryGet(GuestPath.Parse("/a"), out TreeEntry a) && part.TryGet(GuestPath.Parse("/b"), out TreeEntry b) && a.Node == b.Node);
    }

    private static FileNode File(string text) => new() { Permissions = Modes.File, Content = InlineContent.FromText(text) };

    private static IEnumerable<string> Paths(FileTree tree) => tree.Entries.Select(e => e.Path.ToString());
}
