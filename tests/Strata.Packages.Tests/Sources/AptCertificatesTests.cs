using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Packages.Tests.Sources;

/// <summary>A server with a certificate of an authority that only the host's apt knows, which asks for one in return.</summary>
public sealed class AptCertificatesTests : IDisposable
{
    private static readonly DateTimeOffset s_from = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_until = new(2090, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _root = new();
    private readonly X509Certificate2 _authority = Made("CN=Authority of a test", null);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public AptCertificatesTests()
    {
        Directory.CreateDirectory(_root["etc/apt"]);
        using X509Certificate2 client = Made("CN=client", _authority);
        File.WriteAllText(_root["ca.pem"], _authority.ExportCertificatePem());
        File.WriteAllText(_root["client.pem"], client.ExportCertificatePem());
        File.WriteAllText(_root["client.key"], client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _authority.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Get_ServerOfAnAuthorityOfApt_IsBelievedAndShownOurCertificate()
    {
        Options(
            "Acquire::https { CAInfo::localhost \"/ca.pem\"; SSLCert::localhost \"/client.pem\"; SSLKey::localhost \"/client.key\"; };");
        Assert.Equal("CN=client", await GetAsync("localhost"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Acquire::https::CAInfo::other.example \"/ca.pem\";")]
    [InlineData("Acquire::https::Verify-Peer \"false\";")]
    [InlineData("Acquire::https::CAInfo \"/client.pem\";")] // of somebody else
    public async Task Get_ServerThatNobodyVouchesFor_IsRefused(string options)
    {
        Options(options);
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GetAsync("localhost"));
        Assert.Contains("TLS certificate", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_CertificateOfAnotherHost_IsRefused()
    {
        Options("Acquire::https::CAInfo \"/ca.pem\";");
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GetAsync("127.0.0.1"));
        Assert.Contains("TLS certificate", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Acquire::https::CAInfo \"/absent.pem\";", "/absent.pem")]
    [InlineData("Acquire::https::SSLCert \"/ca.pem\";", "/ca.pem")] // without a key
    public void For_FileThatIsNone_NamesIt(string options, string file)
    {
        Options(options);
        StrataException e = Assert.Throws<StrataException>(() => AptCertificates.For(AptOptions.Read(_root.Path), "x.example", _root.Path));
        Assert.StartsWith($"cannot use {file}, which the host's apt has for x.example: ", e.Message, StringComparison.Ordinal);
    }

    private void Options(string text) => File.WriteAllText(_root["etc/apt/apt.conf"], text);

    /// <summary>What the server says: the subject of the certificate that it was shown.</summary>
    private async Task<string> GetAsync(string host)
    {
        Task served = ServeAsync();
        AptOptions options = AptOptions.Read(_root.Path);
        using ObjectStore store = new(_root["store"]);
        using Downloader downloader = new(store, new DownloadOptions
        {
            Tries = 1, Proxy = new WebProxy(), Certificates = h => AptCertificates.For(options, h, _root.Path),
        });
        Uri address = new($"https://{host}:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        string said = await downloader.GetAsync(
            [new DocumentAddress("x", address)], 1000,
            (documents, _) => Task.FromResult(System.Text.Encoding.ASCII.GetString(documents[0].Content.Span)), CancellationToken.None);
        await served;
        return said;
    }

    private async Task ServeAsync()
    {
        using X509Certificate2 certificate = Made("CN=localhost", _authority, "localhost");
        try
        {
            using TcpClient client = await _listener.AcceptTcpClientAsync();
            await using SslStream stream = new(client.GetStream());
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = certificate, ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is null || shown.Issuer == _authority.Subject,
            });
            byte[] request = new byte[4096];
            Assert.True(await stream.ReadAsync(request) > 0);
            string subject = stream.RemoteCertificate?.Subject ?? "nobody";
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
                $"HTTP/1.1 200 OK\r\nContent-Length: {subject.Length}\r\nConnection: close\r\n\r\n{subject}"));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or AuthenticationException)
        {
            // the client does not want it
        }
    }

    private static X509Certificate2 Made(string subject, X509Certificate2? authority, string? host = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority is null, false, 0, true));
        if (host is not null)
        {
            SubjectAlternativeNameBuilder names = new();
            names.AddDnsName(host);
            request.CertificateExtensions.Add(names.Build());
        }
        if (authority is null)
        {
            return request.CreateSelfSigned(s_from, s_until);
        }
        byte[] serial = SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(subject))[..8];
        using X509Certificate2 signed = request.Create(authority, s_from, s_until, serial);
        return signed.CopyWithPrivateKey(key);
    }
}
