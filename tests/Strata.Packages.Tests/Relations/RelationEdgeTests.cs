using System.Text;
using Strata.Core;
using Strata.Packages.Deb822;
using Strata.Packages.Indexes;
using Strata.Packages.Keys;
using Strata.Packages.Licences;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Tests.Relations;

/// <summary>Last allowed and first refused values; every comparison with an earlier, the same and a later version.</summary>
public class RelationEdgeTests
{
    [Theory]
    [InlineData("<<", true, false, false)]
    [InlineData("<=", true, true, false)]
    [InlineData("=", false, true, false)]
    [InlineData(">=", false, true, true)]
    [InlineData(">>", false, false, true)]
    public void Accepts_EveryOperator_BelowAtAndAbove(string sign, bool below, bool at, bool above)
    {
        VersionConstraint constraint = RelationParser.ParseOne($"x ({sign} 2)", "test").Constraint;
        Assert.Equal((below, at, above), (Takes("1"), Takes("2"), Takes("3")));
        Assert.Equal($"{sign} 2", constraint.ToString());

        bool Takes(string version) => constraint.Accepts(DebianVersion.Parse(version));
    }

    [Fact]
    public void Operators_OfVersions_TellStrictFromNotAndTakeNone()
    {
        DebianVersion one = DebianVersion.Parse("1");
        DebianVersion same = DebianVersion.Parse("1.0~~"); // below 1.0, above nothing
        DebianVersion again = DebianVersion.Parse("0:1");
        Assert.False(one < again || one > again || one != again);
        Assert.True(one <= again && one >= again && one < same && same > one && one <= same && same >= one);
        Assert.True(null < one && one > null && !(one < null) && (DebianVersion?)null == null && one != null);
        Assert.True((DebianVersion?)null <= null && !((DebianVersion?)null < null));
    }

