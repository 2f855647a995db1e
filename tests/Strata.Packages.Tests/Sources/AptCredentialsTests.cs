using System.Net;
using Strata.Packages.Sources;
using Strata.Testing;

namespace Strata.Packages.Tests.Sources;

public sealed class AptCredentialsTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    // apt_auth.conf(5), EXAMPLE: which lines apply to https://example.org/debian
    [Theory]
    [InlineData("machine example.org\nlogin apt\npassword debian\n", true)]
    [InlineData("machine example.org login apt password debian", true)]
    [InlineData("machine example.org/deb login apt password debian", true)]
    [InlineData("machine example.org/debian login apt password debian", true)]
    [InlineData("machine example.org/debian/ login apt password debian", true)]
    [InlineData("machine https://example.org login apt password debian", true)]
    [InlineData("machine EXAMPLE.org:443 login apt password debian",
        true)] // of an address that names no port apt says no; there is no difference
    [InlineData("machine example.org/deb/ login apt password debian", false)]
    [InlineData("machine example.org/ubuntu login apt password debian", false)]
    [InlineData("machine example.org/Debian login apt password debian", false)] // a host has no case, a path has
    [InlineData("machine example.orga login apt password debian", false)]
    [InlineData("machine example.net login apt password debian", false)]
    [InlineData("machine http://example.org login apt password debian", false)]
    [InlineData("machine example.org:8443 login apt password debian", false)]
    [InlineData("machine example.org password debian", false)]
    [InlineData("machine example.org account x login apt macdef y password debian", true)]
    [InlineData("login apt password debian machine", false)]
    public void For_Address_TakesTheEntryThatFits(string text, bool applies)
    {
        Write("auth.conf", text);
        NetworkCredential? found = AptCredentials.Read(_root.Path).For(new Uri("https://example.org/debian/dists/trixie/InRelease"));
        Assert.Equal(applies ? "apt:debian" : null, found is null ? null : $"{found.UserName}:{found.Password}");
    }

    [Fact]
    public void For_PlainHttp_WantsAnEntryThatSaysSo()
    {
        Write("auth.conf.d/a.conf", "machine example.org login safe password x");
        Write("auth.conf.d/b.conf", "machine http://example.org login open password y");
        Write("auth.conf.d/c.bak", "machine http://example.org login bak password z");
        AptCredentials credentials = AptCredentials.Read(_root.Path);
        Assert.Equal(2, credentials.Count);
        Assert.Equal("open", credentials.For(new Uri("http://example.org/debian"))?.UserName);
        Assert.Equal("safe", credentials.For(new Uri("https://example.org/debian"))?.UserName);
    }

    [Fact]
    public void Read_Nothing_KnowsNobody() => Assert.Equal(0, AptCredentials.Read(_root.Path).Count);

    public void Dispose() => _root.Dispose();

    private void Write(string name, string text)
    {
        string path = Path.Combine(_root.Path, "etc/apt", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
