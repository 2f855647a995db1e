using System.Text.RegularExpressions;
using Strata.Testing;

namespace Strata.Tidy.Tests;

/// <summary>
/// docs/security.md and the list of attacks name tests that exist: a threat whose test was renamed or taken away proves
/// nothing.
/// </summary>
public partial class SecurityTests
{
    private static readonly string s_tests = string.Join('\n', Repository.Files
        .Where(f => f.StartsWith("tests/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
        .Select(Repository.Read));

    [Fact]
    public void TestsOfTheSecurityPage_Exist()
    {
        string page = Repository.Read("docs/security.md");
        string[] threats = [.. Threat().Matches(page).Select(m => m.Value)];
        Assert.True(threats.Length > 40, $"{threats.Length} threats");
        string[] tests = [
            .. threats.Select(t => t[(t.LastIndexOf("*Test*:", StringComparison.Ordinal) is >= 0 and int at ? at : t.Length)..])];
        IEnumerable<string> names = tests.SelectMany(t => Quoted().Matches(t)).Select(m => m.Groups[1].Value.Trim('…', '.'));
        Assert.Empty(names.Where(n => !Exists(n)).Distinct());
        Assert.Empty(threats.Where((_, i) => !Quoted().IsMatch(tests[i])));
    }

    [Fact]
    public void TestsOfTheListOfAttacks_Exist()
    {
        string[] lines = [.. Repository.Read("tests/attacks.txt").Split('\n').Where(l => l.Length > 0 && l[0] != '#')];
        Assert.NotEmpty(lines);
        Assert.Empty(lines.Where(l => !Exists(l)));
    }

    /// <summary>
    /// What starts otherwise than by <c>ToolTree.InRoom</c> or <c>Confined</c> has a reason in docs/decisions/0051-a-room-for-each-tool.md.
    /// </summary>
    [Fact]
    public void ToolsStartedWithoutARoom_AreThoseOfTheList() => Assert.Equal(
        [
            "src/Strata.Cli/Commands/ToolboxCommand.cs result.GetValue(program)!", // whatever the user names
            "src/Strata.Editions/Guests/StateDisk.cs usr/sbin/mke2fs",
            "src/Strata.Editions/Installing/DpkgRoom.cs usr/bin/unshare", // it makes namespaces of its own
            "src/Strata.Editions/Publishing/RegistryTool.cs Program", // it needs the person's credentials, their helpers and the network
            "src/Strata.Kernel/Building/BuildRoom.cs Kind == RoomKind.Namespaces ? Bubblewrap.Program : \"usr/sbin/chroot",
            "src/Strata.Kernel/Building/ChangedRoot.cs program", // it makes the other kind of room
            "src/Strata.Machines/Containers/ContainerRoom.cs program", // in a room, of which the next is the making
            "src/Strata.Machines/Containers/ContainerRoom.cs usr/bin/unshare", // it makes namespaces of its own
        ],
        Repository.Files
            .Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal)
                && !f.StartsWith("src/Strata.Toolbox/", StringComparison.Ordinal))
            .SelectMany(f => DirectStart().Matches(Repository.Read(f)).Select(m => $"{f} {m.Groups[1].Value.Trim('"')}"))
            .Distinct().Order(StringComparer.Ordinal));

    // a class, a method, or both with a dot between; a part of a method's name will do
    private static bool Exists(string name)
    {
        string[] parts = name.Split('.');
        return parts.All(p => Regex.IsMatch(s_tests, $@"\b(class |void |Task ){Regex.Escape(p)}"))
            || Regex.IsMatch(s_tests, $@"\b(class|void|Task) \w*{Regex.Escape(name)}");
    }

    // an item of a list, with the lines that it goes on in: **threat**: what stops it. *Test*: names
    [GeneratedRegex(@"^\* \*\*(?>(?:(?!\*\*).|\n  )*)\*\*: .*(?:\n  .*)*", RegexOptions.Multiline)]
    private static partial Regex Threat();

    // a call on a tree, with its first argument
    [GeneratedRegex(@"\b_?(?:tree|tools|Tools|qemu)\.Command(?:AsInstalled)?\(\s*((?:[^,()]|\([^()]*\))*)")]
    private static partial Regex DirectStart();

    [GeneratedRegex(@"`([^`]+)`")]
    private static partial Regex Quoted();
}
