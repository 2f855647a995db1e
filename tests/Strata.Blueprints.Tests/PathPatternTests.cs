using Strata.Core;

namespace Strata.Blueprints.Tests;

public class PathPatternTests
{
    [Theory]
    [InlineData("/etc/hosts", "/etc/hosts", true)]
    [InlineData("/etc/hosts", "/etc/hosts.allow", false)]
    [InlineData("/etc/*.conf", "/etc/a.conf", true)]
    [InlineData("/etc/*.conf", "/etc/a/b.conf", false)] // one star stays within a folder
    [InlineData("/etc/*.conf", "/etc/aXconf", false)] // a dot is a dot
    [InlineData("/etc/**.conf", "/etc/a/b.conf", true)]
    [InlineData("/lib/libc?so", "/lib/libc.so", true)]
    [InlineData("/lib/libc?so", "/lib/libc/so", false)] // and so does a question mark
    [InlineData("/lib/libc?so", "/lib/libcso", false)]
    [InlineData("/usr/share/doc/", "/usr/share/doc/a/b", true)]
    [InlineData("/usr/share/doc/", "/usr/share/doc", false)]
    [InlineData("/usr/share/doc/", "/usr/share/docs", false)]
    public void Matches_Path_IsWhollyThePattern(string pattern, string path, bool expected) =>
        Assert.Equal(expected, PathPattern.Parse(pattern).Matches(GuestPath.Parse(path)));

    [Theory]
    [InlineData("etc/hosts")]
    [InlineData("/etc/../hosts")]
    [InlineData("")]
    public void TryParse_NoPath_SaysWhy(string text)
    {
        Assert.Null(PathPattern.TryParse(text, out string? problem));
        Assert.False(string.IsNullOrEmpty(problem));
    }

    [Fact]
    public void TryParse_MoreThanCanBeMatchedInLinearTime_SaysSo()
    {
        string text = "/" + string.Concat(Enumerable.Repeat("**f/?", 800));
        Assert.Null(PathPattern.TryParse(text, out string? problem));
        Assert.Equal("with '*' or '?' in it, 4001 characters are too many", problem);
        Assert.NotNull(PathPattern.TryParse(text[..500], out _));
    }
}
