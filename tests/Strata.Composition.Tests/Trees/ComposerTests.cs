using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Trees;

public class ComposerTests
{
    private const string Multiarch = "/usr/lib/x86_64-linux-gnu/";

    [Fact]
    public async Task Programs_BringLoaderLibrariesAndLinksAndNothingElse()
    {
        using Workbench bench = Tool();
        bench.Capability("c", "packages: {tool: {programs: [tool]}}");
        (FileTree tree, IReadOnlySet<string> used, _) = await bench.ComposeAsync("c");
        Assert.Equal(
            [
                "/usr/bin/tool",
                "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
                "/usr/lib/x86_64-linux-gnu/libc.so.6",
                "/usr/lib/x86_64-linux-gnu/libz.so.1 -> libz.so.1.3",
                "/usr/lib/x86_64-linux-gnu/libz.so.1.3",
                "/usr/lib64/ld-linux-x86-64.so.2 -> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            ],
            Workbench.Names(tree));
        Assert.Equal(["libc6", "tool", "zlib1g"], used.Order(StringComparer.Ordinal));
        Assert.True(tree.TryGet(GuestPath.Parse(Multiarch + "libz.so.1"), out TreeEntry library));
        Assert.Equal(new Origin("c", "zlib1g", "library libz.so.1 of /usr/bin/tool"), library.Origin);
    }

    [Fact]
    public async Task Programs_MissingLibrary_NamesWhoNeedsIt()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("tool").Elf("/usr/bin/tool", new TinyElf { IsPie = true, Needed = ["libgone.so.9"] }));
        bench.Capability("c", "packages: {tool: {programs: [tool]}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ComposeAsync("c"));
        Assert.Contains("/usr/bin/tool of package tool needs library libgone.so.9, which none of the packages brings", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_MissingLibrary_IsAWarning()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("tool").Elf("/usr/lib/tool/plugin.so", new TinyElf { Needed = ["libgone.so.9"] }));
        bench.Capability("c", "packages: {tool: {}}");
        Assert.Contains(
            "/usr/lib/tool/plugin.so of package tool needs library libgone.so.9, which none of the packages brings; it cannot be loaded",
            (await bench.ComposeAsync("c")).Warnings);
    }

