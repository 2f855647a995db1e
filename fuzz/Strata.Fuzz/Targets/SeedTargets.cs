using System.Text;
using Strata.Agent.CloudConfig;
using Strata.Agent.Seeds;
using Strata.Settings.Merging;
using Strata.Settings.Reading;
using Strata.Yaml;

namespace Strata.Fuzz.Targets;

/// <summary>What a machine learns from at its first start: volumes and firmware of anybody.</summary>
internal static class SeedTargets
{
    private const string User = """
        #cloud-config
        hostname: gate
        users:
          - {name: anna, groups: "a, b", sudo: ["ALL=(ALL) ALL"], lock_passwd: false, ssh_authorized_keys: [x]}
        write_files: [{path: /a, content: eA==, encoding: b64, permissions: "0644", owner: "root:root"}]
        runcmd: [a, [b, c]]
        bootcmd: [a]
        mounts: [[/dev/a, /b, auto, "nofail,ro"]]
        ntp: {servers: [a], pools: [b]}
        ca_certs: {trusted: [x]}
        growpart: {mode: auto, devices: [/]}
        """;

    private const string Network = """
        version: 2
        ethernets: {e: {match: {name: a}, set-name: b, dhcp4: true, addresses: [10.0.0.1/8], routes: [{to: default, via: 10.0.0.2}]}}
        vlans: {v: {id: 1, link: e}}
        bonds: {b: {interfaces: [c], parameters: {mode: 802.3ad}}}
        """;

    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfText("cloud-config", text => ReadCloud("user-data", text), () => [User], typeof(CloudSeed)) with
        {
            Runs = 200, Allowed = [],
            Words = ["users:\n  - name: ", "write_files:\n  - path: ", "runcmd: [[", "#cloud-config\n", "lock_passwd: "],
        },
        FuzzTarget.OfText("network-config", text => ReadCloud("network-config", text), () => [Network]) with
        {
            Runs = 200, Allowed = [], Words = ["ethernets: {", "version: 2\n", "gateway4: ", "nameservers: {", "match: {"],
        },
        new FuzzTarget("smbios", input => _ = SmbiosTable.ReadOemStrings(input), () =>
            [[0, 6, 0, 0, 9, 9, (byte)'B', 0, 0, 11, 5, 2, 0, 2, (byte)'a', 0, (byte)'b', 0, 0, 127, 4, 0, 0, 0, 0]])
        {
            Readers = [typeof(SmbiosTable)], Allowed = [], MostBytes = 1024,
        },
    ];

    // what is right of a seed is right words; a mistake costs what it stands at, whatever it is
    private static void ReadCloud(string file, string text)
    {
        FaultList faults = new();
        YamlMapping words = CloudSeed.Read("seed", new Dictionary<string, byte[]> { [file] = Encoding.UTF8.GetBytes(text) }, faults);
        YamlMapping right = RightWords.Of(words, (w, f) => MachineFile.ReadWhole(w, f), faults);
        FaultList none = new();
        _ = MachineFile.ReadWhole(right, none);
        Property.Holds(!none.Any, "what is left of a seed has mistakes");
        YamlMapping? again = right.Items.Count == 0 ? right : YamlFile.Parse(WordsText.WithPasswords(right), "kept", none);
        Property.Holds(again is not null && !none.Any, "what is kept of a seed cannot be read again");
    }
}
