using System.Text;
using Strata.Settings.Reading;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Tests;

/// <summary>
/// Exactly how long, how large and of which characters what people write may be: the last that is taken, the first that is not.
/// </summary>
public class WordEdgeTests
{
    private const string Tunnel = "network: {w: {wireguard: {private-key: /k, port: 1, peers: {p: {public-key: " + MachineFileTests.WgKey
        + ", ";

    public static TheoryData<string, bool> Edges
    {
        get
        {
            TheoryData<string, bool> rows = [];
            void Row(bool isTaken, string form, params string[] values)
            {
                foreach (string value in values)
                {
                    rows.Add(form.Replace("@", value, StringComparison.Ordinal), isTaken);
                }
            }
            string A(int count) => new('a', count);
            Row(true, "hostname: '@'", "a", "9", "a-b", A(63), "a.b.c.d.e.f.g.h.i");
            Row(false, "hostname: '@'", A(64), "-a", "a-", "a..b", "a.", ".a", "a_b", "ä", "a.b.c.d.e.f.g.h.i.j", A(32) + "." + A(32));
            Row(true, "hostname: '@'", A(32) + "." + A(31));
            Row(true, "time-zone: '@'", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+1", "Etc/GMT-1", "A" + A(30));
            Row(false, "time-zone: '@'", "utc", "Europe/berlin", "A/B/C/D", "A/", "/A", "A//B", "A" + A(31), "A B", "Europe/Ber.lin");
            Row(true, "time-servers: ['@']", "a.example", "10.0.0.1", "fd00::1");
            Row(false, "time-servers: ['@']", "10.0.0.1/8", "A", "fd00::1/64", "");
            Row(true, "locale: '@'", "C", "POSIX", "C.UTF-8", "de", "deu", "de_DE", "de_DE.UTF-8", "de_DE@euro", "de_DE.UTF-8@euro", "de."
                + new string('A', 20));
            Row(false, "locale: '@'", "c", "d", "deut", "de_De", "de_D", "de_DEU", "de.", "de@", "de@Euro", "de.UTF_8", "de."
                + new string('A', 21), "de@" + A(21), "");
            Row(true, "locale: '@'", "de@" + A(20));
            Row(true, "keymap: '@'", "de", "us-intl", "a_B9", A(41));
            Row(false, "keymap: '@'", "De", "9a", A(42), "a.b", "");
            Row(true, "users: {'@': {}}", "a", "_a", "a9-_", A(31));
            Row(false, "users: {'@': {}}", A(32), "9a", "-a", "aB", "a.b", "");
            Row(true, "users: {a: {id: @}}", "0", "65534");
            Row(false, "users: {a: {id: @}}", "-1", "65535");
            Row(true, "users: {a: {description: '@'}}", "A, B", "");
            Row(false, "users: {a: {description: \"@\"}}", "a:b", "a\\nb");
            Row(false, "users: {a: {shell: \"@\"}}", "/bin/a:b", "/bin/a\\nb", "bin/sh");
            Row(false, "users: {a: {home: \"@\"}}", "/h:b", "h");
            Row(true, "users: {a: {home: /h, shell: /bin/sh, groups: @}}", "[b]", "b", "[_b, c]");
            Row(false, "users: {a: {groups: @}}", "[B]", "[b, '9']");
            Row(true, "ssh: {port: @}", "1", "65535");
            Row(false, "ssh: {port: @}", "0", "65536");
            Row(false, "ssh: {users: [@]}", "B", "9");
            Row(true, "network: {@: {}}", "a", "lan0.7", "a_b-c", A(15), "eth", "eth0", "ens3", "enough");
            Row(false, "network: {'@': {}}", A(16), "9a", "A", "lo", "all", "default", "a b", "a/b");
            // names that the kernel gives, with a match by something else than that name
            Row(false, "network: {@: {match: {driver: e1000}}}", "eth0", "eth12", "wlan0", "usb0", "wwan1", "eno1", "ens3", "enp0s3",
                "enP1", "enx001122334455", "wlp2s0",
                "wws1", "enc0", "enb1");
            Row(true, "network: {@: {match: {driver: e1000}}}", "eth", "eth0a", "wlan", "usb", "ethx", "eno", "enoz", "enz1", "end", "xnp0",
                "wl0", "uplink");
            Row(true, "network: {@: {match: {name: eth1}}}", "eth0");
            Row(true, "network: {a: {match: {mac: '@'}}}", "52:54:00:12:34:56", "aA:bB:cC:dD:eE:fF");
            Row(false, "network: {a: {match: {mac: '@'}}}", "52:54:00:12:34:5", "52:54:00:12:34:567", "525:4:00:12:34:56",
                "52-54-00-12-34-56", "g2:54:00:12:34:56");
            Row(true, "network: {a: {match: {driver: '@'}}}", "e1000", "virtio_net", A(31), "9p");
            Row(false, "network: {a: {match: {driver: '@'}}}", A(32), "_a", "-a", "A", "a.b", "");
            Row(true, "network: {a: {mtu: @}}", "68", "65535");
            Row(false, "network: {a: {mtu: @}}", "67", "65536");
            Row(true, "network: {a: {addresses: ['@']}}", "0.0.0.0/0", "255.255.255.255/32", "fd00::1/128", "::1/0", "10.0.0.9/8");
            Row(false, "network: {a: {addresses: ['@']}}", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/08", "10.0.0.01/8", "10.0.0.256/8",
                "10.0.0/8", "1.2.3.4.5/8", "fd00::1/129",
                "fd00::1%lan/64", "0x0a.0.0.1/8", "10.0.0.1/", "10.0.0.1/8 ");
            Row(true, "network: {a: {gateway: @}}", "10.0.0.1", "[10.0.0.1, 'fd00::1']");
            Row(false, "network: {a: {gateway: @}}", "10.0.0.1/8", "['fd00::2', 'fd00::1']", "['fd00::2', 10.0.0.1, 'fd00::1']",
                "[10.0.0.1, 10.0.0.2]");
            Row(true, "network: {a: {dns: @}}", "10.0.0.1", "[10.0.0.1, 10.0.0.2]");
            Row(false, "network: {a: {dns: @}}", "10.0.0.1/8", "a.example");
            Row(true, "network: {a: {routes: {'@'}}}", "10.0.0.0/8': '10.1.1.1", "fd00::/8': 'fe80::1", "0.0.0.0/0': '10.0.0.1",
                "10.0.0.1/32': '10.0.0.2", "fd00:8000::/17': 'fd00::1",
                "10.128.0.0/9': '10.0.0.1");
            Row(false, "network: {a: {routes: {'@'}}}", "10.0.0.1/8': '10.1.1.1", "fd00::/8': '10.0.0.1", "10.0.0.0/8': '10.0.0.1/8",
                "10.128.0.0/8': '10.0.0.1", "fd00:8000::/16': 'fd00::1",
                "0.0.0.1/0': '10.0.0.1");
            Row(false, "network: {a: {routes: {10.0.0.0/8: @}}}", "[10.0.0.1]", "'fd00::1'");
            Row(true, "network: {a: {search: @}}", "example.org", "[a, b.c]");
            Row(false, "network: {a: {search: @}}", "A", "'-a'", "[a, b_c]");
            Row(true, "network: {b: {}, a: {vlan: {of: b, id: @}}}", "1", "4094");
            Row(false, "network: {b: {}, a: {vlan: {of: b, id: @}}}", "0", "4095");
            Row(false, "network: {b: {}, a: {vlan: {@}}}", "of: b", "id: 1");
            Row(true, "network: {b: {}, a: {bond: {of: b, mode: @}}}", "active-backup", "balance-rr", "balance-xor", "broadcast", "802.3ad",
                "balance-tlb", "balance-alb");
            Row(false, "network: {b: {}, a: {bond: {@}}}", "of: b, mode: fast", "mode: broadcast");
            Row(true, "network: {a: {wifi: {ssid: \"@\"}}}", "x", A(32), "my home", new string('ä', 16));
            Row(false, "network: {a: {wifi: {ssid: \"@\"}}}", "", A(33), new string('ä', 17), "a\\nb", "a\\\"b", "a\\\\b");
            Row(true, "network: {a: {wifi: {ssid: x, country: @}}}", "DE");
            Row(false, "network: {a: {wifi: {ssid: x, country: @}}}", "de", "D", "DEU", "D1");
            Row(true, Tunnel + "allowed: [10.0.0.0/8], keepalive: @}}}}}", "1", "65535");
            Row(false, Tunnel + "allowed: [10.0.0.0/8], keepalive: @}}}}}", "0", "65536");
            Row(false, Tunnel + "@}}}}}", "keepalive: 1", "allowed: [10.0.0.1/8]", "allowed: [a]");
            Row(true, "network: {w: {wireguard: {private-key: /k, port: @}}}", "1", "65535");
            Row(false, "network: {w: {wireguard: {@}}}", "private-key: /k, port: 0", "private-key: /k, port: 65536", "port: 1");
            Row(true, Tunnel + "allowed: [10.0.0.0/8], endpoint: '@'}}}}}", "a:1", "a.example:99999", "10.0.0.1:65535", "[fd00::1]:51820",
                "[::]:1", A(252) + ":1");
            Row(false, Tunnel + "allowed: [10.0.0.0/8], endpoint: '@'}}}}}", ":1", "a", "a:", "a:0", "a:01", "a:123456", ".a:1", "a.:1",
                "-a:1", "a-:1", "[:]:1", "[fd00::1:1", "fd00::1:1",
                "A:1", "a:1x", A(253) + ":1", "[fd00::g]:1");
            Row(true, "firewall: {allow: {x: {port: @}}}", "1", "65535", "1-65535", "80-80", "[1, 2-3]");
            Row(false, "firewall: {allow: {x: {port: @}}}", "0", "65536", "0-1", "2-1", "1-65536", "1-", "-1", "1-2-3", "a", "' 1'", "+1");
            Row(true, "firewall: {allow: {x: {port: 1, protocol: @}}}", "tcp", "udp", "both");
            Row(false, "firewall: {allow: {x: {port: 1, protocol: @}}}", "any", "sctp");
            Row(false, "firewall: {allow: {x: {port: 1, @}}}", "from: 10.0.0.1/8", "on: 'A b'", "on: '9'");
            Row(true, "firewall: {allow: {x: {port: 1, @}}}", "from: 10.0.0.0/8", "on: nowhere");
            Row(true, "mounts: {/d: {from: '@'}}", "LABEL=x", "/dev/sda1", A(255), "tmpfs");
            Row(false, "mounts: {/d: {from: \"@\"}}", A(256), "a b", "a#b", "a\\\\b", "a\\tb", "", "a\\u200bb", "a\\u0001");
            Row(false, "mounts: {/d: {from: x, type: \"@\"}}", "a b", "a#");
            Row(true, "mounts: {/d: {from: x, options: @}}", "ro", "[ro, noatime]");
            Row(false, "mounts: {/d: {from: x, options: @}}", "'ro,rw'", "[ro, 'a b']");
            Row(false, "mounts: {'@': {from: x}}", "/", "d", "/a b", "/a/../b");
            Row(true, "sysctl: {'@': 1}", "a.b", "net/ipv4/x", "a9_.B-c", "a.b.c.d.e.f.g.h.i.j.k");
            Row(false, "sysctl: {'@': 1}", "a", "A.b", "9.b", "a..b", "a.", "a.b c", "a.b.c.d.e.f.g.h.i.j.k.l", "a-b.c");
            Row(true, "sysctl: {a.b: '@'}", "x", A(1000), "1 2 3");
            Row(false, "sysctl: {a.b: \"@\"}", "", A(1001), "a\\nb");
            Row(true, "files: {/a: {content: x, mode: '@'}}", "0644", "0755");
            Row(false, "files: {@}", "/a: {mode: '0644'}", "a: {content: x}", "/a: {content: x, owner: B}", "/a: {content: x, group: '9'}");
            Row(false, "run-once: {@}", "k: {}", "k: {command: []}", "'K 1': {command: [/a]}", "k: {command: [/a, \"b\\0\"]}");
            Row(false, "@", "users: {a: {id: 7}, b: {id: 7}}", "network: {a: {vlan: {of: a, id: 1}}}",
                "network: {p: {dhcp: v4}, b: {bridge: [p]}}", "network: {p: {}, b: {bond: {of: p}}, c: {bridge: [p]}}",
                    "network: {a: {bridge: [c]}, b: {bridge: [a]}, c: {bridge: [b]}}");
            Row(true, "@", "users: {a: {id: 7}, b: {id: 8}}", "network: {b: {}, a: {vlan: {of: b, id: 1}}, c: {vlan: {of: b, id: 2}}}",
                "network: {p: {dhcp: v4}, b: {vlan: {of: p, id: 1}}}", "network: {p: {dhcp: no}, b: {bridge: [p]}}",
                    "firewall: {allow: {ssh: {on: nowhere}}}");
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Edges))]
    public void Read_AtItsEdge_IsTakenOrToldOnce(string yaml, bool isTaken)
    {
        FaultList faults = new();
        MachineFile.Read(Encoding.UTF8.GetBytes(yaml), "m", faults);
        Assert.Equal(isTaken ? "" : "a fault", faults.Any ? "a fault" + (isTaken ? ": " + string.Join('\n', faults.Faults) : "") : "");
    }

