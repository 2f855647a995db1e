using Strata.Core.Trees;

namespace Strata.Core.Tests;

/// <summary>Last allowed and first refused values, and every part of what is compared, each alone.</summary>
public class CoreEdgeTests
{
    [Theory]
    [InlineData("3B", 3)]
    [InlineData("3K", 3072)]
    [InlineData("3KiB", 3072)]
    [InlineData("3kB", 3000)]
    [InlineData("3KB", 3000)]
    [InlineData("3M", 3145728)]
    [InlineData("3MB", 3000000)]
    [InlineData("3G", 3221225472)]
    [InlineData("3GiB", 3221225472)]
    [InlineData("3GB", 3000000000)]
    [InlineData("3TiB", 3298534883328)]
    [InlineData("3TB", 3000000000000)]
    [InlineData("1.9", 1)] // no part of a byte
    [InlineData("0.5K", 512)]
    [InlineData("8388607 TiB", 9223370937343148032)]
    [InlineData("3m", -1)]
    [InlineData("3 b", -1)]
    [InlineData("3KIB", -1)]
    [InlineData("3 PiB", -1)]
    [InlineData("+3", -1)]
    [InlineData("3,0", -1)]
    public void TryParse_EveryUnit_IsItsFactor(string text, long bytes) =>
        Assert.Equal(bytes, ByteSize.TryParse(text, out ByteSize size) ? size.Bytes : -1);

    [Theory]
    [InlineData(10_234, "9.99 KiB")]
    [InlineData(10_235, "10.0 KiB")]
    [InlineData(102_348, "99.9 KiB")]
    [InlineData(102_349, "100 KiB")]
    [InlineData(1_023_487, "999 KiB")]
    [InlineData(1_023_488, "0.98 MiB")]
    [InlineData(1000, "0.98 KiB")]
    [InlineData(-999, "-999 B")]
    [InlineData(-1_023_488, "-0.98 MiB")]
    [InlineData(1L << 30, "1.00 GiB")]
    [InlineData(1L << 40, "1.00 TiB")]
    public void ToString_WhereTheDigitsChange_HasThree(long bytes, string text) => Assert.Equal(text, new ByteSize(bytes).ToString());

    [Fact]
    public void Operators_OfEqualValues_TellStrictFromNot()
    {
        ByteSize size = new(5);
        ByteSize same = new(5);
        Assert.False(size < same || size > same);
        Assert.True(size <= same && size >= same);
        Assert.True(size < new ByteSize(6) && new ByteSize(6) >= size && size.CompareTo(new ByteSize(6)) < 0);
        GuestPath path = GuestPath.Parse("/b");
        GuestPath alike = GuestPath.Parse("/b");
        Assert.False(path < alike || path > alike || path != alike);
        Assert.True(path <= alike && path >= alike && path > GuestPath.Parse("/B") && path < GuestPath.Parse("/b/a"));
        Sha256Digest digest = Sha256Digest.Parse("01" + new string('0', 62));
        Sha256Digest equal = Sha256Digest.Parse("01" + new string('0', 62));
        Sha256Digest more = Sha256Digest.Parse("01" + new string('0', 61) + "1");
        Assert.False(digest < equal || digest > equal || digest != equal || digest == more);
        Assert.True(digest <= equal && digest >= equal && digest < more && more > digest && digest <= more && more >= digest);
        Assert.Equal("010000000000", digest.ToShortString());
    }

    [Theory]
    [InlineData(63, '0', false)]
    [InlineData(64, '0', true)]
    [InlineData(65, '0', false)]
    [InlineData(66, '0', false)]
    [InlineData(64, '9', true)]
    [InlineData(64, 'a', true)]
    [InlineData(64, 'f', true)]
    [InlineData(64, 'F', false)]
    [InlineData(64, '/', false)]
    [InlineData(64, ':', false)]
    [InlineData(64, '`', false)]
    public void TryParse_Digest_IsSixtyFourLowerCaseHexDigits(int length, char digit, bool expected)
    {
        string text = new(digit, length);
        Assert.Equal(expected, Sha256Digest.TryParse(text, out Sha256Digest digest));
        Assert.Equal(expected, digest.ToString() == text);
        Assert.Equal(expected, Sha256Digest.TryParse(text, null, out _));
    }