    [Fact]
    public async Task Programs_LibraryOfAnotherMachine_DoesNotCount()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("tool").Elf("/usr/bin/tool", new TinyElf { Needed = ["libx.so.1"] })
            .Elf(Multiarch + "libx.so.1", new TinyElf { Soname = "libx.so.1", Machine = 183 }).Elf("/usr/lib/libx.so.1", TinyElf.Library("libx.so.1")));
        bench.Capability("c", "packages: {tool: {programs: [tool]}}");
        Assert.Equal(["/usr/bin/tool", "/usr/lib/libx.so.1"], Workbench.Names((await bench.ComposeAsync("c")).Tree));
    }

    [Fact]
    public async Task Programs_Runpath_IsSearchedFromTheRealPlaceOfTheProgram()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("tool").Link("/usr/bin/tool", "../share/tool/bin/tool")
            .Elf("/usr/share/tool/bin/tool", new TinyElf { Needed = ["libp.so"], Runpath = "/nowhere:${ORIGIN}/../private" })
            .Elf("/usr/share/tool/private/libp.so", TinyElf.Library("libp.so")));
        bench.Capability("c", "packages: {tool: {programs: [tool]}}");
        Assert.Equal(
            ["/usr/bin/tool -> ../share/tool/bin/tool", "/usr/share/tool/bin/tool", "/usr/share/tool/private/libp.so"],
            Workbench.Names((await bench.ComposeAsync("c")).Tree));
    }

    [Fact]
    public async Task Programs_ChainThroughALinkedDirectory_TakesEveryLinkOnTheWay()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("tool").Link("/usr/bin/a", "b").Link("/usr/bin/b", "/opt/current/c").File("/opt/v1/c", "x"))
            .Package(new DebBuilder("opt").Link("/opt/current", "v1"));
        bench.Capability("c", "packages: {tool: {programs: [a]}}");
        Assert.Equal(["/opt/current -> v1", "/opt/v1/c", "/usr/bin/a -> b", "/usr/bin/b -> /opt/current/c"], Workbench.Names((await bench.ComposeAsync("c")).Tree));
    }

    [Theory]
    [InlineData("/proc/self/x")]
    [InlineData("tool")]
    public async Task Programs_LinkThatLeadsNowhere_IsTakenAlone(string target)
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("tool").Link("/usr/bin/tool", target)).Capability("c", "packages: {tool: {programs: [tool]}}");
        Assert.Equal([$"/usr/bin/tool -> {target}"], Workbench.Names((await bench.ComposeAsync("c")).Tree));
    }

    [Fact]
    public async Task Programs_LinkWithATooLongName_IsNoCrash()
    {
        using Workbench bench = new();
        string target = new('n', 256);
        bench.Package(new DebBuilder("tool").Link("/usr/bin/tool", target)).Capability("c", "packages: {tool: {programs: [tool]}}");
        Assert.Equal([$"/usr/bin/tool -> {target}"], Workbench.Names((await bench.ComposeAsync("c")).Tree));
    }

    [Theory]
    [InlineData("required", false)]
    [InlineData("recommended", true)]
    [InlineData("suggested", true)]
    public async Task Programs_DlopenNote_RequiredMustBeThere(string priority, bool composes)
    {
        using Workbench bench = new();
        string note = $$"""[{"feature":"f","description":"filters","priority":"{{priority}}","soname":["libno.so.1"]}]""";
        bench.Package(new DebBuilder("tool").Elf("/usr/bin/tool", new TinyElf { IsPie = true, DlopenNote = note })).Capability("c", "packages: {tool: {programs: [tool]}}");
        Exception? e = await Record.ExceptionAsync(() => bench.ComposeAsync("c"));
        Assert.Equal(composes ? null : "opens libno.so.1 (filters)", e is null ? null : e.Message.Contains("opens libno.so.1 (filters)", StringComparison.Ordinal) ? "opens libno.so.1 (filters)" : e.Message);
    }

    [Fact]
    public async Task Slices_WrongNames_AreAllToldWithPlacesAndSuggestions()
    {
        using Workbench bench = Tool();
        bench.Capability("c", "packages:\n  tool: {programs: [tol], files: [/etc/*.conf], except: [/etc/x]}\n  absent: {}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ComposeAsync("c"));
        Assert.Contains("c.yaml:4:3: package 'tool' has no program 'tol' (did you mean 'tool'?)", e.Message, StringComparison.Ordinal);
        Assert.Contains("c.yaml:4:3: '/etc/*.conf' names nothing in package tool", e.Message, StringComparison.Ordinal);
        Assert.Contains("c.yaml:4:3: '/etc/x' below 'except' is nothing that package 'tool' would bring otherwise", e.Message,
            StringComparison.Ordinal);
        Assert.Contains("c.yaml:5:3: package 'absent' is not in the lock", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Except_BesideProgramsAlone_IsAnError()
    {
        using Workbench bench = Tool();
        bench.Capability("c", "packages: {tool: {programs: [tool], except: [/usr/bin/tool]}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ComposeAsync("c"));
        Assert.Contains("'/usr/bin/tool' below 'except' is nothing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_OfTwoCapabilitiesWithOtherModes_IsAnErrorThatNamesBoth()
    {
        using Workbench bench = new();
        bench.Capability("a", "directories: {/etc/keys: {mode: \"0700\"}}").Capability("b", "directories: {/etc/keys: {}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ComposeAsync("a, b"));
        Assert.Contains("capability 'b' gives /etc/keys the mode 0755, capability 'a' before it 0700", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_OfAnyPackage_BringTheirLibraries()
    {
        using Workbench bench = Tool();
        bench.Package(new DebBuilder("extra").Elf(Multiarch + "plug/a.so", TinyElf.Library("a.so", "libz.so.1")).Elf(Multiarch + "plug/b.so", TinyElf.Library("b.so")));
        bench.Capability("c", $"packages: {{tool: {{plugins: [{Multiarch}plug/*.so], except: [{Multiarch}plug/b.so]}}}}");
        Assert.Equal([Multiarch + "libc.so.6", Multiarch + "libz.so.1 -> libz.so.1.3", Multiarch + "libz.so.1.3", Multiarch + "plug/a.so"], Workbench.Names((await bench.ComposeAsync("c")).Tree));
    }

    [Fact]
    public async Task WholePackage_LosesWhatPolicyDropsAndExceptNames_KeepWins()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").Directory("/usr").Directory("/usr/share/doc").File("/usr/share/doc/p/copyright", "c").File("/usr/share/doc/p/readme", "r")
            .File("/usr/share/man/man1/p.1", "m").File("/usr/share/p/a", "a").File("/usr/share/p/b", "b").File("/etc/cron.d/p", "x"));
        bench.Capability("c", "packages: {p: {except: [/usr/share/p/b]}}");
        (FileTree tree, _, _) = await bench.ComposeAsync("c", "keep: [/usr/share/doc/*/copyright]");
        Assert.Equal(["/usr/share/doc/p/copyright", "/usr/share/p/a"], Workbench.Names(tree));
        Assert.False((await bench.ComposeAsync("c")).Tree.Contains(GuestPath.Parse("/usr/share/doc")), "an emptied directory of policy stayed");
    }

    [Fact]
    public async Task WholePackage_BringsItsEmptyDirectoriesWithModeAndOwner()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").Directory("/var").Directory("/var/lib").Directory("/var/lib/p", 0x5C0, 5, 6)
            .Directory("/usr/share/doc").Directory("/usr/share/doc/p"));
        bench.Capability("c", "packages: {p: {}}");
        (FileTree tree, IReadOnlySet<string> used, _) = await bench.ComposeAsync("c");
        Assert.Equal("/var/ dir 0755\n/var/lib/ dir 0755\n/var/lib/p/ dir 2700 5:6\n", TreeDump.Of(tree));
        Assert.Equal(["p"], used);
    }

    // what apt would do with these: the first alternative that is there, who provides a name, what is needed by what is needed
    [Fact]
    public async Task WholeWithDepends_TakesEveryPackageThatAptWouldInstall()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("app").Field("Pre-Depends", "early").Field("Depends", "gone | second (>= 2) | lib (>= 1), name (= 3)")
                .Field("Recommends", "liked").File("/a", "a").File("/usr/share/doc/app/x", "x"))
            .Package(new DebBuilder("early").File("/e", "e")).Package(new DebBuilder("second", "1").File("/s", "s"))
            .Package(new DebBuilder("lib").Field("Depends", "deep, app, dpkg").File("/l", "l"))
            .Package(new DebBuilder("deep").Directory("/var/deep").File("/d", "d").File("/d-not", "d"))
            .Package(new DebBuilder("provides").Field("Provides", "name (= 3)").File("/p", "p"))
            .Package(new DebBuilder("another").Field("Provides", "name (= 2)").File("/n", "n"))
            .Package(new DebBuilder("liked").File("/r", "r"));
        bench.Capability("c", "packages: {app: {whole-with: depends, except: [/d-not]}}");
        (FileTree tree, IReadOnlySet<string> used, _) = await bench.ComposeAsync("c");
        Assert.Equal(["/a", "/d", "/e", "/l", "/p"], Workbench.Names(tree));
        Assert.Equal(["app", "deep", "early", "lib", "provides"], used.Order(StringComparer.Ordinal));
        Assert.True(tree.TryGet(GuestPath.Parse("/d"), out TreeEntry entry));
        Assert.Equal(new Origin("c", "deep", "dependency of app"), entry.Origin);
        Assert.True(tree.Contains(GuestPath.Parse("/var/deep")));
    }

    [Fact]
    public async Task OldPlaces_AreMergedIntoUsr()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").Directory("/bin").File("/bin/p", "p", Modes.Folder).File("/lib/p/x", "x"));
        bench.Capability("c", "packages: {p: {}}\nlinks: {/bin: usr/bin}").Capability("d", "packages: {p: {programs: [/bin/p]}}");
        Assert.Equal(["/bin -> usr/bin", "/usr/bin/p", "/usr/lib/p/x"], Workbench.Names((await bench.ComposeAsync("c")).Tree));
        Assert.Equal(["/usr/bin/p"], Workbench.Names((await bench.ComposeAsync("d")).Tree));
    }

    [Fact]
    public async Task HardLinks_StayHardLinks_EmptyFilesDoNotBecomeThem()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/usr/bin/a", "same").HardLink("/usr/bin/b", "/usr/bin/a").File("/usr/bin/e1", "").File("/usr/bin/e2", ""));
        bench.Capability("c", "packages: {p: {}}");
        string dump = TreeDump.Of((await bench.ComposeAsync("c")).Tree);
        Assert.Contains("/usr/bin/b file 0644 0967115f = /usr/bin/a\n", dump, StringComparison.Ordinal);
        Assert.EndsWith("/usr/bin/e2 file 0644 e3b0c442\n", dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoPackages_ThatDisagreeAboutAPath_AreBothNamed()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("one").File("/usr/bin/x", "1")).Package(new DebBuilder("two").File("/usr/bin/x", "2"));
        bench.Capability("c", "packages: {one: {}, two: {}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ComposeAsync("c"));
        Assert.Contains("package two, capability c", e.Message, StringComparison.Ordinal);
        Assert.Contains("already a file of 1 bytes of package one", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slice_OfThePackageThatComesSecondByName_TakesItsOwnFiles()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("one").Directory("/usr").Directory("/usr/bin").File("/usr/bin/x", "1"))
            .Package(new DebBuilder("two").Directory("/usr").Directory("/usr/bin").File("/usr/bin/x", "2"));
        bench.Capability("c", "packages: {two: {}}");
        (FileTree tree, IReadOnlySet<string> used, _) = await bench.ComposeAsync("c");
        Assert.Equal("2", bench.Text(tree, "/usr/bin/x"));
        Assert.Equal(["two"], used);
    }

    [Fact]
    public async Task Modes_OfAFileOfAPackage_StandForItsOwnUnderEveryName()
    {
        using Workbench bench = new();
        bench.Package(
            new DebBuilder("p").File("/usr/bin/p", "p", 0x9ED).HardLink("/usr/bin/also", "/usr/bin/p").File("/usr/bin/other", "o", 0x9ED));
        bench.Capability("c", "packages: {p: {modes: {/usr/bin/p: \"0755\"}}}");
        string dump = TreeDump.Of((await bench.ComposeAsync("c")).Tree);
        Assert.Contains("/usr/bin/p file 0755 ", dump, StringComparison.Ordinal);
        Assert.Contains("/usr/bin/also file 0755 ", dump, StringComparison.Ordinal);
        Assert.Contains("/usr/bin/other file 4755 ", dump, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/usr/bin/pp", "c.yaml:3:31: no file /usr/bin/pp of package 'p' is taken (did you mean '/usr/bin/p'?)")]
    [InlineData("/usr/bin/left-out", "no file /usr/bin/left-out of package 'p' is taken")]
    [InlineData("/usr/bin/of-another", "no file /usr/bin/of-another of package 'p' is taken")]
    public async Task Modes_OfWhatIsNotTaken_AreAFault(string path, string problem)
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/usr/bin/p", "p").File("/usr/bin/left-out", "l"))
            .Package(new DebBuilder("q").File("/usr/bin/of-another", "a"));
        bench.Capability("c", $"packages: {{q: {{}}, p: {{modes: {{{path}: \"0755\"}}, programs: [p]}}}}");
        Assert.Contains(
            problem, (await Assert.ThrowsAsync<StrataException>(() => bench.ComposeAsync("c"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Own_WhereAnotherHasSomething_IsToldTheWordThatReplacesIt()
    {
        using Workbench bench = new();
        bench.Capability("zones", "links: {/etc/localtime: /usr/share/zoneinfo/Etc/UTC}")
            .Capability("mine", "requires: [zones]\nlinks: {/etc/localtime: /usr/share/zoneinfo/Europe/Berlin}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ComposeAsync("mine"));
        Assert.Contains("cannot add /etc/localtime", e.Message, StringComparison.Ordinal);
        Assert.Contains("'replaces: [/etc/localtime]'", e.Hint, StringComparison.Ordinal);
        // and the hint helps
        bench.Capability(
            "mine", "requires: [zones]\nreplaces: [/etc/localtime]\nlinks: {/etc/localtime: /usr/share/zoneinfo/Europe/Berlin}");
        Assert.Equal(["/etc/localtime -> /usr/share/zoneinfo/Europe/Berlin"], Workbench.Names((await bench.ComposeAsync("mine")).Tree));
    }

    [Theory]
    [InlineData(0x1C0, 5, 6, "0700 5:6")]
    [InlineData(0x1C0, 0, 0, "0700")]
    [InlineData(Modes.Program, 5, 0, "0755 5:0")]
    [InlineData(Modes.Program, 0, 6, "0755 0:6")]
    [InlineData(Modes.Program, 0, 0, "0755")]
    public async Task Slice_OfAFileInAClosedDirectory_LeavesItClosed(int mode, uint user, uint group, string expected)
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").Directory("/etc").Directory("/etc/keys", mode, user, group).File("/etc/keys/k", "k"));
        bench.Capability("c", "packages: {p: {files: [/etc/keys/k]}}");
        Assert.Equal(
            $"/etc/ dir 0755\n/etc/keys/ dir {expected}\n/etc/keys/k file 0644 8254c329\n", TreeDump.Of((await bench.ComposeAsync("c")).Tree));
    }

    private static Workbench Tool()
    {
        Workbench bench = new();
        return bench
            .Package(new DebBuilder("tool").Directory("/usr/bin").Elf("/usr/bin/tool", TinyElf.Program("libz.so.1", "libc.so.6")).File("/usr/bin/other", "#!/bin/sh\n"))
            .Package(new DebBuilder("zlib1g").Link(Multiarch + "libz.so.1", "libz.so.1.3").Elf(Multiarch + "libz.so.1.3", TinyElf.Library("libz.so.1", "libc.so.6")))
            .Package(new DebBuilder("libc6").Link("/lib64/ld-linux-x86-64.so.2", "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
                .Elf("/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", TinyElf.Library("ld-linux-x86-64.so.2")).Elf("/lib/x86_64-linux-gnu/libc.so.6", TinyElf.Library("libc.so.6")));
    }
}
