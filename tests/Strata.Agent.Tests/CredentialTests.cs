using System.Text;
using Strata.Agent.Seeds;

namespace Strata.Agent.Tests;

/// <summary>What whoever starts a virtual machine gives it.</summary>
public sealed class CredentialTests : IDisposable
{
    private const string Hash = "$6$saltsalt$" + "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdef";
    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void Smbios_WordsAndSecrets_AreTaken_AndNeverTold()
    {
        string words = Convert.ToBase64String("hostname: from-firmware\nusers: {anna: {password: {credential: anna}}}\n"u8);
        _desk.Put("/sys/firmware/dmi/tables/DMI", Table(
            $"io.systemd.credential.binary:strata.machine={words}", $"io.systemd.credential:strata.anna={Hash}",
            "io.systemd.credential:other=x"));
        _desk.Start();
        Assert.Equal("this machine has learnt from credential strata.machine: hostname, users\n", _desk.Told);
        Assert.Equal("from-firmware\n", _desk.Text("/etc/hostname"));
        Assert.Contains($"anna:{Hash}:1:", _desk.Text("/etc/shadow"), StringComparison.Ordinal);
        Assert.Equal(Hash, _desk.Text("/var/lib/strata/secrets/anna"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, _desk.Mode("/var/lib/strata/secrets/anna"));
    }

    [Fact]
    public void FwCfg_Words_AreTaken()
    {
        _desk.Put("/sys/firmware/qemu_fw_cfg/by_name/opt/io.systemd.credentials/strata.machine/raw", "hostname: from-qemu\n").Start();
        Assert.Equal("from-qemu\n", _desk.Text("/etc/hostname"));
    }

    [Theory]
    [InlineData("strata.anna=plain-password", "is no hash of crypt(5)")]
    [InlineData("other=x", "neither the file nor a credential 'strata.anna' is there")]
    public void SecretThatIsNone_IsToldWithoutIt_AndLetsNobodyIn(string credential, string told)
    {
        _desk.Put("/sys/firmware/dmi/tables/DMI", Table("io.systemd.credential:" + credential));
        _desk.InsertWords("users: {anna: {password: {credential: anna}}}\n").Start();
        Assert.Contains(told, _desk.Told, StringComparison.Ordinal);
        Assert.DoesNotContain("plain-password", _desk.Told, StringComparison.Ordinal);
        Assert.Contains("anna:*:1:", _desk.Text("/etc/shadow"), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_OfOtherStructuresAndWithoutAnEnd_GivesTheStringsThatMakeSense()
    {
        byte[] table =
        [
            0, 6, 0, 0, 9, 9, (byte)'B', (byte)'I', 0, 0, // with strings that are not ours
            1, 4, 1, 0, 0, 0, // without strings
            11, 5, 2, 0, 2, (byte)'a', 0, (byte)'b', 0, 0,
            11, 200, 3, 0, // longer than the table
        ];
        Assert.Equal(["a", "b"], SmbiosTable.ReadOemStrings(table).Select(Encoding.ASCII.GetString));
        for (int length = 0; length < table.Length; length++)
        {
            Assert.InRange(SmbiosTable.ReadOemStrings(table.AsSpan(0, length)).Count, 0, 2);
        }
    }

    // SMBIOS 3.7 §7.12: the number of strings, then the strings
    private static byte[] Table(params string[] strings) =>
    [
        11, 5, 0, 0, (byte)strings.Length, .. strings.SelectMany(s => (byte[])[.. Encoding.UTF8.GetBytes(s), 0]), 0,
        127, 4, 1, 0, 0, 0,
    ];
}
