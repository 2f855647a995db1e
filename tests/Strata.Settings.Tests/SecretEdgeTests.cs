using System.Text;
using Strata.Core;
using Strata.Settings.Merging;
using Strata.Settings.Reading;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Tests;

/// <summary>Which texts are hashes and keys, by the lengths that crypt(5) gives, and which files words become for which image.</summary>
public class SecretEdgeTests
{
    [Theory]
    // yescrypt, gost-yescrypt: crypt(5) "\$y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{,86}\$[./A-Za-z0-9]{43}"
    [InlineData("$y$p:1$s:1$h:43", true)]
    [InlineData("$gy$p:40$s:86$h:43", true)]
    [InlineData("$y$p:0$s:1$h:43", false)]
    [InlineData("$y$p:41$s:1$h:43", false)]
    [InlineData("$y$p:1$s:0$h:43", false)]
    [InlineData("$y$p:1$s:87$h:43", false)]
    [InlineData("$y$p:1$s:1$h:42", false)]
    [InlineData("$y$p:1$s:1$h:44", false)]
    [InlineData("$y$p:1$h:43", false)]
    [InlineData("$y$p:1$s:1$h:43$", false)]
    // scrypt: "\$7\$[./A-Za-z0-9]{11,97}\$[./A-Za-z0-9]{43}"
    [InlineData("$7$p:11$h:43", true)]
    [InlineData("$7$p:97$h:43", true)]
    [InlineData("$7$p:10$h:43", false)]
    [InlineData("$7$p:98$h:43", false)]
    [InlineData("$7$p:11$h:42", false)]
    [InlineData("$7$p:11$h:44", false)]
    [InlineData("$7$p:11", false)]
    [InlineData("$7$p:11$s:11$h:43", false)]
    // SHA-512 and SHA-256: 1,000 to 999,999,999 rounds, salts of at most 16
    [InlineData("$6$s:1$h:86", true)]
    [InlineData("$6$s:16$h:86", true)]
    [InlineData("$6$s:0$h:86", false)]
    [InlineData("$6$s:17$h:86", false)]
    [InlineData("$6$s:1$h:85", false)]
    [InlineData("$6$s:1$h:87", false)]
    [InlineData("$6$s:1$h:43", false)]
    [InlineData("$5$s:16$h:43", true)]
    [InlineData("$5$s:16$h:42", false)]
    [InlineData("$5$s:16$h:86", false)]
    [InlineData("$6$rounds=1000$s:8$h:86", true)]
    [InlineData("$6$rounds=999999999$s:8$h:86", true)]
    [InlineData("$6$rounds=999$s:8$h:86", false)]
    [InlineData("$6$rounds=1000000000$s:8$h:86", false)]
    [InlineData("$6$rounds=10a0$s:8$h:86", false)]
    [InlineData("$6$rounds:1000$s:8$h:86", false)]
    [InlineData("$6$s:11$s:8$h:86", false)]
    [InlineData("$6$rounds=1000$s:8$s:8$h:86", false)]
    [InlineData("$6$s:8", false)]
    // bcrypt
    [InlineData("$2b$12$h:53", true)]
    [InlineData("$2a$05$h:53", true)]
    [InlineData("$2y$31$h:53", true)]
    [InlineData("$2x$12$h:53", false)]
    [InlineData("$2b$1$h:53", false)]
    [InlineData("$2b$123$h:53", false)]
    [InlineData("$2b$1a$h:53", false)]
    [InlineData("$2b$12$h:52", false)]
    [InlineData("$2b$12$h:54", false)]
    [InlineData("$2b$12$h:53$", false)]
    // others
    [InlineData("x$6$s:8$h:86", false)]
    [InlineData("$1$s:8$h:22", false)]
    [InlineData("$6", false)]
    [InlineData("", false)]
    public void IsPasswordHash_OfTheLengthsOfCrypt_AndNoOthers(string form, bool expected)
    {
        string[] parts = form.Split('$');
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i].Split(':') is [{ Length: 1 }, string count])
            {
                parts[i] = string.Concat(Enumerable.Repeat("aZ0./", 20))[..int.Parse(count,
                    System.Globalization.CultureInfo.InvariantCulture)];
            }
        }
        Assert.Equal(expected, SecretForm.IsPasswordHash(string.Join('$', parts)));
    }

    [Theory]
    [InlineData("$6$sal-$")]
    [InlineData("$6$sal:$")]
    [InlineData("$6$sal $")]
    [InlineData("$6$sälz$")]
    public void IsPasswordHash_WithOtherSigns_IsNone(string head) => Assert.False(SecretForm.IsPasswordHash(head + new string('a', 86)));

    [Theory]
    [InlineData("-----BEGIN PRIVATE KEY-----", true)]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----", true)]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----", true)]
    [InlineData("-----BEGIN EC2 PRIVATE KEY-----", true)]
    [InlineData("x\n-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----", true)]
    [InlineData("PuTTY-User-Key-File-3: ssh-ed25519", true)]
    [InlineData("-----BEGIN CERTIFICATE-----", false)]
    [InlineData("-----BEGIN PUBLIC KEY-----", false)]
    [InlineData("-----BEGIN what people call a PRIVATE KEY-----", false)]
    [InlineData("---- BEGIN SSH2 PUBLIC KEY ----", false)]
    [InlineData("PRIVATE KEY-----", false)]
    [InlineData("PuTTY-User-Key", false)]
    [InlineData("", false)]
    public void HoldsPrivateKey_OfPemOpenSshAndPutty_IsSeen(string text, bool expected) => Assert.Equal(expected,
        SecretForm.HoldsPrivateKey(text));

    [Theory]
    [InlineData(40, true)]
    [InlineData(41, false)]
    public void HoldsPrivateKey_KindOfSoManySigns(int count, bool expected) =>
        Assert.Equal(expected, SecretForm.HoldsPrivateKey($"-----BEGIN {new string('A', count)}PRIVATE KEY-----"));

    private const string ManyWords =
        """
        hostname: gate
        time-servers: [10.0.0.1]
        users:
          anna: {admin: true, ssh-keys: ["KEY"], password: {credential: anna}}
          bert: {password: {credential: anna}}
          carl: {password: {credential: carl}}
        ssh: {port: 2222}
        network:
          lan: {addresses: [10.0.0.2/8]}
          air: {wifi: {ssid: home, passphrase-file: /var/lib/strata/secrets/wifi}}
          far: {wifi: {ssid: far, passphrase-file: /var/lib/strata/secrets/sub/wifi}}
          old: {wifi: {ssid: old, passphrase-file: /etc/wifi}}
          wg0: {addresses: [10.9.0.1/24], wireguard: {port: 1, private-key: /var/lib/strata/secrets/wg0}}
        firewall: {allow: {ssh: }}
        """;

    [Fact]
    public void NamedBy_CredentialsOfUsersAndFilesOfTheFolder_EachOnceInOrder()
    {
        Assert.Equal(["anna", "carl", "wifi", "wg0"], MachineSecrets.NamedBy(Many()));
        Assert.Empty(MachineSecrets.NamedBy(MachineFileTests.Words("hostname: a")));
    }

    [Theory]
    [InlineData("{credential: machine}", "m:1:36: the credential 'machine' has the words of a machine; expected one with a secret")]
    [InlineData("{credential: x, from: y}", "m:1:39: unknown key 'from'")]
    [InlineData("{}", "'credential' is missing")]
    [InlineData("{credential: 'a b'}", "a credential")]
    [InlineData("{credential: a}", "")]
    public void Password_OfACredential_IsItsName(string value, string expected)
    {
        FaultList faults = new();
        MachineFile.Read(Encoding.UTF8.GetBytes($"users: {{a: {{password: {value}}}}}"), "m", faults);
        Assert.Equal(expected.Length > 0, faults.Any);
        Assert.Contains(expected, string.Join('\n', faults.Faults), StringComparison.Ordinal);
    }

    /// <summary>Which files there are follows from what the image has.</summary>
    [Theory]
    [InlineData(false, "", "/etc/doas.conf /etc/nftables.conf /etc/strata/network")]
    [InlineData(false, ImageFacts.Sudo, "/etc/nftables.conf /etc/strata/network /etc/sudoers.d/strata")]
    [InlineData(false, ImageFacts.Dropbear, "/etc/default/dropbear /etc/doas.conf /etc/nftables.conf /etc/strata/network")]
    [InlineData(false, ImageFacts.OpenSsh, "/etc/doas.conf /etc/nftables.conf /etc/ssh/ /etc/strata/network")]
    [InlineData(false, ImageFacts.Chrony, "/etc/chrony/ /etc/doas.conf /etc/nftables.conf /etc/strata/network")]
    [InlineData(true, ImageFacts.Timesyncd, "/etc/doas.conf /etc/nftables.conf /etc/systemd/network/ /etc/systemd/timesyncd.conf.d/")]
    public void Of_AnImage_AreTheFilesOfWhatItHas(bool isSystemd, string has, string expected)
    {
        ImageFacts facts = new(isSystemd, f => f == has, _ => true, _ => []);
        string[] paths = [.. MachineFiles.Of(Many(), facts, u => GuestPath.Parse("/home/" + u.Name.Text)).Select(f =>
            f.Path.ToString()).Distinct().Order(StringComparer.Ordinal)];
        Assert.Contains("/home/anna/.ssh/authorized_keys", paths);
        Assert.DoesNotContain("/home/bert/.ssh/authorized_keys", paths);
        string[] wanted = expected.Split(' ');
        foreach (string want in wanted)
        {
            Assert.Contains(paths, p => want.EndsWith('/') ? p.StartsWith(want, StringComparison.Ordinal) : p == want);
        }
        string[] all = ["/etc/doas.conf", "/etc/nftables.conf", "/etc/strata/network", "/etc/sudoers.d/strata", "/etc/default/dropbear",
            "/etc/ssh/", "/etc/chrony/", "/etc/systemd/network/", "/etc/systemd/timesyncd.conf.d/"];
        foreach (string other in all.Except(wanted))
        {
            Assert.DoesNotContain(paths, p => p.StartsWith(other, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("", "127.0.1.1 gate\n")]
    [InlineData("127.0.0.1 localhost\n", "127.0.0.1 localhost\n127.0.1.1 gate\n")]
    [InlineData("127.0.0.1 localhost\n127.0.1.1 old\n::1 localhost\n", "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 gate\n")]
    [InlineData("127.0.1.1\told\n", "127.0.1.1 gate\n")]
    [InlineData("10.0.0.1 gate\n", "10.0.0.1 gate\n")]
    [InlineData("10.0.0.1\tother\tgate#x\n", "10.0.0.1\tother\tgate#x\n")]
    [InlineData("10.0.0.1 gateway\n", "10.0.0.1 gateway\n127.0.1.1 gate\n")]
    [InlineData("gate\n", "gate\n127.0.1.1 gate\n")]
    [InlineData("127.0.1.10 other\n\n\nlast", "127.0.1.10 other\nlast\n127.0.1.1 gate\n")]
    public void HostsFile_OwnName_StandsThereOnce(string text, string expected)
    {
        Assert.Equal(expected, HostsFile.With(text, "gate"));
        Assert.Equal(expected, HostsFile.With(expected, "gate"));
    }

    [Fact]
    public void AccountNumber_FollowsFromTheName_AndGoesOnWhereItIsTaken()
    {
        int number = AccountNumber.Free("anna", 1000, 9000, new HashSet<int>());
        Assert.Equal(number, AccountNumber.Free("anna", 1000, 9000, new HashSet<int> { number + 1 }));
        Assert.Equal(number == 9999 ? 1000 : number + 1, AccountNumber.Free("anna", 1000, 9000, new HashSet<int> { number }));
        Assert.InRange(number, 1000, 9999);
        HashSet<int> taken = [];
        for (int i = 0; i < 5; i++) // every number is reached, the first and the last too
        {
            Assert.True(taken.Add(AccountNumber.Free("bert", 7, 5, taken)));
        }
        Assert.Equal([7, 8, 9, 10, 11], taken.Order());
        StrataException e = Assert.Throws<StrataException>(() => AccountNumber.Free("bert", 7, 5, taken));
        Assert.Equal("cannot number account 'bert': all of 7 … 11 are taken", e.Message);
        // by sha256sum: the first four bytes of the digest of "anna", modulo 9000
        byte[] digest = System.Security.Cryptography.SHA256.HashData("anna"u8);
        Assert.Equal(1000 + (int)(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(digest) % 9000), number);
    }

    [Theory]
    [InlineData("tcp", 79, false)]
    [InlineData("tcp", 80, true)]
    [InlineData("tcp", 82, true)]
    [InlineData("tcp", 83, false)]
    [InlineData("udp", 80, false)]
    [InlineData("tcp", 443, true)]
    public void Covers_ProtocolAndPort_AreBothAsked(string protocol, int port, bool expected)
    {
        YamlScalar name = new("m", 1, 1, "n", IsPlain: true);
        Assert.Equal(expected, new AllowWords(name, ["tcp"], [(80, 82), (443, 443)], [], []).Covers(protocol, port));
        Assert.Equal(protocol == "tcp", new AllowWords(name, ["tcp"], [], [], []).Covers(protocol, port));
        Assert.True(new AllowWords(name, [], [], [], []).Covers(protocol, port));
        Assert.Equal(port is >= 80 and <= 82 or 443, new AllowWords(name, [], [(80, 82), (443, 443)], [], []).Covers(protocol, port));
    }

    [Fact]
    public void InOrder_WhereTwoDiffer_TheFirstStandsAndTheSecondIsAFault()
    {
        FaultList faults = new();
        YamlMapping one = Parse("hostname: a\nssh: {port: 1}\nusers: {u: {groups: [x]}}", "one");
        YamlMapping two = Parse("hostname: b\nssh: {port: 1}\nusers: {u: {groups: [y], id: 7}}", "two");
        YamlMapping three = Parse("ssh: {port: 2}\nlocale: C", "three");
        Assert.Equal(
            "hostname: a\nssh:\n  port: 1\nusers:\n  u:\n    groups: [x, y]\n    id: 7\nlocale: C\n",
            WordsText.Of(WordsMerge.InOrder([one, two, three], faults)));
        Assert.Equal(
            [
                "three:1:13: 'ssh.port' is said otherwise at one:2:13, which stands before",
                "two:1:11: 'hostname' is said otherwise at one:1:11, which stands before",
            ],
            faults.Faults.Select(f => f.ToString()));
        YamlMapping nothing = WordsMerge.InOrder([], faults);
        Assert.Empty(nothing.Items);
        Assert.Same(one, WordsMerge.InOrder([one], faults));
        Assert.Equal(2, faults.Faults.Count);
    }

    private static MachineWords Many() => MachineFileTests.Words(ManyWords.Replace("KEY", MachineFileTests.Key, StringComparison.Ordinal));

    private static YamlMapping Parse(string text, string file) => YamlFile.Parse(text, file, new FaultList())!;
}
