using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Testing;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Trust.Tests;

public sealed class KeyFolderTests : IClassFixture<OwnedKeys>, IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 8, 0, 0, TimeSpan.Zero);

    private readonly OwnedKeys _keys;
    private readonly TemporaryFolder _folder = new();

    public KeyFolderTests(OwnedKeys keys) => _keys = keys;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_Folder_IsForItsOwnerAlone()
    {
        Assert.Equal(
            ["KEK.crt", "KEK.key", "PK.crt", "PK.key", "db.crt", "db.key", "pcr.crt", "pcr.key", "release.crt", "release.key"],
            Directory.EnumerateFiles(_keys.Folder.FolderPath).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(_keys.Folder.FolderPath));
        Assert.All(KeyRole.All, r => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(_keys.FileOf($"{r}.key"))));
    }

    [Fact]
    public void Create_Certificates_AreOfFirmwareLengthAndOfOneName()
    {
        foreach (KeyRole role in KeyRole.All)
        {
            using X509Certificate2 certificate = _keys.Folder.CertificateOf(role);
            Assert.Equal($"CN=Anna {role}", certificate.Subject);
            Assert.Equal(2048, certificate.GetRSAPublicKey()!.KeySize);
            Assert.Equal(s_now.AddDays(-1).UtcDateTime, certificate.NotBefore.ToUniversalTime());
            Assert.Equal(s_now.AddYears(role.Years).UtcDateTime, certificate.NotAfter.ToUniversalTime());
        }
    }

    [Fact]
    public void Create_FolderWithSomethingInIt_LeavesItAlone()
    {
        string before = File.ReadAllText(_keys.FileOf("db.key"));
        StrataException e = Assert.Throws<StrataException>(() => KeyFolder.Create(_keys.Folder.FolderPath, "Anna", null, s_now));
        Assert.Contains("something is there already", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_keys.FileOf("db.key")));
    }

    [Fact]
    public void Open_EncryptedKey_WantsItsPassphrase()
    {
        KeyFolder keys = KeyFolder.Create(_folder["locked"], "Anna", "correct horse", s_now);
        Assert.True(keys.IsEncrypted(KeyRole.Images));
        Assert.False(_keys.Folder.IsEncrypted(KeyRole.Images));
        using CertifiedKey key = keys.Open(KeyRole.Images, () => "correct horse");
        Assert.Equal(256, key.Sign(Sha256Digest.Of("x"u8)).Length);
        StrataException e = Assert.Throws<StrataException>(() => keys.Open(KeyRole.Images, () => "battery"));
        Assert.EndsWith("db.key: the passphrase is not the one it was encrypted with", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("battery", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db.key", null, "there is no such file")]
    [InlineData("db.crt", null, "there is no such file")]
    [InlineData("db.crt", "hello", "it is no certificate")]
    [InlineData("db.key", "hello", "it is no private key of RSA")]
    [InlineData("db.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "the passphrase is not the one")]
    public void Open_BrokenFolder_IsTold(string file, string? content, string expected)
    {
        Copy();
        File.Delete(_folder["copy/" + file]);
        if (content is not null)
        {
            Write(file, content);
        }
        StrataException e = Assert.Throws<StrataException>(() => new KeyFolder(_folder["copy"]).Open(KeyRole.Images, () => "x"));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_KeyOfAnotherCertificate_IsRefused()
    {
        Copy();
        Write("db.key", File.ReadAllText(_keys.FileOf("KEK.key")));
        StrataException e = Assert.Throws<StrataException>(() => new KeyFolder(_folder["copy"]).Open(KeyRole.Images, () => "x"));
        Assert.Contains("it is not the key of", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_KeyThatOthersRead_IsRefused()
    {
        Copy();
        File.SetUnixFileMode(_folder["copy/db.key"], (UnixFileMode)Modes.File);
        StrataException e = Assert.Throws<StrataException>(() => new KeyFolder(_folder["copy"]).Open(KeyRole.Images, () => "x"));
        Assert.Contains("others than its owner may read", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Owner_OfOneFolder_IsOneNumberAndOfAnotherAnother()
    {
        Assert.Equal(_keys.Folder.Owner, new KeyFolder(_keys.Folder.FolderPath).Owner);
        Assert.NotEqual(_keys.Folder.Owner, KeyFolder.Create(_folder["other"], "Anna", null, s_now).Owner);
        Assert.Equal(8, _keys.Folder.Owner.Version);
    }

    private void Copy()
    {
        Directory.CreateDirectory(_folder["copy"]);
        foreach (string file in Directory.EnumerateFiles(_keys.Folder.FolderPath))
        {
            File.Copy(file, _folder["copy/" + Path.GetFileName(file)]); // with its mode
        }
    }

    private void Write(string file, string content)
    {
        File.WriteAllText(_folder["copy/" + file], content);
        File.SetUnixFileMode(_folder["copy/" + file], (UnixFileMode)Modes.SecretFile);
    }
}
