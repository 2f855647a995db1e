using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Planning;
using Strata.Updates.Releases;

namespace Strata.Updates.Tests.Planning;

public class UpdatePlanTests
{
    private const int Head = 96; // bytes before the first block
    private const int Tail = 700; // tables and the verity tree
    private static readonly PublishedLayer s_more = new(300, 9000, new PublishedFile(Sha256Digest.Of("x"u8), 104));

    [Theory]
    [InlineData("abcd", "abcd", LayerWay.Nothing, "")]
    [InlineData("abcd", "abXd", LayerWay.Blocks, "0+96 8288+4096 16480+700")]
    [InlineData("abcd", "dcba", LayerWay.Blocks, "0+96 16480+700")] // where a block lies does not matter
    [InlineData("ab", "abXX", LayerWay.Blocks, "0+96 8288+4096 16480+700")] // what is fetched once is there
    [InlineData("abcd", "Xbcd", LayerWay.Blocks, "0+4192 16480+700")]
    [InlineData("abcd", "WXYZ", LayerWay.Whole, "0+17180")]
    [InlineData("", "abcd", LayerWay.Whole, "0+17180")]
    public void Of_Layer_FetchesWhatIsNotThere(string old, string fresh, LayerWay way, string ranges)
    {
        UpdatePlan plan = Plan(Made(("a", fresh)), ("a", old));
        LayerPlan layer = Assert.Single(plan.Layers);
        Assert.Equal(way, layer.Way);
        Assert.Equal(ranges, string.Join(' ', layer.Ranges.Select(r => $"{r.Offset}+{r.Length}")));
        Assert.Equal(layer.Ranges.Sum(r => r.Length) + (way == LayerWay.Nothing ? 0 : 404), layer.Bytes);
        Assert.Equal(40 + layer.Bytes, plan.Bytes);
    }

    [Fact]
    public void Of_BlocksOfOtherLayers_AreTakenToo()
    {
        UpdatePlan plan = Plan(Made(("a", "abX"), ("b", "cdXY")), ("a", "abc"), ("b", "d"));
        Assert.Equal([LayerWay.Blocks, LayerWay.Blocks], plan.Layers.Select(l => l.Way));
        // X comes with the lower layer, c moved from it
        Assert.Equal("0+96 12384+4796", string.Join(' ', plan.Layers[1].Ranges.Select(r => $"{r.Offset}+{r.Length}")));
    }

    [Fact]
    public void Of_KernelImageThatIsThere_IsNotFetched()
    {
        PublishedRelease release = Made(("a", "ab"));
        Assert.Equal(0, Plan(release, release.Uki.Digest, ("a", "ab")).Bytes);
        Assert.Equal(40, Plan(release, Sha256Digest.Of("other"u8), ("a", "ab")).Bytes);
    }

    [Fact]
    public void Of_IndexThatDoesNotFit_IsRefused()
    {
        PublishedRelease release = Made(("a", "ab"));
        ReleaseLayer small = release.Release.Layers[0] with { Size = Head + (2 * 4096) - 1 };
        Assert.Equal(
            "its blocks end at byte 8288 of an image with 8287 bytes",
            Assert.Throws<ImageFormatException>(() => LayerPlan.Of(small, s_more, IndexOf("ab"), new HashSet<Sha256Digest>())).Problem);
    }

    /// <summary>Images of all sorts: what a plan fetches and what is there is the image; few ranges, and never more bytes.</summary>
    [Fact]
    public void Of_ManyImages_GivesThemBack()
    {
        const int Seed = 20260101;
        Random random = new(Seed);
        for (int turn = 0; turn < 100; turn++)
        {
            string old = Letters(random, random.Next(0, 400), turn % 7 == 0 ? 3 : 3000);
            string changed = string.Concat(old.Select(l => random.Next(100) < turn % 100 ? (char)random.Next(5000, 9000) : l));
            string fresh = changed + Letters(random, random.Next(5), 9000);
            PublishedRelease release = Made(("a", fresh));
            LayerPlan plan = Plan(release, ("a", old)).Layers[0];
            byte[] image = ImageOf(fresh);
            byte[] built = new byte[image.Length];
            HashSet<char> there = [.. old];
            for (int i = 0; i < fresh.Length; i++)
            {
                if (there.Contains(fresh[i]))
                {
                    BlockOf(fresh[i]).CopyTo(built, Head + (i * 4096));
                }
            }
            foreach (ByteRange range in plan.Ranges)
            {
                image.AsSpan((int)range.Offset, (int)range.Length).CopyTo(built.AsSpan((int)range.Offset));
            }
            // a block that is new and stands there several times is copied from where it was fetched
            for (int i = 0; i < fresh.Length; i++)
            {
                int first = fresh.IndexOf(fresh[i], StringComparison.Ordinal);
                built.AsSpan(Head + (first * 4096), 4096).CopyTo(built.AsSpan(Head + (i * 4096)));
            }
            Assert.True(plan.Way == LayerWay.Nothing || image.AsSpan().SequenceEqual(built), $"turn {turn}");
            Assert.True(plan.Bytes <= image.Length + 404, $"turn {turn}");
            Assert.True(plan.Ranges.Count <= LayerPlan.LeastRanges, $"turn {turn}"); // all of these are small
        }
    }

