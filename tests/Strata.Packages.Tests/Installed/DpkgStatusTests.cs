using System.Text;
using Strata.Core;
using Strata.Packages.Installed;

namespace Strata.Packages.Tests.Installed;

public class DpkgStatusTests
{
    private const string Sound = """
        Package: nginx
        Status: install ok installed
        Priority: optional
        Section: web
        Architecture: amd64
        Version: 1.26-1
        Pre-Depends: a
        Depends: libc6 (>= 2.38), b | c:any
        Provides: httpd (= 1)
        Conffiles:
         /etc/nginx.conf 0123456789abcdef0123456789abcdef
         /etc/old.conf 0123456789abcdef0123456789abcdef obsolete
         /etc/new.conf newconffile
        Description: x


        """;

    private static IReadOnlyList<InstalledPackage> Read(string status) => DpkgStatus.Read(new MemoryStream(Encoding.UTF8.GetBytes(status)));

    [Fact]
    public void Read_Package_HasWhatDpkgSaysOfIt()
    {
        InstalledPackage package = Assert.Single(Read(Sound));
        Assert.Equal(("nginx", "1.26-1", "amd64", "optional", "web", false),
            (package.Name, package.Version, package.Architecture, package.Priority, package.Section, package.IsEssential));
        Assert.Equal(["a", "libc6", "b|c"], package.Depends.Select(g => string.Join('|', g)));
        Assert.Equal(["httpd"], package.Provides);
        Assert.Equal([("/etc/nginx.conf", "0123456789abcdef0123456789abcdef")], package.Conffiles);
    }

    [Theory]
    [InlineData("Status: deinstall ok config-files\nVersion: 1\n")]
    [InlineData("Status: install ok half-configured\nVersion: 1\n")]
    [InlineData("Status: install reinstreq installed\nVersion: 1\n")]
    [InlineData("Version: 1\n")]
    [InlineData("Status: install ok installed\n")]
    [InlineData("Status: install ok installed\nVersion: 1\nDepends: (\n")]
    [InlineData("Status: install ok installed\nVersion: 1\nVersion: 2\n")]
    public void Read_PackageThatIsNotInstalledOrBroken_IsPassedOver(string rest) =>
        Assert.Equal(["nginx"], Read($"Package: x\n{rest}\n{Sound}").Select(p => p.Name));

    [Theory]
    [InlineData("X")]
    [InlineData("a b")]
    [InlineData("a\u001b[31m")]
    public void Read_NameThatIsNone_IsPassedOver(string name) =>
        Assert.Empty(Read($"Package: {name}\nStatus: install ok installed\nVersion: 1\n"));

    [Fact]
    public void Read_TooManyPackages_IsRefused()
    {
        string status = string.Concat(Enumerable.Repeat("Package: x\n\n", DpkgStatus.MostPackages + 1));
        Assert.Contains("more than", Assert.Throws<ImageFormatException>(() => Read(status)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadAutomatic_States_NamesWhatCameAlong() => Assert.Equal(["a"], DpkgStatus.ReadAutomatic(new MemoryStream(
        "Package: a\nAuto-Installed: 1\n\nPackage: b\nAuto-Installed: 0\n\nPackage: C!\nAuto-Installed: 1\n"u8.ToArray())));
}
