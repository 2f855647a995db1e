using System.Text;
using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;
using Strata.Updates.Tests.Layers;
using Strata.Updates.Tests.Releases;

namespace Strata.Updates.Tests;

/// <summary>Last allowed and first refused values of docs/formats/release.md and layer.md, each field apart.</summary>
public class FormEdgeTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("z9", true)]
    [InlineData("0", true)]
    [InlineData("a+-._z", true)]
    [InlineData("", false)]
    [InlineData("+a", false)]
    [InlineData("-a", false)]
    [InlineData(".a", false)]
    [InlineData("_a", false)]
    [InlineData("aB", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a:", false)]
    [InlineData("a`", false)]
    [InlineData("a{", false)]
    [InlineData("ä", false)]
    [InlineData("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", true)] // 64
    [InlineData("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", false)]
    public void Names_OfEveryKind_AreOfLowerCaseAndShort(string name, bool allowed)
    {
        Release release = SampleRelease.Four() with { Layers = [SampleRelease.Layer("x")] };
        ReleaseLayer layer = release.Layers[0];
        LayerManifest manifest = LayerFormatTests.s_manifest with { Requires = [] };
        Assert.Equal(
            Enumerable.Repeat(allowed, 9),
            [
                !(release with { Edition = name }).Problems().Any(), !(release with { Architecture = name }).Problems().Any(),
                !(release with { Layers = [layer with { Name = name }] }).Problems().Any(),
                    !(manifest with { Name = name }).Problems().Any(),
                !(manifest with { Architecture = name }).Problems().Any(), !(manifest with { Codec = name }).Problems().Any(),
                !(manifest with { Requires = [name] }).Problems().Any(), !(manifest with { Provides = [name] }).Problems().Any(),
                !(manifest with { Effects = [name] }).Problems().Any(),
            ]);
        Assert.Equal(allowed, !(manifest with { Packages = [manifest.Packages[0] with { Name = name }] }).Problems().Any());
    }

    [Theory]
    [InlineData("!", true)]
    [InlineData("~", true)]
    [InlineData("4:1.0-1+b1", true)]
    [InlineData(" ", false)]
    [InlineData("a b", false)]
    [InlineData("\u007f", false)]
    [InlineData("a\"", false)]
    [InlineData("a\\", false)]
    [InlineData("", false)]
    public void PlainTexts_AreVisibleAscii(string text, bool allowed)
    {
        LayerManifest manifest = LayerFormatTests.s_manifest;
        LayerPackage package = manifest.Packages[0];
        Assert.Equal(allowed, !(SampleRelease.Four() with { Version = text }).Problems().Any());
        Assert.Equal(allowed, !(manifest with { Packages = [package with { Version = text }] }).Problems().Any());
        Assert.Equal(allowed, !(manifest with { Packages = [package with { Licences = ["MIT", text] }] }).Problems().Any());
    }

    [Fact]
    public void PlainTexts_HaveAtMost256Characters()
    {
        Assert.Empty((SampleRelease.Four() with { Version = new string('1', 256) }).Problems());
        Assert.Single((SampleRelease.Four() with { Version = new string('1', 257) }).Problems());
    }

    [Theory]
    [InlineData(0, 4096, "data is 0")]
    [InlineData(-4096, 4096, "data is -4096")]
    [InlineData(4096, 4096, "size is 4096")]
    [InlineData(4096, 4097, null)]
    [InlineData(4097, 8192, "data is 4097")]
    public void Layer_DataAndSize_AtTheirEdges(long data, long size, string? problem)
    {
        string[] problems = [.. (SampleRelease.Layer("x") with { Data = data, Size = size }).Problems()];
        Assert.Equal(problem is null ? 0 : 1, problems.Length);
        Assert.All(problems, p => Assert.StartsWith(problem!, p, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("09af", true)]
    [InlineData("0", false)]
    [InlineData("/0", false)]
    [InlineData("0:", false)]
    [InlineData("`a", false)]
    [InlineData("ag", false)]
    [InlineData("AF", false)]
    public void Layer_Salt_IsLowerCaseHex(string salt, bool allowed) =>
        Assert.Equal(allowed, !(SampleRelease.Layer("x") with { Salt = salt }).Problems().Any());

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void Release_HasAtMost1024Layers(int count, bool allowed)
    {
        Release release = SampleRelease.Four() with { Layers = [.. Enumerable.Range(1000, count).Select(i =>
            SampleRelease.Layer($"l{i}"))] };
        string text = Encoding.UTF8.GetString(ReleaseWriter.Write(release with { Layers = [.. release.Layers.Take(1024)] }));
        if (allowed)
        {
            Assert.Equal(1024, ReleaseReader.Read(Encoding.UTF8.GetBytes(text)).Layers.Count);
            return;
        }
        string one = text[text.IndexOf("{\"name\":\"l1000\"", StringComparison.Ordinal)..text.IndexOf(",{\"name\":\"l1001\"",
            StringComparison.Ordinal)];
        byte[] more = Encoding.UTF8.GetBytes(text.Replace("]}\n", "," + one + "]}\n", StringComparison.Ordinal));
        Assert.Contains("more than 1024 layers", Assert.Throws<ImageFormatException>(() => ReleaseReader.Read(more)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_Lists_AreSortedAndPackagesToo()
    {
        LayerManifest manifest = LayerFormatTests.s_manifest;
        LayerPackage package = manifest.Packages[0];
        Assert.Empty((manifest with { Packages = [package with { Name = "a" }, package with { Name = "b" }] }).Problems());
        Assert.Single((manifest with { Packages = [package with { Name = "b" }, package with { Name = "a" }] }).Problems());
        Assert.Single((manifest with { Packages = [package, package] }).Problems());
        Assert.Single((SampleRelease.Layer("x") with { Requires = ["a", "c", "b"] }).Problems());
        Assert.Single((SampleRelease.Layer("x") with { Requires = ["a", "a"] }).Problems());
    }

    // the whole text at once: every member, in its order, with its own value
    [Fact]
    public void Manifest_Text_HasEveryMember()
    {
        LayerManifest manifest = LayerFormatTests.s_manifest with { Effects = ["users"], Salt = "0f", Entries = 7, PlainBytes = 8,
            Provides = ["p", "q"] };
        LayerManifest again = LayerManifestText.Read(LayerManifestText.Write(manifest));
        Assert.Equal(
            (manifest.Name, manifest.Architecture, "base shell", "p q", "users", 7L, 8L, "zstd", 131072L),
            (again.Name, again.Architecture, string.Join(' ', again.Requires), string.Join(' ', again.Provides), string.Join(' ',
                again.Effects),
                again.Entries, again.PlainBytes, again.Codec, again.BlockSize));
        Assert.Equal(
            (manifest.Image, manifest.Size, manifest.Data, manifest.Root, "0f", manifest.BlockIndex),
            (again.Image, again.Size, again.Data, again.Root, again.Salt, again.BlockIndex));
        LayerPackage package = Assert.Single(again.Packages);
        Assert.Equal(("g++", "4:14.2.0-1+b1", 3L, 4096L, "GPL-3+"), (package.Name, package.Version, package.Files, package.PlainBytes,
            package.Licences[0]));
        Assert.Equal(manifest.Packages[0].Digest, package.Digest);
        ReleaseLayer layer = manifest.InRelease(Sha256Digest.Of("d"u8), isBase: true);
        Assert.Equal((true, Sha256Digest.Of("d"u8), manifest.Image, manifest.Root), (layer.IsBase, layer.Manifest, layer.Image,
            layer.Root));
        Assert.Equal((12288L, 4096L, "0f", "base shell"), (layer.Size, layer.Data, layer.Salt, string.Join(' ', layer.Requires)));
    }

    [Theory]
    [InlineData(4096, 96, 1, true)]
    [InlineData(1 << 20, 96, 1, true)]
    [InlineData(12288, 96, 1, false)] // no power of two
    [InlineData(2048, 96, 1, false)]
    [InlineData(1 << 21, 96, 1, false)]
    [InlineData(4096, 0, 0, true)]
    [InlineData(4096, 1, 0, false)]
    [InlineData(4096, 0, 1, false)]
    [InlineData(4096, 1, 1, true)]
    [InlineData(4096, -1, 1, false)]
    public void Index_Head_AtItsEdges(int blockSize, long first, int count, bool allowed)
    {
        BlockIndex index = new(blockSize, first, [.. Enumerable.Repeat(new IndexedBlock(Sha256Digest.Of("a"u8), 1, 1), count)]);
        Check(index.Write(), allowed);
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(4096, 4096, true)]
    [InlineData(4096, 4097, false)]
    [InlineData(2, 1, false)]
    [InlineData(0, 1, false)]
    [InlineData(-1, 1, false)]
    public void Index_Block_AtItsEdges(int stored, int plain, bool allowed) =>
        Check(new BlockIndex(4096, 96, [new IndexedBlock(Sha256Digest.Of("a"u8), stored, plain)]).Write(), allowed);

    [Fact]
    public void Between_NothingOldOrNothingNew_CountsAllOrNothing()
    {
        BlockIndex index = LayerFormatTests.s_index;
        Assert.Equal(new LayerChange(8192, 3, 3, 8192, 1), LayerChange.Between(null, index, 8192));
        Assert.Equal(new LayerChange(8192, 3, 0, 0, 0), LayerChange.Between(null, index, 8192, isSame: true));
        Assert.Equal(new LayerChange(8192, 0, 0, 8192, 1), LayerChange.Between(index, new BlockIndex(4096, 0, []), 8192));
    }

    private static void Check(byte[] index, bool allowed)
    {
        if (allowed)
        {
            Assert.Equal(index, BlockIndex.Read(index).Write());
        }
        else
        {
            Assert.Throws<ImageFormatException>(() => BlockIndex.Read(index));
        }
    }
}
