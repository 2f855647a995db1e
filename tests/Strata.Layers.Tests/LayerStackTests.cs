using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Layers.Tests;

public class LayerStackTests
{
    [Fact]
    public void Completion_FoldersThatAreFilesByNowAndTheOtherWayRound_HideNothingMoreThanTheyMust()
    {
        LayerStack stack = new();
        stack.Add(Tree("/etc/gone", "/srv", "/usr/bin/a", "/usr/bin/sub/b"));
        FileTree whole = Tree("/srv/x", "/usr/bin");
        FileTree completion = stack.Completion(whole);
        Assert.Equal(
            ["/etc SpecialNode", "/srv DirectoryNode", "/srv/x FileNode", "/usr DirectoryNode", "/usr/bin FileNode"],
            completion.Entries.Where(e => !e.Path.IsRoot).Select(e => $"{e.Path} {e.Node.GetType().Name}"));
        stack.Add(completion);
        Assert.Equal(TreeDump.Of(whole), TreeDump.Of(stack.Tree));
    }

    private static FileTree Tree(params string[] files)
    {
        FileTree tree = new();
        foreach (string file in files)
        {
            FileNode node = new() { Permissions = Modes.File, Content = InlineContent.FromText(file) };
            tree.Add(GuestPath.Parse(file), node, new Origin("c", null, "test"));
        }
        return tree;
    }
}
