using System.Text;
using Strata.Agent.CloudConfig;
using Strata.Settings.Merging;
using Strata.Yaml;

namespace Strata.Agent.Tests;

/// <summary>Seeds of others: <c>#cloud-config</c> becomes words, and what has no word is told.</summary>
public class CloudConfigTests
{
    private const string Hash = "$6$saltsalt$" + "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdef";

    [Fact]
    public void EverySubsetKey_BecomesItsWord()
    {
        (string words, string faults) = Read($"""
            #cloud-config
            hostname: gate
            fqdn: gate.example.org
            timezone: Europe/Berlin
            locale: de_DE.UTF-8
            keyboard: {"{"}layout: de, variant: nodeadkeys{"}"}
            ssh_pwauth: false
            users:
              - name: anna
                gecos: Anna
                groups: video, audio
                sudo: ["ALL=(ALL) NOPASSWD:ALL"]
                shell: /bin/sh
                lock_passwd: false
                passwd: {Hash}
                ssh_authorized_keys: ["{Desk.Key}"]
            write_files:
              - {"{"}path: /etc/motd, content: "hello", permissions: "0640", owner: "anna:anna"{"}"}
              - {"{"}path: /etc/b64, content: aGVsbG8=, encoding: b64{"}"}
            runcmd:
              - echo one
              - [touch, /run/two]
            bootcmd:
              - [/bin/true]
            ntp: {"{"}enabled: true, servers: [a.example.org], pools: [b.example.org]{"}"}
            mounts:
              - [/dev/vdb1, /data, ext4, "defaults,noatime,nofail", "0", "2"]
            ca_certs: {"{"}trusted: ["-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----"]{"}"}
            growpart: {"{"}mode: auto, devices: [/]{"}"}
            """);
        Assert.Equal("", faults);
        Assert.StartsWith("\"hostname\": gate.example.org\n\"time-zone\": Europe/Berlin\n", words, StringComparison.Ordinal);
        foreach (string part in (string[])
        [
            "\"keymap\": \"de-nodeadkeys\"", "\"passwords\": \"never\"", "\"description\": Anna", "\"groups\": [\"video\", \"audio\"]",
            "\"admin\": \"true\"", $"\"password\": \"{Hash}\"", "\"/etc/b64\":\n    \"content\": \"hello\"",
            "\"mode\": \"0640\"", "\"owner\": \"anna\"",
            "\"/etc/strata/at-start/bootcmd-001\":\n    \"content\": \"#!/bin/sh\\nexec '/bin/true'\\n\"",
            "\"runcmd-001\":\n    \"command\": [\"/bin/sh\", \"-c\", \"echo one\"]",
            "\"runcmd-002\":\n    \"command\": [\"/usr/bin/env\", \"touch\", \"/run/two\"]",
            "\"time-servers\": [a.example.org, b.example.org]",
            "/data:\n    \"from\": /dev/vdb1\n    \"type\": ext4\n    \"options\": [\"noatime\"]\n    \"optional\": \"true\"",
            "\"/usr/local/share/ca-certificates/owner-001.crt\"",
        ])
        {
            Assert.Contains(part, words, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("apt: {update: true}", "seed/user-data:2:1: unknown key 'apt'")]
    [InlineData("packages: [vim]", "unknown key 'packages'")]
    [InlineData("users: [default]", "there is no default user on this machine")]
    [InlineData("users: [{name: a, primary_group: b}]", "unknown key 'primary_group'")]
    [InlineData("users: [{name: a, passwd: hidden}]", "lets nobody in; say false")]
    [InlineData("users: [{name: a, sudo: \"ALL=(ALL) /bin/ls\"}]", "'sudo' needs a rule that gives all rights")]
    [InlineData("users: {name: a}", "'users' is a mapping; expected a list")]
    [InlineData("write_files: [{path: /a, append: true}]", "'append: true' cannot be honoured")]
    [InlineData("write_files: [{path: /a, content: '*', encoding: b64}]", "is no base64 of UTF-8 text")]
    [InlineData("runcmd: [[]]", "an entry of 'runcmd' is a list; expected a line for the shell")]
    [InlineData("mounts: [/dev/sda1]", "an entry of 'mounts' needs a list")]
    [InlineData("fqdn: other.org\nhostname: gate", "'fqdn' does not begin with 'hostname'")]
    [InlineData("ssh_authorized_keys: [x]", "those of a default user, and there is none")]
    [InlineData("ca_certs: {remove_defaults: true}", "the authorities of the image stay")]
    [InlineData("growpart: {mode: 'off'}", "expected auto")]
    public void KeyOutsideOfTheSubset_IsToldWithItsPlace(string text, string told)
    {
        (_, string faults) = Read("#cloud-config\n" + text + "\n");
        Assert.Contains(told, faults, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", faults, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!/bin/sh\necho", "this is a script")]
    [InlineData("Content-Type: multipart/mixed", "this is an archive of several parts")]
    [InlineData("hostname: x", "this is something else; expected UTF-8 text whose first line is '#cloud-config'")]
    public void UserDataOfAnotherKind_IsRefused(string text, string told)
    {
        (string words, string faults) = Read(text);
        Assert.Equal("", words);
        Assert.Contains(told, faults, StringComparison.Ordinal);
    }

    [Fact]
    public void NetworkConfig_OfVersion2_BecomesTheNetwork()
    {
        (string words, string faults) = Read("#cloud-config\n", """
            network:
              version: 2
              ethernets:
                wan: {match: {macaddress: "52:54:00:12:34:56"}, set-name: wan0, dhcp4: true, dhcp6: true}
                eth1:
                  addresses: [192.168.7.1/24]
                  gateway4: 192.168.7.254
                  nameservers: {addresses: [9.9.9.9], search: [example.org]}
                  routes: [{to: 10.0.0.0/8, via: 192.168.7.2}, {to: default, via: "fd00::1"}]
                  optional: true
              vlans: {office: {id: 7, link: eth1, addresses: [10.7.0.1/24]}}
              bonds: {bond0: {interfaces: [eth2, eth3], parameters: {mode: 802.3ad}}}
            """);
        Assert.Equal("", faults);
        foreach (string part in (string[])
        [
            "wan0:\n    \"match\":\n      \"mac\": \"52:54:00:12:34:56\"\n    \"dhcp\": \"both\"",
            "eth1:\n    \"addresses\": [192.168.7.1/24]",
            "\"gateway\": [192.168.7.254, \"fd00::1\"]", "\"routes\":\n      10.0.0.0/8: 192.168.7.2",
            "\"dns\": [9.9.9.9]", "\"search\": [example.org]",
            "office:\n    \"addresses\": [10.7.0.1/24]\n    \"vlan\":\n      \"of\": eth1\n      \"id\": 7",
            "\"bond\":\n      \"of\": [eth2, eth3]\n      \"mode\": 802.3ad",
        ])
        {
            Assert.Contains(part, words, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("version: 1\nconfig: []\n", "'version' is '1'; expected 2")]
    [InlineData("version: 2\nethernets: {e: {dhcp4: true, wakeonlan: true}}\n", "unknown key 'wakeonlan'")]
    [InlineData("version: 2\nethernets: {e: {match: {name: 'en*'}}}\n", "'name' is a pattern, 'en*'; expected one interface")]
    [InlineData("version: 2\nwifis: {w: {}}\n", "'wifis' would have passphrases in it")]
    public void NetworkConfigWithAMistake_IsToldAndNotTakenInPart(string text, string told)
    {
        (string words, string faults) = Read("#cloud-config\n", text);
        Assert.Contains(told, faults, StringComparison.Ordinal);
        Assert.Equal("", words);
    }

    [Fact]
    public void MetaData_GivesTheName_WhenUserDataDoesNot()
    {
        FaultList faults = new();
        YamlMapping words = CloudSeed.Read("seed", new Dictionary<string, byte[]>
        {
            ["meta-data"] = "instance-id: i-1\nlocal-hostname: from-meta\n"u8.ToArray(),
            ["vendor-data"] = "#cloud-config\n{}"u8.ToArray(),
        }, faults);
        Assert.Equal("\"hostname\": from-meta\n", WordsText.WithPasswords(words));
        Assert.Contains("vendor-data is not taken", Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
    }

    private static (string Words, string Faults) Read(string user, string? network = null)
    {
        FaultList faults = new();
        Dictionary<string, byte[]> files = new() { ["user-data"] = Encoding.UTF8.GetBytes(user) };
        if (network is not null)
        {
            files["network-config"] = Encoding.UTF8.GetBytes(network);
        }
        return (WordsText.WithPasswords(CloudSeed.Read("seed", files, faults)), string.Join('\n', faults.Faults));
    }
}
