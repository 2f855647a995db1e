using System.Text;
using Strata.Packages.Versions;
using Strata.Testing;

namespace Strata.Packages.Tests.Versions;

public class DebianVersionTests
{
    // Pairs of dpkg, lib/dpkg/t/t-version.c (test_version_compare, test_version_parse), and of deb-version(7).
    [Theory]
    [InlineData("1:0", "2:0", -1)]
    [InlineData("1-1", "2-1", -1)]
    [InlineData("1-1", "1-2", -1)]
    [InlineData("0-0", "0-0", 0)]
    [InlineData("0-00", "00-0", 0)]
    [InlineData("1:2-3", "1:2-3", 0)]
    [InlineData("0:0-0", "1:0-0", -1)]
    [InlineData("0a-0", "0b-0", -1)]
    [InlineData("0-a", "0-b", -1)]
    [InlineData("0", "0:0", 0)]
    [InlineData("0:0", "0:0-0", 0)]
    [InlineData("0:0.0-0.0", "0.0-0.0", 0)]
    [InlineData("1.0~~", "1.0~~a", -1)]
    [InlineData("1.0~~a", "1.0~", -1)]
    [InlineData("1.0~", "1.0", -1)]
    [InlineData("1.0", "1.0a", -1)]
    [InlineData("1.0a", "1.0+", -1)]
    [InlineData("1.0.", "1.0.0", 0)]
    [InlineData("1.2.9", "1.2.10", -1)]
    [InlineData("1.0-1~bpo12+1", "1.0-1", -1)]
    [InlineData("6.12.9-1", "6.12.9-1+b1", -1)]
    [InlineData("1.99999999999999999999999999999", "1.100000000000000000000000000000", -1)]
    public void CompareTo_KnownPair_HasKnownOrder(string a, string b, int order)
    {
        DebianVersion left = DebianVersion.Parse(a);
        DebianVersion right = DebianVersion.Parse(b);
        Assert.Equal(order, Math.Sign(left.CompareTo(right)));
        Assert.Equal(-order, Math.Sign(right.CompareTo(left)));
        Assert.Equal(order == 0, left == right);
        if (order == 0)
        {
            Assert.Equal(left.GetHashCode(), right.GetHashCode());
        }
    }

    [Theory]
    [InlineData(255, null)]
    [InlineData(256, "it has 256 characters, at most 255 are allowed")]
    public void ProblemOf_LongText_HasItsLimit(int length, string? problem) =>
        Assert.Equal(problem, DebianVersion.ProblemOf("1" + new string('0', length - 3) + "-1"));

    [Theory]
    [InlineData("2147483647:1", null)]
    [InlineData("2147483648:1", "epoch '2147483648' is no number of 0..2147483647")]
    [InlineData("+1:1", "epoch '+1' is no number of 0..2147483647")]
    [InlineData("1:1:1-1", null)] // a colon in the upstream part, where there is an epoch
    [InlineData("1-1-1", null)]
    [InlineData("1:-1", "the upstream part is empty")]
    [InlineData("1-~", null)]
    [InlineData("1-1_1", "character '_' is not allowed in a revision")]
    [InlineData("1_1-1", "character '_' is not allowed in an upstream part")]
    public void ProblemOf_Parts_HaveTheirRules(string text, string? problem) => Assert.Equal(problem, DebianVersion.ProblemOf(text));

    // dpkg, lib/dpkg/t/t-version.c (test_version_parse): every text it reports an error or a warning for.
    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("0:")]
    [InlineData("0:0 0-1")]
    [InlineData("-1:0-1")]
    [InlineData("999999999999999999999999:0-1")]
    [InlineData("a:0-0")]
    [InlineData("A:0-0")]
    [InlineData("-0")]
    [InlineData("0:-0")]
    [InlineData("0:abc3-0")]
    [InlineData("0:0-0:0")]
    [InlineData("0:0-")]
    [InlineData("1_0")]
    [InlineData("1.0-1_1")]
    public void TryParse_BrokenText_IsRefused(string text)
    {
        Assert.False(DebianVersion.TryParse(text, out _, out string? problem));
        Assert.NotEmpty(problem);
    }

    [Theory]
    [InlineData("0:0-0-0-0", 0, "0-0-0", "0")]
    [InlineData("5:1", 5, "1", "")]
    [InlineData("0:0:0:0-0", 0, "0:0:0", "0")]
    [InlineData("0:0-0:0-0", 0, "0-0:0", "0")]
    [InlineData("0:09azAZ.-+~:-0", 0, "09azAZ.-+~:", "0")]
    [InlineData("0:0-azAZ09.+~", 0, "0", "azAZ09.+~")]
    public void Parse_ManyParts_AreCutInTheRightPlaces(string text, int epoch, string upstream, string revision)
    {
        DebianVersion version = DebianVersion.Parse(text);
        Assert.Equal(epoch, version.Epoch);
        Assert.Equal(upstream, version.Upstream.ToString());
        Assert.Equal(revision, version.Revision.ToString());
        Assert.Equal(text, version.ToString());
    }

    [SkippableFact]
    public void CompareTo_SeededPairs_AgreesWithDpkg()
    {
        Random random = new(20250809);
        for (int i = 0; i < 400; i++)
        {
            string a = NextVersion(random);
            string b = i % 3 == 0 ? NextVersion(random) : Change(random, a);
            Assert.True(DebianVersion.TryParse(a, out DebianVersion? left, out string? problem), $"{a}: {problem}");
            Assert.True(DebianVersion.TryParse(b, out DebianVersion? right, out problem), $"{b}: {problem}");
            string relation = Math.Sign(left.CompareTo(right)) switch { < 0 => "lt", 0 => "eq", _ => "gt" };
            (int exitCode, string output) = Oracle.Run("dpkg", "--compare-versions", a, relation, b);
            Assert.True(exitCode == 0, $"dpkg does not find {a} {relation} {b}: {output}");
            Assert.True(relation != "eq" || left.GetHashCode() == right.GetHashCode(), $"{a} and {b} are equal, their hashes are not");
        }
    }

    private static string NextVersion(Random random)
    {
        StringBuilder text = new();
        if (random.Next(4) == 0)
        {
            text.Append(random.Next(3)).Append(':');
        }
        text.Append(random.Next(12)).Append(Part(random, "0019az.+~"));
        if (random.Next(3) > 0)
        {
            text.Append('-').Append(random.Next(10)).Append(Part(random, "01bZ.+~"));
        }
        return text.ToString();
    }

    private static string Part(Random random, string characters) =>
        string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => characters[random.Next(characters.Length)]));

    // One character more or less near the end: pairs that differ little find more mistakes than pairs that differ everywhere.
    private static string Change(Random random, string version)
    {
        string changed = random.Next(2) == 0 ? version + "0~a.+1"[random.Next(6)] : version[..^1];
        return DebianVersion.TryParse(changed, out _, out _) ? changed : version + "0";
    }
}
