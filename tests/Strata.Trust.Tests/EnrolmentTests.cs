using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Testing;
using Strata.Trust.Firmware;
using Strata.Trust.Keys;

namespace Strata.Trust.Tests;

/// <summary>What firmware is told, judged by the tools of sbsigntool; that firmware takes it is seen in a guest.</summary>
public sealed class EnrolmentTests : IClassFixture<OwnedKeys>
{
    private readonly OwnedKeys _keys;

    public EnrolmentTests(OwnedKeys keys) => _keys = keys;

    [SkippableFact]
    public async Task List_OfACertificate_IsAsSbsiglistWritesIt()
    {
        using TemporaryFolder folder = new();
        using X509Certificate2 certificate = _keys.Folder.CertificateOf(KeyRole.Images);
        await File.WriteAllBytesAsync(folder["db.der"], certificate.RawData);
        Guid owner = _keys.Folder.Owner;
        (int code, string output) = Oracle.Run(
            "sbsiglist", "--owner", owner.ToString(), "--type", "x509", "--output", folder["theirs"], folder["db.der"]);
        Assert.True(code == 0, output);
        Assert.Equal(await File.ReadAllBytesAsync(folder["theirs"]), SignatureList.Of(owner, certificate));
    }

    [SkippableFact]
    public async Task List_OfDigests_IsAsSbsiglistWritesIt()
    {
        using TemporaryFolder folder = new();
        Guid owner = _keys.Folder.Owner;
        Sha256Digest digest = Sha256Digest.Of("an image"u8);
        await File.WriteAllBytesAsync(folder["digest"], digest.Bytes.ToArray());
        (int code, string output) = Oracle.Run(
            "sbsiglist", "--owner", owner.ToString(), "--type", "sha256", "--output", folder["theirs"], folder["digest"]);
        Assert.True(code == 0, output);
        Assert.Equal(await File.ReadAllBytesAsync(folder["theirs"]), SignatureList.Of(owner, [digest]));
        byte[] two = SignatureList.Of(owner, [digest, Sha256Digest.Of("another"u8)]);
        Assert.Equal(28 + (2 * 48), two.Length);
        Assert.Equal(two.Length, BitConverter.ToInt32(two, 16));
    }

    [Fact]
    public void Files_OfOneFolder_AreTheSameEachTime()
    {
        IReadOnlyDictionary<string, byte[]> files = Enrolment.Files(_keys.Folder, () =>
            throw new InvalidOperationException("nobody is asked"));
        Assert.Equal(["KEK.auth", "PK.auth", "db.auth"], files.Keys.Order(StringComparer.Ordinal));
        IReadOnlyDictionary<string, byte[]> again = Enrolment.Files(_keys.Folder, () =>
            throw new InvalidOperationException("nobody is asked"));
        Assert.All(files, f => Assert.Equal(f.Value, again[f.Key]));
        Assert.All(files, f =>
        {
            Assert.Equal([0xEA, 0x07, 11, 29, 8, 0, 0, 0], f.Value[..8]); // 2026-11-29 08:00:00, a day before they were made
            Assert.All(f.Value[8..16], b => Assert.Equal(0, b));
        });
    }

    [Fact]
    public void Revoke_Images_AreListedOnceAndToldWithTheKeys()
    {
        using OwnedKeys own = new();
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["old.efi"], TinyPe.Program());
        File.WriteAllBytes(folder["older.efi"], [.. TinyPe.Program(), .. new byte[8]]);
        DateTimeOffset now = new(2026, 12, 1, 10, 20, 30, TimeSpan.Zero);
        EnrolmentFiles.Write(own.Folder, NobodyAsked, now);
        RevokedImages.Add(own.Folder, [folder["old.efi"]], NobodyAsked, now);
        IReadOnlyList<(Sha256Digest Digest, string Name)> all =
            RevokedImages.Add(own.Folder, [folder["old.efi"], folder["older.efi"]], NobodyAsked, now.AddSeconds(1));
        Assert.Equal(["old.efi", "older.efi"], all.Select(r => r.Name));
        Assert.Equal(Formats.Pe.Authenticode.Digest(new MemoryStream(TinyPe.Program())), all[0].Digest);
        Assert.Equal($"{all[0].Digest}  old.efi\n{all[1].Digest}  older.efi\n", File.ReadAllText(own.FileOf("revoked")));

        IReadOnlyDictionary<string, byte[]> files = EnrolmentFiles.Read(own.Folder);
        Assert.Equal(["KEK.auth", "PK.auth", "db.auth", "dbx.auth"], files.Keys.Order(StringComparer.Ordinal));
        byte[] told = files["dbx.auth"];
        Assert.Equal([0xEA, 0x07, 12, 1, 10, 20, 31, 0], told[..8]);
        byte[] list = SignatureList.Of(own.Folder.Owner, [all[0].Digest, all[1].Digest]);
        Assert.Equal(list, told[^list.Length..]);
    }

    [Theory]
    [InlineData("no program at all", null, "it is no program for firmware")]
    [InlineData(null, null, "there is no such file")]
    [InlineData("", "one  x\n", "revoked:1: expected a SHA-256 digest")]
    public void Revoke_WhatIsNoImage_IsToldAndNothingIsWritten(string? content, string? listed, string expected)
    {
        using OwnedKeys own = new();
        using TemporaryFolder folder = new();
        if (content is not null)
        {
            File.WriteAllText(folder["old.efi"], content);
        }
        if (listed is not null)
        {
            File.WriteAllText(own.FileOf("revoked"), listed);
        }
        StrataException refused = Assert.Throws<StrataException>(
            () => RevokedImages.Add(own.Folder, [folder["old.efi"]], NobodyAsked, DateTimeOffset.UnixEpoch));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(own.FileOf("enrol/dbx.auth")));
    }

    [Fact]
    public void Revoke_LongerListThanFirmwareTakes_IsRefusedAndNoneIsPassedOver()
    {
        using OwnedKeys own = new();
        File.WriteAllText(own.FileOf("revoked"), string.Concat(Enumerable.Range(0, 1001).Select(i => $"{i:x64}  old-{i}.efi\n")));
        StrataException refused = Assert.Throws<StrataException>(
            () => RevokedImages.Add(own.Folder, [], NobodyAsked, DateTimeOffset.UnixEpoch));
        Assert.Contains("cannot revoke 1001 images", refused.Message, StringComparison.Ordinal);
    }

    private static string NobodyAsked() => throw new InvalidOperationException("nobody is asked");
}