    [Theory]
    [InlineData("a", null)]
    [InlineData("0", null)]
    [InlineData("z9+-.", null)]
    [InlineData("+a", "starts with neither")]
    [InlineData("-a", "starts with neither")]
    [InlineData(".a", "starts with neither")]
    [InlineData("a_b", "character '_'")]
    [InlineData("aB", "character 'B'")]
    [InlineData("a`", "character '`'")]
    [InlineData("a{", "character '{'")]
    [InlineData("a/", "character '/'")]
    public void ProblemOf_Name_IsThatOfPolicy(string name, string? problem) // Debian Policy §5.6.1
    {
        string? found = PackageName.ProblemOf(name);
        Assert.Equal(problem is null, found is null);
        Assert.Contains(problem ?? "", found ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_LastAllowedAndFirstRefused()
    {
        Assert.Null(PackageName.ProblemOf(new string('a', 200)));
        Assert.NotNull(PackageName.ProblemOf(new string('a', 201)));
        Assert.True(PackageName.IsArchitecture(new string('a', 32)));
        Assert.False(PackageName.IsArchitecture(new string('a', 33)));
        Assert.Null(VersionConstraint.ProblemOfWish(new string('1', 255) + "*"));
        Assert.NotNull(VersionConstraint.ProblemOfWish(new string('1', 256) + "*"));
        Assert.Null(VersionConstraint.ProblemOfWish(new string('1', 255)));
        Assert.NotNull(VersionConstraint.ProblemOfWish(new string('1', 256)));
        Assert.Equal(20_000, RelationParser.Parse(string.Join(',', Enumerable.Repeat("a", 20_000)), "test").Count);
        Assert.Throws<ImageFormatException>(() => RelationParser.Parse(string.Join(',', Enumerable.Repeat("a", 20_001)), "test"));
        Assert.Single(RelationParser.Parse(string.Join('|', Enumerable.Repeat("a", 20_000)), "test"));
        Assert.Throws<ImageFormatException>(() => RelationParser.Parse(string.Join('|', Enumerable.Repeat("a", 20_001)), "test"));
    }

    [Theory]
    [InlineData("amd64", true)]
    [InlineData("kfreebsd-amd64", true)]
    [InlineData("64", false)]
    [InlineData("-a", false)]
    [InlineData("AMD64", false)]
    [InlineData("a+b", false)]
    [InlineData("a.b", false)]
    [InlineData("", false)]
    public void IsArchitecture_Word_IsThatOfDpkg(string word, bool expected) => Assert.Equal(expected, PackageName.IsArchitecture(word));

    [Theory]
    [InlineData("a", true, true)]
    [InlineData("a:any", true, true)]
    [InlineData("a:native", true, true)]
    [InlineData("a:amd64", true, false)]
    [InlineData("a:arm64", false, true)]
    [InlineData("a:all", false, false)]
    public void FitsArchitecture_Qualifier_IsTheWordOrAny(string text, bool amd64, bool arm64)
    {
        Relation relation = RelationParser.ParseOne(text, "test");
        Assert.Equal((amd64, arm64), (relation.FitsArchitecture("amd64"), relation.FitsArchitecture("arm64")));
    }

    [Theory]
    [InlineData("1.*", "1.2", true)]
    [InlineData("1.*", "1.", true)]
    [InlineData("1.*", "11.2", false)]
    [InlineData("*-1", "2-1", true)]
    [InlineData("*-1", "2-11", false)]
    [InlineData("1.A*", "1.a", false)]
    [InlineData("1.2", "1.2", true)]
    [InlineData("1.2", "1.20", false)]
    public void Wish_Pattern_MatchesTheWholeVersion(string wish, string version, bool expected) =>
        Assert.Equal(expected, VersionConstraint.Wish(wish).Accepts(DebianVersion.Parse(version)));

    [Fact]
    public void ParseOne_NoneOrTwo_IsRefused()
    {
        Assert.Throws<ImageFormatException>(() => RelationParser.ParseOne("", "test"));
        Assert.Throws<ImageFormatException>(() => RelationParser.ParseOne("a, b", "test"));
        Assert.Throws<ImageFormatException>(() => RelationParser.ParseSimple("a | b", "test"));
        Assert.Equal("a (= 1)", RelationParser.ParseOne(" a\t(=1)\r\n", "test").ToString());
    }

    [Fact]
    public void Deb822_Limits_LastAllowedAndFirstRefused()
    {
        Deb822Limits limits = new() { MaxLineBytes = 10, MaxFields = 2, MaxStanzaBytes = 64 };
        Assert.Null(Fault("A: 3456789\nB: 1\n"));
        Assert.NotNull(Fault("A: 34567890\n"));
        Assert.NotNull(Fault("A: 1\nB: 2\nC: 3\n"));
        Assert.Null(Fault("A: 1\nB: 2\n\nC: 1\nD: 2\n"));
        Assert.Null(Fault("A~!: 1\n"));
        Assert.NotNull(Fault("A\u007f: 1\n"));
        Assert.NotNull(Fault(": 1\n"));

        string? Fault(string text)
        {
            try
            {
                Deb822Reader reader = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "test", limits);
                while (reader.Read())
                {
                }
                return null;
            }
            catch (ImageFormatException e)
            {
                return e.Problem;
            }
        }
    }

    [Theory]
    [InlineData(4, "abcd", null)]
    [InlineData(0, "", null)]
    [InlineData(5, "abcd", "it ends after 4 bytes")]
    [InlineData(3, "abcd", "it has more than the 3 bytes")]
    public void ExactLength_OfWhatRelease_Names(long length, string content, string? problem)
    {
        using ExactLengthStream stream = new(new MemoryStream(Encoding.ASCII.GetBytes(content)), length, "test");
        Assert.Equal(0, stream.Read(Span<byte>.Empty)); // an empty buffer is no end
        if (problem is null)
        {
            using StreamReader reader = new(stream);
            Assert.Equal(content, reader.ReadToEnd());
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => stream.CopyTo(Stream.Null)).Message, StringComparison.Ordinal);
    }

