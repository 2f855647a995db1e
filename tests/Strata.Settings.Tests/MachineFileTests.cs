using System.Text;
using System.Text.Json.Nodes;
using Strata.Settings.Reading;
using Strata.Settings.Words;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Settings.Tests;

/// <summary>Reading of the words: what is wrong is told with its place, and no secret is repeated.</summary>
public class MachineFileTests
{
    internal const string Key =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfZ2bZmJ9B9yRzr1XmJ4c4s7y0Qb1cYb3aXk6xvWZ8m anna@desk";

    internal const string WgKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";

    [Fact]
    public void Read_EveryWord_IsThere()
    {
        MachineWords words = Words($$$"""
            hostname: gate-7
            time-zone: Europe/Berlin
            time-servers: [0.debian.pool.ntp.org, 10.0.0.1]
            locale: de_DE.UTF-8
            keymap: de
            users:
              anna: {groups: [video], ssh-keys: ["{{{Key}}}"], admin: true, id: 1000}
              root: {password: "$5$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
            ssh: {port: 2222, users: [anna]}
            network:
              wan: {match: {driver: virtio_net}, dhcp: both, masquerade: true}
              lan: {match: {mac: "52:54:00:AA:00:01"}, addresses: [192.168.7.1/24, "fd00:7::1/64"], forwarding: true}
              office: {vlan: {of: lan, id: 7}, gateway: 10.7.0.1, routes: {10.8.0.0/16: 10.7.0.2}, mtu: 1400, optional: true}
              air: {wifi: {ssid: home, passphrase-file: /var/lib/strata/secrets/wifi, country: DE}}
              wg0:
                addresses: [10.9.0.1/24]
                wireguard:
                  port: 51820
                  private-key: /var/lib/strata/secrets/wg0
                  peers: {phone: {public-key: "{{{WgKey}}}", allowed: [10.9.0.2/32], keepalive: 25}}
            firewall:
              allow: {ssh: {on: [lan]}, wireguard: {}, web: {port: [80, 8000-8010], from: 10.0.0.0/8}, all: {protocol: any, on: lan}}
            mounts: {/data: {from: LABEL=data, type: ext4, options: [noatime], optional: true}}
            files: {/etc/motd: {content: hello}}
            sysctl: {vm.swappiness: 10}
            run-once: {key: {command: [/bin/sh, -c, "wg genkey"]}}
            """);

        Assert.Equal("gate-7", words.Hostname!.Text);
        Assert.Equal(1000, words.Users[0].Id);
        Assert.True(words.Users[0].IsAdmin);
        Assert.Equal(new InterfaceMatch("mac", "52:54:00:aa:00:01"), words.Network![1].Match);
        Assert.Equal(DhcpKind.V4 | DhcpKind.V6, words.Network[0].Dhcp);
        Assert.Equal(7, words.Network[2].VlanId);
        Assert.Equal("10.9.0.2/32", words.Network[4].WireGuard!.Peers[0].Allowed[0].ToString());
        Assert.Equal([(2222, 2222)], words.Firewall!.Allow[0].Ports);
        Assert.Equal([(51820, 51820)], words.Firewall.Allow[1].Ports);
        Assert.Equal([(80, 80), (8000, 8010)], words.Firewall.Allow[2].Ports);
        Assert.Empty(words.Firewall.Allow[3].Protocols);
        Assert.True(words.NeedsStart);
        Assert.DoesNotContain("AAAA", words.Users[1].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hostnam: x", "m:1:1: unknown key 'hostnam' (did you mean 'hostname'?)")]
    [InlineData("hostname: Gate", "m:1:11: 'hostname' is 'Gate'; expected lower-case letters")]
    [InlineData("time-zone: ../../etc/shadow", "'time-zone' is '../../etc/shadow'; expected a name of the time zone database")]
    [InlineData("users: {Anna: {}}", "'Anna' is no account name")]
    [InlineData("users: {anna: {id: 70000}}", "expected a whole number from 0 to 65534")]
    [InlineData("users: {anna: {shell: bash}}", "'bash' is no absolute path")]
    [InlineData("users: {a: {id: 1}, b: {id: 1}}", "m:1:21: 'b' has id 1, and so has 'a'")]
    [InlineData("users: {anna: {ssh-keys: [ssh-dss AAAA]}}", "no public key (it begins with 'ssh-dss')")]
    [InlineData("users: {anna: {ssh-keys: [ssh-ed25519 AAAA]}}", "no public key (it begins with 'ssh-ed25519')")]
    [InlineData("ssh: {passwords: yes}", "'passwords' is 'yes'; expected never or allowed")]
    [InlineData("network: {eth0: {match: {mac: '52:54:00:00:00:01'}}}", "'eth0' is a name that the kernel gives itself")]
    [InlineData("network: {'a b': {}}", "'a b' is no name of an interface")]
    [InlineData("network: {lan: {match: {}}}", "'match' needs one of name, mac and driver")]
    [InlineData("network: {lan: {match: {name: eth0, driver: e1000}}}", "'match' needs one of name, mac and driver")]
    [InlineData("network: {lan: {adresses: [10.0.0.1/8]}}", "unknown key 'adresses' (did you mean 'addresses'?)")]
    [InlineData("network: {lan: {addresses: [10.0.0.1]}}", "'addresses' is '10.0.0.1'; expected an address with the length of its network")]
    [InlineData("network: {lan: {addresses: [10.1/8]}}", "'addresses' is '10.1/8'")]
    [InlineData("network: {lan: {addresses: [10.0.0.1/33]}}", "'addresses' is '10.0.0.1/33'")]
    [InlineData("network: {lan: {gateway: [10.0.0.1, 10.0.0.2]}}", "'gateway' has two of one version of IP")]
    [InlineData("network: {lan: {routes: {10.0.0.1/8: 10.0.0.2}}}", "'10.0.0.1/8' is an address in a network")]
    [InlineData("network: {lan: {routes: {10.0.0.0/8: 'fd00::1'}}}", "fd00::1 does not lead to 10.0.0.0/8")]
    [InlineData("network: {lan: {vlan: {of: wan, id: 7}}}", "'network' says nothing of an interface 'wan'")]
    [InlineData("network: {a: {bridge: [b]}, b: {bridge: [a]}}", "'a' is made of interfaces that are made of it")]
    [InlineData("network: {p: {addresses: [10.0.0.1/8]}, b: {bridge: [p]}}",
        "'p' is a part of another interface, and has addresses itself")]
    [InlineData("network: {p: {}, b: {bridge: [p]}, c: {bridge: [p]}}", "'p' is a part of another interface already (m:1:31)")]
    [InlineData("network: {lan: {bridge: [], vlan: {of: lan, id: 1}}}", "an interface is of one kind")]
    [InlineData("network: {lan: {match: {name: eth0}, bridge: []}}", "which the machine makes itself")]
    [InlineData("firewall: {allow: {web: {}}}", "'web' needs a 'port'; without one are dhcp, dns, http, https, mqtt, ntp, ssh, wireguard")]
    [InlineData("firewall: {allow: {shh: }}", "'shh' needs a 'port' (did you mean 'ssh'?)")]
    [InlineData("firewall: {allow: {web: {port: 90-80}}}", "'port' is '90-80'")]
    [InlineData("network: {lan: }\nfirewall: {allow: {ssh: {on: wan}}}",
        "m:2:30: 'network' says nothing of an interface 'wan' (did you mean 'lan'?)")]
    [InlineData("mounts: {/: {from: x}}", "'/' is mounted by who starts the system")]
    [InlineData("mounts: {/d: {}}", "'from' is missing")]
    [InlineData("mounts: {/d: {from: /dev/x, options: 'a,b'}}", "'a,b' is no option of mount(8)")]
    [InlineData("files: {/etc/x: {source: y, content: z}}", "unknown key 'source'")]
    [InlineData("sysctl: {net: 1}", "'net' is no setting of the kernel")]
    [InlineData("run-once: {a: {command: [sh]}}", "'sh' is no absolute path")]
    public void Read_Mistake_IsToldWithItsPlace(string yaml, string expected)
    {
        FaultList faults = new();
        MachineFile.Read(Encoding.UTF8.GetBytes(yaml), "m", faults);
        string told = string.Join('\n', faults.Faults);
        Assert.Contains(expected, told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("users: {a: {password: SECRET}}", "'openssl passwd -6'")]
    [InlineData("users: {a: {password: $1$SECRET$AAAAAAAAAAAAAAAAAAAAAA}}", "'openssl passwd -6'")]
    [InlineData("users: {a: {ssh-keys: ['-----BEGIN OPENSSH PRIVATE KEY----- SECRET']}}", "holds a private key")]
    [InlineData("files: {/k: {content: \"-----BEGIN PRIVATE KEY-----\\nSECRET\"}}", "holds a private key")]
    [InlineData("network: {a: {wifi: {ssid: x, passphrase: SECRET}}}", "name that file with 'passphrase-file'")]
    [InlineData("network: {a: {wifi: {ssid: x, psk: SECRET}}}", "name that file with 'passphrase-file'")]
    [InlineData("network: {a: {wifi: {ssid: x, passphrase-file: SECRET}}}", "is no absolute path")]
    [InlineData("network: {a: {wireguard: {private-key: SECRETAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}}}", "is no absolute path")]
    [InlineData("network: {a: {wireguard: {private-key: /SECRETAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+AA=}}}", "is no absolute path")]
    [InlineData("network: {a: {wireguard: {private-key: /k, peers: {p: {preshared-key: SECRET}}}}}", "a secret does not belong")]
    public void Read_Secret_IsRefusedAndNotRepeated(string yaml, string expected)
    {
        FaultList faults = new();
        MachineFile.Read(Encoding.UTF8.GetBytes(yaml), "m", faults);
        string told = string.Join('\n', faults.Faults);
        Assert.Contains(expected, told, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", told, StringComparison.Ordinal);
    }

    // made by openssl passwd -6 and -5, and by crypt(3) of libcrypt
    [Theory]
    [InlineData("$6$abcd$2xnokga/nDtRjwwaEJ4P2es2v4q8kfckDGncd4naCsE699Y0JnDNWStYgMPa.X.VcIxFM3oLKIRKkAYD33oqG.")]
    [InlineData("$5$abcd$BgCbKzckrgGdFcL/gWllSOkKJCXQV5rwJeTh9xnsJ1D")]
    [InlineData("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$GmcwIgvdUC9qLWcKCi6gklUa1dM3ziD43YxYNURLKy0")]
    [InlineData("$2b$12$dWXlzOPmLqnhei2Vi/4BNukMe6Q/1nTI6D.613Zw3ppQ8ESjpesfy")]
    public void Read_HashOfPassword_IsTaken(string hash) =>
        Assert.Equal(hash, Words($"users: {{a: {{password: {hash}}}}}").Users[0].PasswordHash);

    [Fact]
    public void Schemas_AllSayTheSame()
    {
        JsonNode own = Schema("machine");
        JsonObject inCapability = Schema("capability")["$defs"]!.AsObject();
        JsonObject inEdition = Schema("edition")["$defs"]!.AsObject();
        Assert.Equal(own["properties"]!.ToJsonString(), inCapability["machine"]!["properties"]!.ToJsonString());
        foreach (string name in (string[])["machine-interface", "machine-texts"])
        {
            Assert.Equal(own["$defs"]![name]!.ToJsonString(), inCapability[name]!.ToJsonString());
        }
        foreach (string name in (string[])["machine", "machine-interface", "machine-texts"])
        {
            Assert.Equal(inCapability[name]!.ToJsonString(), inEdition[name]!.ToJsonString());
        }
        JsonArray owner = Schema("edition")["properties"]!["owner"]!["items"]!["enum"]!.AsArray();
        Assert.Equal(MachineWords.Names, owner.Select(n => (string)n!));
    }

    [Theory]
    [InlineData("", "properties")]
    [InlineData("users: {a: {PROBE: x}}", "properties/users/additionalProperties/properties")]
    [InlineData("ssh: {PROBE: x}", "properties/ssh/properties")]
    [InlineData("network: {a: {PROBE: x}}", "$defs/machine-interface/properties")]
    [InlineData("network: {a: {match: {name: e, PROBE: x}}}", "$defs/machine-interface/properties/match/properties")]
    [InlineData("network: {b: {}, a: {vlan: {of: b, id: 1, PROBE: x}}}", "$defs/machine-interface/properties/vlan/properties")]
    [InlineData("network: {a: {bond: {of: [], PROBE: x}}}", "$defs/machine-interface/properties/bond/properties")]
    [InlineData("network: {a: {wifi: {ssid: x, PROBE: x}}}", "$defs/machine-interface/properties/wifi/properties", "passphrase",
        "password", "psk")]
    [InlineData("network: {a: {wireguard: {private-key: /k, PROBE: x}}}", "$defs/machine-interface/properties/wireguard/properties")]
    [InlineData("network: {a: {wireguard: {private-key: /k, peers: {p: {public-key: " + WgKey + ", allowed: [], PROBE: x}}}}}",
        "$defs/machine-interface/properties/wireguard/properties/peers/additionalProperties/properties", "preshared-key", "private-key")]
    [InlineData("firewall: {PROBE: x}", "properties/firewall/properties")]
    [InlineData("firewall: {allow: {ssh: {PROBE: x}}}", "properties/firewall/properties/allow/additionalProperties/properties")]
    [InlineData("mounts: {/m: {from: x, PROBE: x}}", "properties/mounts/additionalProperties/properties")]
    [InlineData("files: {/m: {content: x, PROBE: x}}", "properties/files/additionalProperties/properties")]
    [InlineData("run-once: {m: {command: [/x], PROBE: x}}", "properties/run-once/additionalProperties/properties")]
    public void Keys_OfReaderAndSchema_AreTheSame(string yaml, string place, params string[] refused)
    {
        const string Stranger = "qqqqqqqqqqqqqqqqqqqqqqqq";
        FaultList faults = new();
        string text = yaml.Length == 0 ? Stranger + ": x" : yaml.Replace("PROBE", Stranger, StringComparison.Ordinal);
        MachineFile.Read(Encoding.UTF8.GetBytes(text), "m", faults);
        string message = Assert.Single(faults.Faults).Message;
        string[] known = message[(message.IndexOf("known here: ", StringComparison.Ordinal) + 12)..].Split(", ");
        JsonNode node = Schema("machine");
        foreach (string step in place.Split('/'))
        {
            node = node[step]!;
        }
        Assert.Equal(node.AsObject().Select(p => p.Key).Concat(refused).Order(StringComparer.Ordinal), known);
    }

    internal static MachineWords Words(string yaml)
    {
        FaultList faults = new();
        MachineWords? words = MachineFile.Read(Encoding.UTF8.GetBytes(yaml), "m", faults);
        Assert.Empty(faults.Faults);
        return words!;
    }

    private static JsonNode Schema(string name) => JsonNode.Parse(Repository.Read($"schemas/{name}.schema.json"))!;
}
