using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

public class CertificatesEffectTests
{
    // names of links that 'openssl rehash' makes on every Debian system; blanks and case of a subject do not count
    [Theory]
    [InlineData("CN=ISRG Root X1, O=Internet Security Research Group, C=US", "4042bcee")]
    [InlineData("CN=GlobalSign Root CA, OU=Root CA, O=GlobalSign nv-sa, C=BE", "5ad8a5d6")]
    [InlineData("CN=GLOBALSIGN  Root CA, OU=Root CA, O=GlobalSign nv-sa, C=be", "5ad8a5d6")]
    public void HashOf_Subject_IsTheOneOfOpenSsl(string subject, string hash) =>
        Assert.Equal(hash, CertificatesEffect.HashOf(GuestPath.Parse("/a.crt"), Certificate(subject)));

    [Fact]
    public async Task Apply_CertificatesOfThePackage_AreLinkedAndBundled()
    {
        using Workbench bench = new();
        string pem = Certificate("CN=a");
        bench.Package(new DebBuilder("ca-certificates").File("/usr/share/ca-certificates/m/A (1).crt", pem)
            .File("/usr/share/ca-certificates/m/B.crt", pem))
            .Capability("c", "packages: {ca-certificates: {}}");
        FileTree tree = await bench.ApplyAsync(new CertificatesEffect(), "c");
        string hash = CertificatesEffect.HashOf(GuestPath.Parse("/a"), pem);
        Assert.Equal(
            [.. new[]
            {
                $"/etc/ssl/certs/{hash}.0 -> A_=1=.pem", $"/etc/ssl/certs/{hash}.1 -> B.pem",
                "/etc/ssl/certs/A_=1=.pem -> /usr/share/ca-certificates/m/A (1).crt",
                    "/etc/ssl/certs/B.pem -> /usr/share/ca-certificates/m/B.crt",
                "/etc/ssl/certs/ca-certificates.crt", "/etc/ca-certificates.conf",
            }.Order(StringComparer.Ordinal)],
            Workbench.Names(tree).Where(n => n.StartsWith("/etc/", StringComparison.Ordinal)));
        Assert.EndsWith(".\nm/A (1).crt\nm/B.crt\n", bench.Text(tree, "/etc/ca-certificates.conf"), StringComparison.Ordinal);
        Assert.Equal(pem + pem, bench.Text(tree, "/etc/ssl/certs/ca-certificates.crt"));
    }

    [Fact]
    public void HashOf_NoCertificate_IsNamed()
    {
        StrataException e = Assert.Throws<StrataException>(() => CertificatesEffect.HashOf(GuestPath.Parse("/x.crt"), "nothing"));
        Assert.Equal("cannot use /x.crt: it is no certificate", e.Message);
    }

    private static string Certificate(string subject)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        DateTimeOffset begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return request.CreateSelfSigned(begin, begin.AddYears(1)).ExportCertificatePem() + "\n";
    }
}
