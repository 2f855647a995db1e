using System.Text;
using Strata.Composition.Tests;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Blueprints.Tests;

/// <summary>An edition takes everything of another one and changes it.</summary>
public class ExtendsTests
{
    private const string Start = "edition: base\ntitle: Base\nversion: \"1\"\nkernel: small\ncapabilities: [a, net]\n";

    [Fact]
    public void Load_NothingButAName_IsTheOtherEditionUnderThatName()
    {
        using Workbench bench = Made();
        bench.Write("editions/base/edition.yaml", Start + """
            description: For all
            suite: bookworm
            command-line: quiet
            layout: layers
            packing: fast
            base: [a]
            keep: [/usr/share/doc/a]
            disk: {parts: [{role: esp}, {role: store}, {role: state, size: 64 MiB}]}
            vex: {CVE-2026-1234: not reachable}
            budget: {image: 16 MiB, packages: 3}
            run: {memory: 64 MiB}
            """);
        Edition site = Load(bench, "").Edition;
        Edition whole = bench.Catalog.Load("base").Edition;
        Assert.Equal("site", site.Name);
        Assert.Equal("site", Path.GetFileName(site.Folder)); // where its lock lies
        Edition same = site with { Name = whole.Name, Folder = whole.Folder };
        foreach (System.Reflection.PropertyInfo property in typeof(Edition).GetProperties().Where(p => p.Name is not "Folders"))
        {
            Assert.Equivalent(property.GetValue(whole), property.GetValue(same));
        }
        Assert.Equal(["a", "net"], bench.Catalog.Load("site").Capabilities.Select(c => c.Name));
    }

    [Fact]
    public void Load_WhatIsSaid_StandsForWhatTheOtherSaysAndMappingsAreJoined()
    {
        using Workbench bench = Made();
        bench.Write("kernel/large.yaml", "kernel: large\npackages: {amd64: linux-large}\n");
        bench.Write("editions/base/edition.yaml", Start + """
            budget: {image: 16 MiB, packages: 3, setuid: 0}
            container: {command: [/a, b], user: web}
            keep: [/usr/a, /usr/b]
            """);
        Blueprint site = Load(bench, """
            title: Site
            version: "2"
            kernel: large
            command-line: quiet
            budget: {image: 20 MiB, packages: }
            container: {command: [/c]}
            keep: [/usr/c]
            """);
        Edition edition = site.Edition;
        Assert.Equal(("Site", "2", "quiet", "linux-large"), (edition.Title, edition.Version, edition.CommandLine, site.KernelPackage));
        Assert.Equal(ByteSize.FromMiB(20), edition.Budgets.Image);
        Assert.Null(edition.Budgets.Packages); // nothing takes away
        Assert.Equal(0, edition.Budgets.SetUid);
        Assert.Equal(["/c"], edition.Container.Command);
        Assert.Equal("web", edition.Container.User);
        Assert.Single(edition.Keep); // a list is said anew
    }

    [Theory]
    [InlineData("capabilities: [d]", "a net d")]
    [InlineData("capabilities: [net, d, a]", "a net d")] // what is there stays where it is
    [InlineData("capabilities:", "a net")]
    [InlineData("without: [net]", "a")]
    [InlineData("without: [net]\ncapabilities: [d]", "a d")]
    [InlineData("without: [net, a]\ncapabilities: [d]", "d")]
    public void Load_Capabilities_AreAddedAndTakenAway(string words, string expected)
    {
        using Workbench bench = Made();
        bench.Write("editions/base/edition.yaml", Start);
        Assert.Equal(expected.Split(' '), Load(bench, words).Capabilities.Select(c => c.Name));
    }