    /// <summary>What needs no port, and what other words say of it.</summary>
    [Theory]
    [InlineData("firewall: {allow: {dhcp: }}", "udp 67-67")]
    [InlineData("firewall: {allow: {dns: }}", "tcp,udp 53-53")]
    [InlineData("firewall: {allow: {http: }}", "tcp 80-80")]
    [InlineData("firewall: {allow: {https: }}", "tcp 443-443")]
    [InlineData("firewall: {allow: {mqtt: }}", "tcp 1883-1883")]
    [InlineData("firewall: {allow: {ntp: }}", "udp 123-123")]
    [InlineData("firewall: {allow: {ssh: }}", "tcp 22-22")]
    [InlineData("ssh: {}\nfirewall: {allow: {ssh: }}", "tcp 22-22")]
    [InlineData("firewall: {allow: {wireguard: }}", "udp 51820-51820")]
    [InlineData("network: {a: {wireguard: {private-key: /k, port: 5}}, b: {wireguard: {private-key: /k, port: 6}}}\n"
        + "firewall: {allow: {wireguard: }}",
        "udp 5-5,6-6")]
    [InlineData("firewall: {allow: {dns: {protocol: udp}}}", "udp 53-53")]
    [InlineData("firewall: {allow: {http: {protocol: both}}}", "tcp,udp 80-80")]
    [InlineData("firewall: {allow: {ntp: {port: 124}}}", "udp 124-124")]
    [InlineData("firewall: {allow: {mine: {port: 124-125}}}", "tcp 124-125")]
    [InlineData("firewall: {allow: {mine: {port: 124, protocol: udp}}}", "udp 124-124")]
    [InlineData("firewall: {allow: {mine: {protocol: any}}}", " ")]
    public void Firewall_Service_HasItsPorts(string yaml, string said)
    {
        AllowWords allow = Assert.Single(MachineFileTests.Words(yaml).Firewall!.Allow);
        Assert.Equal(said, $"{string.Join(',', allow.Protocols)} {string.Join(',', allow.Ports.Select(p => $"{p.Item1}-{p.Item2}"))}");
    }

