using Strata.Core;
using Strata.Editions.Publishing;

namespace Strata.Editions.Tests.Publishing;

/// <summary>Where a container image goes: no registry is assumed, and nothing of a name is guessed.</summary>
public class ImageReferenceTests
{
    public static TheoryData<string, string, string?> Good => new()
    {
        { "registry.example.org/team/app:1.0", "registry.example.org/team/app", "1.0" },
        { "localhost/app", "localhost/app", null },
        { "localhost:5000/app:x", "localhost:5000/app", "x" },
        { "a.b/c", "a.b/c", null },
        { "a:1/c", "a:1/c", null },
        { "A.b/c", "A.b/c", null },
        { "[fd00::1]:5000/app", "[fd00::1]:5000/app", null },
        { "[::]/app", "[::]/app", null },
        { "a.b:99999/c/d__e/f-g--h/i_j.k:_x", "a.b:99999/c/d__e/f-g--h/i_j.k", "_x" },
        { "a.b/" + new string('c', 255), "a.b/" + new string('c', 255), null },
        { "a.b/c:" + new string('t', 128), "a.b/c", new string('t', 128) },
        { "a." + new string('b', 252) + "/c", "a." + new string('b', 252) + "/c", null },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void Parse_Reference_HasItsParts(string text, string repository, string? tag)
    {
        ImageReference reference = ImageReference.Parse(text);
        Assert.Equal((repository, tag, text), (reference.Repository, reference.Tag, reference.ToString()));
    }

    [Theory]
    [InlineData("https://a.b/c", "it is a web address")]
    [InlineData("a.b/c@sha256:00", "it names an image by its digest, which follows from the image")]
    [InlineData("app", "it names no registry")]
    [InlineData("team/app", "it names no registry")]
    [InlineData("/app", "it names no registry")]
    [InlineData("app:1.0", "it names no registry")]
    [InlineData("localhosts/app", "it names no registry")]
    [InlineData("-a.b/c", "'-a.b' is no host, nor one with a port")]
    [InlineData("a.b-/c", "'a.b-' is no host, nor one with a port")]
    [InlineData("a.b:/c", "'a.b:' is no host, nor one with a port")]
    [InlineData("a.b:123456/c", "'a.b:123456' is no host, nor one with a port")]
    [InlineData("a.b_/c", "'a.b_' is no host, nor one with a port")]
    [InlineData("a.b/", "'' is no name of an image")]
    [InlineData("a.b/C", "'C' is no name of an image")]
    [InlineData("a.b/c/", "'c/' is no name of an image")]
    [InlineData("a.b/c//d", "'c//d' is no name of an image")]
    [InlineData("a.b/c..d", "'c..d' is no name of an image")]
    [InlineData("a.b/c___d", "'c___d' is no name of an image")]
    [InlineData("a.b/-c", "'-c' is no name of an image")]
    [InlineData("a.b/c-", "'c-' is no name of an image")]
    [InlineData("a.b/c\n", "'c\n' is no name of an image")]
    [InlineData("a.b/c:", "'' is no tag")]
    [InlineData("a.b/c:.x", "'.x' is no tag")]
    [InlineData("a.b/c:-x", "'-x' is no tag")]
    [InlineData("a.b/c:x+y", "'x+y' is no tag")]
    public void Parse_NoReference_SaysWhy(string text, string why)
    {
        StrataException e = Assert.Throws<StrataException>(() => ImageReference.Parse(text));
        Assert.StartsWith($"cannot push to '{text}': {why}", e.Message, StringComparison.Ordinal);
        Assert.Equal("Expected REGISTRY/NAME:TAG, like registry.example.org/team/app:1.0.", e.Hint);
    }

    [Fact]
    public void Parse_TooLong_IsRefused()
    {
        Assert.Throws<StrataException>(() => ImageReference.Parse("a.b/" + new string('c', 256)));
        Assert.Throws<StrataException>(() => ImageReference.Parse("a.b/c:" + new string('t', 129)));
        Assert.Throws<StrataException>(() => ImageReference.Parse("a." + new string('b', 253) + "/c"));
    }
}
