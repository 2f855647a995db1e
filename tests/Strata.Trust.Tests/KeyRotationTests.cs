using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Testing;
using Strata.Trust.Firmware;
using Strata.Trust.Keys;
using Strata.Trust.Rotation;
using Strata.Trust.Signatures;

namespace Strata.Trust.Tests;

/// <summary>A key takes the place of another, judged by sbverify and sbsiglist; what a machine makes of it is seen in a guest.</summary>
public sealed class KeyRotationTests : IDisposable
{
    private static readonly DateTimeOffset s_begin = new(2026, 12, 1, 10, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly OwnedKeys _own = new();

    private KeyFolder Keys => _own.Folder;

    public void Dispose()
    {
        _own.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task Rotate_Images_OldAndNewAreBelievedUntilTheOldIsRetired()
    {
        EnrolmentFiles.Write(Keys, NobodyAsked, s_begin);
        byte[] before = Auth("db");
        await File.WriteAllBytesAsync(_folder["old.efi"], await SignAsync());

        // a new key is believed, and the old one signs
        Assert.Equal("db-2", KeyRotation.Begin(Keys, KeyRole.Images, null, NobodyAsked, s_begin).Name);
        Assert.Equal([.. List("db.crt"), .. List("db-2.crt")], ContentOf("db", "db.crt", "db-2.crt"));
        Assert.True(TimeOf(Auth("db")) > TimeOf(before));
        await File.WriteAllBytesAsync(_folder["still-old.efi"], await SignAsync());
        Assert.Equal(await File.ReadAllBytesAsync(_folder["old.efi"]), await File.ReadAllBytesAsync(_folder["still-old.efi"]));

        // it signs, and both are believed
        Assert.Equal("db-2", KeyRotation.Switch(Keys, KeyRole.Images, NobodyAsked, s_begin).Name);
        Assert.Equal([.. List("db.crt"), .. List("db-2.crt")], ContentOf("db", "db.crt", "db-2.crt"));
        await File.WriteAllBytesAsync(_folder["new.efi"], await SignAsync());
        Judge("new.efi", "db-2.crt", isGood: true);
        Judge("new.efi", "db.crt", isGood: false);
        Judge("old.efi", "db.crt", isGood: true);
        Assert.False(File.Exists(_own.FileOf("enrol/dbx.auth")));

        // the old one is retired
        KeyRotation.Retire(Keys, KeyRole.Images, NobodyAsked, s_begin);
        Assert.Equal(List("db-2.crt"), ContentOf("db", "db-2.crt"));
        Assert.Equal(List("db.crt"), ContentOf("dbx", "db.crt"));
        Assert.Equal(
            [("db", KeyStanding.Retired), ("db-2", KeyStanding.Signs)],
            Keys.GenerationsOf(KeyRole.Images).Select(k => (k.Name, k.Standing)));
        Assert.Equal("""
            2026-12-01T10:00:00Z db-2 made
            2026-12-01T10:00:01Z db-2 signs
            2026-12-01T10:00:02Z db retired

            """, await File.ReadAllTextAsync(_own.FileOf("history")));
        Assert.Equal(s_begin.AddSeconds(2), TimeOf(Auth("db")));

        // and again
        Assert.Equal("db-3", KeyRotation.Begin(Keys, KeyRole.Images, null, NobodyAsked, s_begin.AddDays(1)).Name);
    }

    [Fact]
    public void Rotate_AnyKey_NoFileOfAKeyIsEverChanged()
    {
        Dictionary<string, string> before = KeyFiles();
        foreach (KeyRole role in KeyRotation.Roles)
        {
            KeyRotation.Begin(Keys, role, null, NobodyAsked, s_begin);
            KeyRotation.Switch(Keys, role, NobodyAsked, s_begin);
            if (role != KeyRole.Platform) // whose old one is retired at once
            {
                KeyRotation.Retire(Keys, role, NobodyAsked, s_begin);
            }
        }
        Dictionary<string, string> after = KeyFiles();
        Assert.Equal(before.Count + (2 * KeyRotation.Roles.Count), after.Count); // a key and a certificate for each; pcr keeps its own
        Assert.All(before, f => Assert.Equal(f.Value, after[f.Key]));
        Assert.All(KeyRole.OfFirmware, r => Assert.Equal(2, Keys.SigningOf(r).Number));
        Assert.All(after.Keys.Where(f => f.EndsWith(".key", StringComparison.Ordinal)), f =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_own.FileOf(f))));
        using X509Certificate2 made = Keys.CertificateOf(KeyRole.Images);
        Assert.Equal("CN=Anna db-2", made.Subject);
    }

