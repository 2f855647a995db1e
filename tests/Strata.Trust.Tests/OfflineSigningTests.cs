using System.Security.Cryptography;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Testing;
using Strata.Trust.Keys;
using Strata.Trust.Offline;
using Strata.Trust.Signatures;

namespace Strata.Trust.Tests;

/// <summary>Signing with a key that lies elsewhere; openssl is what signs there.</summary>
public sealed class OfflineSigningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly KeyFolder _keys;
    private readonly byte[] _program = TinyPe.Program();

    public OfflineSigningTests()
    {
        _keys = KeyFolder.Create(_folder["keys"], "Anna", null, new DateTimeOffset(2026, 11, 30, 8, 0, 0, TimeSpan.Zero));
        SigningFolder.Write(_folder["to-sign"], [new SigningRequest("kernel", ImageSignature.ToSign(Digest))]);
    }

    private Sha256Digest Digest => Authenticode.Digest(new MemoryStream(_program));

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Attach_WhatOpensslSigned_GivesTheBytesOfTheKeyAtHand()
    {
        byte[] expected = await SignAsync();
        OpensslSigns("db");
        File.Move(_folder["keys/db.key"], _folder["drawer"]);
        StrataException refused = await Assert.ThrowsAsync<StrataException>(SignAsync);
        Assert.Contains("the private key of db is elsewhere", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--prepare", refused.Hint, StringComparison.Ordinal);

        Assert.Equal(["kernel"], SigningFolder.Attach(_folder["to-sign"], _keys));
        byte[] signed = await SignAsync();
        Assert.Equal(expected, signed);
        await File.WriteAllBytesAsync(_folder["signed.efi"], signed);
        (int code, string output) = Oracle.Run("sbverify", "--cert", _folder["keys/db.crt"], _folder["signed.efi"]);
        Assert.True(code == 0, output);
    }

    [SkippableFact]
    public void Attach_SignatureOfAnotherKey_IsRefusedAndNothingIsTaken()
    {
        SigningFolder.Write(_folder["to-sign"],
            [new SigningRequest("a", Sha256Digest.Of("a"u8)), new SigningRequest("b", Sha256Digest.Of("b"u8))]);
        OpensslSigns("db");
        OpensslSigns("KEK", "b");
        StrataException refused = Assert.Throws<StrataException>(() => SigningFolder.Attach(_folder["to-sign"], _keys));
        Assert.Contains("b.sig: it is no signature of b.digest by the key db", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["keys/signatures"]));
    }

    [Theory]
    [InlineData(0, "it has 0 bytes, expected 256")]
    [InlineData(344, "it has 344 bytes, expected 256")] // in Base64
    [InlineData(256, "it is no signature of kernel.digest")]
    [InlineData(-1, "there is no such file")]
    public void Attach_NoSignature_IsRefused(int length, string expected)
    {
        if (length >= 0)
        {
            File.WriteAllBytes(_folder["to-sign/kernel.sig"], new byte[length]);
        }
        StrataException refused = Assert.Throws<StrataException>(() => SigningFolder.Attach(_folder["to-sign"], _keys));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", "there is no such folder")]
    [InlineData("keys", "it holds no .digest file")]
    public void Attach_NoSuchRequests_IsRefused(string folder, string expected)
    {
        StrataException refused = Assert.Throws<StrataException>(() => SigningFolder.Attach(_folder[folder], _keys));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attach_MoreThanIsLookedAt_IsRefusedAndNoneIsPassedOver()
    {
        for (int i = 0; i < 1000; i++)
        {
            File.WriteAllBytes(_folder[$"to-sign/more-{i}.digest"], new byte[32]);
        }
        StrataException refused = Assert.Throws<StrataException>(() => SigningFolder.Attach(_folder["to-sign"], _keys));
        Assert.Contains("it holds more than 1000 .digest files", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_FolderWithSomethingElse_IsLeftAlone()
    {
        File.WriteAllText(_folder["to-sign/letter.txt"], "dear");
        StrataException refused = Assert.Throws<StrataException>(() => SigningFolder.Write(_folder["to-sign"], []));
        Assert.Contains("it holds letter.txt, which is nothing to sign", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["to-sign/kernel.digest"]));
    }

    [Fact]
    public void Write_Again_LeavesNoAnswerToAnotherQuestion()
    {
        File.WriteAllBytes(_folder["to-sign/kernel.sig"], new byte[256]);
        SigningFolder.Write(_folder["to-sign"], [new SigningRequest("other", Sha256Digest.Of("other"u8))]);
        Assert.Equal(["other.digest"], Directory.EnumerateFiles(_folder["to-sign"]).Select(Path.GetFileName));
        Assert.Equal(SHA256.HashData("other"u8), File.ReadAllBytes(_folder["to-sign/other.digest"]));
    }

    [SkippableFact]
    public async Task Sign_DamagedSignature_IsToldInsteadOfUsed()
    {
        OpensslSigns("db");
        SigningFolder.Attach(_folder["to-sign"], _keys);
        File.Delete(_folder["keys/db.key"]);
        string kept = Directory.EnumerateFiles(_folder["keys/signatures"]).Single();
        byte[] damaged = File.ReadAllBytes(kept);
        damaged[100] ^= 1;
        File.WriteAllBytes(kept, damaged);
        StrataException refused = await Assert.ThrowsAsync<StrataException>(SignAsync);
        Assert.Contains("it is no signature by db", refused.Message, StringComparison.Ordinal);
    }

    private void OpensslSigns(string key, string name = "*")
    {
        foreach (string file in Directory.EnumerateFiles(_folder["to-sign"], name + ".digest"))
        {
            (int code, string output) = Oracle.Run(
                "openssl", "pkeyutl", "-sign", "-inkey", _folder[$"keys/{key}.key"], "-pkeyopt", "digest:sha256", "-in", file,
                "-out", Path.ChangeExtension(file, ".sig"));
            Assert.True(code == 0, output);
        }
    }

    private async Task<byte[]> SignAsync()
    {
        using CertifiedKey key = AttachedSignatures.OpenKey(
            _keys, KeyRole.Images, () => throw new InvalidOperationException("nobody is asked"));
        using MemoryStream output = new();
        await ImageSignature.WriteAsync(key, new MemoryStream(_program), output, CancellationToken.None);
        return output.ToArray();
    }
}
