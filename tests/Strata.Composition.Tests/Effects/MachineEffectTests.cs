using Strata.Blueprints;
using Strata.Composition.Effects;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Tests.Effects;

public class MachineEffectTests
{
    private const string Hash = "$5$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfZ2bZmJ9B9yRzr1XmJ4c4s7y0Qb1cYb3aXk6xvWZ8m anna@desk";

    [Fact]
    public async Task Accounts_UsersOfTheMachine_JoinThoseOfCapabilities()
    {
        using Workbench bench = Base();
        FileTree tree = await bench.ApplyAsync(new AccountsEffect(), "base", $$"""
            machine:
              users:
                root: {shell: /bin/bash, groups: [video]}
                anna: {id: 1001, password: "{{Hash}}", groups: [video]}
                bert: {home: /srv/bert}
              ssh: {users: [anna]}
            """);
        string[] passwd = bench.Text(tree, "/etc/passwd").Split('\n');
        Assert.Equal(["root:x:0:0::/root:/bin/bash", "anna:x:1001:1001::/home/anna:/bin/sh"], passwd[..2]);
        // a number that follows from the name alone: adding somebody changes nobody else's
        Assert.Equal("bert:x:2091:2091::/srv/bert:/bin/sh", passwd[2]);
        Assert.Contains("video:x:44:root,anna\n", bench.Text(tree, "/etc/group"), StringComparison.Ordinal);
        Assert.Matches("(?m)^ssh-users:x:[0-9]{3}:anna$", bench.Text(tree, "/etc/group"));
        Assert.Equal($"root:*:1:0:99999:7:::\nanna:{Hash}:1:0:99999:7:::\nbert:*:1:0:99999:7:::\n", bench.Text(tree, "/etc/shadow"));
        Assert.Contains("/home/anna/ dir 0700 1001:1001\n", TreeDump.Of(tree), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("users: {root: {id: 7}}", "'root' has id 0 already")]
    [InlineData("users: {anna: {id: 0}}", "id 0 of 'anna' is that of another account")]
    [InlineData("users: {anna: {groups: [vidio]}}", "no capability declares group 'vidio' (did you mean 'video'?)")]
    [InlineData("ssh: {users: [rot]}", "'ssh' lets 'rot' in, and nobody declares that user (did you mean 'root'?)")]
    public async Task Accounts_Conflict_IsNamed(string words, string problem)
    {
        using Workbench bench = Base();
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => bench.ApplyAsync(new AccountsEffect(), "base", $"machine: {{{words}}}"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_EveryWord_WritesItsFiles()
    {
        using Workbench bench = Base();
        bench.Capability("all", """
            requires: [base]
            files:
              /usr/sbin/dropbear: {content: x, mode: "0755"}
              /usr/bin/doas: {content: x, mode: "4755"}
              /usr/lib/strata/firewall/load: {content: x, mode: "0755"}
              /usr/lib/strata/network/dhcp: {content: x, mode: "0755"}
              /usr/share/zoneinfo/Europe/Berlin: {content: x}
              /etc/motd: {content: old}
            machine: {hostname: from-capability, time-zone: Europe/Berlin}
            """);
        FileTree tree = await bench.ApplyAsync(new MachineEffect(), "all", $$$"""
            owner: [hostname, users]
            machine:
              hostname: gate
              users: {anna: {id: 1001, ssh-keys: ["{{{Key}}}"], admin: true, password: "{{{Hash}}}"}}
              ssh: {port: 2222}
              network: {wan: {match: {name: eth0}, dhcp: v4}}
              firewall: {allow: {ssh: }}
              mounts: {/data: {from: LABEL=data, optional: true}}
              files: {/srv/x: {content: y, owner: anna, mode: "0600"}}
              run-once: {a: {command: [/bin/true]}}
            """);
        string dump = TreeDump.Of(tree);
        foreach (string line in (string[])
        [
            "/data/ dir 0755", "/etc/default/dropbear file 0644", "/etc/doas.conf file 0600", "/etc/fstab file 0644",
                "/etc/nftables.conf file 0644",
            "/etc/localtime symlink /usr/share/zoneinfo/Europe/Berlin", "/etc/strata/network file 0644",
                "/etc/strata/run-once/01-a file 0755",
            "/home/anna/.ssh/ dir 0700 1001:1001", "/home/anna/.ssh/authorized_keys file 0600 ", "/srv/x file 0600 ",
        ])
        {
            Assert.Contains("\n" + line, dump, StringComparison.Ordinal);
        }
        foreach (string path in (string[])["/home/anna/.ssh/authorized_keys", "/srv/x"])
        {
            Assert.True(tree.TryGet(GuestPath.Parse(path), out TreeEntry entry) && entry.Node is { Uid: 1001, Gid: 1001 }, path);
        }
        Assert.Equal("owner: [hostname, users]\n", bench.Text(tree, "/usr/lib/strata/machine/owner.yaml"));
        string words = bench.Text(tree, "/usr/lib/strata/machine/words.yaml");
        Assert.StartsWith("hostname: gate\n", words, StringComparison.Ordinal);
        Assert.Contains("time-zone: Europe/Berlin\n", words, StringComparison.Ordinal);
        Assert.DoesNotContain("$5$", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_NothingSaid_WritesNothing()
    {
        using Workbench bench = Base();
        FileTree tree = await bench.ApplyAsync(new MachineEffect(), "base");
        Assert.DoesNotContain(tree.Entries, e => e.Origin.Reason == "effect machine");
        FileTree named = await bench.ApplyAsync(new IdentityEffect(), "base", "machine: {hostname: gate-7}");
        Assert.Equal("gate-7\n", bench.Text(named, "/etc/hostname"));
    }

    [Theory]
    [InlineData("", "127.0.1.1 gate-7\n")]
    [InlineData("files: {/etc/hosts: {content: \"127.0.0.1 localhost\"}}", "127.0.0.1 localhost\n127.0.1.1 gate-7\n")]
    [InlineData("files: {/etc/hosts: {content: \"10.0.0.1 gate-7 # here\\n\"}}", "10.0.0.1 gate-7 # here\n")]
    [InlineData("files: {/etc/hosts: {content: \"10.0.0.1 gate-70\\n\"}}", "10.0.0.1 gate-70\n127.0.1.1 gate-7\n")]
    public async Task Apply_Hostname_HasAnAddress(string hosts, string expected)
    {
        using Workbench bench = new();
        bench.Capability("base", hosts);
        FileTree tree = await bench.ApplyAsync(new MachineEffect(), "base", "machine: {hostname: gate-7}");
        Assert.Equal(expected, bench.Text(tree, "/etc/hosts"));
    }

    [Fact]
    public async Task Apply_AdminBySudoWithoutItsPam_IsAnError()
    {
        using Workbench bench = Base();
        bench.Capability("sudo", "files: {/usr/bin/sudo: {content: x, mode: \"0755\"}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => bench.ApplyAsync(new MachineEffect(), "base, sudo", "machine: {users: {anna: {admin: true}}}"));
        Assert.Contains(
            "needs /etc/pam.d/common-auth, which is not in the image; add package 'libpam-runtime' whole", e.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("users: {anna: {admin: true}}",
        "'admin' of user 'anna' needs /usr/bin/sudo or /usr/bin/doas, which is not in the image; add capability 'doas', or package 'sudo'")]
    [InlineData("users: {anna: {shell: /bin/zsh}}", "shell /bin/zsh needs /bin/zsh")]
    [InlineData("ssh: {}", "'ssh' needs /usr/sbin/dropbear or /usr/sbin/sshd, which is not in the image; add capability 'ssh'")]
    [InlineData("time-zone: Europe/Berlin", "add capability 'time-zones'")]
    [InlineData("locale: de_DE.UTF-8", "locale de_DE.UTF-8 needs /usr/lib/locale/de_DE.utf8 or /usr/lib/locale/locale-archive")]
    [InlineData("keymap: de", "keymap de needs /usr/bin/loadkeys, which is not in the image; add capability 'keymap'")]
    [InlineData("time-servers: a.example", "'time-servers' needs /usr/sbin/chronyd")]
    [InlineData("network: {a: {}, v: {vlan: {of: a, id: 1}}}",
        "interface 'v', a VLAN needs module 8021q of the kernel, which is not in the image; add capability 'links'")]
    [InlineData("network: {w: {wireguard: {private-key: /k}}}",
        "interface 'w' needs /usr/bin/wg, which is not in the image; add capability 'wireguard'")]
    [InlineData("network: {wan: {dhcp: v4}}",
        "'network' needs /usr/lib/strata/network/dhcp, which is not in the image; add capability 'network'")]
    [InlineData("network: {w: {wifi: {ssid: x}}}",
        "interface 'w', a radio, needs /usr/lib/strata/wifi/join, which is not in the image; add capability 'wifi'")]
    [InlineData("network: {w: {masquerade: true}}", "'firewall' or 'masquerade' needs /usr/lib/strata/firewall/load")]
    public async Task Apply_WhatTheImageLacks_IsNamedWithWhatBringsIt(string words, string problem)
    {
        using Workbench bench = Base();
        StrataException e = await Assert.ThrowsAsync<StrataException>(() =>
            bench.ApplyAsync(new MachineEffect(), "base", $"machine: {{{words}}}"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("edition.yaml:5:", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de", "")]
    [InlineData("dee", "there is no keymap 'dee' in /usr/share/keymaps (did you mean 'de'?)")]
    [InlineData("euro", "there is no keymap 'euro'")]
    public async Task Apply_Keymap_IsOneOfTheImage(string keymap, string problem)
    {
        using Workbench bench = Base();
        bench.Capability("keymap", """
            files:
              /usr/bin/loadkeys: {content: x, mode: "0755"}
              /usr/share/keymaps/i386/qwertz/de.kmap.gz: {content: x}
              /usr/share/keymaps/i386/include/euro.inc.gz: {content: x}
            """);
        Task<FileTree> applied = bench.ApplyAsync(new MachineEffect(), "base, keymap", $"machine: {{keymap: {keymap}}}");
        if (problem.Length == 0)
        {
            Assert.Equal($"KEYMAP={keymap}\n", bench.Text(await applied, "/etc/vconsole.conf"));
        }
        else
        {
            StrataException e = await Assert.ThrowsAsync<StrataException>(() => applied);
            Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("firewall: {allow: {http: }}", "the firewall lets nobody in over SSH: nothing below 'allow' covers port 22")]
    [InlineData("firewall: {allow: {ssh: }}\n  ssh: {port: 2222}", "")]
    [InlineData("firewall: {allow: {some: {port: 20-30}}}", "")]
    [InlineData("firewall: {allow: {some: {port: 22, protocol: udp}}}", "the firewall lets nobody in over SSH")]
    [InlineData("ssh: {users: [root]}", "nobody can come in over SSH yet")]
    public async Task Warnings_WhoeverIsLockedOut_IsTold(string words, string warning)
    {
        using Workbench bench = Base();
        bench.Capability("ssh", "requires: [base]\nfiles: {/usr/sbin/dropbear: {content: x, mode: \"0755\"}}");
        Blueprint blueprint = bench.Load("ssh", $"machine:\n  {words}");
        FileTree tree = Composer.Compose(blueprint, await bench.ListAsync()).Tree;
        Assert.Contains(warning, string.Join('\n', MachineNeeds.Warnings(blueprint, tree)), StringComparison.Ordinal);
        Assert.Equal(warning.Length == 0, MachineNeeds.Warnings(blueprint, tree).Count == 0);
    }

    [Fact]
    public void Load_TwoCapabilitiesThatDiffer_AreNamedUnlessTheEditionDecides()
    {
        using Workbench bench = Base();
        bench.Capability("a", "machine: {hostname: one}").Capability("b", "machine: {hostname: two}");
        StrataException e = Assert.Throws<StrataException>(() => bench.Load("a, b"));
        Assert.Contains("b.yaml:3:21: capability 'b' says 'hostname' otherwise than ", e.Message, StringComparison.Ordinal);
        Assert.Equal("three", bench.Load("a, b", "machine: {hostname: three}").Machine.Hostname!.Text);
    }

    [Theory]
    [InlineData("machine: x", "'machine' is a text; expected a mapping")]
    [InlineData("owner: [users, hostnme]", "'hostnme' is no word of 'machine' (did you mean 'hostname'?)")]
    [InlineData("machine: {users: {a: {password: SECRET}}}", "'password' is no hash of crypt(5)")]
    public void Load_Mistake_IsToldWithItsPlace(string rest, string problem)
    {
        using Workbench bench = Base();
        StrataException e = Assert.Throws<StrataException>(() => bench.Load("base", rest));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("edition.yaml:5:", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WordsForEachStart_BringTheCapabilityThatDoesThem()
    {
        using Workbench bench = Base();
        Assert.DoesNotContain(bench.Load("base", "machine: {hostname: a}").Capabilities, c => c.Name == "machine");
        Blueprint blueprint = bench.Load("base", "machine: {sysctl: {vm.swappiness: 1}}");
        Assert.Contains(blueprint.Capabilities, c => c.Name == "machine");
        Assert.Equal("e", blueprint.RequiredBy["machine"]);
    }

    private static Workbench Base()
    {
        Workbench bench = new();
        return bench.Capability("base", """
            users: {root: {id: 0, home: /root}}
            groups: {video: {id: 44}}
            files: {/bin/bash: {content: x, mode: "0755"}}
            """).Capability("machine", "files: {/usr/lib/strata/machine/interfaces: {content: x, mode: \"0755\"}}");
    }
}
