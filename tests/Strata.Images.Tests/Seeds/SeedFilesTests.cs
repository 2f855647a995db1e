using System.Text;
using Strata.Core;
using Strata.Images.Seeds;
using Strata.Testing;

namespace Strata.Images.Tests.Seeds;

/// <summary>What an owner's file becomes.</summary>
public sealed class SeedFilesTests
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna@desk";

    private const string Words = $$$"""
        hostname: gate-7.example.org
        time-zone: Europe/Berlin
        time-servers: [ntp.example.org]
        locale: de_DE.UTF-8
        keymap: de-nodeadkeys
        users:
          anna: {ssh-keys: ["{{{Key}}}"], groups: [video], admin: true, description: "Anna \"A.\" Ü"}
          ben: {id: 1234, password: "$6$salt$abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdef"}
        ssh: {port: 2222, users: [anna], passwords: never}
        files:
          /etc/motd: {content: "Welcome.\nno: yes\n", mode: "0640"}
          /home/anna/x: {content: "x", owner: anna}
        mounts:
          /data: {from: LABEL=data, type: ext4, options: [noatime], optional: true}
        run-once:
          greet: {command: [/bin/echo, "it's: #1"]}
        sysctl: {vm.swappiness: 10}
        network:
          wan: {match: {mac: "52:54:00:12:34:56"}, dhcp: v4, masquerade: true}
          eth1: {addresses: [192.168.7.1/24, "fd00:7::1/64"], gateway: [192.168.7.254], routes: {10.8.0.0/16: 192.168.7.2}, dns: 9.9.9.9}
          office: {vlan: {of: wan, id: 7}, mtu: 1400, optional: true}
          br0: {bridge: [eth2], dhcp: both}
          eth2: {}
        firewall:
          allow: {ssh: {}}

        """;

    [Fact]
    public void Of_EveryWord_BecomesUserDataAndNetworkConfig()
    {
        SeedFiles seed = SeedFiles.Of(Encoding.UTF8.GetBytes(Words), "machine.yaml");
        Assert.Equal(["strata/machine.yaml", "user-data", "meta-data", "network-config"], seed.Files.Select(f => f.Path));
        Assert.Equal(Words, Text(seed, "strata/machine.yaml"));
        Assert.Equal($$$"""
            #cloud-config
            hostname: "gate-7"
            fqdn: "gate-7.example.org"
            timezone: "Europe/Berlin"
            locale: "de_DE.UTF-8"
            keyboard:
              layout: "de"
              variant: "nodeadkeys"
            ntp:
              enabled: true
              servers: ["ntp.example.org"]
            ssh_pwauth: false
            users:
              - name: "anna"
                gecos: "Anna \"A.\" Ü"
                groups: ["video"]
                ssh_authorized_keys: ["{{{Key}}}"]
                sudo: "ALL=(ALL) NOPASSWD:ALL"
              - name: "ben"
                uid: 1234
                lock_passwd: false
                passwd: "$6$salt$abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdef"
            write_files:
              - path: "/etc/motd"
                content: "Welcome.\nno: yes\n"
                permissions: "0640"
            mounts:
              - ["LABEL=data", "/data", "ext4", "noatime,nofail"]
            runcmd:
              - ["/bin/echo", "it's: #1"]

            """, Text(seed, "user-data"));
        Assert.Equal("""
            version: 2
            ethernets:
              wan:
                match:
                  macaddress: "52:54:00:12:34:56"
                set-name: "wan"
                dhcp4: true
                dhcp6: false
              eth1:
                dhcp4: false
                dhcp6: false
                addresses: ["192.168.7.1/24", "fd00:7::1/64"]
                routes:
                  - to: "0.0.0.0/0"
                    via: "192.168.7.254"
                  - to: "10.8.0.0/16"
                    via: "192.168.7.2"
                nameservers:
                  search: []
                  addresses: ["9.9.9.9"]
              eth2:
                dhcp4: false
                dhcp6: false
            vlans:
              office:
                id: 7
                link: "wan"
                dhcp4: false
                dhcp6: false
                mtu: 1400
                optional: true
            bridges:
              br0:
                interfaces: ["eth2"]
                dhcp4: true
                dhcp6: true

            """, Text(seed, "network-config"));
        Assert.Matches(@"\Ainstance-id: strata-[0-9a-f]{16}\nlocal-hostname: gate-7.example.org\n\z", Text(seed, "meta-data"));
        Assert.Equal(
            ["ssh.port", "ssh.users", "files./home/anna/x", "firewall", "sysctl", "network.wan.masquerade"], seed.Unsaid);
    }

    [SkippableFact]
    public async Task WriteVolumeAsync_SameFile_IsTheSameVolume_WhichMtoolsReads()
    {
        using TemporaryFolder folder = new();
        SeedFiles seed = SeedFiles.Of(Encoding.UTF8.GetBytes(Words), "machine.yaml");
        foreach (string name in (string[])["a", "b"])
        {
            await using FileStream volume = File.Create(folder[name]);
            await seed.WriteVolumeAsync(volume);
        }
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
        (int exitCode, string output) = Oracle.Run("fsck.fat", "-n", "-v", folder["a"]);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = Oracle.Run("mtype", "-i", folder["a"], "::strata/machine.yaml");
        Assert.True(exitCode == 0 && output == Words, output);
        (exitCode, output) = Oracle.Run("mlabel", "-i", folder["a"], "-s", "::");
        Assert.Contains("CIDATA", output, StringComparison.Ordinal);
    }

    /// <summary>cloud-init itself, as Debian packages it; a key that it does not know is one that it refuses.</summary>
    [SkippableFact]
    public void Of_EveryWord_CloudInitsSchemaFindsValid()
    {
        using TemporaryFolder folder = new();
        SeedFiles seed = SeedFiles.Of(Encoding.UTF8.GetBytes(Words), "machine.yaml");
        foreach ((string path, byte[] bytes) in seed.Files.Where(f => f.Path is "user-data" or "network-config"))
        {
            File.WriteAllBytes(folder[path], bytes);
        }
        Judge("cloud-config", "user-data", isValid: true);
        Judge("network-config", "network-config", isValid: true);
        File.AppendAllText(folder["user-data"], "ssh_pwauthh: 1\nntp: []\n");
        Judge("cloud-config", "user-data", isValid: false);

        void Judge(string kind, string file, bool isValid)
        {
            (int exitCode, string output) = Oracle.Run(
                "python3", "-W", "ignore", "-m", "cloudinit.cmd.main", "schema", "-t", kind, "--config-file", folder[file]);
            Skip.If(output.Contains("No module named", StringComparison.Ordinal)
                && Environment.GetEnvironmentVariable("CI") is null or "", "this python3 has no cloudinit; './test' installs one that has");
            Assert.True(exitCode == 0 == isValid && output.Contains("Valid schema", StringComparison.Ordinal) == isValid, output);
        }
    }

    [Theory]
    [InlineData("hostnam: x", "machine.yaml:1:1: unknown key 'hostnam'")]
    [InlineData("hostname: UPPER\nlocale: [1]\n", "2 mistakes")]
    [InlineData("{}\n", "cannot make a seed of machine.yaml: it says nothing")]
    [InlineData("# nothing\n", "cannot read machine.yaml: a mistake")]
    [InlineData("- a\n", "machine.yaml:1:1")]
    public void Of_Mistakes_AreToldWithTheirPlaces(string text, string told)
    {
        StrataException e = Assert.Throws<StrataException>(() => SeedFiles.Of(Encoding.UTF8.GetBytes(text), "machine.yaml"));
        Assert.Contains(told, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_MoreThanAMachineReads_IsRefused() => Assert.Contains(
        "it has 1048577 bytes; a machine reads 1048576 at most",
        Assert.Throws<StrataException>(() => SeedFiles.Of(new byte[(1 << 20) + 1], "machine.yaml")).Message, StringComparison.Ordinal);

    private static string Text(SeedFiles seed, string path) => Encoding.UTF8.GetString(seed.Files.Single(f => f.Path == path).Bytes);
}