    [Theory]
    [InlineData("/usr", "/", true)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/usr", false)]
    [InlineData("/usr", "/usr/bin", false)]
    [InlineData("/usX/a", "/usr", false)]
    [InlineData("/usr/a", "/usr", true)]
    public void IsAtOrBelow_Directory_IsDecidedByComponents(string path, string directory, bool expected) =>
        Assert.Equal(expected, GuestPath.Parse(path).IsAtOrBelow(GuestPath.Parse(directory)));

    [Theory]
    [InlineData("./.", null)]
    [InlineData("././a", null)]
    [InlineData("./a/.", null)]
    [InlineData("a/", "/a")]
    [InlineData("a//", null)]
    [InlineData(".a", "/.a")]
    [InlineData("/", null)]
    public void TryParseArchiveName_DotsAndSlashes(string text, string? expected) =>
        Assert.Equal(expected, GuestPath.TryParseArchiveName(text, out GuestPath path, out _) ? path.ToString() : null);

    [Theory]
    [InlineData(85, true)] // 255 bytes
    [InlineData(86, false)]
    public void TryParse_NameOfThreeByteLetters_IsCountedInBytes(int count, bool expected) =>
        Assert.Equal(expected, GuestPath.TryParse("/" + new string('€', count), out _, out _));

    [Fact]
    public void Join_OnRootAndElsewhere_HasOneSlash()
    {
        Assert.Equal("/a/b", GuestPath.Root.Join("a/b").ToString());
        Assert.Equal("/a/b", GuestPath.Parse("/a").Join("b").ToString());
        Assert.Equal(("a", "/", "a"), (GuestPath.Parse("/a").Name, GuestPath.Parse("/a").Parent.ToString(),
            GuestPath.Parse("/a").Relative));
        Assert.Throws<FormatException>(() => GuestPath.Parse("/a").Join("../b"));
    }

    [Theory]
    [InlineData("abcdef", "abcdXX", true)] // a third of six letters may differ
    [InlineData("abcdef", "abcXXX", false)]
    [InlineData("ab", "aX", true)]
    [InlineData("ab", "ba", true)]
    [InlineData("abcd", "xxabcdxxxx", true)] // contained, from four letters on
    [InlineData("abc", "xxabcxxxx", false)]
    [InlineData("abc", "abcde", false)]
    [InlineData("abc", "abcd", true)]
    [InlineData("abcde", "abced", true)]
    [InlineData("abc", "cba", false)]
    public void Find_Distance_AtItsEdge(string word, string candidate, bool found) => Assert.Equal(found,
        NearMiss.Find(word, [candidate]).Count == 1);

    [Fact]
    public void Find_EquallyNear_ShorterThenByName()
    {
        Assert.Equal(["abc", "abx", "aby", "abcx"], NearMiss.Find("abc", ["aby", "abcx", "abx", "abc"], 4));
        Assert.Equal(["abc"], NearMiss.Find("abc", ["aby", "abcx", "abx", "abc"], 1));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0xFFF, true)]
    [InlineData(0x1000, false)]
    [InlineData(-1, false)]
    public void Permissions_AreTwelveBits(int permissions, bool allowed)
    {
        if (allowed)
        {
            Assert.Equal(permissions, new DirectoryNode { Permissions = permissions }.Permissions);
        }
        else
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new DirectoryNode { Permissions = permissions });
        }
    }

    private static readonly TreeNode[] s_nodes =
    [
        new DirectoryNode { Permissions = 1 },
        new DirectoryNode { Permissions = 2 },
        new DirectoryNode { Permissions = 1, Uid = 1 },
        new DirectoryNode { Permissions = 1, Gid = 1 },
        new FileNode { Permissions = 1, Content = InlineContent.FromText("a") },
        new FileNode { Permissions = 1, Content = InlineContent.FromText("b") },
        new SymlinkNode { Permissions = 1, Target = "a" },
        new SymlinkNode { Permissions = 1, Target = "b" },
        new SpecialNode { Permissions = 1, Kind = SpecialKind.BlockDevice },
        new SpecialNode { Permissions = 1, Kind = SpecialKind.CharacterDevice },
        new SpecialNode { Permissions = 1, Kind = SpecialKind.Fifo },
        new SpecialNode { Permissions = 1, Kind = SpecialKind.Socket },
        new SpecialNode { Permissions = 1, Kind = SpecialKind.BlockDevice, Major = 1 },
        new SpecialNode { Permissions = 1, Kind = SpecialKind.BlockDevice, Minor = 1 },
    ];

    [Fact]
    public void IsLike_EveryPartOfANode_Counts()
    {
        for (int i = 0; i < s_nodes.Length; i++)
        {
            Assert.All(s_nodes.Select((n, j) => (n, j)), other => Assert.Equal(i == other.j, s_nodes[i].IsLike(other.n)));
        }
        Assert.True(s_nodes[4].IsLike(new FileNode { Permissions = 1, Content = InlineContent.FromText("a") }));
        Assert.True(s_nodes[13].IsLike(new SpecialNode { Permissions = 1, Kind = SpecialKind.BlockDevice, Minor = 1 }));
    }

    [Fact]
    public void TreeDigest_EveryPartOfANode_Counts()
    {
        List<Sha256Digest> digests = [.. s_nodes.Select(n => DigestOf("/a", n))];
        Assert.Equal(s_nodes.Length, digests.Distinct().Count());
        Assert.NotEqual(digests[6], DigestOf("/b", s_nodes[6]));
    }

    private static Sha256Digest DigestOf(string path, TreeNode node)
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse(path), node, new Origin("cap", null, "test"));
        return TreeDigest.Of(tree);
    }

    // path_resolution(7): 40 links are followed, the next one is too many
    [Theory]
    [InlineData(40, true)]
    [InlineData(41, false)]
    public void TryResolve_ChainOfLinks_HasTheLengthOfLinux(int links, bool found)
    {
        FileTree tree = new();
        Origin origin = new(null, null, "test");
        tree.Add(GuestPath.Parse("/0"), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText("x") }, origin);
        for (int i = 1; i <= links; i++)
        {
            tree.Add(GuestPath.Parse($"/{i}"), new SymlinkNode { Permissions = Modes.Link, Target = $"{i - 1}" }, origin);
        }
        Assert.Equal(found, tree.TryResolve(GuestPath.Parse($"/{links}"), out TreeEntry entry));
        Assert.Equal(found ? "/0" : "/", entry.Path.ToString());
    }

    [Fact]
    public void ReplaceAndRemove_AtTheirEdges()
    {
        FileTree tree = new();
        Origin origin = new(null, null, "test");
        tree.Replace(GuestPath.Parse("/new/a"), s_nodes[4], origin); // not there yet: as if added
        tree.Replace(GuestPath.Parse("/new"), s_nodes[1], origin); // a directory by a directory
        Assert.Equal("/new/ dir 0002\n/new/a file 0001 ca978112\n", TreeDump.Of(tree));
        tree.Remove(GuestPath.Root);
        Assert.Equal(1, tree.Count);
        Assert.True(tree.Contains(GuestPath.Root));
    }
}
