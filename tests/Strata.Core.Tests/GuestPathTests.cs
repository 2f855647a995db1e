namespace Strata.Core.Tests;

public class GuestPathTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/usr/bin/[")]
    [InlineData("/a b/ü")]
    [InlineData("/...")]
    public void TryParse_Normalised_IsKeptAsItIs(string text)
    {
        Assert.True(GuestPath.TryParse(text, out GuestPath path, out _));
        Assert.Equal(text, path.ToString());
    }

    [Theory]
    [InlineData(null, "it is empty")]
    [InlineData("", "it is empty")]
    [InlineData("usr", "it does not start with '/'")]
    [InlineData("/usr/", "it has an empty component")]
    [InlineData("//usr", "it has an empty component")]
    [InlineData("/usr/./bin", "it has a component '.'")]
    [InlineData("/usr/../etc", "it has a component '..'")]
    [InlineData("/a\0b", "it contains a NUL")]
    public void TryParse_BrokenRule_IsNamed(string? text, string problem)
    {
        Assert.False(GuestPath.TryParse(text, out GuestPath path, out string? found));
        Assert.Equal(problem, found);
        Assert.True(path.IsRoot);
    }

    // limits.h of Linux: NAME_MAX is 255, PATH_MAX 4096 with its NUL; both count bytes
    [Fact]
    public void TryParse_Lengths_AreThoseOfLinuxInBytes()
    {
        Assert.True(GuestPath.TryParse("/" + new string('n', 255), out _, out _));
        Assert.False(GuestPath.TryParse("/" + new string('n', 256), out _, out _));
        Assert.False(GuestPath.TryParse("/" + new string('ü', 128), out _, out _));
        string deep = string.Concat(Enumerable.Repeat("/" + new string('d', 254), 16)); // 16 * 255 = 4080
        Assert.True(GuestPath.TryParse(deep + "/" + new string('e', 14), out _, out _)); // 4095
        Assert.False(GuestPath.TryParse(deep + "/" + new string('e', 15), out _, out _));
    }

    [Theory]
    [InlineData(".", "/")]
    [InlineData("./", "/")]
    [InlineData("./usr/", "/usr")]
    [InlineData("usr/bin", "/usr/bin")]
    [InlineData("/usr", null)]
    [InlineData("../etc", null)]
    [InlineData("usr/../..", null)]
    [InlineData("usr//bin", null)]
    [InlineData("", null)]
    public void TryParseArchiveName_NamesOfTar_AreReadOrRefused(string text, string? expected) =>
        Assert.Equal(expected, GuestPath.TryParseArchiveName(text, out GuestPath path, out _) ? path.ToString() : null);

    [Theory]
    [InlineData("/usr/bin", "../lib/x", "/usr/lib/x")]
    [InlineData("/usr", "../../../etc", "/etc")]
    [InlineData("/usr", "/run//a/./b/", "/run/a/b")]
    [InlineData("/", "..", "/")]
    public void ResolveLink_Targets_StayBelowTheRoot(string folder, string target, string expected) =>
        Assert.Equal(expected, GuestPath.Parse(folder).ResolveLink(target).ToString());

    [Fact]
    public void TryResolveLink_TooLongAName_IsFalseAndNoException() => Assert.False(GuestPath.Root.TryResolveLink(new string('n', 256), out _));

    [Fact]
    public void ParentNameAndBelow_FollowTheComponents()
    {
        GuestPath path = GuestPath.Parse("/usr/bin");
        Assert.Equal(("bin", "/usr", "usr/bin"), (path.Name, path.Parent.ToString(), path.Relative));
        Assert.Equal(GuestPath.Root, GuestPath.Root.Parent);
        Assert.Equal(default, GuestPath.Root);
        Assert.True(path.IsAtOrBelow(GuestPath.Parse("/usr")));
        Assert.True(path.IsAtOrBelow(path));
        Assert.False(GuestPath.Parse("/usrlocal").IsAtOrBelow(GuestPath.Parse("/usr")));
        Assert.True(GuestPath.Parse("/usr") < path);
    }
}
