using System.Text;
using Strata.Blueprints;
using Strata.Blueprints.Extending;
using Strata.Composition.Effects;
using Strata.Composition.Ledger;
using Strata.Composition.Scripts;
using Strata.Composition.Scripts.Commands;
using Strata.Composition.Scripts.Shell;
using Strata.Composition.Units;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Images.Budgets;
using Strata.Images.Manifests;
using Strata.Kernel.Hardware;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Makefiles;
using Strata.Kernel.Profiles;
using Strata.Kernel.Sizes;
using Strata.Machines.Testing;
using Strata.Settings.Merging;
using Strata.Settings.Reading;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Fuzz.Targets;

/// <summary>Files that people write, and those of the kernel's source and build.</summary>
internal static class TextTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfText("yaml", ReadYaml, () => [.. Made.Files("editions/", ".yaml", 6), Flow], typeof(YamlFile)) with
        {
            Allowed = s_faults, Words = s_yamlWords,
        },
        FuzzTarget.OfText(
            "edition", ReadEdition,
            // one that builds on another is read together with it: edition-chain
            () => Made.Files("editions/", "edition.yaml").Where(t => !t.Contains("\nextends:", StringComparison.Ordinal)),
            typeof(EditionFile), typeof(StockKernel), typeof(EditionBudgets)) with
        {
            Runs = 200, Allowed = s_faults, Words = s_yamlWords,
        },
        FuzzTarget.OfText("edition-chain", ReadChain, () => [Chain], typeof(EditionChain), typeof(Variables), typeof(EditionPart)) with
        {
            Runs = 200, Allowed = s_faults, Words = s_yamlWords,
        },
        FuzzTarget.OfText("capability", ReadCapability, () => Made.Files("capabilities/", ".yaml", 12), typeof(CapabilityFile),
            typeof(PathPattern)) with
        {
            Runs = 200, Allowed = s_faults, Words = s_yamlWords,
        },
        FuzzTarget.OfText("machine", ReadMachine, () => [MachineFileText],
            typeof(MachineFile), typeof(NetAddress)) with
        {
            Runs = 200, Allowed = s_faults,
                Words = [.. s_yamlWords, .. MachineWords.Names, "10.0.0.0/8", "fd00::1/64", "wireguard: ", "bridge: ["],
        },
        FuzzTarget.OfText("script-rules", ReadRules, () => Made.Files("effects/", ".yaml", 2), typeof(ScriptRules)) with
        {
            Allowed = s_faults, Words = s_yamlWords,
        },
        FuzzTarget.OfText("edition-tests", text => EditionTestFile.Parse(text, "tests.yaml"), () =>
            Made.Files("editions/", "tests.yaml", 4), typeof(EditionTestFile), typeof(TestMachineSection)) with
        {
            Runs = 200, Allowed = [typeof(StrataException)], Words = s_yamlWords,
        },
        FuzzTarget.OfText("script", FollowScript, () =>
            ["#!/bin/sh\nset -e\n# Automatically added by dh_installsystemd/13.24.2\nx\n# End automatically added section\nldconfig\n",
                Script],
            typeof(ShellParser), typeof(FreshInstall), typeof(FileCommands), typeof(FileModes)) with
        {
            Runs = 200, Allowed = [], Words = s_shellWords,
        },
        FuzzTarget.OfText("pam-profile", text => PamEffect.Read(text), () => ["Name: a\nDefault: yes\nAuth:\n\t[success=end]\tpam_a.so\n"],
            typeof(PamEffect)) with
        {
            Allowed = [],
        },
        FuzzTarget.OfText("unit", ReadUnit, () => ["# x\n[Service]\nExecStart=-/bin/a \\\n b\nExecStart=\nExecStart=@'/bin/c d' e\n"],
            typeof(UnitText)) with
        {
            Allowed = [], Words = ["[Service]\n", "ExecStart=", "\\\n", "#", ";", "%i", "\"", "@-:+!|"],
        },
        FuzzTarget.OfText("path-pattern", ReadPattern, () => ["/usr/share/{doc,man}/**", "/etc/*.conf", "/a/?/b"], typeof(PathPattern)) with
        {
            Runs = 200, Allowed = [], Words = ["**", "*", "?", "/", "..", "//"],
        },
        FuzzTarget.OfStream("build-manifest", json => BuildManifest.FromJson(json), () => [Encoding.UTF8.GetBytes(Manifest)],
            typeof(BuildManifest)) with
        {
            Allowed = [typeof(StrataException)], Words = PackageTargets.s_jsonWords,
        },
        new FuzzTarget("good-build", ReadGoodBuild, () => [Encoding.UTF8.GetBytes(GoodBuildText)])
        {
            Readers = [typeof(GoodBuild)], Runs = 200, Allowed = [], Words = PackageTargets.s_jsonWords,
        },
        FuzzTarget.OfText("fragment", ReadFragment, () => Made.Files("kernel/fragments/", ".config", 6), typeof(KernelFragment),
            typeof(ConfigLine)) with
        {
            Allowed = s_faults, Words = s_configWords,
        },
        FuzzTarget.OfText("kernel-config", text => KernelConfig.Parse(text), () =>
            ["CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"x\"\nCONFIG_D=0x10\n"], typeof(KernelConfig), typeof(ConfigLine)) with
        {
            Allowed = [], Words = s_configWords,
        },
        FuzzTarget.OfText("kconfig", ReadKconfig, () => [Kconfig], typeof(KconfigReader), typeof(KconfigLines), typeof(KconfigTokens),
            typeof(KconfigNumber)) with
        {
            Runs = 200, Allowed = [typeof(StrataException)], Words = s_kconfigWords,
        },
        FuzzTarget.OfText("kconfig-condition", ReadCondition, () => ["A && !B || (C = y && D != \"x\") || E >= 0x10"],
            typeof(KconfigExpressionParser)) with
        {
            Allowed = [typeof(StrataException)], Words = s_kconfigWords, MostTime = TimeSpan.FromSeconds(2),
        },
        FuzzTarget.OfText("kbuild", text => KbuildReader.ReadText(text, "drivers", [], []), () =>
            ["obj-$(CONFIG_A) += a.o b/ \\\n c.o\nb-y := d.o\nb-$(CONFIG_E) += e.o # x\nifeq ($(X),y)\nobj-m += f.o\nendif\n"],
            typeof(KbuildReader), typeof(KbuildWords)) with
        {
            Allowed = [], Words = ["obj-y", "$(", ")", "+=", ":=", "\\\n", "ifdef ", "endif\n", ".o", "-objs"],
        },
        FuzzTarget.OfText("link-map", text => LinkMapReader.Read(new StringReader(text)), () => [LinkMap], typeof(LinkMapReader)) with
        {
            Allowed = [typeof(StrataException)], Words = s_mapWords,
        },
        FuzzTarget.OfText("system-map", ReadSystemMap, () =>
            ["ffffffff81000000 T _text\nffffffff81000040 t a\nffffffff81000080 D b\nffffffff82000000 B _end\n"], typeof(SymbolSizes)) with
        {
            Allowed = [typeof(StrataException)], Words = s_mapWords,
        },
        FuzzTarget.OfText("module-aliases", ReadAliases, () =>
            ["# Aliases\nalias pci:v00008086d*sv*sd*bc*sc*i* e1000\nalias acpi*:PNP0C0C:* button\n"], typeof(ModuleAliases)) with
        {
            Allowed = [typeof(StrataException)], Words = ["alias ", "*", "?", "[0-9]", "[", "]", "pci:", "\n"],
        },
    ];

    /// <summary>
    /// Thrown by the targets themselves when a reader has noted faults, all in one message: which ones is what tells inputs apart.
    /// </summary>
    private static readonly Type[] s_faults = [typeof(StrataException)];

    private static readonly string[] s_yamlWords =
    [
        ": ", "- ", "\n  ", "\n- ", "{", "}", "[", "]", "&a ", "*a", "!!str ", "--- ", "...\n", "|\n", ">-\n", "? ", "\"", "'", "#", "\t",
            "null", "~", "true", "<<: ", "%YAML 1.1\n", "\uFEFF", "\u2028",
        "edition: ", "capability: ", "capabilities: ", "packages: ", "files: ", "users: ", "services: ", "kernel: ", "budget: ",
        "provides: ",
            "source: ", "/etc/x", "extends: ", "without: ", "variables: ", "set: ", "${site}", "$${", "matches: ", "\n=\n",
    ];

    private static readonly string[] s_configWords = ["CONFIG_", "=y", "=m", "=n", " is not set", "# ", "\"", "0x", "\n"];

    private static readonly string[] s_kconfigWords =
    [
        "config A\n", "menuconfig A\n", "menu \"x\"\n", "endmenu\n", "choice\n", "endchoice\n", "if A\n", "endif\n", "\tbool \"x\"\n",
            "\tdepends on A\n", "\tselect B if C\n", "\thelp\n", "\tdefault y if ",
        "source \"Kconfig\"\n", "comment \"x\"\n", "&&", "||", "!", "(", ")", "=", "$(", "\\\n", "\trange 0 10\n", "\timply X\n",
    ];

    private static readonly string[] s_mapWords = ["Linker script and memory map", "0x", "ffffffffffffffff", " .text ",
        "(size before relaxing)", "\n", " T ", ".o", "*fill*"];

    private const string Flow = "a: {b: [1, 'x', \"y\\n\"], c: }\nd: |\n  text\n  more\ne: >-\n  folded\nf:\n  - g: h\n    i: j\n";

    private const string NextLevel = "\n=\n";

    private const string Chain =
        "edition: s\nextends: b\nset: {site: x}\nwithout: [a]\ncapabilities: [c]\nbudget: {packages: 3}\nservices: {w: off}\n"
            + "title: \"${site} $${x}\"\nlinks: {/a: \"${dir}/b\"}\n=\nedition: b\nversion: \"1\"\nkernel: k\ncapabilities: [a, b]\n"
            + "variables: {site: {description: d, matches: \"[a-z]+\"}, dir: /srv}\nbudget: {image: 1 MiB}\n"
            + "services: {w: {command: [/w, \"${site}\"]}}\nreplaces: [/a]\n";

    private const string Manifest = """
        {"format":4,"edition":"nano","version":"0.1","architecture":"amd64","kernel":"6.12","kernel-bytes":1,"initramfs-bytes":2,
        "uki-bytes":3,"container-bytes":5,"capabilities":[{"name":"shell","description":"A shell."}],
        "packages":[],"entries":[],"ledger":[]}
        """;

    private const string GoodBuildText = """
        {"format":2,"version":"1","bytes":3,"kernel-bytes":1,"parts":[{"name":"a","version":"1","slice":"x","plain":1,"packed":1}]}
        """;

    private const string MachineFileText = """
        hostname: gate-7
        users: {anna: {id: 1000, groups: [video], password: "$5$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}
        ssh: {port: 2222, users: [anna]}
        network:
          lan: {match: {mac: "52:54:00:00:00:01"}, addresses: [192.168.7.1/24], routes: {10.0.0.0/8: 192.168.7.2}, forwarding: true}
          office: {vlan: {of: lan, id: 7}, dhcp: both, masquerade: true}
          wg0:
            wireguard:
              private-key: /k
              peers: {a: {public-key: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=, allowed: [10.9.0.2/32]}}
        firewall: {allow: {ssh: {on: [lan]}, web: {port: [80, 8000-8010], from: "fd00::/8"}}}
        mounts: {/data: {from: LABEL=data}}
        files: {/etc/motd: {content: "a\tb"}}
        sysctl: {vm.swappiness: 10}
        run-once: {key: {command: [/bin/true, x]}}
        """;

    private const string Kconfig =
        "mainmenu \"Linux\"\nconfig A\n\tbool \"a\"\n\tdepends on B && !C\n\tselect D if E\n\tdefault y if $(cc-option,-x)\n\thelp\n\t  "
            + "Text.\n\n\t  More.\n\nmenu \"m\"\n\tvisible if A\n"
        + "choice\n\tprompt \"c\"\nconfig X\n\ttristate \"x\"\nendchoice\nif A\nconfig N\n\tint \"n\"\n\trange 0 10\n\tdefault 3\nendif\n"
            + "endmenu\n";

    private const string LinkMap =
        "Archive member included\n\nLinker script and memory map\n\nLOAD vmlinux.o\n\n"
            + ".text           0xffffffff81000000     0x2000\n *(.text)\n .text          0xffffffff81000000       0x40 init/main.o\n"
        + "                0xffffffff81000000                start_kernel\n *fill*         0xffffffff81000040       0x40 \n "
            + ".text.unlikely.a-long-name\n                0xffffffff81000080       0x10 fs/a.o\n";

    private static void ReadYaml(string text)
    {
        FaultList faults = new();
        YamlMapping? read = YamlFile.Parse(text, "file.yaml", faults);
        Property.Holds(read is not null || faults.Any, "nothing was read and no fault told");
        foreach (Fault fault in faults.Faults)
        {
            Property.Holds(fault.Line >= 1 && fault.Column >= 1 && fault.Message.Length > 0, $"a fault without a place: {fault}");
        }
        faults.ThrowIfAny("the file");
    }

    private static void ReadEdition(string text)
    {
        FaultList faults = new();
        if (YamlFile.Parse(text, "edition.yaml", faults) is YamlMapping mapping)
        {
            EditionFile.Read(mapping, Repository.Root + "/editions/nano", faults);
        }
        faults.ThrowIfAny("the file");
    }

    private static void ReadChain(string text)
    {
        FaultList faults = new();
        EditionLevel[] levels =
        [
            .. text.Split(NextLevel).Take(EditionReader.MostLevels).Select((level, i) => YamlFile.Parse(level, $"{i}.yaml", faults))
                .OfType<YamlMapping>().Select(m => new EditionLevel(m, Repository.Root + "/editions/nano")),
        ];
        if (levels.Length > 0)
        {
            EditionChain chain = EditionChain.Of(levels, VariableValues.None, EditionPart.IsWord, faults);
            Edition edition = EditionFile.Read(chain, faults);
            Property.Holds(edition.Parts.Count == levels.Length, "an edition lost what it brings itself");
        }
        foreach (Fault fault in faults.Faults)
        {
            Property.Holds(fault.Line >= 1 && fault.Column >= 1 && fault.Message.Length > 0, $"a fault without a place: {fault}");
        }
        faults.ThrowIfAny("the file");
    }

    private static void ReadCapability(string text)
    {
        FaultList faults = new();
        if (YamlFile.Parse(text, "x.yaml", faults) is YamlMapping mapping)
        {
            // the file's name is not what is tried here
            string name = mapping.Items.Select(i => i.Value).OfType<YamlScalar>().FirstOrDefault()?.Text ?? "x";
            CapabilityFile.Read(mapping, Repository.Root + "/capabilities", name, faults);
        }
        faults.ThrowIfAny("the file");
    }

    // what is taken has to come out the same when it is read again, and every file of it has to be made
    private static void ReadMachine(string text)
    {
        FaultList faults = new();
        if (MachineFile.Read(Encoding.UTF8.GetBytes(text), "machine.yaml", faults) is MachineWords words && !faults.Any)
        {
            string kept = WordsText.Of(words.Source);
            MachineWords again = MachineFile.Read(Encoding.UTF8.GetBytes(kept), "again.yaml", faults)!;
            Property.Holds(!faults.Any && WordsText.Of(again.Source) == kept, "words that were kept are read otherwise");
            Property.Holds(NftablesRuleset.Of(words) == NftablesRuleset.Of(again), "kept words make another firewall");
            NetworkLines.Of(words.Network ?? []);
            NetworkdFiles.Of(words.Network ?? []);
            SystemFiles.Of(words);
        }
        faults.ThrowIfAny("the file");
    }

    private static void ReadRules(string text)
    {
        FaultList faults = new();
        if (YamlFile.Parse(text, "debian.yaml", faults) is YamlMapping mapping)
        {
            ScriptRules.Read(mapping, faults);
        }
        faults.ThrowIfAny("the file");
    }

    private static void ReadUnit(string text)
    {
        foreach ((_, _, string value) in UnitText.Read(text))
        {
            _ = UnitText.ProgramOf(value);
        }
    }

    private static void ReadPattern(string text)
    {
        if (PathPattern.TryParse(text, out string? problem) is PathPattern pattern)
        {
            pattern.Matches(GuestPath.Parse("/usr/share/doc/a/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/b.conf"));
        }
        else
        {
            Property.Holds(problem is { Length: > 0 }, "a pattern is refused without a word");
        }
    }

    private static void ReadGoodBuild(ReadOnlySpan<byte> text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["good.json"], text);
        GoodBuild.TryRead(folder["good.json"])?.ChangesTo(1, 1, []);
    }

    private static void ReadFragment(string text)
    {
        FaultList faults = new();
        KernelFragment.Read(text, "x", "x.config", faults);
        faults.ThrowIfAny("the fragment");
    }

    private static void ReadKconfig(string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["Kconfig"], text);
        KconfigReader.Read(folder.Path, "x86");
    }

    private static void ReadCondition(string text) => KconfigExpressionParser.Parse(text, "Kconfig:1").ToString();

    private static void ReadSystemMap(string text) =>
        SymbolSizes.Read(new StringReader(text), LinkMapReader.Read(new StringReader(LinkMap)));

    private static void ReadAliases(string text)
    {
        ModuleAliases aliases = new();
        aliases.ReadText(new StringReader(text));
        aliases.ReadBuiltIn(Encoding.UTF8.GetBytes(text.Replace('\n', '\0')));
        aliases.Find("pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00");
    }

    private const string Script = """
        #!/bin/sh -e
        f() { local x="$1"; case $x in a*|b) mkdir -p -m 0755 /etc/$x; return 0;; *) echo "${x%/*}" > /etc/y;; esac; }
        if [ "$1" = configure ] && ! getent passwd p >/dev/null; then adduser --system --group --home /var/lib/p p; chown p:p /etc; fi
        for i in a b; do f "$i" || true; done
        cat <<EOF | sed -e 's/a/b/' | while read l; do touch /etc/$l; done
        a $(basename /x/y .z) ${2:-c}
        EOF
        find /etc -type f -name 'a*' -exec chmod u=rw,g-w {} +
        """;

    private static readonly string[] s_shellWords =
        ["$(", "`", "${", "}", "<<EOF\n", "\nEOF\n", "&&", "||", ";;", "esac", "fi", "done", "[ -e /etc ]",
            "cp -a /etc /var", "printf '%s'", "eval "];

    private static void FollowScript(string text)
    {
        using PackageContentReader contents = new(_ => throw new InvalidOperationException("nothing is in a package here"));
        FileTree tree = new();
        FileNode own = new() { Permissions = Modes.File, Content = InlineContent.FromText("a\nb\n") };
        tree.Add(GuestPath.Parse("/etc/own"), own, new Origin("c", "o", ""));
        FreshInstall install = new(tree, contents, new ScriptAccounts(), "amd64", _ => false, (_, _) => null);
        Dictionary<string, ScriptText> scripts = new() { ["postinst"] = new(text) };
        install.Install([new InstalledPackage("p", scripts)], new HashSet<string>());
    }
}
