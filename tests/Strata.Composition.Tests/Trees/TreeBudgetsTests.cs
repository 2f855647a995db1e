using Strata.Blueprints;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Yaml;

namespace Strata.Composition.Tests.Trees;

public class TreeBudgetsTests
{
    [Theory]
    [InlineData("installed: 15")] // a file with two names is there once
    [InlineData("packages: 2")] // what a capability brings itself is of none
    [InlineData("setuid: 2")]
    [InlineData("installed: 15, packages: 2, setuid: 2")]
    [InlineData("image: 1")] // of what is packed, which is not known yet
    public void Check_ExactlyTheBudget_IsWithinIt(string budgets) => Check(budgets);

    [Theory]
    [InlineData("installed: 14", "its files have 15 B, the budget is 14 B (1 B too much)\n  tool: 10 B\n  other: 3 B\n  own: 2 B")]
    [InlineData(
        "packages: 1",
        "its files are from 2 packages, the budget is 1; the smallest, which one would miss least\n  other: 3 B\n  tool: 10 B")]
    [InlineData(
        "setuid: 1",
        "2 files run with the rights of their owner or group, the budget is 1\n  /usr/bin/su (tool)\n  /usr/bin/wall (other)")]
    [InlineData(
        "setuid: 0",
        "2 files run with the rights of their owner or group, the budget is 0\n  /usr/bin/su (tool)\n  /usr/bin/wall (other)")]
    public void Check_OneMore_SaysWhatTakesIt(string budget, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(() => Check(budget));
        Assert.Equal("cannot build e: " + problem, e.Message);
        Assert.Contains($"'budget: {budget.Split(':')[0]}'", e.Hint, StringComparison.Ordinal);
    }

    private static void Check(string budgets)
    {
        FaultList faults = new();
        Edition edition = EditionFile.Read(
            YamlFile.Parse($"edition: e\nversion: \"1\"\nkernel: none\ncapabilities: [c]\nbudget: {{{budgets}}}\n", "f", faults)!,
                "/nowhere", faults);
        Assert.Empty(faults.Faults);
        FileTree tree = new();
        FileNode both = File(Modes.Program, "both");
        tree.Add(GuestPath.Parse("/usr/bin/one"), both, new Origin("c", "tool", "program"));
        tree.Add(GuestPath.Parse("/usr/bin/two"), both, new Origin("c", "tool", "program"));
        tree.Add(GuestPath.Parse("/usr/bin/su"), File(Modes.SetUid | Modes.Program, "switch"), new Origin("c", "tool", "program"));
        tree.Add(GuestPath.Parse("/usr/bin/wall"), File(Modes.SetGid | Modes.Program, "say"), new Origin("c", "other", "program"));
        tree.Add(GuestPath.Parse("/srv"), new DirectoryNode { Permissions = Modes.SetGid | Modes.Folder }, new Origin("c", null,
            "own")); // runs nothing
        tree.Add(GuestPath.Parse("/etc/own"), File(Modes.File, "ab"), new Origin("c", null, "own"));
        TreeBudgets.Check(edition, tree);
    }

    private static FileNode File(int mode, string text) => new() { Permissions = mode, Content = InlineContent.FromText(text) };
}
