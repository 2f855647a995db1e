namespace Strata.Editions.Tests.Census;

/// <summary>
/// Packages that people install compose whole, without a word about their scripts; JudgedByDpkgTests counts three hundred.
/// </summary>
public sealed class PackagesAsTheyAreTests(RealArchive archive) : IClassFixture<RealArchive>
{
    // of each kind some: a web server with accounts, alternatives, debconf, sysusers.d, a data base, a shell, plain tools
    [Theory]
    [InlineData("nginx")]
    [InlineData("lighttpd")]
    [InlineData("exim4-daemon-light")]
    [InlineData("unbound")]
    [InlineData("pdns-recursor")]
    [InlineData("memcached")]
    [InlineData("uwsgi")]
    [InlineData("vim")]
    [InlineData("openssh-server")]
    [InlineData("sqlite3")]
    public async Task Compose_PackageThatPeopleInstall_IsWhole(string package) =>
        Assert.NotEmpty((await archive.ComposeAsync(package, withDepends: false)).UsedPackages);
}
