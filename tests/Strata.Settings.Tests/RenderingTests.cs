using Strata.Core;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Testing;

namespace Strata.Settings.Tests;

/// <summary>What words become, file by file; <c>nft</c> judges the ruleset where it is there, and a guest in the test of
/// the example router.</summary>
public class RenderingTests
{
    private const string Everything = $$$"""
        users:
          anna: {ssh-keys: ["{{{MachineFileTests.Key}}}"], admin: true}
          bert: {admin: true, password: "$5$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
        ssh: {port: 2222, users: [anna]}
        network:
          office: {vlan: {of: lan, id: 7}, dhcp: v6, mtu: 1400, optional: true}
          lan: {match: {driver: e1000}, addresses: [192.168.7.1/24, "fd00:7::1/64"], forwarding: true, gateway: 192.168.7.254}
          wan: {match: {mac: "52:54:00:00:00:01"}, dhcp: both, masquerade: true, dns: 9.9.9.9, search: [example.org]}
          eth5: {routes: {10.0.0.0/8: 10.9.0.7}}
          br0: {bridge: [eth5], dhcp: v4}
          pair: {bond: {of: [eth5x, eth6], mode: 802.3ad}}
          eth5x: {}
          eth6: {}
          air: {wifi: {ssid: my home, passphrase-file: /s/wifi, country: DE}}
          wg0:
            addresses: 10.9.0.1/24
            wireguard:
              port: 51820
              private-key: /s/wg0
              peers:
                phone:
                  public-key: {{{MachineFileTests.WgKey}}}
                  allowed: [10.9.0.2/32, 0.0.0.0/0]
                  keepalive: 25
                  endpoint: "vpn.example.org:51820"
        firewall:
          allow:
            ssh: {on: [lan]}
            dns: {on: lan}
            wireguard: {}
            web: {port: [80, 8000-8010], from: [10.0.0.0/8, "fd00::/8"]}
            all: {protocol: any, on: wg0}
            games: {port: 9, protocol: both}
        mounts: {/data: {from: LABEL=data, type: ext4, options: [noatime], optional: true}, /tmp/x: {from: tmpfs, type: tmpfs}}
        sysctl: {vm.swappiness: 10}
        run-once: {key: {command: [/bin/sh, -c, "echo it's"]}, other: {command: [/bin/true]}}
        """;

    [Fact]
    public void NetworkLines_EveryKind_PartsComeFirst() => Assert.Equal(
        $"""
        # Made of the word 'network' of the machine; see docs/machines.md.
        lan kind port driver e1000
        lan address 192.168.7.1/24
        lan address fd00:7::1/64
        lan gateway 192.168.7.254
        wan kind port mac 52:54:00:00:00:01
        wan dhcp v4
        wan dhcp v6
        wan dns 9.9.9.9
        wan search example.org
        eth5 kind port name eth5
        eth5 route 10.0.0.0/8 10.9.0.7
        eth5x kind port name eth5x
        eth6 kind port name eth6
        air kind wifi name air
        wg0 kind wireguard 51820 /s/wg0
        wg0 peer {MachineFileTests.WgKey} 25 vpn.example.org:51820 10.9.0.2/32,0.0.0.0/0
        wg0 address 10.9.0.1/24
        wg0 route 10.9.0.2/32 -
        office kind vlan lan 7
        office optional
        office mtu 1400
        office dhcp v6
        br0 kind bridge eth5
        br0 dhcp v4
        pair kind bond 802.3ad eth5x eth6

        """, NetworkLines.Of(MachineFileTests.Words(Everything).Network!));

    [Fact]
    public void WifiLines_Radios_JoinTheirNetworks()
    {
        Assert.Equal("air /s/wifi DE my home\n", WifiLines.Of(MachineFileTests.Words(Everything).Network!));
        Assert.Equal("a - - x\n", WifiLines.Of(MachineFileTests.Words("network: {a: {wifi: {ssid: x}}, b: {}}").Network!));
        Assert.Null(WifiLines.Of(MachineFileTests.Words("network: {b: {}}").Network!));
    }

