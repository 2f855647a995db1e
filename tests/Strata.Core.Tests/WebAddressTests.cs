namespace Strata.Core.Tests;

public class WebAddressTests
{
    [Theory]
    [InlineData("http://archive.example/debian", "http://archive.example/debian")]
    [InlineData("http://me:secret@archive.example:81/debian?a=b", "http://archive.example:81/debian?a=b")]
    [InlineData("https://me%40home:se%2Fcret@archive.example/a@b", "https://archive.example/a@b")]
    [InlineData("ftp://me:secret@archive.example/debian", "ftp://archive.example/debian")]
    public void Shown_Address_HasNoUserAndPassword(string address, string expected) =>
        Assert.Equal(expected, WebAddress.Shown(new Uri(address)));

    [Theory]
    [InlineData("me:secret@archive.example/debian", "archive.example/debian")]
    [InlineData("http://me:se/cret@archive.example/debian", "http://archive.example/debian")]
    [InlineData("http://me:se@cret@archive.example", "http://archive.example")]
    [InlineData("the proxy 'http://me:secret@proxy.example:3128/' failed", "the proxy 'http://proxy.example:3128/' failed")]
    [InlineData("asked me@home for http://a.example", "asked me@home for http://a.example")]
    [InlineData("", "")]
    public void Shown_Text_HasNoUserAndPassword(string text, string expected) => Assert.Equal(expected, WebAddress.Shown(text));
}