    [Theory]
    [InlineData("without: [nett]", "3:11: edition 'base' has no capability 'nett' (did you mean 'net'?)")]
    [InlineData("without: [a]", "3:11: capability 'a' cannot be taken away: 'net' requires it, and would stay")]
    [InlineData("without: [a]\ncapabilities: [d, e]", "3:11: capability 'a' cannot be taken away: 'net', 'e' require it, and would stay")]
    [InlineData("without: [d]\ncapabilities: [d]", "3:11: 'd' stands below 'capabilities' too; expected one of them")]
    [InlineData("without: [net, net]", "3:16: capability 'net' stands here a second time")]
    [InlineData("without: [base]", "3:11: 'base' is what an edition brings itself and no capability")]
    [InlineData("without: net", "3:10: 'without' is a text; expected a list")]
    [InlineData("capabilities: [nett]", "3:16: unknown capability 'nett' (did you mean 'net'?)")]
    [InlineData("capabilities: [d, d]", "3:19: capability 'd' stands here a second time")]
    [InlineData("capabilities: net", "3:15: 'capabilities' is a text; expected a list")]
    [InlineData("services: {dcp: off}", "3:12: no capability of this edition has a service 'dcp' to switch off (did you mean 'dhcp'?)")]
    [InlineData("services: {dhcp: {kind: console}}", "3:12: service 'dhcp' is a console and needs a 'terminal'")]
    [InlineData("budget: {imag: 1 MiB}", "3:10: unknown key 'imag' (did you mean 'image'?)")]
    [InlineData("budgets: {}", "3:1: unknown key 'budgets' (did you mean 'budget'?)")]
    [InlineData("with: [net]", "3:1: unknown key 'with'")]
    [InlineData("kernel: smal", "3:9: unknown kernel 'smal'")]
    [InlineData("files: {/x: {source: page}}", "3:22: 'page' does not exist beside this file")] // it lies beside the other
    [InlineData("set: {site: x}", "3:7: unknown variable 'site'; none is declared")]
    public void Load_Mistake_IsToldWhereItStands(string words, string expected)
    {
        using Workbench bench = Made();
        bench.Capability("e", "requires: [a]");
        bench.Write("editions/base/page", "<p>");
        bench.Write("editions/base/edition.yaml", Start + "files: {/page: {source: page}}\n");
        StrataException e = Assert.Throws<StrataException>(() => Load(bench, words));
        Assert.Contains($"editions/site/edition.yaml:{expected}", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message.Split("mistake\n")[^1].Trim());
    }