    [Fact]
    public void Networkd_EveryKind_HasItsFiles()
    {
        Dictionary<string, string> files = NetworkdFiles.Of(MachineFileTests.Words(Everything).Network!)
            .ToDictionary(f => f.Path.Name, f => f.Text, StringComparer.Ordinal);
        Assert.Equal("[Match]\nDriver=e1000\n\n[Link]\nName=lan\n", files["30-lan.link"]);
        Assert.DoesNotContain("30-eth5.link", files.Keys);
        Assert.Equal(
            "[Match]\nName=lan\n\n[Link]\nRequiredForOnline=yes\n\n[Network]\nDHCP=no\nIPv6AcceptRA=no\nVLAN=office\n"
            + "Address=192.168.7.1/24\nAddress=fd00:7::1/64\nGateway=192.168.7.254\n", files["30-lan.network"]);
        Assert.Equal("[NetDev]\nName=office\nKind=vlan\nMTUBytes=1400\n\n[VLAN]\nId=7\n", files["30-office.netdev"]);
        Assert.Contains("RequiredForOnline=no\n\n[Network]\nDHCP=ipv6\nIPv6AcceptRA=yes\n", files["30-office.network"],
            StringComparison.Ordinal);
        Assert.Contains("DHCP=yes\nIPv6AcceptRA=yes\nDNS=9.9.9.9\nDomains=example.org\n", files["30-wan.network"],
            StringComparison.Ordinal);
        Assert.Contains("Bridge=br0\n", files["30-eth5.network"], StringComparison.Ordinal);
        Assert.Contains("\n[Route]\nDestination=10.0.0.0/8\nGateway=10.9.0.7\n", files["30-eth5.network"], StringComparison.Ordinal);
        Assert.Contains("Bond=pair\n", files["30-eth6.network"], StringComparison.Ordinal);
        Assert.Contains("[Bond]\nMode=802.3ad\n", files["30-pair.netdev"], StringComparison.Ordinal);
        Assert.Equal(
            "[NetDev]\nName=wg0\nKind=wireguard\n\n[WireGuard]\nPrivateKeyFile=/s/wg0\nListenPort=51820\n\n[WireGuardPeer]\n# phone\n"
            + $"PublicKey={MachineFileTests.WgKey}\nAllowedIPs=10.9.0.2/32,0.0.0.0/0\n"
            + "Endpoint=vpn.example.org:51820\nPersistentKeepalive=25\n",
            files["30-wg0.netdev"]);
        Assert.EndsWith("\n[Route]\nDestination=10.9.0.2/32\nScope=link\n", files["30-wg0.network"], StringComparison.Ordinal);
    }

    [Fact]
    public void Ruleset_EveryForm_IsExactlyThis() => Assert.Equal(
        """
        #!/usr/sbin/nft -f
        # Made of the words 'firewall' and 'network' of the machine.
        table inet strata
        delete table inet strata
        table inet strata {
            chain input {
                type filter hook input priority filter; policy drop;
                ct state vmap { established : accept, related : accept, invalid : drop }
                iifname "lo" accept
                icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept
                icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
                icmpv6 type { nd-router-advert, nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept
                icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept
                iifname { "wan", "br0" } udp sport 67 udp dport 68 accept
                iifname { "office", "wan" } ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
                iifname { "lan" } tcp dport { 2222 } accept comment "ssh"
                iifname { "lan" } tcp dport { 53 } accept comment "dns"
                iifname { "lan" } udp dport { 53 } accept comment "dns"
                udp dport { 51820 } accept comment "wireguard"
                ip saddr { 10.0.0.0/8 } tcp dport { 80, 8000-8010 } accept comment "web"
                ip6 saddr { fd00::/8 } tcp dport { 80, 8000-8010 } accept comment "web"
                iifname { "wg0" } accept comment "all"
                tcp dport { 9 } accept comment "games"
                udp dport { 9 } accept comment "games"
            }
            chain forward {
                type filter hook forward priority filter; policy drop;
                ct state vmap { established : accept, related : accept, invalid : drop }
                iifname { "lan" } accept
            }
            chain postrouting {
                type nat hook postrouting priority srcnat;
                oifname { "wan" } masquerade
            }
        }

        """, NftablesRuleset.Of(MachineFileTests.Words(Everything)));

    [Theory]
    [InlineData("firewall: {}", "policy drop", "postrouting")]
    [InlineData("network: {w: {masquerade: true}}", "oifname { \"w\" } masquerade", "policy drop")]
    public void Ruleset_HalfOfIt_IsThatHalf(string yaml, string there, string notThere)
    {
        string rules = NftablesRuleset.Of(MachineFileTests.Words(yaml))!;
        Assert.Contains(there, rules, StringComparison.Ordinal);
        Assert.DoesNotContain(notThere, rules, StringComparison.Ordinal);
        Assert.Null(NftablesRuleset.Of(MachineFileTests.Words("network: {w: {dhcp: v4}}")));
    }

