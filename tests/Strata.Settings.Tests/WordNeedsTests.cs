using Strata.Settings.Merging;
using Strata.Settings.Needs;
using Strata.Settings.Reading;
using Strata.Settings.Rendering;
using Strata.Yaml;

namespace Strata.Settings.Tests;

/// <summary>What an image needs for words, one thing at a time; and what is left of words of which a part is wrong.</summary>
public class WordNeedsTests
{
    private const string Zones = "/usr/share/zoneinfo";
    private const string Locales = "/usr/lib/locale";
    private const string Wg = "network: {w: {wireguard: {private-key: /k, port: 1}}}";

    // words, init, what the image has, and what is still missing; "" for nothing
    [Theory]
    [InlineData("users: {a: {admin: true}}", "", "", "'admin' of user 'a' needs /usr/bin/sudo or /usr/bin/doas")]
    [InlineData("users: {a: {admin: true}}", "", "/usr/bin/doas", "")]
    [InlineData("users: {a: {admin: true}}", "", "/usr/bin/sudo", "'admin' of user 'a' needs /etc/pam.d/common-auth")]
    [InlineData("users: {a: {admin: true}}", "", "/usr/bin/sudo /etc/pam.d/common-auth", "")]
    [InlineData("users: {a: {admin: false}}", "", "", "")]
    [InlineData("users: {a: {shell: /bin/x}}", "", "", "shell /bin/x needs /bin/x")]
    [InlineData("users: {a: {shell: /bin/x}}", "", "/bin/x", "")]
    [InlineData("ssh: {}", "", "", "'ssh' needs /usr/sbin/dropbear or /usr/sbin/sshd, which is not in the image; add capability 'ssh'")]
    [InlineData("ssh: {}", "", "/usr/sbin/dropbear", "")]
    [InlineData("ssh: {}", "", "/usr/sbin/sshd", "")]
    [InlineData("time-zone: Europe/Berlin", "", "", "time zone Europe/Berlin needs " + Zones + "/Europe/Berlin")]
    [InlineData("time-zone: Europe/Berlin", "", Zones, "there is no time zone 'Europe/Berlin' in " + Zones
        + " (did you mean 'Europe/Berli'?)")]
    [InlineData("time-zone: Europe/Berlin", "", Zones + " " + Zones + "/Europe/Berlin", "")]
    [InlineData("locale: de_DE.UTF-8", "", "", "locale de_DE.UTF-8 needs " + Locales + "/de_DE.utf8 or " + Locales + "/locale-archive")]
    [InlineData("locale: de_DE.UTF-8", "", Locales + "/de_DE.utf8", "")]
    [InlineData("locale: de_DE.UTF-8", "", Locales + "/locale-archive", "")]
    [InlineData("locale: de_DE", "", Locales + "/de_DE", "")]
    [InlineData("locale: C", "", "", "")]
    [InlineData("locale: POSIX", "", "", "")]
    [InlineData("locale: C.UTF-8", "", "", "")]
    [InlineData("keymap: de", "", "", "keymap de needs /usr/bin/loadkeys")]
    [InlineData("keymap: de", "", "/usr/bin/loadkeys", "")]
    [InlineData("keymap: de", "systemd", "", "keymap de needs /usr/bin/loadkeys")]
    [InlineData("keymap: de", "systemd", "/usr/bin/loadkeys", "")]
    [InlineData("time-servers: [a]", "", "", "'time-servers' needs /usr/sbin/chronyd or /usr/lib/systemd/systemd-timesyncd")]
    [InlineData("time-servers: [a]", "", "/usr/sbin/chronyd", "")]
    [InlineData("time-servers: [a]", "", "/usr/lib/systemd/systemd-timesyncd", "")]
    [InlineData("network: {a: {}}", "", "", "'network' needs /usr/lib/strata/network/dhcp")]
    [InlineData("network: {a: {}}", "", "/usr/lib/strata/network/dhcp", "")]
    [InlineData("network: {a: {}}", "systemd", "/usr/lib/strata/network/dhcp", "'network' needs /usr/lib/systemd/systemd-networkd")]
    [InlineData("network: {a: {}}", "systemd", "/usr/lib/systemd/systemd-networkd", "")]
    [InlineData("network: {a: {}, v: {vlan: {of: a, id: 1}}}", "systemd", "/usr/lib/systemd/systemd-networkd",
        "interface 'v', a VLAN needs module 8021q of the kernel, which is not in the image; add capability 'links'")]
    [InlineData("network: {a: {}, v: {vlan: {of: a, id: 1}}}", "systemd", "/usr/lib/systemd/systemd-networkd module:8021q", "")]
    [InlineData("network: {a: {}, v: {bridge: a}}", "systemd", "/usr/lib/systemd/systemd-networkd",
        "interface 'v', a bridge needs module bridge")]
    [InlineData("network: {a: {}, v: {bond: {of: a}}}", "systemd", "/usr/lib/systemd/systemd-networkd",
        "interface 'v', a bond needs module bonding")]
    [InlineData(Wg, "systemd", "/usr/lib/systemd/systemd-networkd",
        "interface 'w', a tunnel needs module wireguard of the kernel, which is not in the image; add capability 'wireguard'")]
    [InlineData(Wg, "systemd", "/usr/lib/systemd/systemd-networkd module:wireguard", "")]
    [InlineData(Wg, "", "/usr/lib/strata/network/dhcp module:wireguard", "interface 'w' needs /usr/bin/wg")]
    [InlineData(Wg, "", "/usr/lib/strata/network/dhcp module:wireguard /usr/bin/wg", "")]
    [InlineData("network: {w: {wifi: {ssid: x}}}", "systemd", "/usr/lib/systemd/systemd-networkd",
        "interface 'w', a radio, needs /usr/lib/strata/wifi/join")]
    [InlineData("network: {w: {wifi: {ssid: x}}}", "systemd", "/usr/lib/systemd/systemd-networkd /usr/lib/strata/wifi/join", "")]
    [InlineData("network: {w: {wifi: {ssid: x}}}", "", "/usr/lib/strata/network/dhcp",
        "interface 'w', a radio, needs /usr/lib/strata/wifi/join")]
    [InlineData("network: {w: {wifi: {ssid: x}}}", "", "/usr/lib/strata/network/dhcp /usr/lib/strata/wifi/join", "")]
    [InlineData("firewall: {}", "", "",
        "'firewall' or 'masquerade' needs /usr/lib/strata/firewall/load or /usr/lib/systemd/system/nftables.service")]
    [InlineData("firewall: {}", "", "/usr/lib/strata/firewall/load", "")]
    [InlineData("firewall: {}", "", "/usr/lib/systemd/system/nftables.service", "")]
    [InlineData("network: {a: {masquerade: true}}", "", "/usr/lib/strata/network/dhcp", "'firewall' or 'masquerade' needs")]
    public void Check_Image_NeedsWhatWordsSay(string yaml, string init, string has, string missing)
    {
        string[] there = has.Split(' ');
        FaultList faults = new();
        WordNeeds.Check(
            MachineFileTests.Words(yaml),
            new ImageFacts(init == "systemd", there.Contains, m => there.Contains("module:" + m), _ => ["Europe/Berli", "UTC"]), faults);
        if (missing.Length == 0)
        {
            Assert.Empty(faults.Faults);
            return;
        }
        Assert.StartsWith(missing, Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
    }

    // what is left of words of which the marked part is wrong
    [Theory]
    [InlineData("hostname: BAD\nlocale: C", "locale: C\n")]
    [InlineData("hostname: ok\nlocale: C", "hostname: ok\nlocale: C\n")]
    [InlineData("users: {a: {ssh-keys: [BAD, k]}, b: {}}", "users:\n  a:\n    ssh-keys: [k]\n  b: {}\n")]
    [InlineData("users: {a: {ssh-keys: [BAD], id: 1}, b: {}}", "users:\n  a:\n    id: 1\n  b: {}\n")]
    [InlineData("users: {a: {shell: BAD}, b: {}}", "users:\n  b: {}\n")]
    [InlineData("users: {a: {shell: BAD, id: 1}}", "users:\n  a:\n    id: 1\n")]
    [InlineData("users: {BAD: {id: 1}, b: {}}", "users:\n  b: {}\n")]
    [InlineData("users: {BAD: {id: 1}}", "")]
    [InlineData("files: {/a: {content: BAD, mode: '1'}, /b: {content: x}}", "files:\n  /b:\n    content: x\n")]
    [InlineData("mounts: {/a: {from: BAD}, /b: {from: x}}", "mounts:\n  /b:\n    from: x\n")]
    [InlineData("sysctl: {a.b: BAD, c.d: x}", "sysctl:\n  c.d: x\n")]
    [InlineData("run-once: {a: {command: [/a, BAD]}, b: {command: [/b]}}", "run-once:\n  b:\n    command: [/b]\n")]
    [InlineData("firewall: {allow: {ssh: {}, web: {port: BAD}}}", "")]
    [InlineData("network: {a: {mtu: BAD}, b: {}}", "")]
    [InlineData("ssh: {users: [BAD, a]}", "")]
    public void Of_WordsWithAFault_KeepTheRest(string yaml, string rest)
    {
        FaultList told = new();
        YamlMapping words = YamlFile.Parse(yaml, "m", told)!;
        YamlMapping left = RightWords.Of(words, (w, faults) => Mark(w, faults), told);
        Assert.Equal(rest.Length == 0 ? WordsText.Of(words with { Items = [] }) : rest, WordsText.Of(left));
        Assert.Equal(yaml.Contains("BAD", StringComparison.Ordinal) ? 1 : 0, told.Faults.Count);
        Assert.Equal(!yaml.Contains("BAD", StringComparison.Ordinal), ReferenceEquals(words, left));
    }

    /// <summary>A fault that stands nowhere in the words leaves nothing of them.</summary>
    [Fact]
    public void Of_FaultElsewhere_KeepsNothing()
    {
        FaultList told = new();
        YamlMapping words = YamlFile.Parse("hostname: a", "m", told)!;
        Assert.Empty(RightWords.Of(words, (_, f) => f.Add(new YamlScalar("other", 1, 1, "x", true), "wrong"), told).Items);
        Assert.Empty(RightWords.Of(words, (_, f) => f.Add(new YamlScalar("m", 2, 1, "x", true), "wrong"), new FaultList()).Items);
    }

    /// <summary>Of too many files all that are too many go at once: one by one, they would be read thousands of times.</summary>
    [Fact]
    public void Of_FifteenThousandFiles_ReadsTwiceAndKeepsTheFirstThousand()
    {
        FaultList told = new();
        string yaml = "files:\n" + string.Concat(Enumerable.Range(0, 15_000).Select(i => $"  /etc/f{i:D5}: {{content: x}}\n"));
        YamlMapping words = YamlFile.Parse(yaml, "m", told)!;
        int reads = 0;
        YamlMapping left = RightWords.Of(
            words,
            (w, faults) =>
            {
                reads++;
                MachineFile.ReadWhole(w, faults);
            },
            told);
        Assert.Equal(2, reads);
        YamlMapping files = Assert.IsType<YamlMapping>(Assert.Single(left.Items).Value);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"/etc/f{i:D5}"), files.Items.Select(f => f.Key.Text));
        Assert.Equal(
            ["m:1002:3: 'files' has 15000 entries, at most 1000 may be"], told.Faults.Select(f => f.ToString()));
    }

    [Fact]
    public void Of_TooManyEntriesOfAList_KeepsTheFirstOfThem()
    {
        FaultList told = new();
        YamlMapping words = YamlFile.Parse(
            $"users: {{a: {{id: 7, groups: [{string.Join(", ", Enumerable.Range(0, 3000).Select(i => $"g{i}"))}]}}}}", "m", told)!;
        YamlMapping left = RightWords.Of(words, (w, faults) => MachineFile.ReadWhole(w, faults), told);
        Assert.StartsWith("users:\n  a:\n    id: 7\n    groups: [g0, g1,", WordsText.Of(left), StringComparison.Ordinal);
        Assert.EndsWith(" g998, g999]\n", WordsText.Of(left), StringComparison.Ordinal);
        Assert.Contains("'groups' has 3000 entries", Assert.Single(told.Faults).Message, StringComparison.Ordinal);
    }

    /// <summary>Each fault is looked at once, however many values there are.</summary>
    [Fact]
    public void Without_AFaultAtEachOfManyValues_LooksAtEachFaultOnce()
    {
        const int Count = 20_000;
        FaultList told = new();
        YamlMapping words = YamlFile.Parse(
            $"hostname: ok\nusers: {{a: {{id: 1, ssh-keys: [{string.Join(", ", Enumerable.Repeat("BAD", Count))}]}}}}", "m", told)!;
        Mark(words, told);
        CountedFaults faults = new(told.Faults);
        Assert.Equal("hostname: ok\nusers:\n  a:\n    id: 1\n", WordsText.Of(RightWords.Without(words, faults)));
        Assert.Equal(Count, told.Faults.Count);
        Assert.InRange(faults.Looks, Count, 2 * Count);
    }

    private sealed class CountedFaults(IReadOnlyList<Fault> faults) : IReadOnlyList<Fault>
    {
        public int Looks { get; private set; }

        public int Count => faults.Count;

        public Fault this[int index]
        {
            get
            {
                Looks++;
                return faults[index];
            }
        }

        public IEnumerator<Fault> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
            {
                yield return this[i];
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private static void Mark(YamlValue value, FaultList faults)
    {
        switch (value)
        {
            case YamlScalar { Text: "BAD" }:
                faults.Add(value, "bad");
                break;
            case YamlMapping mapping:
                foreach ((YamlScalar key, YamlValue below) in mapping.Items)
                {
                    Mark(key, faults);
                    Mark(below, faults);
                }
                break;
            case YamlSequence list:
                foreach (YamlValue below in list.Items)
                {
                    Mark(below, faults);
                }
                break;
            default:
                break;
        }
    }
}
