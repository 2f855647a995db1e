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
    [InlineData("/a/**", "/a/b\nc", true)] // names of packages may hold any character but the slash
    [InlineData("/a/*c", "/a/b\nc", true)]
    [InlineData("/a/b?c", "/a/b\nc", true)]
    [InlineData("/a/b", "/a/b\n", false)]
    [InlineData("/a/b*", "/a/b\n", true)]
    [InlineData("/a/?", "/a/b\n", false)]
    [InlineData("/a/B*", "/a/b", false)]
    [InlineData("/a/[b]*", "/a/[b]c", true)] // no other character means anything
    [InlineData("/a/[b]*", "/a/b", false)]
    [InlineData("/a/b***", "/a/b/c/d", true)]
    [InlineData("/a/b**", "/a/bc/d", true)]
    [InlineData("/a/b**", "/a/c", false)]
    [InlineData("/", "/a/b", true)]
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
