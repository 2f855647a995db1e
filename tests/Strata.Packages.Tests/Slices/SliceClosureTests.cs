using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Listings;
using Strata.Packages.Slices;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Packages.Tests.Slices;

public class SliceClosureTests
{
    private const string Private = "/usr/lib/app/";

    [Fact]
    public async Task Take_Twice_ReturnsOnlyWhatIsNew()
    {
        PackageSet set = await SetAsync(new DebBuilder("p")
            .Elf("/usr/bin/a", new TinyElf { Needed = ["libx.so.1"] }).Elf("/usr/bin/b",
                new TinyElf { Needed = ["libx.so.1", "/usr/lib/liby.so"] })
            .Elf("/usr/lib/libx.so.1", TinyElf.Library("libx.so.1")).Elf("/usr/lib/liby.so", TinyElf.Library("liby.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Assert.Equal(["/usr/bin/a program", "/usr/lib/libx.so.1 library libx.so.1 of /usr/bin/a"], Take("/usr/bin/a"));
        Assert.Equal(["/usr/bin/b program", "/usr/lib/liby.so library /usr/lib/liby.so of /usr/bin/b"], Take("/usr/bin/b"));
        Assert.Empty(Take("/usr/bin/a"));
        Assert.Empty(closure.Problems);

        IEnumerable<string> Take(string path) =>
            closure.Take(set.TryGet(GuestPath.Parse(path), out PackagedEntry? entry) ? entry : null!, "program").Select(t =>
                $"{t.Entry.Path} {t.Reason}");
    }

    [Theory]
    [InlineData("$ORIGIN/../lib/own", "/usr/lib/own/libx.so")]
    [InlineData("/gone:/usr/$LIB/own", "/usr/lib/x86_64-linux-gnu/own/libx.so")]
    [InlineData("relative", null)]
    [InlineData("${ORIGIN}/../lib/own", "/usr/lib/own/libx.so")]
    [InlineData("/usr/${LIB}/own", "/usr/lib/x86_64-linux-gnu/own/libx.so")]
    [InlineData(":/gone::/usr/lib/own:/usr/$LIB/own", "/usr/lib/own/libx.so")] // the first that has it
    [InlineData("/lib/own", "/usr/lib/own/libx.so")] // as of before /usr was merged
    public async Task Take_Runpath_IsExpanded(string runpath, string? expected)
    {
        PackageSet set = await SetAsync(new DebBuilder("p").Elf("/usr/bin/a",
            new TinyElf { IsPie = true, Needed = ["libx.so"], Runpath = runpath })
            .Elf("/usr/lib/own/libx.so", TinyElf.Library("libx.so")).Elf("/usr/lib/x86_64-linux-gnu/own/libx.so",
                TinyElf.Library("libx.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Assert.True(set.TryGet(GuestPath.Parse("/usr/bin/a"), out PackagedEntry? program));
        Assert.Equal(expected, closure.Take(program, "program").Skip(1).SingleOrDefault()?.Entry.Path.ToString());
        Assert.Equal(expected is null, closure.Problems.Count == 1);
    }

    // what a program opens when it is there need not be there
    [Theory]
    [InlineData("required", true, true)]
    [InlineData("recommended", false, true)]
    [InlineData("suggested", false, false)]
    public async Task Take_LibraryThatIsOpened_IsMissedOnlyWhenItIsRequired(string priority, bool isMissed, bool isTaken)
    {
        string note = $$"""[{"soname":["libx.so.2","libx.so.1"],"feature":"f","description":"d","priority":"{{priority}}"}]""";
        DebBuilder package = new DebBuilder("p").Elf("/usr/bin/a", new TinyElf { IsPie = true, DlopenNote = note });
        PackageSet without = await SetAsync(package);
        SliceClosure closure = new(without, GuestArchitecture.Amd64);
        Assert.Equal(["/usr/bin/a"], Taken(closure, without, "/usr/bin/a"));
        Assert.Equal(isMissed ? 1 : 0, closure.Problems.Count);
        PackageSet with = await SetAsync(package.Elf("/usr/lib/libx.so.1", TinyElf.Library("libx.so.1")));
        closure = new(with, GuestArchitecture.Amd64);
        Assert.Equal(isTaken ? ["/usr/bin/a", "/usr/lib/libx.so.1"] : ["/usr/bin/a"], Taken(closure, with, "/usr/bin/a"));
        Assert.Empty(closure.Problems);
    }

    // the package of the name before who provides it, and the first alternative that is there; each once
    [Theory]
    [InlineData("b", "a b c")]
    [InlineData("b (>= 2)", "a p c")] // p provides b (= 2)
    [InlineData("b (>= 3)", "a")]
    [InlineData("b (= 1)", "a b c")]
    [InlineData("x | b | c", "a b c")]
    [InlineData("c | b", "a c")]
    [InlineData("v", "a p c")]
    [InlineData("v (>= 1)", "a")] // provided without a version
    [InlineData("w", "a p c")]
    [InlineData("a, b", "a b c")]
    [InlineData("c, b", "a c b")]
    public async Task DependencyClosure_Relations_AreFollowed(string depends, string closure)
    {
        PackageSet set = await SetAsync(
            new DebBuilder("a").Field("Depends", depends),
            new DebBuilder("p", "9").Field("Provides", "b (= 2), v, w (= 1)").Field("Depends", "c"),
            new DebBuilder("b", "1").Field("Pre-Depends", "c"), new DebBuilder("c").Field("Depends", "a"));
        Assert.True(set.TryGetPackage("a", out ListedPackage? package));
        Assert.Equal(closure, string.Join(' ', DependencyClosure.Of(package, set).Select(p => p.Name)));
    }

    [Theory]
    [InlineData("/usr/lib/old", null, "/usr/lib/old/libx.so")]
    [InlineData("/usr/lib/old", "/usr/lib/new", "/usr/lib/new/libx.so")] // ld.so(8): DT_RPATH counts only where there is no DT_RUNPATH
    [InlineData("/usr/lib/old", "/nowhere", null)]
    public async Task Take_RpathAndRunpath_TheNewerCounts(string rpath, string? runpath, string? expected)
    {
        PackageSet set = await SetAsync(
            new DebBuilder("p").Elf("/usr/bin/a", new TinyElf { IsPie = true, Needed = ["libx.so"], Rpath = rpath, Runpath = runpath })
            .Elf("/usr/lib/old/libx.so", TinyElf.Library("libx.so")).Elf("/usr/lib/new/libx.so", TinyElf.Library("libx.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Assert.True(set.TryGet(GuestPath.Parse("/usr/bin/a"), out PackagedEntry? program));
        Assert.Equal(expected, closure.Take(program, "program").Skip(1).SingleOrDefault()?.Entry.Path.ToString());
    }

    // systemd: its core library needs a neighbour that only the program knows how to find
    [Fact]
    public async Task Take_LibraryThatTheProgramHasLoadedBefore_CountsForItsLibraries()
    {
        PackageSet set = await SetAsync(new DebBuilder("p")
            .Elf("/usr/bin/a", new TinyElf { IsPie = true, Needed = ["libcore.so", "libshared.so"], Runpath = Private })
            .Elf(Private + "libcore.so", TinyElf.Library("libcore.so", "libshared.so")).Elf(Private + "libshared.so",
                TinyElf.Library("libshared.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Assert.Equal(["/usr/bin/a", Private + "libcore.so", Private + "libshared.so"], Taken(closure, set, "/usr/bin/a"));
        Assert.Empty(closure.Problems);
    }

    [Fact]
    public async Task Take_LibraryThatIsLoadedOnlyLater_DoesNotCount()
    {
        // breadth first: libone is asked for its own before libtwo has brought libshared
        PackageSet set = await SetAsync(new DebBuilder("p")
            .Elf("/usr/bin/a", new TinyElf { IsPie = true, Needed = ["libone.so", "libtwo.so"] })
            .Elf("/usr/lib/libone.so", TinyElf.Library("libone.so", "libshared.so"))
            .Elf("/usr/lib/libtwo.so", new TinyElf { Soname = "libtwo.so", Needed = ["libshared.so"], Runpath = Private })
            .Elf(Private + "libshared.so", TinyElf.Library("libshared.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Taken(closure, set, "/usr/bin/a");
        Assert.Equal(
            "/usr/bin/a of package p cannot start: /usr/lib/libone.so of package p needs library libshared.so, "
            + "which none of the packages brings where the loader looks (/usr/lib/app/libshared.so of package p is not there)",
            Assert.Single(closure.Problems));
    }

    [Theory]
    [InlineData(true, false, null, true)] // DT_RPATH counts for what a program loads, and for what that loads
    [InlineData(false, true, null, false)] // DT_RUNPATH for the program's own libraries alone
    [InlineData(true, true, null, false)] // and takes DT_RPATH away from those below too
    [InlineData(true, false, "/nowhere", false)] // a library with DT_RUNPATH asks nobody above it
    [InlineData(false, true, Private, true)]
    public async Task Take_SearchPathOfTheProgram_IsInheritedWhenItIsOfTheOldKind(
        bool isRpath, bool isRunpath, string? ofLibrary, bool isFound)
    {
        PackageSet set = await SetAsync(new DebBuilder("p")
            .Elf("/usr/bin/a",
                new TinyElf
                {
                    IsPie = true, Needed = ["libone.so"], Rpath = isRpath ? Private : null, Runpath = isRunpath ? Private : null,
                })
            .Elf(Private + "libone.so", new TinyElf { Soname = "libone.so", Needed = ["libdeep.so"], Runpath = ofLibrary })
            .Elf(Private + "libdeep.so", TinyElf.Library("libdeep.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Assert.Equal(isFound, Taken(closure, set, "/usr/bin/a").Contains(Private + "libdeep.so"));
        Assert.Equal(isFound, closure.Problems.Count == 0);
    }

    [Fact]
    public async Task Take_ProgramsThatMissALibraryDeepDown_AreNamedWithTheChain()
    {
        PackageSet set = await SetAsync(
            new DebBuilder("p").Elf("/usr/bin/a", new TinyElf { IsPie = true, Needed = ["libx.so.1"] }).Elf("/usr/bin/b",
                new TinyElf { IsPie = true, Needed = ["libx.so.1"] }),
            new DebBuilder("x").Link("/usr/lib/libx.so.1", "libx.so.1.2").Elf("/usr/lib/libx.so.1.2",
                TinyElf.Library("libx.so.1", "liby.so")),
            new DebBuilder("y").Elf("/usr/lib/liby.so", TinyElf.Library("liby.so", "libgone.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Taken(closure, set, "/usr/bin/a");
        Taken(closure, set, "/usr/bin/b");
        Assert.Equal(
            "/usr/bin/a of package p cannot start: /usr/lib/liby.so of package y needs library libgone.so, "
            + "which none of the packages brings (/usr/bin/a → libx.so.1.2 → liby.so); 1 other program cannot start for that reason",
            Assert.Single(closure.Problems));
        Assert.Empty(closure.Warnings);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // Debian 13: dumpmscat of samba does not start there either
    public async Task Take_ProgramOfAWholePackageThatStartsNowhere_IsAWarning(bool isNamed)
    {
        PackageSet set = await SetAsync(new DebBuilder("p")
            .Elf("/usr/bin/a", new TinyElf { IsPie = true, Needed = ["libone.so"], Runpath = Private })
            .Elf("/usr/bin/b", new TinyElf { IsPie = true, Needed = ["libone.so", "libtwo.so"], Runpath = Private })
            .Elf(Private + "libone.so", TinyElf.Library("libone.so", "libtwo.so"))
            .Elf(Private + "libtwo.so", TinyElf.Library("libtwo.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Taken(closure, set, "/usr/bin/b"); // it has the library, which does not help the other
        Assert.True(set.TryGet(GuestPath.Parse("/usr/bin/a"), out PackagedEntry? program));
        closure.Take(program, "whole package", isNamed);
        Assert.StartsWith(
            "/usr/bin/a of package p cannot start: /usr/lib/app/libone.so of package p needs library libtwo.so",
            Assert.Single(isNamed ? closure.Problems : closure.Warnings), StringComparison.Ordinal);
        Assert.Empty(isNamed ? closure.Warnings : closure.Problems);
    }

    [Fact]
    public async Task Take_PluginsThatCannotBeLoaded_AreAWarning()
    {
        PackageSet set = await SetAsync(new DebBuilder("p")
            .Elf(Private + "one.so", new TinyElf { Needed = ["libgone.so"] }).Elf(Private + "two.so",
                new TinyElf { Needed = ["libgone.so"] }));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Taken(closure, set, Private + "one.so");
        Taken(closure, set, Private + "two.so");
        Assert.Empty(closure.Problems);
        Assert.Equal(
            "/usr/lib/app/one.so of package p needs library libgone.so, which none of the packages brings; "
            + "it cannot be loaded, nor can 1 more of that package",
            Assert.Single(closure.Warnings));
    }

    // as the tests of Go's compiler come with its source: nobody starts them
    [Theory]
    [InlineData(Modes.File, false)]
    [InlineData(0b110_100_101, true)]
    [InlineData(Modes.Program, true)]
    public async Task Take_ProgramThatNoModeStarts_IsData(int mode, bool isFault)
    {
        byte[] program = new TinyElf { IsPie = true, Needed = ["libgone.so"] }.ToBytes();
        PackageSet set = await SetAsync(new DebBuilder("p").File("/usr/share/p/testdata/a.elf", program, mode));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Taken(closure, set, "/usr/share/p/testdata/a.elf");
        Assert.Equal(isFault, closure.Problems.Count > 0);
        Assert.Equal(!isFault, closure.Warnings.Count > 0);
    }

    [Fact]
    public async Task Take_PluginOfWhatAProgramHasLoaded_IsNoWarning()
    {
        PackageSet set = await SetAsync(
            new DebBuilder("p").Elf("/usr/bin/a", new TinyElf { IsPie = true, Needed = ["libown.so.1"], Runpath = Private })
                .Elf(Private + "libown.so.1", TinyElf.Library("libown.so.1")),
            new DebBuilder("plugin").Elf(Private + "plugins/one.so", new TinyElf { Needed = ["libown.so.1"] }));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Taken(closure, set, Private + "plugins/one.so"); // its program comes later
        Assert.Single(closure.Warnings);
        Taken(closure, set, "/usr/bin/a");
        Assert.Empty(closure.Warnings);
    }

    [Theory]
    [InlineData("libgl.so")]
    [InlineData("codecs/libgl.so")]
    public async Task Take_LibraryOfAPrivateFolder_BringsItsNeighbour(string neighbour)
    {
        PackageSet set = await SetAsync(new DebBuilder("p")
            .Elf(Private + "libxul.so", TinyElf.Library("libxul.so", "libgl.so")).Elf(Private + neighbour, TinyElf.Library("libgl.so")));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Assert.Equal([Private + "libxul.so", Private + neighbour], Taken(closure, set, Private + "libxul.so"));
        Assert.Empty(closure.Warnings);
    }

    [Fact]
    public async Task Take_ProgramOfAnotherMachine_IsAWarning()
    {
        PackageSet set = await SetAsync(new DebBuilder("p").Elf("/usr/libexec/for-arm",
            new TinyElf { IsPie = true, Machine = 183, Needed = ["libc.so.6"] }));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Taken(closure, set, "/usr/libexec/for-arm");
        Assert.Empty(closure.Problems);
        Assert.Single(closure.Warnings);
    }

    [Theory]
    [InlineData("update-alternatives --install /usr/lib/libla.so.3 libla.so.3-x /usr/lib/{0}/libla.so.3 {1}\n")]
    [InlineData("\tupdate-alternatives --quiet \\\n  --install /usr/lib/libother.so other /usr/lib/{0}/other {1}"
        + " \\\n --slave \"/usr/lib/libla.so.3\" libla.so.3-x /usr/lib/{0}/libla.so.3\n")]
    public async Task Take_LibraryOfAnAlternative_IsThatOfTheHighestPriority(string call)
    {
        DebBuilder Lapack(string name, int priority) => new DebBuilder(name).Elf($"/usr/lib/{name}/libla.so.3",
            TinyElf.Library("libla.so.3"))
            .Script("postinst", "#!/bin/sh\n" + string.Format(null, call, name, priority));
        PackageSet set = await SetAsync(
            new DebBuilder("a").Elf("/usr/bin/a",
                new TinyElf { IsPie = true, Needed = ["libla.so.3"] }), Lapack("fast", 100), Lapack("plain", 10));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Assert.True(set.TryGet(GuestPath.Parse("/usr/bin/a"), out PackagedEntry? program));
        Assert.Equal(
            [
                "/usr/bin/a ", "/usr/lib/libla.so.3 /etc/alternatives/libla.so.3-x",
                "/etc/alternatives/libla.so.3-x /usr/lib/fast/libla.so.3", "/usr/lib/fast/libla.so.3 ",
            ],
            closure.Take(program, "program").Select(t => $"{t.Entry.Path} {t.Entry.Entry.Target}"));
        Assert.Empty(closure.Problems);
    }

    [Fact]
    public async Task Take_AlternativeThatAShellComputes_IsNotGuessed()
    {
        PackageSet set = await SetAsync(
            new DebBuilder("a").Elf("/usr/bin/a", new TinyElf { IsPie = true, Needed = ["libla.so.3"] }),
            new DebBuilder("la").Elf("/usr/lib/la/libla.so.3", TinyElf.Library("libla.so.3"))
                .Script("postinst", "update-alternatives --install /usr/lib/libla.so.3 libla.so.3 /usr/lib/$x/libla.so.3 10\n"));
        SliceClosure closure = new(set, GuestArchitecture.Amd64);
        Taken(closure, set, "/usr/bin/a");
        Assert.Contains("/usr/lib/la/libla.so.3 of package la is not there", Assert.Single(closure.Problems), StringComparison.Ordinal);
    }

    private static List<string> Taken(SliceClosure closure, PackageSet set, string path) =>
        [.. closure.Take(set.TryGet(GuestPath.Parse(path), out PackagedEntry? entry) ? entry : null!, "file").Select(t =>
            t.Entry.Path.ToString())];

    private static async Task<PackageSet> SetAsync(params DebBuilder[] packages)
    {
        using TemporaryFolder folder = new();
        using ObjectStore store = new(folder["store"]);
        PackageLister lister = new(store, new ActionCache(store));
        return new PackageSet(await lister.ListAsync(
            [.. packages.Select(p => (p.Name, p.Version, store.AddBytes(p.Build())))], SilentProgress.Instance, CancellationToken.None));
    }
}
