using System.Text;
using Strata.Agent.CloudConfig;
using Strata.Settings.Merging;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Agent.Tests;

/// <summary>
/// What each form of each key of <c>#cloud-config</c> and of <c>network-config</c> becomes, word by word, or what is told.
/// </summary>
public class CloudConfigWordsTests
{
    private const string Hash = "$6$saltsalt$abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdef";

    private static readonly string[] s_users =
    [
        "hostname: a", "fqdn: a.b", "hostname: a\nfqdn: a.b", "hostname: a\nfqdn: a", "hostname: a\nfqdn: ab.c", "hostname: a.b\nfqdn: a",
        "timezone: UTC", "locale: C", "keyboard: {layout: de}", "keyboard: {layout: de, variant: ''}", "keyboard: {variant: x}",
            "keyboard: {layout: de, model: pc}",
        "ssh_pwauth: true", "ssh_pwauth: false", "ssh_pwauth: maybe",
        "users: []", "users: [{name: a}]", "users: [{gecos: a}]", "users: [default, {name: a}]", "users: [{name: a}, {name: a, uid: 7}]",
            "users: [a]",
        "users: [{name: a, gecos: b, uid: 7, shell: /s, homedir: /h, groups: 'b, c,,d', ssh_authorized_keys: [k]}]",
            "users: [{name: a, groups: [b, c]}]",
        $"users: [{{name: a, passwd: {Hash}}}]", $"users: [{{name: a, passwd: {Hash}, lock_passwd: true}}]",
            $"users: [{{name: a, passwd: {Hash}, lock_passwd: false}}]",
        $"users: [{{name: a, hashed_passwd: {Hash}, lock_passwd: false}}]",
            $"users: [{{name: a, passwd: {Hash}, hashed_passwd: {Hash}x, lock_passwd: false}}]",
        .. from rule in (string[])["'ALL=(ALL) NOPASSWD:ALL'", "'ALL=(ALL:ALL) NOPASSWD: ALL'", "'ALL=(ALL) ALL'", "'ALL=(ALL:ALL) ALL'",
            "[ 'ALL=(ALL) ALL' ]",
            "[ 'ALL=(ALL) ALL', 'ALL=(ALL) ALL' ]", "false", "null", "'ALL=(root) ALL'", "'ALL=(ALL) NOPASSWD: /bin/ls'", "[]", "true"]
           select $"users: [{{name: a, sudo: {rule}}}]",
        "ssh_authorized_keys: [k]",
        "write_files: [{path: /a}]", "write_files: [{content: a}]", "write_files: [{path: /a, content: b, permissions: '0640', owner: c}]",
        "write_files: [{path: /a, content: b, owner: 'c:d'}]", "write_files: [{path: /a, content: b, owner: ':d'}]",
            "write_files: [{path: /a, content: b, owner: 'c:d:e'}]",
        "write_files: [{path: /a, content: YQ==, encoding: b64}]", "write_files: [{path: /a, content: YQ==, encoding: base64}]",
        "write_files: [{path: /a, content: YQ==, encoding: text/plain}]", "write_files: [{path: /a, content: YQ==, encoding: gzip}]",
        "write_files: [{path: /a, content: /w==, encoding: b64}]", "write_files: [{path: /a, content: YQ, encoding: b64}]",
        "write_files: [{path: /a, append: false, defer: false}]", "write_files: [{path: /a, defer: true}]",
            "write_files: [{path: /a, content: 1}, {path: /a, content: 2}]",
        "write_files: /a", "write_files: [/a]",
        "runcmd: [ls]", "runcmd: ['', ls]", "runcmd: [[/bin/ls, a], [ls, a]]", "runcmd: [[ls, [a]]]", "runcmd: [['', a]]",
            "runcmd: [{a: b}]", "runcmd: ls",
        "bootcmd: [\"echo it's\", [ls]]", "bootcmd: [ls]\nwrite_files: [{path: /etc/strata/at-start/bootcmd-001, content: x}]",
        "ntp: {}", "ntp: {servers: [a], pools: [b]}", "ntp: {pools: [b]}", "ntp: {enabled: false}", "ntp: {enabled: false, servers: [a]}",
            "ntp: {enabled: true, servers: []}",
        "mounts: [[/dev/a, /b]]", "mounts: [[/dev/a, /b, ext4]]", "mounts: [[/dev/a, /b, ext4, defaults]]",
            "mounts: [[/dev/a, /b, ext4, 'nofail,ro,,rw']]",
        "mounts: [[/dev/a, /b, ext4, 'defaults,noatime', '0', '2']]", "mounts: [[/dev/a, /b, ext4, defaults, '0', '2', x]]",
            "mounts: [[/dev/a]]",
        "mounts: [[/dev/a, /b], [/dev/c, /b]]", "mounts: [[/dev/a, /b], [/dev/c, /d]]",
        "ca_certs: {}", "ca_certs: {trusted: ['  A ', B]}", "ca_certs: {remove_defaults: false, trusted: [A]}",
            "ca_certs: {remove_defaults: true}",
        "growpart: {}", "growpart: {mode: auto}", "growpart: {mode: growpart}", "growpart: {mode: gpart}", "growpart: {devices: [/, /var]}",
            "growpart: {devices: [/]}",
        "packages: [a]", "hostname: [a]",
    ];