    [Fact]
    public void Ruleset_WithContainers_LetsInToThemWhatItLetsInToTheMachine()
    {
        string rules = NftablesRuleset.Of(MachineFileTests.Words(Everything), hasContainers: true)!;
        string forward = rules[rules.IndexOf("chain forward", StringComparison.Ordinal)..];
        Assert.Contains("        iifname \"podman*\" accept\n", forward, StringComparison.Ordinal);
        Assert.Contains(
            "        ip saddr { 10.0.0.0/8 } ct status dnat meta l4proto tcp ct original proto-dst { 80, 8000-8010 } accept "
            + "comment \"web\"\n", forward, StringComparison.Ordinal);
        Assert.Contains("        iifname { \"wg0\" } ct status dnat accept comment \"all\"\n", forward, StringComparison.Ordinal);
        Assert.Contains("iifname \"podman*\" meta l4proto { tcp, udp } th dport 53 accept", rules, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "dnat", NftablesRuleset.Of(MachineFileTests.Words("firewall: {}"), hasContainers: true), StringComparison.Ordinal);
        Assert.DoesNotContain("podman", NftablesRuleset.Of(
            MachineFileTests.Words("network: {w: {masquerade: true}}"), hasContainers: true), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ruleset_JudgedByNft_IsTaken(bool hasContainers)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["rules"], NftablesRuleset.Of(MachineFileTests.Words(Everything), hasContainers));
        (int exitCode, string output) = Oracle.Run("unshare", "--map-root-user", "--net", "nft", "--check", "--file", folder["rules"]);
        Skip.If(output.Contains("No such file", StringComparison.Ordinal)
            || output.Contains("Operation not permitted", StringComparison.Ordinal), output);
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void SystemFiles_MountsSettingsAndCommands_AreTheirs()
    {
        MachineWords words = MachineFileTests.Words(Everything + "\nlocale: de_DE.UTF-8\ntime-zone: UTC\nkeymap: de\n");
        Dictionary<string, string> files = SystemFiles.Of(words)
            .ToDictionary(f => f.Path.ToString(), f => f.Text, StringComparer.Ordinal);
        Assert.Equal("LABEL=data /data ext4 noatime,nofail 0 0\ntmpfs /tmp/x tmpfs defaults 0 0\n", files["/etc/fstab"]);
        Assert.Equal("net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\nvm.swappiness = 10\n",
            files["/etc/sysctl.d/60-strata.conf"]);
        Assert.Equal("#!/bin/sh\nexec '/bin/sh' '-c' 'echo it'\\''s'\n", files["/etc/strata/run-once/01-key"]);
        Assert.Contains("/etc/strata/run-once/02-other", files.Keys);
        Assert.Equal("LANG=de_DE.UTF-8\n", files["/etc/locale.conf"]);
        Assert.Equal("KEYMAP=de\n", files["/etc/vconsole.conf"]);
        Assert.Equal("UTC\n", files["/etc/timezone"]);
    }

    [Theory]
    [InlineData("{}", "DROPBEAR_PORT=22\nDROPBEAR_EXTRA_ARGS=\"-s\"\n",
        "Port 22\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n")]
    [InlineData("{users: [anna], port: 2222}", "DROPBEAR_PORT=2222\nDROPBEAR_EXTRA_ARGS=\"-s -w -G ssh-users\"\n", "\nAllowUsers anna\n")]
    [InlineData("{users: [root, anna], passwords: allowed}", "EXTRA_ARGS=\"-G ssh-users\"", "PasswordAuthentication yes\n")]
    [InlineData("{users: []}", "-s -w -G ssh-users", "AllowUsers !*\n")]
    public void Ssh_BothServers_AreToldTheSame(string ssh, string dropbear, string openSsh)
    {
        SshWords words = MachineFileTests.Words($"ssh: {ssh}").Ssh!;
        Assert.Contains(dropbear, AccessFiles.Dropbear(words).Text, StringComparison.Ordinal);
        Assert.Contains(openSsh, AccessFiles.OpenSsh(words).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Access_KeysAndAdmins_AreForTheirOwnersEyes()
    {
        IReadOnlyList<UserWords> users = MachineFileTests.Words(Everything).Users;
        SettingFile keys = AccessFiles.AuthorizedKeys(users[0], GuestPath.Parse("/home/anna"))!;
        Assert.Equal(("/home/anna/.ssh/authorized_keys", Modes.SecretFile, "anna", MachineFileTests.Key + "\n"),
            (keys.Path.ToString(), keys.Mode, keys.User, keys.Text));
        Assert.Equal("anna ALL=(ALL:ALL) NOPASSWD: ALL\nbert ALL=(ALL:ALL) ALL\n", AccessFiles.Admins(users, AdminTool.Sudo)!.Text);
        Assert.Equal("permit nopass anna\npermit persist bert\n", AccessFiles.Admins(users, AdminTool.Doas)!.Text);
    }

    /// <summary>What stands in the image is read by the same reader, and is the same machine.</summary>
    [Fact]
    public void WordsText_ReadAgain_RendersTheSame()
    {
        MachineWords words = MachineFileTests.Words(Everything);
        MachineWords again = MachineFileTests.Words(Merging.WordsText.Of(words.Source));
        Assert.Equal(NftablesRuleset.Of(words), NftablesRuleset.Of(again));
        Assert.Equal(NetworkLines.Of(words.Network!), NetworkLines.Of(again.Network!));
        Assert.Null(again.Users[1].PasswordHash);
    }
}
