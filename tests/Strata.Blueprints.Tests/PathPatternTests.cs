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
    [InlineData("/a/*b*c", "/a/bbc", true)]
    [InlineData("/a/*b*c", "/a/b/c", false)]
    [InlineData("/a/**b*c", "/a/b/x/bc", true)] // what the first of them stood for is not decided at once
    [InlineData("/a/**/b?/*", "/a/b1/c/b2/d", true)]
    [InlineData("/a/**/b?/*", "/a/b1/c/b/d", false)]
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
    public void Matches_PatternOfManyStars_EndsSoon()
    {
        PathPattern pattern = PathPattern.Parse("/" + string.Concat(Enumerable.Repeat("*a", 100)) + "b");
        Assert.False(pattern.Matches(GuestPath.Parse("/" + new string('a', 250)))); // tried one after the other, its ways have no end
        Assert.True(pattern.Matches(GuestPath.Parse("/" + new string('a', 250) + "b")));
    }
}
