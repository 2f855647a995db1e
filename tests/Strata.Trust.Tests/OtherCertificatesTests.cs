using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Testing;
using Strata.Trust.Firmware;
using Strata.Trust.Keys;

namespace Strata.Trust.Tests;

/// <summary>Who else is believed, judged by sbsiglist and by what the firmware of the archive comes with.</summary>
public sealed class OtherCertificatesTests : IDisposable
{
    private const string Microsoft = "77fa9abd-0359-4d32-bd60-28f4e78f784b";
    private static readonly DateTimeOffset s_now = new(2026, 12, 1, 10, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly OwnedKeys _own = new();

    public void Dispose()
    {
        _own.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public void Enrol_Microsoft_StandsBehindTheOwnersInTheListsOfItsVariable()
    {
        EnrolmentFiles.Write(_own.Folder, NobodyAsked, s_now);
        byte[] before = Auth("db");
        byte[] exchange = Content("KEK");
        Assert.Equal(
            ["db/microsoft-uefi-2011", "db/microsoft-uefi-2023", "db/microsoft-option-rom-2023"],
            OtherCertificates.Add(_own.Folder, MicrosoftCertificates.For("hardware")));
        EnrolmentFiles.Write(_own.Folder, NobodyAsked, s_now);
        byte[] expected =
        [
            .. ListOf(_own.Folder.Owner.ToString(), Der("db.crt")),
            .. ((string[])["microsoft-option-rom-2023", "microsoft-uefi-2011", "microsoft-uefi-2023"])
                .SelectMany(n => ListOf(Microsoft, _own.FileOf($"others/db/{n}.crt"))),
        ];
        Assert.Equal(expected, Content("db"));
        Assert.Equal(exchange, Content("KEK"));
        Assert.Equal([0xEA, 0x07, 12, 1, 10, 0, 0, 0], Auth("db")[..8]); // later than before, or firmware would not take it
        Assert.NotEqual(before[..8], Auth("db")[..8]);

        // a second time changes nothing
        byte[] told = Auth("db");
        Assert.Empty(OtherCertificates.Add(_own.Folder, MicrosoftCertificates.For("hardware")));
        EnrolmentFiles.Write(_own.Folder, NobodyAsked, s_now.AddDays(1));
        Assert.Equal(told, Auth("db"));

        // who takes a file away believes it no longer
        File.Delete(_own.FileOf("others/db/microsoft-uefi-2011.crt"));
        EnrolmentFiles.Write(_own.Folder, NobodyAsked, s_now.AddDays(2));
        Assert.True(Auth("db")[3] == 3 && Content("db").Length < expected.Length);
    }

    [Fact]
    public void Enrol_MicrosoftUpdates_AreAskedForByNameAndStandInKek()
    {
        OtherCertificates.Add(_own.Folder, MicrosoftCertificates.For("updates"));
        Assert.Equal(["KEK", "KEK"], OtherCertificates.Of(_own.Folder).Select(o => o.Variable));
        Assert.All(OtherCertificates.Of(_own.Folder), o => Assert.Contains("KEK", o.Subject, StringComparison.Ordinal));
        StrataException refused = Assert.Throws<StrataException>(() => MicrosoftCertificates.For("everything"));
        Assert.Contains("expected one of hardware, windows, updates", refused.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("hardware", "microsoft-uefi-2011")]
    [InlineData("windows", "microsoft-windows-2011")]
    [InlineData("updates", "microsoft-kek-2011")]
    public void Certificate_IsTheOneThatTheFirmwareOfTheArchiveComesWith(string use, string name)
    {
        string? tools = Environment.GetEnvironmentVariable("STRATA_TOOLBOX_QEMU");
        Skip.If(tools is null, "STRATA_TOOLBOX_QEMU is not set; './test' sets it");
        byte[] variables = File.ReadAllBytes(Path.Combine(tools!, "usr/share/OVMF/OVMF_VARS_4M.ms.fd"));
        OtherCertificate certificate = MicrosoftCertificates.For(use).Single(c => c.Name == name);
        Assert.True(variables.AsSpan().IndexOf(certificate.Der) > 0, certificate.Subject);
    }

    [Fact]
    public void Others_CertificateOfAnybody_IsBelievedUnderTheOwnersNumber()
    {
        using OwnedKeys other = new();
        Directory.CreateDirectory(_own.FileOf("others/db"));
        File.Copy(other.FileOf("db.crt"), _own.FileOf("others/db/neighbour.crt"));
        EnrolmentFiles.Write(_own.Folder, NobodyAsked, s_now);
        using X509Certificate2 certificate = other.Folder.CertificateOf(KeyRole.Images);
        byte[] list = SignatureList.Of(_own.Folder.Owner, certificate);
        Assert.Equal(list, Content("db")[^list.Length..]);
        File.WriteAllText(_own.FileOf("others/db/neighbour.crt"), "hello");
        StrataException refused = Assert.Throws<StrataException>(() => EnrolmentFiles.Write(_own.Folder, NobodyAsked, s_now));
        Assert.Contains("neighbour.crt: it is no certificate", refused.Message, StringComparison.Ordinal);
    }

    private static string NobodyAsked() => throw new InvalidOperationException("nobody is asked");

    private byte[] Auth(string name) => File.ReadAllBytes(_own.FileOf($"enrol/{name}.auth"));

    private byte[] Content(string name)
    {
        byte[] auth = Auth(name);
        return auth[(16 + BitConverter.ToInt32(auth, 16))..];
    }

    private string Der(string certificate)
    {
        (int code, string output) = Oracle.Run(
            "openssl", "x509", "-in", _own.FileOf(certificate), "-outform", "der", "-out", _folder["der"]);
        Assert.True(code == 0, output);
        return _folder["der"];
    }

    private byte[] ListOf(string owner, string der)
    {
        (int code, string output) = Oracle.Run("sbsiglist", "--owner", owner, "--type", "x509", "--output", _folder["list"], der);
        Assert.True(code == 0, output);
        return File.ReadAllBytes(_folder["list"]);
    }
}