    [SkippableFact]
    public void Rotate_ExchangeKey_SignsAndIsSignedByWhomMachinesBelieve()
    {
        File.WriteAllBytes(_folder["x.efi"], TinyPe.Program());
        RevokedImages.Add(Keys, [_folder["x.efi"]], NobodyAsked, s_begin);
        KeyRotation.Begin(Keys, KeyRole.Exchange, null, NobodyAsked, s_begin);
        Assert.Equal([.. List("KEK.crt"), .. List("KEK-2.crt")], ContentOf("KEK", "KEK.crt", "KEK-2.crt"));
        Assert.True(IsSignedBy("db", "KEK.crt") && IsSignedBy("dbx", "KEK.crt") && IsSignedBy("KEK", "PK.crt"));
        KeyRotation.Switch(Keys, KeyRole.Exchange, NobodyAsked, s_begin);
        Assert.True(IsSignedBy("db", "KEK-2.crt") && IsSignedBy("dbx", "KEK-2.crt") && IsSignedBy("KEK", "PK.crt"));
        KeyRotation.Retire(Keys, KeyRole.Exchange, NobodyAsked, s_begin);
        Assert.Equal(List("KEK-2.crt"), ContentOf("KEK", "KEK-2.crt"));
    }

    [SkippableFact]
    public void Rotate_PlatformKey_IsHandedOverByTheOldOne()
    {
        KeyRotation.Begin(Keys, KeyRole.Platform, null, NobodyAsked, s_begin);
        Assert.True(IsSignedBy("PK-2", "PK.crt") && IsSignedBy("PK", "PK.crt") && IsSignedBy("KEK", "PK.crt"));
        Assert.Equal(List("PK-2.crt"), ContentOf("PK-2", "PK-2.crt"));
        Assert.Equal(List("PK.crt"), ContentOf("PK", "PK.crt"));
        Guid owner = Keys.Owner;
        KeyRotation.Switch(Keys, KeyRole.Platform, NobodyAsked, s_begin);
        Assert.True(IsSignedBy("PK-2", "PK.crt") && IsSignedBy("PK", "PK-2.crt") && IsSignedBy("KEK", "PK-2.crt"));
        Assert.Equal(List("PK-2.crt"), ContentOf("PK", "PK-2.crt"));
        Assert.Equal(owner, Keys.Owner);
        Assert.Equal(KeyStanding.Retired, Keys.GenerationsOf(KeyRole.Platform)[0].Standing);
    }

    [Fact]
    public void Rotate_StepOutOfItsTurn_IsRefusedAndTellsTheNext()
    {
        StrataException refused = Assert.Throws<StrataException>(() => KeyRotation.Switch(Keys, KeyRole.Images, NobodyAsked, s_begin));
        Assert.Contains("db signs, and none waits for that", refused.Message, StringComparison.Ordinal);
        KeyRotation.Begin(Keys, KeyRole.Images, null, NobodyAsked, s_begin);
        refused = Assert.Throws<StrataException>(() => KeyRotation.Begin(Keys, KeyRole.Images, null, NobodyAsked, s_begin));
        Assert.Contains("db-2 is believed, and does not sign yet", refused.Message, StringComparison.Ordinal);
        Assert.Contains("db --switch", refused.Hint, StringComparison.Ordinal);
        Assert.Throws<StrataException>(() => KeyRotation.Retire(Keys, KeyRole.Images, NobodyAsked, s_begin));
        Assert.False(File.Exists(_own.FileOf("db-3.key")));
    }

