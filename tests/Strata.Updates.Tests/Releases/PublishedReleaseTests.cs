using System.Text;
using Strata.Core;
using Strata.Updates.Releases;

namespace Strata.Updates.Tests.Releases;

public class PublishedReleaseTests
{
    private const string One =
        """
        {"format":"strata-update-1","edition":"capability","version":"0.1","architecture":"amd64","counter":7,"securityVersion":2,
        "upgradeFrom":3,"leastAgent":1,"uki":{"sha256":"0bfe935e70c321c7ca3afc75ce0d0ca2f98b5422e008bb31c00c6d7f1f1c0ad6","size":40},
        "bills":[{"form":"cyclonedx","file":{"sha256":"2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6","size":9}}],
        "layers":[{"name":"shell","base":true,
        "requires":[],"manifest":"62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a",
        "image":"de7d1b721a1e0632b7cf04edf5032c8ecffa9f9a08492152b926f1a5a7e765d7","size":12288,"data":4096,
        "root":"454349e422f05297191ead13e21d3db520e5abef52055e4964b82fb213f593a1","salt":"","manifestSize":300,"plainBytes":9000,
        "blockIndex":{"sha256":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881","size":104}}]}
        """;

    /// <summary>The text above as it has to be: without the line breaks that make it fit here.</summary>
    private static readonly string s_one = One.ReplaceLineEndings("") + "\n";

    [Fact]
    public void Write_OneLayer_IsTheTextOfTheFormat()
    {
        Assert.Equal(s_one, Encoding.UTF8.GetString(PublishedReleaseText.Write(Sample())));
        Assert.Equal(40 + 12288 + 300 + 104, Sample().FullBytes);
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        byte[] text = Encoding.UTF8.GetBytes(s_one);
        PublishedRelease read = PublishedReleaseText.Read(text);
        Assert.Equal(text, PublishedReleaseText.Write(read));
        Assert.Equal((7, 2, 3, 1), (read.Counter, read.SecurityVersion, read.UpgradeFrom, read.LeastAgent));
        Assert.Equal(Sample().Layers, read.Layers);
        Assert.Equal(Sample().Bills, read.Bills);
        Assert.Equal("shell", Assert.Single(read.Release.Layers).Name);
    }

    [Theory]
    [InlineData("\"counter\":7", "\"counter\":0", "counter is 0")]
    [InlineData("\"counter\":7", "\"counter\":3", "upgradeFrom is 3, expected less than the counter 3")]
    [InlineData("\"leastAgent\":1", "\"leastAgent\":0", "leastAgent is 0")]
    [InlineData("\"size\":40", "\"size\":0", "a file of it has no bytes")]
    [InlineData("\"size\":104", "\"size\":0", "a file of it has no bytes")]
    [InlineData("\"manifestSize\":300", "\"manifestSize\":0", "a file of it has no bytes")]
    [InlineData("\"size\":40", "\"size\":-1", "whole number")]
    [InlineData("\"cyclonedx\"", "\"../x\"", "bills are no sorted list")]
    [InlineData("\"size\":12288", "\"size\":4096", "more than data")]
    [InlineData("strata-update-1", "strata-update-2", "format")]
    [InlineData("\"securityVersion\":2,", "", "expected member 'securityVersion'")]
    [InlineData("\"plainBytes\":9000", "\"plainBytes\":9000,\"x\":1", "expected member 'blockIndex'")]
    [InlineData("]}\n", "]}\n\n", "canonical")]
    [InlineData("\"counter\":7", "\"counter\": 7", "canonical")]
    public void Read_BrokenRule_SaysWhich(string old, string changed, string words)
    {
        Assert.Contains(old, s_one, StringComparison.Ordinal);
        byte[] text = Encoding.UTF8.GetBytes(s_one.Replace(old, changed, StringComparison.Ordinal));
        ImageFormatException fault = Assert.Throws<ImageFormatException>(() => PublishedReleaseText.Read(text));
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TooLong_IsRefusedUnread() => Assert.Contains(
        "allowed are",
        Assert.Throws<ImageFormatException>(() => PublishedReleaseText.Read(new byte[PublishedRelease.MaxBytes + 1])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Problems_LayersThatAreNotDescribed_AreTold()
    {
        Assert.Contains("0 layers are described, the release has 1", (Sample() with { Layers = [] }).Problems());
        PublishedFile file = new(Sha256Digest.Of("f"u8), 1);
        Assert.Contains(
            (Sample() with { Bills = [("b", file), ("a", file)] }).Problems(), p => p.StartsWith("bills", StringComparison.Ordinal));
    }

    private static PublishedRelease Sample() => new()
    {
        Counter = 7,
        SecurityVersion = 2,
        UpgradeFrom = 3,
        LeastAgent = 1,
        Release = SampleRelease.Four() with { Version = "0.1", Layers = [SampleRelease.Layer("shell", isBase: true)] },
        Layers = [new PublishedLayer(300, 9000, new PublishedFile(Sha256Digest.Of("x"u8), 104))],
        Uki = new PublishedFile(Sha256Digest.Of("u"u8), 40),
        Bills = [("cyclonedx", new PublishedFile(Sha256Digest.Of("c"u8), 9))],
    };
}
