using Strata.Composition.Tests;
using Strata.Core;
using Strata.Testing;

namespace Strata.Blueprints.Tests;

public class CatalogTests
{
    [Fact]
    public void Load_ManyMistakesInSeveralFiles_AreAllToldWithPlacesAndSuggestions()
    {
        using Workbench bench = new();
        bench.Capability("network", "files:\n  etc/x: {content: a, mode: \"9\"}\nusers:\n  Bad: {id: 70000}\nservices:\n  s: {kind: deamon, command: [/x]}\nkernal: {}");
        string edition = bench.Write("editions/e/edition.yaml", """
            edition: Wrong Name
            version: "1"
            kernel: smal
            capabilites: [x]
            capabilities:
              - network
              - netwrok
              - network
            initramfs: lzma
            keep: [usr/share/doc/]
            budget: {image: big}
            """);
        string capability = Path.Combine(bench.Folder, "capabilities/network.yaml");
        StrataException e = Assert.Throws<StrataException>(() => bench.Catalog.Load("e"));
        string[] lines = [.. e.Message.Split('\n').Skip(1).Select(l => l.Trim())];
        string[] expected =
        [
            $"{capability}:4:3: 'etc/x' is no absolute path",
            $"{capability}:4:29: 'mode' is '9'; expected octal permissions",
            $"{capability}:6:3: 'Bad' is no account name",
            $"{capability}:6:13: 'id' is '70000'; expected a whole number from 0 to 65534",
            $"{capability}:8:13: 'kind' is 'deamon'; expected setup or once or daemon or console or shutdown (did you mean 'daemon'?)",
            $"{capability}:9:1: unknown key 'kernal' (did you mean 'kernel'?)",
            $"{edition}:1:10: 'Wrong Name' is no name",
            $"{edition}:3:9: unknown kernel 'smal' (did you mean 'small'?); known: small, none",
            $"{edition}:4:1: unknown key 'capabilites' (did you mean 'capabilities'?)",
            $"{edition}:7:5: unknown capability 'netwrok' (did you mean 'network'?)",
            $"{edition}:8:5: capability 'network' stands here a second time",
            $"{edition}:9:12: 'initramfs' is 'lzma'; expected xz or xz-smallest or zstd or none",
            $"{edition}:10:8: 'usr/share/doc/' is no path pattern",
            $"{edition}:11:17: 'image' is 'big'; expected a size such as 16 MiB",
        ];
        Assert.True(lines.Length == expected.Length, e.Message);
        Assert.All(expected.Zip(lines), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.Contains("14 mistakes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FindEdition_AnotherFileOfTheFolder_IsNotTakenForTheEdition()
    {
        using Workbench bench = new();
        bench.Write("editions/e/edition.yaml", "edition: e\n");
        string other = bench.Write("editions/e/berlin.yaml", "edition: berlin\n");
        Assert.Contains($"cannot take {other} for an edition: its file is called edition.yaml",
            Assert.Throws<StrataException>(() => bench.Catalog.FindEdition(other)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mine", "amd64", null)]
    [InlineData("mine", "all", null)]
    [InlineData("other", "amd64", ":3:24: 'mine.deb' is package 'other'; expected 'mine', under whose name it stands")]
    [InlineData("mine", "arm64", ":3:24: 'mine.deb' is for arm64; the edition is for amd64")]
    [InlineData(null, "", "mine.deb: it is not there; expected a .deb file below the folder of this file")]
    public void Load_PackageFile_IsReadBesideTheCapability(string? name, string architecture, string? problem)
    {
        using Workbench bench = new();
        bench.Capability("c", "packages: {mine: {deb: mine.deb}}");
        if (name is not null)
        {
            string control = $"Package: {name}\nVersion: 1\nArchitecture: {architecture}\n";
            File.WriteAllBytes(Path.Combine(bench.Folder, "capabilities/mine.deb"), new DebBuilder(name).Control(control).Build());
        }
        if (problem is null)
        {
            Assert.Equal("mine", Assert.Single(bench.Load("c").OwnPackages).Locked.Name);
            return;
        }
        Assert.Contains(problem, Assert.Throws<StrataException>(() => bench.Load("c")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PackageFilesOfOneNameThatDiffer_AreAMistake()
    {
        using Workbench bench = new();
        bench.Capability("c", "packages: {mine: {deb: mine.deb}}");
        File.WriteAllBytes(Path.Combine(bench.Folder, "capabilities/mine.deb"), new DebBuilder("mine", "1").Build());
        bench.Write("editions/e/edition.yaml", "");
        File.WriteAllBytes(Path.Combine(bench.Folder, "editions/e/mine.deb"), new DebBuilder("mine", "1").Build());
        Assert.Single(bench.Load("c", "packages: {mine: {deb: mine.deb}}").OwnPackages);
        File.WriteAllBytes(Path.Combine(bench.Folder, "editions/e/mine.deb"), new DebBuilder("mine", "2").Build());
        StrataException e = Assert.Throws<StrataException>(() => bench.Load("c", "packages: {mine: {deb: mine.deb}}"));
        Assert.Contains("capability 'e' takes package 'mine' from 'mine.deb', and 'c' from another file", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PartsOfTheEditionItself_AreACapabilityOfItsNameAfterTheOthers()
    {
        using Workbench bench = new();
        bench.Capability("a", "").Capability("b", "requires: [a]").Capability("c", "");
        bench.Write("editions/e/page", "<p>");
        Blueprint blueprint = bench.Load("b, c", """
            packages: {curl: {programs: [curl]}}
            files: {/srv/page: {source: page, owner: web}}
            users: {web: {id: 33}}
            """);
        Assert.Equal(["a", "b", "c", "e"], blueprint.Capabilities.Select(c => c.Name));
        Capability own = blueprint.Capabilities[^1];
        Assert.Equal(["a"], own.Requires.Select(r => r.Name)); // what is always mounted
        Assert.Equal("curl", own.Packages.Single().Package);
        Assert.Equal("/srv/page", own.Files.Single().Path.ToString());
        Sha256Digest before = blueprint.Digest;
        bench.Write("editions/e/page", "<p>other");
        Assert.NotEqual(before, bench.Catalog.Load("e").Digest);

        Assert.Equal(["b"], bench.Load("c, b", "layout: layers\nbase: [b]\nlinks: {/x: y}").Capabilities[^1].Requires.Select(r => r.Name));
        Assert.DoesNotContain(bench.Load("b, c").Capabilities, c => c.Name == "e");
        bench.Write("editions/e/edition.yaml", "edition: e\nversion: \"1\"\nkernel: small\ndirectories: {/srv: {}}\n");
        Assert.Empty(Assert.Single(bench.Catalog.Load("e").Capabilities).Requires);
    }

    [Theory]
    [InlineData("e", "capabilities: [e]\nlinks: {/x: y}", ":1:1: what this file brings itself is a capability 'e', and so is ")]
    [InlineData("system", "links: {/x: y}", ":1:10: 'system' has a meaning of its own among layers")]
    [InlineData("e", "kernel-modules: all", "'capabilities' is missing")]
    [InlineData("e", "services: {s: {command: [/x]}}", ":4:12: nobody starts service 's' of capability 'e'")]
    public void Load_PartsOfTheEditionItself_MistakeIsTold(string name, string rest, string problem)
    {
        using Workbench bench = new();
        bench.Capability("e", "");
        bench.Write("editions/e/edition.yaml", $"edition: {name}\nversion: \"1\"\nkernel: small\n{rest}\n");
        StrataException e = Assert.Throws<StrataException>(() => bench.Catalog.Load("e"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("editions/e/edition.yaml")]
    [InlineData("editions/e/capabilities/own.yaml")]
    [InlineData("editions/e/kernel/profiles/own.yaml")]
    [InlineData("editions/e/kernel/fragments/own.config")]
    public void Load_FileThatIsALinkToTheHost_IsRefusedAndNotQuoted(string name)
    {
        using Workbench bench = new();
        bench.Write("editions/e/edition.yaml", "edition: e\nversion: \"1\"\nkernel: own\ncapabilities: [own]\n");
        bench.Write("editions/e/capabilities/own.yaml", "capability: own\ndescription: d\n");
        bench.Write("editions/e/kernel/profiles/own.yaml", "profile: own\ndescription: d\nfragments: [own]\n");
        bench.Write("editions/e/kernel/fragments/own.config", "# For a test.\nCONFIG_X=y\n");
        Assert.Equal("own", bench.Catalog.Load("e").KernelProfile!.Name);
        string secret = bench.Write("secret", "PRIVATE KEY\n");
        string path = Path.Combine(bench.Folder, name);
        File.Delete(path);
        File.CreateSymbolicLink(path, secret);
        StrataException file = Assert.Throws<StrataException>(() => bench.Catalog.Load("e"));
        File.Delete(path);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Directory.CreateDirectory(Path.Combine(bench.Folder, "elsewhere"));
        File.Copy(secret, Path.Combine(bench.Folder, "elsewhere", Path.GetFileName(path)));
        Assert.Contains("is or passes a link", file.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", file.Message, StringComparison.Ordinal);
        if (name.Split('/').Length > 3) // the folder of the edition is the one that a person named
        {
            Directory.CreateSymbolicLink(Path.GetDirectoryName(path)!, Path.Combine(bench.Folder, "elsewhere"));
            StrataException folder = Assert.Throws<StrataException>(() => bench.Catalog.Load("e"));
            Assert.Contains("is or passes a link", folder.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("PRIVATE", folder.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "takes no package from Debian's own archive, and 'archives' names no other")]
    [InlineData("archives:\n  back: {suites: [trixie-backports], components: [main], packages: [x]}",
        "and archive 'back' is a part of it: it has no 'urls'")]
    public void Load_NoSuiteAndNoArchive_IsRefused(string archives, string problem)
    {
        using Workbench bench = new();
        bench.Write("editions/e/edition.yaml", $"edition: e\nversion: \"1\"\nkernel: none\ncapabilities: []\nsuite: none\n{archives}\n");
        Assert.Contains(problem, Assert.Throws<StrataException>(() => bench.Catalog.Load("e")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../x")]
    [InlineData("trixie/../..")]
    [InlineData("http://x")]
    public void Load_SuiteThatIsNoName_IsAFault(string suite)
    {
        using Workbench bench = new();
        bench.Write("editions/e/edition.yaml", $"edition: e\nversion: \"1\"\nkernel: none\ncapabilities: [x]\nsuite: \"{suite}\"\n");
        Assert.Contains("is no release of the archive", Assert.Throws<StrataException>(() => bench.Catalog.Load("e")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RulesForScriptsBesideTheBlueprint_AreOfIt()
    {
        using Workbench bench = new();
        bench.Capability("c", "");
        Blueprint without = bench.Load("c");
        bench.Write("editions/e/effects/own.yaml", "scripts: {}\n");
        bench.Write("editions/e/effects/also.yaml", "commands: {}\n");
        Blueprint with = bench.Load("c");
        Assert.Equal(["also.yaml", "own.yaml"], with.RuleFiles.Select(f => Path.GetFileName(f)));
        Assert.NotEqual(without.Digest, with.Digest);
    }

    [Theory]
    [InlineData("kernel: k\npackages: {amd64: linux-small}\n", null)]
    [InlineData("kernel: k\ndescription: d\npackages: {amd64: linux-small, arm64: linux-arm}\n", null)]
    [InlineData("packages: {amd64: linux-small}\n", "kernel/k.yaml:1:1: 'kernel' is missing")]
    [InlineData("kernel: k\n", "kernel/k.yaml:1:1: kernel 'k' has no package for amd64")]
    [InlineData("kernel: k\npackages: {arm64: linux-arm}\n", "kernel/k.yaml:1:1: kernel 'k' has no package for amd64")]
    [InlineData("kernel: k\npackages: {amd64: }\n", "kernel/k.yaml:1:1: kernel 'k' has no package for amd64")]
    [InlineData("kernel: k\npackages: {amd64: a, amd46: b}\n", "kernel/k.yaml:2:22: unknown key 'amd46'")]
    [InlineData("kernel: k\npackages: {amd64: [a]}\n", "kernel/k.yaml:2:19: 'amd64' is a list; expected a text")]
    [InlineData("kernel: k\npackages: linux-small\n", "kernel/k.yaml:2:11: 'packages' is a text; expected a mapping")]
    [InlineData("kernel: k\nmodules: [a]\npackages: {amd64: a}\n", "kernel/k.yaml:2:1: unknown key 'modules'")]
    public void Load_KernelOfAPackage_HasOneForTheProcessorAndNothingElse(string file, string? problem)
    {
        using Workbench bench = new();
        bench.Write("kernel/k.yaml", file);
        bench.Capability("c", "");
        bench.Write("editions/e/edition.yaml", "edition: e\nversion: \"1\"\ncapabilities: [c]\nkernel: k\n");
        if (problem is null)
        {
            Assert.Equal("linux-small", bench.Catalog.Load("e").KernelPackage);
        }
        else
        {
            Assert.Contains(problem, Assert.Throws<StrataException>(() => bench.Catalog.Load("e")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_SystemThatBootsOnAnotherProcessor_IsRefusedBeforeAnythingIsFetched()
    {
        using Workbench bench = new();
        bench.Write("kernel/arm.yaml", "kernel: arm\npackages: {amd64: linux-small, arm64: linux-arm}\n");
        bench.Capability("c", "");
        const string Arm = "edition: e\nversion: \"1\"\ncapabilities: [c]\narchitecture: arm64\n";
        bench.Write("editions/e/edition.yaml", Arm + "kernel: arm\n");
        StrataException e = Assert.Throws<StrataException>(() => bench.Catalog.Load("e"));
        Assert.Contains("edition.yaml:4:15: nothing that boots can be made for arm64 yet", e.Message, StringComparison.Ordinal);
        bench.Write("editions/e/edition.yaml", Arm + "kernel: none\n");
        Assert.Equal(GuestArchitecture.Arm64, bench.Catalog.Load("e").Edition.Architecture);
    }

    [Theory]
    [InlineData("{kind: console, terminal: tty1, command: [/bin/sh]}", "tty1")]
    [InlineData("{kind: console, terminal: ttyS0, command: [/usr/bin/bash, -l]}", "ttyS0")]
    [InlineData("{kind: console, terminal: tty1, command: [/usr/sbin/getty, tty1]}", null)]
    [InlineData("{kind: once, command: [/bin/sh, /x]}", null)]
    public void WarningOf_ShellOnATerminal_NamesItAndItsCapability(string service, string? terminal)
    {
        using Workbench bench = new();
        bench.Capability("open", $"provides: {{init-system: busybox}}\nservices: {{s: {service}}}");
        string? warning = OpenConsoles.WarningOf(bench.Load("open"));
        Assert.Equal(terminal is not null, warning is not null);
        Assert.Equal(terminal is not null, warning?.Contains($"has its {terminal} (capability open)", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Load_EmptyBlueprint_NamesEveryKeyThatIsMissing()
    {
        using Workbench bench = new();
        bench.Write("editions/e/edition.yaml", "title: x\n");
        StrataException e = Assert.Throws<StrataException>(() => bench.Catalog.Load("e"));
        Assert.All(["edition", "version", "kernel", "capabilities"], key => Assert.Contains($"'{key}' is missing", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_Circle_IsShownAsTheWayThroughIt()
    {
        using Workbench bench = new();
        bench.Capability("top", "requires: [a]").Capability("a", "requires: [b]").Capability("b", "requires: [c]").Capability("c", "requires: [a]");
        StrataException e = Assert.Throws<StrataException>(() => bench.Load("top"));
        Assert.Contains("c.yaml:3:12: capabilities require each other in a circle: a → b → c → a", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Requirements_ComeBeforeWhoAsksAndOnce()
    {
        using Workbench bench = new();
        bench.Capability("base", "").Capability("a", "requires: [base]").Capability("b", "requires: [a, base]");
        Blueprint blueprint = bench.Load("b, a");
        Assert.Equal(["base", "a", "b"], blueprint.Capabilities.Select(c => c.Name));
        Assert.Equal("a", blueprint.RequiredBy["base"]);
        Assert.Equal("linux-small", blueprint.KernelPackage);
    }

    [Fact]
    public void Load_KernelProfile_HasTheFragmentsOfItsCapabilitiesToo_AndEveryFileCounts()
    {
        using Workbench bench = new();
        bench.Write("kernel/profiles/own.yaml", "profile: own\ndescription: d\nfragments: [a]\n");
        bench.Write("kernel/fragments/a.config", "# A.\nCONFIG_A=y\n");
        bench.Write("kernel/fragments/b.config", "# B.\nCONFIG_B=y\n");
        bench.Capability("c", "kernel: {fragments: [b], optional-modules: [ena], modules: [\"fs/*\"], firmware: [fw]}");
        bench.Write("editions/e/edition.yaml", "edition: e\nversion: \"1\"\nkernel: own\nkernel-modules: all\ncapabilities: [c]\n");
        Blueprint blueprint = bench.Catalog.Load("e");
        Assert.Null(blueprint.KernelPackage);
        Assert.Equal(["a", "b"], blueprint.KernelProfile!.Fragments.Select(f => f.Name));
        Assert.True(blueprint.Edition.TakesAllModules);
        bench.Write("kernel/fragments/b.config", "# B.\nCONFIG_B=m\n");
        Assert.NotEqual(blueprint.Digest, bench.Catalog.Load("e").Digest);
        bench.Capability("c", "kernel: {optional-fragments: [b]}");
        Assert.Equal(["a", "b"], bench.Catalog.Load("e").KernelProfile!.Fragments.Select(f => f.Name));
        bench.Capability("c", "kernel: {fragments: [bb]}");
        Assert.Contains("c.yaml:3:22: unknown kernel fragment 'bb' (did you mean 'b'?)", Assert.Throws<StrataException>(() => bench.Catalog.Load("e")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../editions/e/edition")]
    [InlineData("/etc/passwd")]
    [InlineData("Upper")]
    public void Load_CapabilityThatIsAPath_IsUnknown(string name)
    {
        using Workbench bench = new();
        Assert.Contains($"unknown capability '{name}'", Assert.Throws<StrataException>(() => bench.Load($"\"{name}\"")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AnythingThatIsReadChanges_ChangesTheDigest()
    {
        using Workbench bench = new();
        bench.Write("capabilities/own/x", "1");
        bench.Capability("a", "files:\n  /x: {source: own/x}");
        HashSet<Sha256Digest> digests = [bench.Load("a").Digest];
        Assert.False(digests.Add(bench.Load("a").Digest));
        bench.Write("capabilities/own/x", "2");
        Assert.True(digests.Add(bench.Load("a").Digest));
        bench.Write("kernel/small.yaml", "kernel: small\npackages: {amd64: linux-other}\n");
        Assert.True(digests.Add(bench.Load("a").Digest));
        Assert.True(digests.Add(bench.Load("a", "title: T").Digest));
    }

    [Fact]
    public void FindEdition_UnknownName_ListsThoseThereAre()
    {
        using Workbench bench = new();
        bench.Write("editions/nano/edition.yaml", "edition: nano\n");
        StrataException e = Assert.Throws<StrataException>(() => bench.Catalog.FindEdition("naon"));
        Assert.Contains("did you mean 'nano'?", e.Message, StringComparison.Ordinal);
        Assert.Contains("nano", e.Hint, StringComparison.Ordinal);
    }
}