    private static readonly string[] s_networks =
    [
        "version: 2", "network: {version: 2}", "network: {version: 2}\nethernets: {}", "network: 2", "version: '2'\nrenderer: networkd",
            "version: 2\nrenderer: NetworkManager",
        "ethernets: {a: {}}", "version: 3",
        .. from words in (string[])["dhcp4: true", "dhcp6: true", "accept-ra: true", "dhcp4: true, dhcp6: true",
            "dhcp4: true, accept-ra: true", "dhcp4: false", "dhcp6: false, accept-ra: true",
            "addresses: [10.0.0.1/8]", "mtu: 1400", "optional: true", "gateway4: 10.0.0.1", "gateway6: 'fd00::1'",
                "gateway6: 'fd00::1', gateway4: 10.0.0.1",
            "routes: [{to: default, via: 10.0.0.1}]", "routes: [{to: 0.0.0.0/0, via: 10.0.0.1}]", "routes: [{to: '::/0', via: 'fd00::1'}]",
                "routes: [{to: 10.1.0.0/16, via: 10.0.0.1}]",
            "routes: [{to: 10.1.0.0/16, via: 10.0.0.1}, {to: 10.1.0.0/16, via: 10.0.0.2}]", "routes: [{to: 10.1.0.0/16}]",
                "routes: [{via: 10.0.0.1}]", "routes: [x]",
            "gateway4: 10.0.0.1, routes: [{to: default, via: 10.0.0.2}]", "nameservers: {addresses: [9.9.9.9]}",
                "nameservers: {search: [a]}", "nameservers: {options: [a]}",
            "set-name: b", "match: {macaddress: x}, set-name: b", "match: {name: x}", "match: {driver: x}", "match: {name: x, driver: y}",
                "match: {name: 'x*'}", "match: {name: 'x?'}",
            "match: {driver: 'x[ab]'}", "match: {}", "wakeonlan: true"]
           select $"version: 2\nethernets: {{a: {{{words}}}}}",
        "version: 2\nvlans: {v: {link: a, id: 7}}", "version: 2\nvlans: {v: {link: a}}",
            "version: 2\nvlans: {v: {id: 7, match: {name: x}}}",
        "version: 2\nbridges: {b: {interfaces: [a, c], dhcp4: true}}", "version: 2\nbridges: {b: {}}",
        "version: 2\nbonds: {b: {interfaces: [a]}}", "version: 2\nbonds: {b: {interfaces: [a], parameters: {mode: x}}}",
            "version: 2\nbonds: {b: {interfaces: [a], parameters: {miimon: 1}}}",
        "version: 2\nbonds: {b: {parameters: {}}}", "version: 2\nwifis: {w: {}}",
            "version: 2\nethernets: {a: {}}\nbridges: {a: {interfaces: []}}",
        "version: 2\nethernets: {a: {match: {name: x}, set-name: b}, b: {}}", "version: 2\nethernets: {a: x}",
    ];

    [Fact]
    public void Read_EveryForm_IsItsWords() => Golden.Same("cloud-config", string.Concat(s_users.Select(u => Row(u, "user-data",
        "#cloud-config\n" + u + "\n"))));

    [Fact]
    public void Read_EveryNetwork_IsItsWords() => Golden.Same("network-config", string.Concat(s_networks.Select(n => Row(n,
        "network-config", n + "\n"))));

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void Read_ManyCommands_HaveALimit(int count, bool isTold)
    {
        (string words, string faults) = Read("user-data", "#cloud-config\nruncmd:\n" + string.Concat(Enumerable.Repeat("- ls\n", count)));
        Assert.Equal(isTold, faults.Contains("'runcmd' has 1001 entries, at most 1000 may be", StringComparison.Ordinal));
        Assert.Contains("\"runcmd-1000\"", words, StringComparison.Ordinal);
        Assert.DoesNotContain("\"runcmd-1001\"", words, StringComparison.Ordinal);
    }

    private static string Row(string title, string file, string text)
    {
        (string words, string faults) = Read(file, text);
        string told = faults.Length == 0 ? "" : "!! " + faults.Replace("\n", "\n!! ", StringComparison.Ordinal) + "\n";
        return $"== {title.Replace("\n", " | ", StringComparison.Ordinal)}\n{words}{told}";
    }

    private static (string Words, string Faults) Read(string file, string text)
    {
        FaultList faults = new();
        YamlMapping words = CloudSeed.Read("seed", new Dictionary<string, byte[]> { [file] = Encoding.UTF8.GetBytes(text) }, faults);
        return (WordsText.WithPasswords(words), string.Join('\n', faults.Faults));
    }
}
