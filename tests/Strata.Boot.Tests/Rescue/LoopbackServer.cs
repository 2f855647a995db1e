using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Strata.Boot.Tests.Rescue;

/// <summary>An HTTP or HTTPS server on 127.0.0.1, which guests reach as 10.0.2.2: it hands out one file and keeps what is posted.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private const int MostBytes = 16 << 20;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _file;
    private readonly X509Certificate2? _certificate;
    private readonly TaskCompletionSource<byte[]> _posted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _serving;

    /// <summary>Starts it.</summary>
    /// <param name="file">Answer to every GET.</param>
    /// <param name="certificate">Makes it HTTPS; null for HTTP.</param>
    public LoopbackServer(byte[] file, X509Certificate2? certificate)
    {
        (_file, _certificate) = (file, certificate);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The body of the first POST.</summary>
    public Task<byte[]> Posted => _posted.Task;

    /// <summary>A certificate authority and a certificate of it for 10.0.2.2, both of this hour.</summary>
    public static (X509Certificate2 Authority, X509Certificate2 Server) MakeCertificates()
    {
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-2);
        DateTimeOffset to = from.AddDays(10);
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest authority = new("CN=authority of the test", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        authority.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        X509Certificate2 signer = authority.CreateSelfSigned(from, to);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=10.0.2.2", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Parse("10.0.2.2"));
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 bare = request.Create(signer, from, to, [1, 2, 3]);
        using X509Certificate2 withKey = bare.CopyWithPrivateKey(key);
        return (signer, X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
        _posted.TrySetCanceled();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client);
            }
            catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
            {
                // a client that refuses the certificate, or the end
            }
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        Stream stream = client.GetStream();
        if (_certificate is not null)
        {
            SslStream secured = new(stream);
            await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            stream = secured;
        }
        await using (stream)
        {
            string head = await ReadHeadAsync(stream);
            string[] lines = head.Split("\r\n");
            string? length = lines.FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
            if (lines[0].StartsWith("POST ", StringComparison.Ordinal))
            {
                int bytes = int.Parse(length!.Split(':')[1], CultureInfo.InvariantCulture);
                Assert.InRange(bytes, 1, MostBytes);
                byte[] body = new byte[bytes];
                await stream.ReadExactlyAsync(body, _stop.Token);
                _posted.TrySetResult(body);
            }
            byte[] answer = lines[0].StartsWith("GET ", StringComparison.Ordinal) ? _file : "thanks"u8.ToArray();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n"), _stop.Token);
            await stream.WriteAsync(answer, _stop.Token);
            await stream.FlushAsync(_stop.Token);
        }
    }

    private async Task<string> ReadHeadAsync(Stream stream)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (head.Count < 16384 && !head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                break;
            }
            head.Add(one[0]);
        }
        return Encoding.ASCII.GetString([.. head]);
    }
}
