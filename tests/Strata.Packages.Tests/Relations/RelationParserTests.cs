using Strata.Core;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Tests.Relations;

public class RelationParserTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("libc6", "libc6")]
    [InlineData("libc6 (>= 2.38), mawk|gawk ,python3:any (<<3.14~)", "libc6 (>= 2.38) / mawk | gawk / python3:any (<< 3.14~)")]
    [InlineData("a (= 1:2-3),\n b (<= 1) | c (>> 2)\n, d:native", "a (= 1:2-3) / b (<= 1) | c (>> 2) / d:native")]
    [InlineData("a:arm64,", "a:arm64")]
    public void Parse_ValidField_GivesItsGroups(string text, string expected) =>
        Assert.Equal(expected, string.Join(" / ", RelationParser.Parse(text, "Depends of x")));

    [Theory]
    [InlineData("a b", "expected ',' or '|'")]
    [InlineData("a | ", "the name is empty")]
    [InlineData("a,,b", "the name is empty")]
    [InlineData("a (1)", "'' is no comparison")]
    [InlineData("a (< 1)", "'<' is no comparison")]
    [InlineData("a (>= 1", "expected ')'")]
    [InlineData("a (>= 1 2)", "expected ')'")]
    [InlineData("a (>= x)", "version 'x'")]
    [InlineData("a [amd64]", "list of architectures")]
    [InlineData("a <!nocheck>", "build profile")]
    [InlineData("a:", "is no architecture")]
    [InlineData("Abc", "not allowed in the name")]
    [InlineData("${shlibs:Depends}", "not allowed in the name")]
    public void Parse_BrokenField_NamesTheRule(string text, string problem)
    {
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => RelationParser.Parse(text, "Depends of x"));
        Assert.Contains(problem, e.Problem, StringComparison.Ordinal);
        Assert.Equal("Depends of x", e.Format);
        Assert.InRange(e.OffsetBytes, 0, text.Length);
    }

    [Fact]
    public void ParseSimple_Alternatives_AreRefused() =>
        Assert.Throws<ImageFormatException>(() => RelationParser.ParseSimple("a, b | c", "Conflicts of x"));

    [Fact]
    public void Parse_MutatedFields_ThrowNothingElse()
    {
        Random random = new(7);
        const string Seed = "libc6 (>= 2.38), mawk | gawk:any (<< 1:3~rc1-2), d:native [amd64] <!x>";
        const string Alphabet = "a9:|,()<>=[]~ \n\tÄ\0!-";
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = Seed.ToCharArray();
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                text[random.Next(text.Length)] = Alphabet[random.Next(Alphabet.Length)];
            }
            try
            {
                string read = string.Join(", ", RelationParser.Parse(new string(text), "fuzz"));
                Assert.Equal(read, string.Join(", ", RelationParser.Parse(read, "again")));
            }
            catch (ImageFormatException e)
            {
                Assert.NotEmpty(e.Problem);
            }
        }
    }

    [Theory]
    [InlineData("<< 2", "1", true)]
    [InlineData("<< 2", "2", false)]
    [InlineData("<= 2", "2", true)]
    [InlineData("= 2-1", "2-1", true)]
    [InlineData("= 2-1", "2-1+b1", false)]
    [InlineData(">= 2", "2~rc", false)]
    [InlineData(">> 2", "2-0", false)]
    [InlineData(">> 2", "2-0.1", true)]
    public void Accepts_Version_AsTheOperatorSays(string constraint, string version, bool accepted)
    {
        VersionConstraint parsed = RelationParser.ParseOne($"x ({constraint})", "test").Constraint;
        Assert.Equal(accepted, parsed.Accepts(DebianVersion.Parse(version)));
    }

    [Fact]
    public void Accepts_NoVersion_OnlyWithoutComparison()
    {
        Assert.True(VersionConstraint.Any.Accepts(null));
        Assert.False(RelationParser.ParseOne("x (>= 0~)", "test").Constraint.Accepts(null));
    }
}
