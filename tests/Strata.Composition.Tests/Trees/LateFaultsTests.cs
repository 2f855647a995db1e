using Strata.Blueprints;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Testing;

namespace Strata.Composition.Tests.Trees;

public class LateFaultsTests
{
    [Theory]
    [InlineData("#!/usr/bin/perl -w", "/usr/bin/perl is not in the image")]
    [InlineData("#! /bin/tcsh", "/bin/tcsh is not in the image")]
    [InlineData("#!/usr/bin/env -S LANG=C python3 -E", "python3 is not in the image")] // env itself is there
    [InlineData("#!sh", "sh is no path")]
    [InlineData("#!/sbin/env", "/sbin/env is not in the image")] // no link leads there
    [InlineData("#!/bin/dash -e", "/bin/dash is not in the image, which has /usr/bin/dash (capability 'base' brings the links to /usr)")]
    public async Task Check_OwnScriptWithoutItsInterpreter_IsAnError(string line, string missing)
    {
        using Workbench bench = Tools();
        bench.Capability("c", $"packages: {{tool: {{}}}}\nfiles: {{/usr/bin/mine: {{content: \"{line}\\n\", mode: \"0755\"}}}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => CheckAsync(bench, "c"));
        Assert.Contains("cannot build e, as it would fail when it runs", e.Message, StringComparison.Ordinal);
        string expected = $"/usr/bin/mine (capability 'c'): nothing can start it, as {missing}";
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!/usr/bin/dash -e", "0755")]
    [InlineData("#!/usr/bin/env A=b dash", "0755")]
    [InlineData("#!/usr/bin/env -i", "0755")]
    [InlineData("#!/usr/bin/perl", "0644")] // nobody can start it
    [InlineData("no script", "0755")]
    public async Task Check_OwnFileThatCanWork_IsNone(string line, string mode)
    {
        using Workbench bench = Tools();
        bench.Capability("c", $"packages: {{tool: {{}}}}\nfiles: {{/usr/bin/mine: {{content: \"{line}\\n\", mode: \"{mode}\"}}}}");
        Assert.Empty(await CheckAsync(bench, "c"));
    }

    [Fact]
    public async Task Check_ScriptsOfAWholePackage_AreOneWarning()
    {
        using Workbench bench = Tools();
        DebBuilder package = new("scripts");
        foreach (int number in Enumerable.Range(1, 6))
        {
            package.File($"/usr/bin/script-{number}", "#!/usr/bin/perl\n", Modes.Program);
        }
        bench.Package(package.HardLink("/usr/bin/again", "/usr/bin/script-6").File("/usr/share/doc/example", "#!/usr/bin/perl\n"));
        bench.Capability("c", "packages: {scripts: {}}");
        Assert.Equal(
            [
                "programs that nothing can start, as /usr/bin/perl is not in the image: /usr/bin/again of scripts, "
                    + "/usr/bin/script-1 of scripts, /usr/bin/script-2 of scripts, /usr/bin/script-3 of scripts and 3 more",
            ],
            await CheckAsync(bench, "c"));
    }

    [Fact]
    public async Task Check_ProgramWhoseLoaderIsElsewhere_IsToldWithWhatBringsTheLink()
    {
        const string Loader = "/lib64/ld-linux-x86-64.so.2";
        using Workbench bench = new();
        bench.Package(new DebBuilder("libc").Elf("/usr" + Loader, TinyElf.Library("ld-linux-x86-64.so.2")))
            .Package(new DebBuilder("tool").Elf("/usr/bin/tool", new TinyElf { IsPie = true, Interpreter = Loader }));
        bench.Capability("c", "packages: {libc: {}, tool: {}}")
            .Capability("d", "packages: {libc: {}, tool: {}}\nlinks: {/lib64: usr/lib64}");
        string warning = Assert.Single(await CheckAsync(bench, "c"));
        Assert.Equal(
            $"programs that nothing can start, as {Loader} is not in the image, which has /usr{Loader} (capability 'base' brings "
            + "the links to /usr): /usr/bin/tool of tool", warning);
        Assert.Empty(await CheckAsync(bench, "d"));
    }

    // such as a program that was built against a C library that the image does not have
    [Theory]
    [InlineData("", "/lib64/ld-linux-x86-64.so.2 is not in the image")]
    [InlineData("loader", "libc.so.6 is not in the image")]
    [InlineData("loader, libc", null)]
    public async Task Check_OwnProgramWithoutItsLibraries_IsAnError(string taken, string? missing)
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("loader").Elf("/lib64/ld-linux-x86-64.so.2", TinyElf.Library("ld-linux-x86-64.so.2")))
            .Package(new DebBuilder("libc").Elf("/usr/lib/x86_64-linux-gnu/libc.so.6", TinyElf.Library("libc.so.6")));
        bench.Write("capabilities/mine", "");
        TinyElf mine = new() { IsPie = true, Interpreter = "/lib64/ld-linux-x86-64.so.2", Needed = ["libc.so.6"] };
        File.WriteAllBytes(Path.Combine(bench.Folder, "capabilities/mine"), mine.ToBytes());
        string packages = string.Concat(taken.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(p => $"{p}: {{}}, "));
        bench.Capability(
            "c", $"packages: {{{packages}}}\nlinks: {{/lib64: usr/lib64}}\nfiles: {{/usr/bin/mine: {{source: mine, mode: \"0755\"}}}}");
        if (missing is null)
        {
            Assert.Empty(await CheckAsync(bench, "c"));
            return;
        }
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => CheckAsync(bench, "c"));
        Assert.Contains($"/usr/bin/mine (capability 'c'): nothing can start it, as {missing}", e.Message, StringComparison.Ordinal);
    }

    // another image may be built upon it and bring the interpreter
    [Fact]
    public async Task Check_OwnScriptOfAContainer_IsAWarning()
    {
        using Workbench bench = new();
        bench.Capability("c", "files: {/usr/bin/mine: {content: \"#!/bin/sh\\n\", mode: \"0755\"}}");
        bench.Write("editions/box/edition.yaml", "edition: box\nversion: \"1\"\nkernel: none\ncapabilities: [c]\n");
        Blueprint box = bench.Catalog.Load("box");
        PackageSet packages = await bench.ListAsync();
        using PackageContentReader contents = new(bench.Store.OpenRead);
        Assert.Equal(
            ["programs that nothing can start, as /bin/sh is not in the image: /usr/bin/mine of c"],
            LateFaults.Check(box, Composer.Compose(box, packages).Tree, packages, contents));
    }

    [Fact]
    public async Task Check_ScriptThatASliceNames_IsAnError()
    {
        using Workbench bench = Tools();
        bench.Package(new DebBuilder("scripts").File("/usr/bin/script", "#!/usr/bin/perl\n", Modes.Program));
        bench.Capability("c", "packages: {scripts: {programs: [script]}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => CheckAsync(bench, "c"));
        Assert.Contains(
            "/usr/bin/script (capability 'c'): nothing can start it, as /usr/bin/perl is not", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../usr/share/gone", true)]
    [InlineData("/usr/share/gone", true)]
    [InlineData("second", true)] // itself a link to nothing
    [InlineData("../proc/self/mounts", false)]
    [InlineData("/run/made-at-start", false)]
    [InlineData("/usr/lib/../bin/dash", false)]
    [InlineData("third", false)] // a link into /run
    public async Task Check_OwnLinkBelowEtc_LeadsSomewhereOrIsAnError(string target, bool isFault)
    {
        using Workbench bench = Tools();
        bench.Package(new DebBuilder("links").Link("/etc/second", "gone").Link("/etc/third", "/run/later"));
        bench.Capability("c", $"packages: {{tool: {{}}, links: {{}}}}\nlinks: {{/etc/first: {target}, /usr/share/elsewhere: gone}}");
        if (isFault)
        {
            StrataException e = await Assert.ThrowsAsync<StrataException>(() => CheckAsync(bench, "c"));
            Assert.Contains(
                $"/etc/first (capability 'c'): it is a link to {target}, which is not in the image", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("elsewhere", e.Message, StringComparison.Ordinal);
            return;
        }
        Assert.Equal(["links below /etc that lead nowhere: /etc/second of links"], await CheckAsync(bench, "c"));
    }

    private static Workbench Tools() => new Workbench().Package(new DebBuilder("tool")
        .Elf("/usr/bin/env", new TinyElf { IsPie = true }).Elf("/usr/bin/dash", new TinyElf { IsPie = true }));

    private static async Task<IReadOnlyList<string>> CheckAsync(Workbench bench, string capabilities)
    {
        (FileTree tree, _, _) = await bench.ComposeAsync(capabilities);
        using PackageContentReader contents = new(bench.Store.OpenRead);
        return LateFaults.Check(bench.Load(capabilities), tree, await bench.ListAsync(), contents);
    }
}
