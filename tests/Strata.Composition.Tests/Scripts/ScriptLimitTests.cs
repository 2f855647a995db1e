namespace Strata.Composition.Tests.Scripts;

/// <summary>How far a script is followed: the last that is, and why the next is not.</summary>
public class ScriptLimitTests
{
    private static string Times(int count, Func<int, string> part) => string.Concat(Enumerable.Range(1, count).Select(part));

    public static TheoryData<string, string, string?> Scripts => new()
    {
        // functions in each other
        { "40 calls", Times(40, i => i == 40 ? "f40() { touch /etc/x; }\n" : $"f{i}() {{ f{i + 1}; }}\n") + "f1", null },
        { "41 calls", Times(41, i => i == 41 ? "f41() { touch /etc/x; }\n" : $"f{i}() {{ f{i + 1}; }}\n") + "f1",
            "'f41' calls itself too often" },
        { "40 calls, twice", Times(40, i => i == 40 ? "f40() { touch /etc/x; }\n" : $"f{i}() {{ f{i + 1}; }}\n") + "f1\nf1", null },
        // lists in each other: the whole script is the first
        { "59 groups", Times(59, _ => "{ ") + "touch /etc/x;" + Times(59, _ => " }\n"), null },
        { "60 groups", Times(60, _ => "{ ") + "touch /etc/x;" + Times(60, _ => " }\n"), "it is nested too deeply" },
        { "59 groups, twice", Times(2, _ => Times(59, _ => "{ ") + "touch /etc/x;" + Times(59, _ => " }\n")), null },
        // numbers that are counted
        { "10,000 numbers", "[ \"$(seq 10000 | tail -n 1)\" = 10000 ] && touch /etc/x", null },
        { "10,001 numbers", "[ \"$(seq 10001 | tail -n 1)\" = 10001 ] && touch /etc/x", "" },
        { "from 2", "[ \"$(seq 2 3 | tr '\\n' ' ')\" = '2 3 ' ] && touch /etc/x", null },
        { "from 3 to 3", "[ \"$(seq 3 3)\" = 3 ] && touch /etc/x", null },
        { "from 4 to 3", "[ -z \"$(seq 4 3)\" ] && touch /etc/x", null },
        { "100,000 lines", "[ \"$(printf 'a\\nb\\n' | head -n 100000 | tail -n 1)\" = b ] && touch /etc/x", null },
        { "100,001 lines", "[ \"$(printf 'a\\nb\\n' | head -n 100001 | tail -n 1)\" = b ] && touch /etc/x", "" },
        // sed
        { "200 commands", $"[ \"$(echo a | sed -e '{Times(200, _ => "s/a/a/;")}')\" = a ] && touch /etc/x", null },
        { "201 commands", $"[ \"$(echo a | sed -e '{Times(201, _ => "s/a/a/;")}')\" = a ] && touch /etc/x", "" },
        { "20 groups", $"[ \"$(echo a | sed -e '{Times(20, _ => "{")}s/a/b/{Times(20, _ => "}")}')\" = b ] && touch /etc/x", null },
        { "21 groups", $"[ \"$(echo a | sed -e '{Times(21, _ => "{")}s/a/b/{Times(21, _ => "}")}')\" = b ] && touch /etc/x", "" },
        // find
        { "20 groups of find", $"find /etc/one {Times(20, _ => "\\( ")}-type f {Times(20, _ => "\\) ")}-exec cp /etc/one /etc/x \\;",
            null },
        { "21 groups of find", $"find /etc/one {Times(21, _ => "\\( ")}-type f {Times(21, _ => "\\) ")}-exec cp /etc/one /etc/x \\;",
            "'find' has more than 20 groups in each other" },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Install_AtALimit_TheLastIsFollowed(string name, string script, string? problem)
    {
        Installation install = new Installation().File("/etc/one", "1");
        string[] changes = install.RunStrictly(script);
        Assert.Equal((name, problem is null), (name, install.Problem is null));
        Assert.Contains(problem ?? "", install.Problem ?? "", StringComparison.Ordinal);
        Assert.Equal((name, problem is null ? 1 : 0), (name, changes.Length));
    }

    /// <summary>A chain of links is followed as far as Linux does it (ELOOP, path_resolution(7)): 40 of them.</summary>
    [Theory]
    [InlineData(40, true)]
    [InlineData(41, false)]
    public void Install_ChainOfLinks_IsFollowedAsFarAsLinuxDoes(int count, bool isThere)
    {
        Installation install = new Installation().File("/etc/end", "1");
        for (int i = 1; i <= count; i++)
        {
            install.Link($"/etc/l{i}", i == 1 ? "end" : $"l{i - 1}");
        }
        string[] changes = install.RunStrictly($"if [ -e /etc/l{count} ]; then touch /etc/x; fi");
        Assert.Equal(isThere && install.Problem is null ? ["/etc/x 0644 0:0"] : [], changes);
    }
}