    [Fact]
    public void Rotate_WithoutTheKeyThatTellsFirmware_MakesNothing()
    {
        File.Delete(_own.FileOf("KEK.key"));
        StrataException refused = Assert.Throws<StrataException>(
            () => KeyRotation.Begin(Keys, KeyRole.Images, null, NobodyAsked, s_begin));
        Assert.Contains("KEK.key", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_own.FileOf("db-2.key")));
        Assert.False(File.Exists(_own.FileOf("history")));
    }

    [Fact]
    public void Rotate_FilesOfAStepThatWasCut_AreNotWrittenOver()
    {
        File.WriteAllText(_own.FileOf("db-2.key"), "left");
        Assert.Equal("db-3", KeyRotation.Begin(Keys, KeyRole.Images, null, NobodyAsked, s_begin).Name);
        Assert.Equal("left", File.ReadAllText(_own.FileOf("db-2.key")));
    }

    [Theory]
    [InlineData("yesterday db-2 made")]
    [InlineData("2026-12-01T10:00:00Z db-2 signs")]
    [InlineData("2026-12-01T10:00:00Z db retired")]
    [InlineData("2026-12-01T10:00:00Z other-2 made")]
    [InlineData("2026-12-01T10:00:00Z db-1 made")]
    [InlineData("2026-12-01T10:00:00Z db-99999999999 made")]
    [InlineData("2026-12-01T10:00:00Z others x")]
    public void History_ThatDoesNotFollow_IsRefused(string line)
    {
        File.WriteAllText(_own.FileOf("history"), line + "\n");
        StrataException refused = Assert.Throws<StrataException>(() => Keys.CertificateOf(KeyRole.Images));
        Assert.Contains("history:1", refused.Message, StringComparison.Ordinal);
    }

    private static string NobodyAsked() => throw new InvalidOperationException("nobody is asked");

    private byte[] Auth(string name) => File.ReadAllBytes(_own.FileOf($"enrol/{name}.auth"));

    private static DateTimeOffset TimeOf(byte[] auth) =>
        new(BitConverter.ToUInt16(auth, 0), auth[2], auth[3], auth[4], auth[5], auth[6], TimeSpan.Zero);

    // what stands behind the time and the signature (EFI_VARIABLE_AUTHENTICATION_2)
    private byte[] ContentOf(string name, params string[] expected)
    {
        byte[] auth = Auth(name);
        byte[] content = auth[(16 + BitConverter.ToInt32(auth, 16))..];
        Assert.Equal(expected.Sum(e => List(e).Length), content.Length);
        return content;
    }

    private Dictionary<string, string> KeyFiles() => Directory.EnumerateFiles(Keys.FolderPath)
        .Where(f => Path.GetExtension(f) is ".key" or ".crt").ToDictionary(f => Path.GetFileName(f), File.ReadAllText);

    private byte[] List(string certificate)
    {
        (int code, string output) = Oracle.Run(
            "openssl", "x509", "-in", _own.FileOf(certificate), "-outform", "der", "-out", _folder["der"]);
        Assert.True(code == 0, output);
        (code, output) = Oracle.Run(
            "sbsiglist", "--owner", Keys.Owner.ToString(), "--type", "x509", "--output", _folder["list"], _folder["der"]);
        Assert.True(code == 0, output);
        return File.ReadAllBytes(_folder["list"]);
    }

    // the certificate of who signed stands in the signature
    private bool IsSignedBy(string name, string certificate)
    {
        using X509Certificate2 signer = X509CertificateLoader.LoadCertificateFromFile(_own.FileOf(certificate));
        byte[] auth = Auth(name);
        return auth.AsSpan(0, 16 + BitConverter.ToInt32(auth, 16)).IndexOf(signer.RawData) > 0;
    }

    private void Judge(string image, string certificate, bool isGood)
    {
        (int code, string output) = Oracle.Run("sbverify", "--cert", _own.FileOf(certificate), _folder[image]);
        Assert.True(code == 0 == isGood, output);
    }

    private async Task<byte[]> SignAsync()
    {
        using CertifiedKey key = Keys.Open(KeyRole.Images, NobodyAsked);
        using MemoryStream output = new();
        await ImageSignature.WriteAsync(key, new MemoryStream(TinyPe.Program()), output, CancellationToken.None);
        return output.ToArray();
    }
}
