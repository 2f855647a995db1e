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

    // the form that keytool of OpenJDK 21 lists; the digest is over the password in UTF-16, a phrase, and all before it
    [Fact]
    public async Task Apply_PackageOfJava_HasItsKeyStore()
    {
        using Workbench bench = new();
        string pem = Certificate("CN=a");
        bench.Package(new DebBuilder("ca-certificates").File("/usr/share/ca-certificates/m/B.crt", pem)
                .File("/usr/share/ca-certificates/m/A (1).crt", pem))
            .Package(new DebBuilder("ca-certificates-java").File("/usr/share/ca-certificates-java/ca-certificates-java.jar", "x")
                .File("/var/lib/ca-certificates-java/fresh", ""))
            .Capability("c", "packages: {ca-certificates: {}, ca-certificates-java: {}}");
        FileTree tree = await bench.ApplyAsync(new CertificatesEffect(), "c");
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
        byte[] der = certificate.RawData;
        List<byte> expected = [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 2];
        foreach (string name in (string[])["debian:a_=1=.pem", "debian:b.pem"])
        {
            expected.AddRange([0, 0, 0, 2, 0, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name), 0, 0, 0, 0, 0, 0, 0, 0]);
            expected.AddRange([0, 5, .. "X.509"u8, 0, 0, (byte)(der.Length >> 8), (byte)(der.Length & 0xFF), .. der]);
        }
        byte[] password = [.. "changeit".SelectMany(c => new byte[] { 0, (byte)c })];
#pragma warning disable CA5350 // the form has no other
        expected.AddRange(SHA1.HashData([.. password, .. "Mighty Aphrodite"u8, .. expected]));
#pragma warning restore CA5350
        Assert.Equal(expected, bench.Bytes(tree, "/etc/ssl/certs/java/cacerts"));
        Assert.False(tree.Contains(GuestPath.Parse("/var/lib/ca-certificates-java/fresh")));
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