    [Theory]
    [InlineData("v4", DhcpKind.V4)]
    [InlineData("v6", DhcpKind.V6)]
    [InlineData("both", DhcpKind.V4 | DhcpKind.V6)]
    [InlineData("no", DhcpKind.No)]
    public void Dhcp_Word_IsItsKind(string word, DhcpKind kind) => Assert.Equal(kind,
        MachineFileTests.Words($"network: {{a: {{dhcp: {word}}}}}").Network![0].Dhcp);

    [Fact]
    public void Read_LeftOut_IsWhatIsUsual()
    {
        MachineWords words = MachineFileTests.Words(
            "network: {a: {}, b: {}, c: {bond: {of: b}}}\nmounts: {/m: {from: x}}\nfiles: {/f: {content: x}}\nusers: {u: {}}\nssh: {}");
        Assert.Equal((DhcpKind.No, false, false, false, (int?)null), (words.Network![0].Dhcp, words.Network[0].IsOptional,
            words.Network[0].Forwards, words.Network[0].Masquerades,
            words.Network[0].Mtu));
        Assert.Equal("active-backup", words.Network[2].BondMode);
        Assert.Equal(("auto", false), (words.Mounts[0].Type, words.Mounts[0].IsOptional));
        Assert.Equal(Convert.ToInt32("644", 8), words.Files[0].Mode);
        Assert.Equal((false, (int?)null, null, null), (words.Users[0].IsAdmin, words.Users[0].Id, words.Users[0].Shell,
            words.Users[0].Home));
        Assert.False(MachineFileTests.Words("hostname: a").NeedsStart);
    }
}
