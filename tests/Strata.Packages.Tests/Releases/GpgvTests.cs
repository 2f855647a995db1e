using System.Net;
using System.Net.Sockets;
using System.Text;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Packages.Keys;
using Strata.Packages.Releases;
using Strata.Testing;

namespace Strata.Packages.Tests.Releases;

public sealed class GpgvTests : IDisposable
{
    private static readonly byte[] s_anyDocument =
        "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"u8.ToArray();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private const string Text = "Origin: Test\n- a line that gets escaped\nSuite: x\n";

    [SkippableFact]
    public async Task VerifyAsync_GoodSignature_GivesTheSignedTextAlone()
    {
        using TestSigner signer = Prepare();
        SignedText text = await Verify(signer.Keyring, signer.Sign(Text));
        Assert.Equal(Text, Encoding.UTF8.GetString(text.Content.Span));
        Assert.Matches("^[0-9A-F]{40}$", Assert.Single(text.Fingerprints));
    }

    [SkippableFact]
    public async Task VerifyAsync_AlteredText_IsRefused()
    {
        using TestSigner signer = Prepare();
        byte[] altered = signer.Sign(Text);
        altered[altered.AsSpan().IndexOf("Suite: x"u8) + 7] = (byte)'y';
        Assert.Contains("was altered", await Problem(signer.Keyring, altered), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_KeyThatIsNotTrusted_IsRefused()
    {
        using TestSigner signer = Prepare();
        using TestSigner other = new();
        Assert.Contains("no key that is trusted", await Problem(other.Keyring, signer.Sign(Text)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_ExpiredKey_IsRefused()
    {
        Oracle.Find("gpg");
        using TestSigner signer = new(expires: "1y", time: "20200101T000000");
        Assert.Contains("expired", await Problem(signer.Keyring, signer.Sign(Text)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_WeakDigest_IsRefused()
    {
        using TestSigner signer = Prepare();
        Assert.Contains("weak digest", await Problem(signer.Keyring, signer.Sign(Text, "SHA1")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_TextAroundTheSignedOne_IsRefused()
    {
        using TestSigner signer = Prepare();
        byte[] good = signer.Sign(Text);
        Assert.Contains("no signed text", await Problem(signer.Keyring, [.. "Suite: evil\n"u8, .. good]), StringComparison.Ordinal);
        Assert.Contains("follows the signature", await Problem(signer.Keyring, [.. good, .. "Suite: evil\n"u8]), StringComparison.Ordinal);
        Assert.Contains("more than one", await Problem(signer.Keyring, [.. good, .. good]), StringComparison.Ordinal);
        Assert.Contains("cut off", await Problem(signer.Keyring, good[..^40]), StringComparison.Ordinal);
        Assert.Contains("no signed text", await Problem(signer.Keyring, "<html>log in</html>"u8.ToArray()), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("Hash: SHA256\n", "Hash: SHA256\nNotDashEscaped: yes\n", "another header than 'Hash'")]
    [InlineData("Hash: SHA256\n", "Hash: SHA256\nComment: x\n", "another header than 'Hash'")]
    [InlineData("Hash: SHA256\n", "Hash: SHA256\tx\n", "another header than 'Hash'")]
    [InlineData("Hash: SHA256\n", "Hash: A\nHash: A\nHash: A\nHash: A\nHash: A\nHash: A\nHash: A\nHash: A\nHash: A\n",
        "another header than 'Hash'")]
    [InlineData("Suite: x", "Suite: \0x", "control character")]
    [InlineData("Suite: x", "Suite: \fx", "control character")]
    [InlineData("Suite: x", "Suite: x\r", "control character")]
    [InlineData("Suite: x", "-Suite: x", "not escaped")]
    [InlineData("SIGNATURE-----\n\n", "SIGNATURE-----\nVersion: x\n\n", "has headers")]
    [InlineData("SIGNATURE-----\n\n", "SIGNATURE-----\n\n=\n", "not in lines of base64")]
    [InlineData("SIGNATURE-----\n\n", "SIGNATURE-----\n\nAA==\n", "not in lines of base64")]
    [InlineData("SIGNATURE-----\n\n", "SIGNATURE-----\n\nAAAA\n=AAAA\n", "not in lines of base64")]
    [InlineData("SIGNATURE-----\n\n", "SIGNATURE-----\n\nA*AA\n", "not in lines of base64")]
    [InlineData("SIGNATURE-----\n\n", "SIGNATURE-----\n\n\n", "not in lines of base64")]
    public async Task VerifyAsync_FormThatNoArchiveWrites_IsRefusedBeforeTheProgramSeesIt(string from, string to, string problem)
    {
        using TestSigner signer = Prepare();
        string good = Encoding.UTF8.GetString(signer.Sign(Text));
        string changed = good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(good, changed);
        Gpgv gpgv = new([signer.Keyring], "/no/such/gpgv");
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => gpgv.VerifyAsync("InRelease of x", Encoding.UTF8.GetBytes(changed), null, CancellationToken.None));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_LinesAtTheirLimits_AreTakenAndOneMoreIsNot()
    {
        using TestSigner signer = Prepare();
        string longest = new('x', ClearSigned.LongestLine);
        Assert.Contains(longest, Encoding.UTF8.GetString((await Verify(signer.Keyring, signer.Sign($"A: b\n{longest}\n"))).Content.Span),
            StringComparison.Ordinal);
        Assert.Contains("more than 18999 bytes", await Problem(signer.Keyring, signer.Sign($"A: b\n{longest}y\n")),
            StringComparison.Ordinal);
        string good = Encoding.UTF8.GetString(signer.Sign(Text));
        Assert.Contains("base64", await Problem(signer.Keyring, Signature(good, new string('A', 80) + "\n")), StringComparison.Ordinal);
        string much = string.Concat(Enumerable.Repeat(new string('A', 76) + "\n", ClearSigned.LargestSignatures / 77 + 1));
        Assert.Contains("more than 65536 bytes", await Problem(signer.Keyring, Signature(good, much)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyAsync_ProgramThatNeverStopsTalking_IsEnded()
    {
        Gpgv gpgv = new([new Keyring("k.gpg", new byte[1])], Script("exec yes"));
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => gpgv.VerifyAsync("InRelease of x", s_anyDocument, null, CancellationToken.None));
        Assert.Contains("says more than 65536 characters", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyAsync_Program_SeesNothingOfThisUser()
    {
        Gpgv gpgv = new([new Keyring("k.gpg", new byte[1])], Script("env >&2"));
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => gpgv.VerifyAsync("InRelease of x", s_anyDocument, null, CancellationToken.None));
        Assert.Contains("LC_ALL=C", e.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("HOME", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyAsync_Program_HasNoCapabilityAndGainsNone()
    {
        Gpgv gpgv = new([new Keyring("k.gpg", new byte[1])], Script("sleep 60\n:"));
        using CancellationTokenSource stop = new();
        Task<SignedText> running = gpgv.VerifyAsync("InRelease of x", s_anyDocument, null, stop.Token);
        string? found = null;
        Assert.True(SpinWait.SpinUntil(() => (found = Directory.EnumerateDirectories("/proc").FirstOrDefault(f => TextOf(f + "/cmdline").Contains(
            _folder["program"], StringComparison.Ordinal) && !TextOf(f + "/cmdline").Contains("dotnet", StringComparison.Ordinal))) is not null, TimeSpan.FromSeconds(30)));
        string[] status = TextOf(found + "/status").Split('\n');
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], c => Assert.Contains(c + ":\t0000000000000000", status));
        Assert.Contains("NoNewPrivs:\t1", status);
    }

    [Fact]
    public async Task VerifyAsync_Program_AndWhatItStarts_IsBounded()
    {
        // what it starts at once has to be found, too: limits are set from outside
        Gpgv gpgv = new([new Keyring("k.gpg", new byte[1])], Script(
            "limits='echo $(ulimit -c) $(ulimit -v) $(ulimit -t) >&2'\nsh -c \"sleep 2; $limits\" & sleep 2; eval \"$limits\"; wait"));
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => gpgv.VerifyAsync("InRelease of x", s_anyDocument, null, CancellationToken.None));
        Assert.EndsWith("says: 0 16777216 7200; 0 16777216 7200", e.Hint, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_Program_ReachesNoFileOfThisUserAndNoNetwork()
    {
        Skip.IfNot(Landlock.IsThere, "this kernel has no Landlock");
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        File.WriteAllText(_folder["secret"], "words of the builder");
        string[] attempts =
        [
            "echo own >\"$2/own\"; cat \"$2/own\"",
            $"cat '{_folder["secret"]}'",
            $"echo x >'{_folder["made"]}'",
            $"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{((IPEndPoint)service.LocalEndpoint).Port}'",
        ];
        Gpgv gpgv = new([new Keyring("k.gpg", new byte[1])], Script(
            "PATH=/usr/bin:/bin\n" + string.Concat(attempts.Select(a => $"({a}) 2>&1 | head -n 1 >&2\n"))));
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => gpgv.VerifyAsync("InRelease of x", s_anyDocument, null, CancellationToken.None));
        Assert.Matches("says: own; .*cat: .*Permission denied; .*Permission denied", e.Hint);
        Assert.DoesNotContain("words of the builder", e.Hint, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["made"]));
        Assert.True(!Landlock.ForbidsTcp || !service.Pending());
    }

    [Fact]
    public async Task VerifyAsync_ProgramMissing_SaysWhatToInstall()
    {
        Gpgv gpgv = new(Keyring.Debian, "gpgv-that-is-not-there");
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => gpgv.VerifyAsync("InRelease of x", s_anyDocument, null, CancellationToken.None));
        Assert.Contains("cannot be started", e.Message, StringComparison.Ordinal);
        Assert.Contains("'gpgv'", e.Hint, StringComparison.Ordinal);
    }

    // Status lines as documented in GnuPG, doc/DETAILS; fingerprints are invented.
    [Theory]
    [InlineData("NEWSIG\nGOODSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "P", null)]
    [InlineData("NEWSIG\nERRSIG K 1 8 01 1 9 F\nNO_PUBKEY K\nNEWSIG\nGOODSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 10 01 P", "P", null)]
    [InlineData("NEWSIG\nEXPKEYSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "", "expired key")]
    [InlineData("NEWSIG\nREVKEYSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "", "revoked key")]
    [InlineData("NEWSIG\nEXPSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "", "has expired")]
    [InlineData("NEWSIG\nGOODSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 2 01 P", "", "weak digest")]
    [InlineData("NEWSIG\nGOODSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P\nNEWSIG\nBADSIG K U", "", "altered")]
    [InlineData("NEWSIG\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "", "no signature that could be checked")]
    [InlineData("PLAINTEXT 74 0\nPLAINTEXT 74 0\nNEWSIG\nGOODSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "", "more than one")]
    [InlineData("", "", "no signature")]
    public void ReadStatus_Lines_AreJudged(string lines, string fingerprints, string? problem)
    {
        GpgvStatus status = GpgvStatus.Read(string.Concat(lines.Split('\n').Select(l => $"[GNUPG:] {l}\n")), mostTexts: 1);
        Assert.Equal(fingerprints, string.Join(' ', status.Fingerprints));
        Assert.Equal(problem is null, status.Problem is null);
        Assert.Contains(problem ?? "", status.Problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Debian_Keyrings_AreTheOnesOfTheReadme()
    {
        string readme = Repository.Read("keyrings/README.md");
        Assert.Equal(3, Keyring.Debian.Count);
        Assert.All(Keyring.Debian, k => Assert.Contains(k.Name, readme, StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Debian_Keyrings_HaveTheFingerprintsOfTheReadme()
    {
        using TemporaryFolder home = new();
        string readme = Repository.Read("keyrings/README.md");
        foreach (Keyring keyring in Keyring.Debian)
        {
            File.WriteAllBytes(home["keys"], keyring.Content.ToArray());
            (int exitCode, string output) = Oracle.Run(
                "gpg", "--homedir", home.Path, "--no-autostart", "--show-keys", "--with-colons", home["keys"]);
            Assert.True(exitCode == 0, output);
            string[] lines = output.Split('\n');
            Assert.Single(lines, l => l.StartsWith("pub:", StringComparison.Ordinal)); // one primary key a file, and its fingerprint is the next line
            Assert.Contains(lines.First(l => l.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9], readme, StringComparison.Ordinal);
        }
    }

    /// <summary>A program that stands in the place of gpgv.</summary>
    private string Script(string commands)
    {
        string path = _folder["program"];
        File.WriteAllText(path, $"#!/bin/sh\n{commands}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private static string TextOf(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // no process, or one that has just ended
        }
    }

    private static byte[] Signature(string good, string lines) =>
        Encoding.UTF8.GetBytes(good.Replace("SIGNATURE-----\n\n", "SIGNATURE-----\n\n" + lines, StringComparison.Ordinal));

    private static TestSigner Prepare()
    {
        Oracle.Find("gpgv");
        return new TestSigner();
    }

    private static Task<SignedText> Verify(Keyring keyring, byte[] document) =>
        new Gpgv([keyring]).VerifyAsync("InRelease of x", document, null, CancellationToken.None);

    private static async Task<string> Problem(Keyring keyring, byte[] document) =>
        (await Assert.ThrowsAsync<StrataException>(() => Verify(keyring, document))).Message;
}