    [Theory]
    [InlineData("bas", "2:10: unknown edition 'bas' (did you mean 'base'?); expected a name, or a path such as ../base")]
    [InlineData("../bas", "2:10: '../bas' has no edition.yaml; expected the folder of an edition, seen from that of this file")]
    [InlineData("../base/other.yaml", "2:10: '../base/other.yaml' has no edition.yaml")]
    [InlineData("\"\"", "2:10: 'extends' has no name")]
    [InlineData("[base]", "2:10: 'extends' is a list; expected a text")]
    [InlineData("../${base}", "2:10: 'extends' takes no variable")]
    [InlineData(".", "2:10: editions extend each other in a circle: site → site")]
    [InlineData("../base", null)]
    [InlineData("../base/", null)]
    [InlineData("../base/edition.yaml", null)]
    [InlineData("base", null)]
    public void Load_Extends_IsANameOrAPathFromItsOwnFile(string named, string? problem)
    {
        using Workbench bench = Made();
        bench.Write("editions/base/edition.yaml", Start);
        bench.Write("editions/base/other.yaml", "x: y");
        bench.Write("editions/site/edition.yaml", $"edition: site\nextends: {named}\n");
        if (problem is null)
        {
            Assert.Equal("Base", bench.Catalog.Load("site").Edition.Title);
            return;
        }
        Assert.Contains(
            $"editions/site/edition.yaml:{problem}", Assert.Throws<StrataException>(() => bench.Catalog.Load("site")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("far/away/site", "../../../base", true)] // in the folder that is searched
    [InlineData("far/away/site", "../../../../base", false)]
    [InlineData("far/away/site", "../../../../editions/../base", false)]
    [InlineData("base/site", "..", true)]
    [InlineData("base/site", "ABSOLUTE", true)]
    [InlineData("base/site", "/etc", false)]
    public void Load_PathThatLeadsElsewhere_IsRefused(string site, string named, bool isAllowed)
    {
        using TemporaryFolder folder = new();
        using Workbench bench = Made();
        foreach (string place in (string[])["editions/base", "base", $"editions/{site}"])
        {
            Directory.CreateDirectory(folder[place]);
            File.WriteAllText(folder[$"{place}/edition.yaml"], Start);
        }
        string path = named.Replace("ABSOLUTE", folder["editions/base"], StringComparison.Ordinal);
        File.WriteAllText(folder[$"editions/{site}/edition.yaml"], $"edition: site\nextends: {path}\n");
        Catalog catalog = new([folder["editions"], bench.Folder]);
        if (isAllowed)
        {
            Assert.Equal("Base", catalog.Load(folder[$"editions/{site}"]).Edition.Title);
            return;
        }
        StrataException e = Assert.Throws<StrataException>(() => catalog.Load(folder[$"editions/{site}"]));
        Assert.Contains(
            $"edition.yaml:2:10: '{named}' lies elsewhere; expected an edition beside or below", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../link")]
    [InlineData("../folder")]
    [InlineData("link")]
    public void Load_EditionBehindALink_IsRefusedAndNotQuoted(string named)
    {
        using TemporaryFolder elsewhere = new();
        using Workbench bench = Made();
        File.WriteAllText(elsewhere["edition.yaml"], "secret: of the host");
        bench.Write("editions/folder/other", "");
        Directory.CreateSymbolicLink(Path.Combine(bench.Folder, "editions/link"), elsewhere.Path);
        File.CreateSymbolicLink(Path.Combine(bench.Folder, "editions/folder/edition.yaml"), elsewhere["edition.yaml"]);
        StrataException e = Assert.Throws<StrataException>(() => Load(bench, "", named));
        Assert.Contains("site/edition.yaml:2:10: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("without a link on the way", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Circle_IsNamedWhereItCloses()
    {
        using Workbench bench = Made();
        bench.Write("editions/site/edition.yaml", "edition: site\nextends: one\n");
        bench.Write("editions/one/edition.yaml", "edition: one\nextends: two\n");
        bench.Write("editions/two/edition.yaml", "edition: two\nversion: \"1\"\nextends: ../one\n");
        StrataException e = Assert.Throws<StrataException>(() => bench.Catalog.Load("site"));
        Assert.Contains("a mistake\n", e.Message, StringComparison.Ordinal);
        Assert.Contains(
            "two/edition.yaml:3:10: editions extend each other in a circle: one → two → one", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void Load_Levels_HaveALimit(int levels, bool isAllowed)
    {
        using Workbench bench = Made();
        bench.Write("editions/l1/edition.yaml", Start);
        for (int level = 2; level <= levels; level++)
        {
            bench.Write($"editions/l{level}/edition.yaml", $"edition: l{level}\nextends: ../l{level - 1}\nlinks: {{/l{level}: x}}\n");
        }
        if (isAllowed)
        {
            Assert.Equal(2 + levels - 1, bench.Catalog.Load($"l{levels}").Capabilities.Count);
            return;
        }
        StrataException e = Assert.Throws<StrataException>(() => bench.Catalog.Load($"l{levels}"));
        Assert.Contains("l2/edition.yaml:2:10: '../l1' is extended by 8 editions", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MistakesOfTheOtherEdition_AreToldWithItsPlaces()
    {
        using Workbench bench = Made();
        bench.Write("editions/base/edition.yaml", Start + "initramfs: lzma\nfiles: {/x: {}}\nusers: {Bad: {id: 1}}\nbuget: {}\n");
        string[] lines = Assert.Throws<StrataException>(() => Load(bench, "packing: zip")).Message.Split('\n');
        string[] expected =
        [
            "base/edition.yaml:6:12: 'initramfs' is 'lzma'", "base/edition.yaml:7:9: file '/x' needs either",
            "base/edition.yaml:8:9: 'Bad' is no account name", "base/edition.yaml:9:1: unknown key 'buget'",
            "site/edition.yaml:3:10: 'packing' is 'zip'",
        ];
        Assert.Equal(expected.Length + 1, lines.Length);
        Assert.All(expected.Zip(lines.Skip(1)), p => Assert.Contains(p.First, p.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_WhatEachBrings_StaysACapabilityOfItsOwnWithFilesFromBesideIt()
    {
        using Workbench bench = Made();
        bench.Write("editions/base/page", "of base");
        bench.Write("editions/base/capabilities/web.yaml", "capability: web\ndescription: beside the base\n");
        bench.Write("editions/base/effects/more.yaml", "scripts: {}");
        bench.Write("editions/base/edition.yaml", Start + """
            files: {/srv/page: {source: page}}
            users: {web: {id: 33}}
            services: {web: {command: [/bin/web]}, log: {command: [/bin/log]}}
            """);
        bench.Write("editions/mid/page", "of mid");
        bench.Write("editions/mid/edition.yaml", "edition: mid\nextends: base\ncapabilities: [web]\nfiles: {/srv/mid: {source: page}}\n");
        bench.Write("editions/site/page", "of site");
        Blueprint site = Load(bench, """
            replaces: [/srv/page]
            files: {/srv/page: {source: page}}
            services: {web: {command: [/bin/site]}, log: off, own: {command: [/bin/own]}}
            """, "mid");
        Assert.Equal(["a", "net", "web", "base", "mid", "site"], site.Capabilities.Select(c => c.Name));
        Assert.Equal(["of base", "of mid", "of site"],
            site.Capabilities.SelectMany(c => c.Files).Select(f => Encoding.UTF8.GetString(f.Bytes.Span)));
        Assert.Equal(["", "dhcp", "", "web", "", "own"],
            site.Capabilities.Select(c => string.Join(' ', c.Services.Select(s => s.Name))));
        Assert.Equal(["/bin/site"], site.Capabilities[3].Services.Single().Command);
        Assert.Equal(["a", "mid"], site.Capabilities[^1].Requires.Select(r => r.Name)); // so it is mounted with what it replaces
        Assert.Equal(["a", "base"], site.Capabilities[^2].Requires.Select(r => r.Name));
        Assert.Equal(["more.yaml"], site.RuleFiles.Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void Load_WordsOfTheMachine_AreJoinedAndHaveVariables()
    {
        using Workbench bench = Made();
        bench.Write("editions/base/edition.yaml", Start + """
            variables: {site: }
            owner: [hostname]
            machine: {hostname: "gw-${site}", time-zone: Europe/Berlin, time-servers: [a.example, b.example]}
            """);
        Blueprint site = Load(bench, "set: {site: oslo}\nmachine: {time-zone: Europe/Oslo, time-servers: [c.example]}\nowner: [locale]");
        Assert.Equal(("gw-oslo", "Europe/Oslo"), (site.Machine.Hostname?.Text, site.Machine.TimeZone?.Text));
        Assert.Equal(["c.example"], site.Machine.TimeServers.Select(t => t.Text));
        Assert.Equal(["locale"], site.Edition.Owner);
        StrataException e = Assert.Throws<StrataException>(() => Load(bench, "set: {site: Big_City}"));
        Assert.Contains("base/edition.yaml:8:21: ", e.Message, StringComparison.Ordinal); // where the text stands that it is in
    }

    [Fact]
    public async Task Compose_ReplacedPath_HasTheFileOfWhoExtends()
    {
        using Workbench bench = Made();
        bench.Write("editions/base/edition.yaml", Start + "files: {/x: {content: base}, /y: {content: base}}");
        const string Other = "files: {/x: {content: site}}\n";
        Load(bench, Other);
        StrataException e = await Assert.ThrowsAsync<StrataException>(async () => await ComposeAsync());
        Assert.Contains("/x", e.Message, StringComparison.Ordinal); // two that disagree
        Load(bench, Other + "replaces: [/x]\n");
        FileTree tree = await ComposeAsync();
        Assert.Equal(("site", "base"), (bench.Text(tree, "/x"), bench.Text(tree, "/y")));

        async Task<FileTree> ComposeAsync() =>
            Composition.Trees.Composer.Compose(bench.Catalog.Load("site"), await bench.ListAsync()).Tree;
    }

    [Fact]
    public void Load_ServiceOfWhatIsTakenAway_GoesWithIt()
    {
        using Workbench bench = Made();
        bench.Write("editions/base/edition.yaml", Start + "services: {dhcp: {command: [/sbin/other]}, extra: {command: [/bin/x]}}");
        Blueprint site = Load(bench, "without: [net]");
        Assert.Equal(["extra"], site.Capabilities.SelectMany(c => c.Services).Select(s => s.Name));
        bench.Write("editions/base/edition.yaml", Start + "services: {dhcp: off}");
        Assert.Equal(["a"], Load(bench, "without: [net]").Capabilities.Select(c => c.Name));
        // of one that it took away itself, who extends would start a service of its own
        bench.Write("editions/base/edition.yaml", Start);
        Assert.Throws<StrataException>(() => Load(bench, "without: [net]\nservices: {dhcp: off}"));
    }

    [Fact]
    public void Digest_ChangesWithEveryFileThatIsRead()
    {
        using Workbench bench = Made();
        bench.Write("editions/base/page", "1");
        bench.Write("editions/base/edition.yaml", Start + "files: {/page: {source: page}}\n");
        bench.Write("editions/base/effects/more.yaml", "scripts: {}");
        HashSet<Sha256Digest> digests = [Load(bench, "").Digest, Load(bench, "without: [net]").Digest];
        bench.Write("editions/base/page", "2");
        Changed();
        bench.Write("editions/base/edition.yaml", Start + "files: {/page: {source: page}}\n# a word\n");
        Changed();
        bench.Write("editions/base/effects/more.yaml", "scripts: {} # a word");
        Changed();
        bench.Capability("net", "services: {dhcp: {command: [/sbin/dhcp]}} # taken away, but its services are asked for");
        Changed();

        void Changed() => Assert.True(digests.Add(bench.Catalog.Load("site").Digest));
    }

    [Fact]
    public void Load_ArchivesOfTheOther_ReadKeysAndPackagesBesideIt()
    {
        using Workbench bench = Made();
        bench.Write("editions/base/vendor.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nno key\n");
        bench.Write("editions/base/edition.yaml", Start + """
            archives:
              mine: {folder: debs}
              vendor: {urls: ["http://vendor.example"], suites: [s], components: [c], packages: [p]}
            """);
        Directory.CreateDirectory(Path.Combine(bench.Folder, "editions/base/debs"));
        File.WriteAllBytes(Path.Combine(bench.Folder, "editions/base/debs/own.deb"), new DebBuilder("own").Build());
        bench.Write("editions/site/vendor.asc", "not here");
        StrataException e = Assert.Throws<StrataException>(() => Load(bench, "archives: {vendor: {keys: [vendor.asc], priority: 900}}"));
        Assert.Contains("site/edition.yaml:3:28: 'vendor.asc' cannot be used", e.Message, StringComparison.Ordinal);
        bench.Write("editions/base/edition.yaml", Start + "archives: {mine: {folder: debs}}");
        Edition site = Load(bench, "archives: {mine: {priority: 900}}").Edition;
        Assert.Equal("own", Assert.Single(site.FolderPackages).Package.Locked.Name);
        Assert.Equal(900, Assert.Single(site.Archives).Priority);
    }

    [Theory]
    [InlineData("without: [a]")]
    [InlineData("set: {a: b}")]
    public void Load_WordsOfExtendingWithoutExtends_AreMistakes(string words)
    {
        using Workbench bench = Made();
        bench.Write("editions/base/edition.yaml", Start + words);
        Assert.Contains("this one has no 'extends'", Assert.Throws<StrataException>(() => bench.Catalog.Load("base")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EveryShippedEdition_CanBeExtendedAndIsTheSame()
    {
        using TemporaryFolder folder = new();
        Catalog shipped = new([Repository.Root]);
        Assert.NotEmpty(shipped.EditionNames());
        foreach (string name in shipped.EditionNames())
        {
            File.WriteAllText(folder["edition.yaml"], $"edition: site\nextends: {name}\n");
            Blueprint whole = shipped.Load(name);
            Blueprint site = shipped.Load(folder.Path);
            Assert.Equal(whole.Capabilities.Select(c => c.Name), site.Capabilities.Select(c => c.Name));
            Assert.Equal((whole.KernelPackage, whole.KernelProfile?.Name), (site.KernelPackage, site.KernelProfile?.Name));
            Assert.Equal(whole.RuleFiles, site.RuleFiles);
            Assert.Equal(whole.Edition.Budgets, site.Edition.Budgets);
            Assert.Equal((whole.Edition.Title, whole.Edition.CommandLine), (site.Edition.Title, site.Edition.CommandLine));
            Assert.NotEqual(whole.Digest, site.Digest);
        }
    }

    private static Workbench Made()
    {
        Workbench bench = new();
        return bench.Capability("a", "provides: {init-system: busybox}")
            .Capability("net", "requires: [a]\nservices: {dhcp: {command: [/sbin/dhcp]}}").Capability("d", "");
    }

    private static Blueprint Load(Workbench bench, string rest, string extended = "base")
    {
        bench.Write("editions/site/edition.yaml", $"edition: site\nextends: {extended}\n{rest}\n");
        return bench.Catalog.Load("site");
    }
}