    [Fact]
    public void Coalesce_TooMany_JoinsTheSmallestGaps()
    {
        ByteRange[] ranges = [new(0, 10), new(20, 10), new(35, 5), new(100, 1), new(103, 1)];
        Assert.Equal(ranges, ByteRange.Coalesce(ranges, 5, 0));
        Assert.Equal([new(0, 10), new(20, 10), new(35, 5), new(100, 4)], ByteRange.Coalesce(ranges, 5, 2));
        Assert.Equal([new(0, 10), new(20, 20), new(100, 4)], ByteRange.Coalesce(ranges, 3, 0));
        Assert.Equal([new(0, 104)], ByteRange.Coalesce(ranges, 1, 0));
        Assert.Empty(ByteRange.Coalesce([], 1, 0));
    }

    private static string Letters(Random random, int count, int different) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => (char)(1 + random.Next(different))));

    private static UpdatePlan Plan(PublishedRelease release, params (string Name, string Blocks)[] old) => Plan(release, null, old);

    private static UpdatePlan Plan(PublishedRelease release, Sha256Digest? uki, params (string Name, string Blocks)[] old) => UpdatePlan.Of(
        release, old.ToDictionary(l => Sha256Digest.Of(ImageOf(l.Blocks)), l => IndexOf(l.Blocks)), uki,
        (layer, _) => s_indexes[layer.Image]);

    private static readonly Dictionary<Sha256Digest, BlockIndex> s_indexes = [];

    private static PublishedRelease Made(params (string Name, string Blocks)[] layers)
    {
        foreach ((_, string blocks) in layers)
        {
            s_indexes[Sha256Digest.Of(ImageOf(blocks))] = IndexOf(blocks);
        }
        return new PublishedRelease
        {
            Counter = 2,
            SecurityVersion = 0,
            UpgradeFrom = 0,
            LeastAgent = 1,
            Release = new Release
            {
                Edition = "os",
                Version = "1",
                Architecture = "amd64",
                Layers =
                [
                    .. layers.Select(l => new ReleaseLayer
                    {
                        Name = l.Name, IsBase = true, Requires = [], Manifest = Sha256Digest.Of("m"u8),
                        Image = Sha256Digest.Of(ImageOf(l.Blocks)), Size = Head + (l.Blocks.Length * 4096) + Tail,
                        Data = 4096, Root = Sha256Digest.Of("r"u8), Salt = "",
                    }),
                ],
            },
            Layers = [.. layers.Select(_ => s_more)],
            Uki = new PublishedFile(Sha256Digest.Of("u"u8), 40),
            Bills = [],
        };
    }

    private static BlockIndex IndexOf(string blocks) => new(
        4096, blocks.Length == 0 ? 0 : Head, [.. blocks.Select(l => new IndexedBlock(Sha256Digest.Of(BlockOf(l)), 4096, 4096))]);

    private static byte[] ImageOf(string blocks)
    {
        byte[] image = new byte[Head + (blocks.Length * 4096) + Tail];
        image.AsSpan(0, Head).Fill(1);
        image.AsSpan(image.Length - Tail).Fill(2);
        for (int i = 0; i < blocks.Length; i++)
        {
            BlockOf(blocks[i]).CopyTo(image, Head + (i * 4096));
        }
        return image;
    }

    private static byte[] BlockOf(char letter)
    {
        byte[] block = new byte[4096];
        BitConverter.TryWriteBytes(block, letter);
        return block;
    }
}
