using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Strata.Agent.Tests;

/// <summary>A seed that a web server has, fetched by the program that small images have for it.</summary>
public sealed class AddressedSeedTests : IDisposable
{
    private const string Words = "hostname: gate-7\nfirewall: {allow: {ssh: {}}}\nsysctl: {vm.swappiness: 10}\n";

    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [SkippableFact]
    public async Task Fetch_WhatTheDigestSays_MakesTheMachineTheOwners_Once()
    {
        await using ScriptedServer server = new(_ => Answer(Words));
        Ask(server.Address, DigestOf(Words));
        _desk.Put("/usr/sbin/nft", "").Put("/usr/lib/strata/firewall/load", "").StartLate();
        Assert.Contains(
            $"this machine has learnt from {server.Address}: hostname, firewall, sysctl\n", _desk.Told, StringComparison.Ordinal);
        Assert.Contains("from the next start on counts what is read when a machine starts: sysctl\n", _desk.Told, StringComparison.Ordinal);
        Assert.Equal("gate-7", _desk.Name);
        Assert.Equal("/usr/lib/strata/firewall/load", _desk.Ran[^1]);
        Assert.Empty(Directory.GetFiles(_desk.At("/run/strata")));
        int before = _desk.Ran.Count;
        _desk.StartLate();
        Assert.Equal((before, ""), (_desk.Ran.Count, _desk.Told));
    }

    [SkippableFact]
    public async Task Fetch_CloudConfigBehindARedirect_IsUnderstood()
    {
        const string Data = "#cloud-config\nhostname: moved\n";
        await using ScriptedServer server = new(path => path == "/there" ? Answer(Data) : "HTTP/1.0 302 Found\r\nLocation: /there\r\n\r\n");
        Ask(server.Address, DigestOf(Data));
        _desk.StartLate();
        Assert.Equal("moved", _desk.Name);
    }

    [SkippableFact]
    public async Task Fetch_SomethingElse_IsToldWithBothDigests_AndNothingIsTaken()
    {
        await using ScriptedServer server = new(_ => Answer("hostname: evil\n"));
        Ask(server.Address, DigestOf(Words));
        _desk.StartLate();
        Assert.Contains(
            $"{server.Address}: its SHA-256 is {DigestOf("hostname: evil\n")}; expected {DigestOf(Words)}", _desk.Told,
            StringComparison.Ordinal);
        Assert.Contains("the rest is done, and the machine starts", _desk.Told, StringComparison.Ordinal);
        Assert.Null(_desk.Name);
    }

    [SkippableFact]
    public async Task Fetch_AnswerWithoutAnEnd_IsCutAtAMebibyte()
    {
        await using ScriptedServer server = new(_ => "HTTP/1.0 200 OK\r\n\r\n" + new string('#', 4 << 20));
        Ask(server.Address, DigestOf(Words));
        _desk.StartLate();
        Assert.Contains(
            $"{server.Address}: the file has more than 1 MiB, which is the most that is read", _desk.Told, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Fetch_RefusedAndLoopingServers_AreAskedForAMinuteAndAHalf_AndWhatTheySaidIsTold()
    {
        await using ScriptedServer missing = new(_ => "HTTP/1.0 404 Not Found\r\n\r\n");
        Ask(missing.Address, DigestOf(Words));
        _desk.StartLate();
        Assert.Contains($"strata.seed: {missing.Address} did not come within 90 s: ", _desk.Told, StringComparison.Ordinal);
        Assert.Contains("404 Not Found; the next start tries again", _desk.Told, StringComparison.Ordinal);
        await using ScriptedServer looping = new(_ => "HTTP/1.0 302 Found\r\nLocation: /again\r\n\r\n");
        Ask(looping.Address, DigestOf(Words));
        _desk.StartLate();
        Assert.Contains("too many redirections", _desk.Told, StringComparison.Ordinal);
    }

    [Fact]
    public void Fetch_NobodyAnswers_IsToldWithTheTime()
    {
        _desk.Put("/usr/bin/curl", "");
        Ask("https://seeds.example/gate", DigestOf(Words), isReal: false);
        _desk.StartLate();
        Assert.Contains(
            "strata.seed: https://seeds.example/gate did not come within 90 s: no answer within 30 s; the next start tries again",
            _desk.Told, StringComparison.Ordinal);
        Assert.InRange(_desk.Now.TotalSeconds, 90, 100);
        Assert.EndsWith(
            " /usr/bin/curl --silent --show-error --fail --location --max-redirs 5 --proto =http,https --proto-redir =http,https "
            + "--max-time 30 --output /run/strata/seed-from-address -- https://seeds.example/gate", _desk.Ran[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strata.seed=ftp://x/y", "expected an address that begins with http:// or https://")]
    [InlineData("strata.seed=http://me:pw@x/y", "an address has no name or password in it")]
    [InlineData("strata.seed=http://x/y", "strata.seed.sha256: expected the SHA-256 of the file in 64 hex digits")]
    [InlineData("strata.seed=http://x/y strata.seed.sha256=00", "strata.seed.sha256: expected the SHA-256 of the file in 64 hex digits")]
    [InlineData("strata.seed=http://x/y strata.seed.sha256=" + Zeros, "the image has neither curl (capability 'download') nor wget")]
    public void Fetch_WordsThatDoNotGo_AreTold_AndNothingIsRun(string words, string told)
    {
        _desk.Put("/proc/cmdline", $"quiet {words}\n").StartLate();
        Assert.Contains(told, _desk.Told, StringComparison.Ordinal);
        Assert.DoesNotContain(_desk.Ran, r => r.StartsWith("/bin/sh", StringComparison.Ordinal));
    }

    [Fact]
    public void Fetch_MachineWithAnOwnerOrWithoutTheWord_AsksNobody()
    {
        _desk.StartLate();
        _desk.InsertWords("hostname: first\n").Start();
        Ask("http://x/y", Zeros, isReal: false);
        int before = _desk.Ran.Count;
        _desk.StartLate();
        Assert.Equal((before, ""), (_desk.Ran.Count, _desk.Told));
        Assert.Equal("first", _desk.Name);
    }

    private const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";

    private void Ask(string address, string digest, bool isReal = true)
    {
        _desk.Put("/proc/cmdline", $"quiet strata.seed=http://overruled/ strata.seed={address} strata.seed.sha256={digest}\n");
        if (!isReal)
        {
            return;
        }
        string? busybox = Environment.GetEnvironmentVariable("STRATA_TEST_BUSYBOX");
        Skip.If(string.IsNullOrEmpty(busybox), "STRATA_TEST_BUSYBOX is not set; './test' sets it");
        _desk.Put("/usr/bin/wget", File.ReadAllBytes(busybox!));
        File.SetUnixFileMode(_desk.At("/usr/bin/wget"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _desk.RunsForReal = true;
    }

    private static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Answer(string body) => string.Create(
        CultureInfo.InvariantCulture, $"HTTP/1.0 200 OK\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>A server on loopback that answers as it is told.</summary>
    private sealed class ScriptedServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Func<string, string> _answer;
        private readonly Task _serving;

        public ScriptedServer(Func<string, string> answer)
        {
            _answer = answer;
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Address => string.Create(
            CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/seed.yaml");

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync();
                    using NetworkStream stream = client.GetStream();
                    using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
                    string path = (await reader.ReadLineAsync() ?? "").Split(' ').ElementAtOrDefault(1) ?? "";
                    while (await reader.ReadLineAsync() is { Length: > 0 })
                    {
                        // its headers
                    }
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer(path)));
                }
                catch (IOException)
                {
                    // the client had enough
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return; // stopped
                }
            }
        }
    }
}
