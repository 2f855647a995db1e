using System.Text;
using System.Text.RegularExpressions;
using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

public partial class LinkerCacheEffectTests
{
    private const string Folder = "/usr/lib/x86_64-linux-gnu/";
    private static readonly GuestPath s_cache = GuestPath.Parse("/etc/ld.so.cache");

    [SkippableFact]
    public async Task Apply_LibraryOutsideTheLoadersFolders_IsInACacheThatLdconfigReads()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/etc/ld.so.conf.d/p.conf", "# comment\n/lib/x86_64-linux-gnu/p/ # more\n")
            .Elf(Folder + "p/libp.so.10", TinyElf.Library("libp.so.10")).Elf(Folder + "p/libp.so.9", TinyElf.Library("libp.so.9"))
            .Elf(Folder + "p/libarm.so.1", new TinyElf { Soname = "libarm.so.1", Machine = 183 }).File(Folder + "p/libscript.so", "INPUT(libp.so.9)")
            .Elf(Folder + "libc.so.6", TinyElf.Library("libc.so.6")));
        bench.Capability("c", "packages: {p: {}}");
        FileTree tree = await bench.ApplyAsync(new LinkerCacheEffect(), "c");
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["cache"], bench.Bytes(tree, "/etc/ld.so.cache"));
        (int exitCode, string output) = Oracle.Run("ldconfig", "-p", "-C", folder["cache"]);
        Assert.True(exitCode == 0, output);
        Assert.StartsWith("3 libs found in cache", output, StringComparison.Ordinal);
        Assert.Equal(
            [$"libp.so.10 (libc6,x86-64) => {Folder}p/libp.so.10", $"libp.so.9 (libc6,x86-64) => {Folder}p/libp.so.9", $"libc.so.6 (libc6,x86-64) => {Folder}libc.so.6"],
            Entry().Matches(output).Select(m => m.Groups[1].Value));
    }

    [Fact]
    public async Task Apply_LibrariesWhereTheLoaderLooksAnyway_NeedNoCache()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/etc/ld.so.conf.d/p.conf", "/lib/x86_64-linux-gnu\n/usr/local/lib\n").Elf(Folder + "libc.so.6", TinyElf.Library("libc.so.6")));
        bench.Capability("c", "packages: {p: {}}");
        Assert.False((await bench.ApplyAsync(new LinkerCacheEffect(), "c")).Contains(s_cache));
    }

    [Fact]
    public async Task Apply_CacheThatIsNeeded_HasWhatLiesInEveryFolderOfTheLoader()
    {
        string[] libraries = [Folder + "libone.so.1", "/usr/lib/libtwo.so.1", "/usr/lib64/libthree.so.1", "/opt/lib/libfour.so.1"];
        DebBuilder package = new DebBuilder("p").File("/etc/ld.so.conf.d/p.conf", "/opt/lib\n")
            .Elf("/usr/share/p/libfive.so.1", TinyElf.Library("libfive.so.1")); // in no folder that anything looks into
        Assert.All(libraries, l => package.Elf(l, TinyElf.Library(l[(l.LastIndexOf('/') + 1)..])));
        using Workbench bench = new();
        bench.Package(package).Capability("c", "packages: {p: {}}");
        string cache = Encoding.ASCII.GetString(bench.Bytes(await bench.ApplyAsync(new LinkerCacheEffect(), "c"), "/etc/ld.so.cache"));
        Assert.Equal(libraries.Order(StringComparer.Ordinal), cache.Split('\0').Where(t =>
            t.StartsWith('/')).Order(StringComparer.Ordinal));
    }

    // the host's own cache is in the order that its loader searches in; ours must agree about every neighbour
    [SkippableFact]
    public void Order_OfTheHostsCache_IsOurs()
    {
        (int exitCode, string output) = Oracle.Run("ldconfig", "-p");
        string[] names = [.. Entry().Matches(output).Select(m => m.Groups[1].Value.Split(' ')[0])];
        Skip.If(exitCode != 0 || names.Length < 2, "this host has no linker cache");
        Assert.All(names.Zip(names.Skip(1)), pair => Assert.True(LinkerCacheEffect.CompareNames(pair.First, pair.Second) >= 0, $"{pair.First} before {pair.Second}"));
    }

    [GeneratedRegex("^\t(.*)$", RegexOptions.Multiline)]
    private static partial Regex Entry();
}