    // RFC 9580 §4.2.1 and §4.2.2; the body is what a fingerprint is computed of, whatever form its length has
    [Theory]
    [InlineData(191, "C6BF", "98BF", "9900BF")]
    [InlineData(192, "C6C000", "98C0", "9900C0")]
    [InlineData(1723, "C6C5FB", "9906BB", "9A000006BB")] // 1723 is the example of the RFC
    [InlineData(8383, "C6DFFF", "9920BF", "9A000020BF")]
    [InlineData(8384, "C6FF000020C0", "9920C0", "9A000020C0")]
    public void Keys_PacketLengths_InEveryForm(int length, params string[] heads)
    {
        byte[] body = [4, .. Enumerable.Range(1, length - 1).Select(i => (byte)(i % 251))];
        string[] fingerprints = [.. heads.Select(h => Assert.Single(PublicKeys.Read((byte[])[.. Convert.FromHexString(h), .. body],
            "test")).Fingerprint)];
        Assert.Single(fingerprints.Distinct());
        foreach (string head in heads)
        {
            Assert.Contains("cut off", Assert.Throws<ImageFormatException>(() =>
                PublicKeys.Read((byte[])[.. Convert.FromHexString(head), .. body[..^1]], "test")).Message, StringComparison.Ordinal);
            Assert.Throws<ImageFormatException>(() => PublicKeys.Read(Convert.FromHexString(head[..^2]), "test"));
        }
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 40)]
    [InlineData(5, 64)]
    [InlineData(6, 64)]
    [InlineData(7, 0)]
    public void Keys_Versions_HaveFingerprintsOfTheirLength(byte version, int digits)
    {
        byte[] packet = [0xC6, 2, version, 9];
        if (digits == 0)
        {
            Assert.Throws<ImageFormatException>(() => PublicKeys.Read(packet, "test"));
            return;
        }
        PublicKey key = Assert.Single(PublicKeys.Read(packet, "test"));
        Assert.Equal(digits, key.Fingerprint.Length);
        // §5.5.4: the low 64 bits of version 4, else the high
        Assert.Equal(version == 4 ? key.Fingerprint[24..] : key.Fingerprint[..16], key.Id);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(10, true)]
    [InlineData(12, true)]
    [InlineData(13, true)]
    [InlineData(14, true)]
    [InlineData(17, true)]
    [InlineData(21, true)]
    [InlineData(5, false)]
    [InlineData(7, false)]
    [InlineData(1, false)]
    [InlineData(8, false)]
    [InlineData(11, false)]
    [InlineData(18, false)]
    public void Keys_PacketsBesideKeys_AreThoseOfPublicKeys(int type, bool allowed)
    {
        byte[] key = [0xC6, 2, 4, 9];
        byte[] other = [(byte)(0xC0 | type), 0];
        if (allowed)
        {
            Assert.Single(PublicKeys.Read((byte[])[.. key, .. other], "test"));
        }
        else
        {
            Assert.Throws<ImageFormatException>(() => PublicKeys.Read((byte[])[.. key, .. other], "test"));
        }
        Assert.Throws<ImageFormatException>(() => PublicKeys.Read((byte[])[.. other, .. key], "test")); // nothing stands before a key
    }

    [Fact]
    public void Keys_AndArmour_LastAllowedAndFirstRefused()
    {
        byte[] key = [0xC6, 2, 4, 9];
        Assert.Equal(1000, PublicKeys.Read(Enumerable.Repeat(key, 1000).SelectMany(k => k).ToArray(), "test").Count);
        Assert.Throws<ImageFormatException>(() => PublicKeys.Read(Enumerable.Repeat(key, 1001).SelectMany(k => k).ToArray(), "test"));
        Assert.Equal(key, Armoured("Comment: " + new string('x', 1015)));
        Assert.Throws<ImageFormatException>(() => Armoured("Comment: " + new string('x', 1016)));

        byte[] Armoured(string header) => KeyArmour.Remove(Encoding.ASCII.GetBytes(
            $"-----BEGIN PGP PUBLIC KEY BLOCK-----\n{header}\n\n"
            + $"{Convert.ToBase64String(key)}\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n"), "test");
    }

    [Fact]
    public void Licences_LastAllowedAndFirstLeftOut()
    {
        Assert.Equal(256, Of(string.Concat(Enumerable.Range(0, 256).Select(i => $"License: own-{i}\n"))).Count);
        Assert.Single(Of("License: " + new string('x', 128) + "\n"));
        Assert.Empty(Of("License: " + new string('x', 129) + "\n"));
        Assert.Single(CopyrightFile.LicencesOf("\n\nFormat-Specification: x\nLicense: MIT-0\n"u8));

        static IReadOnlyList<string> Of(string text) => CopyrightFile.LicencesOf(Encoding.UTF8.GetBytes("Format: 1.0\n" + text));
    }
}
