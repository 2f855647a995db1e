using System.Collections.Concurrent;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Locks;
using Strata.Testing;

namespace Strata.Editions.Tests.Census;

/// <summary>What we make of packages is compared with what dpkg makes of them, scripts and all, file by file.</summary>
/// <remarks>
/// dpkg needs root, or numbers of accounts that the host lends (subuid(5)), and namespaces; where there are none it is said and skipped.
/// <c>STRATA_CENSUS=nginx,cups</c> compares only these of the three hundred again; the other rows of the table stay.
/// </remarks>
public sealed class JudgedByDpkgTests : IClassFixture<RealArchive>, IDisposable
{
    private const string Table = "docs/packages-judged.md";
    private const string Lock = "tests/Strata.Editions.Tests/Census/ten.lock";
    private const int Percent = 95;

    // accounts of scripts and of sysusers.d, homes, owners, alternatives, units, pam, certificates, a module of a web server, a plain
    // library
    private static readonly string[] s_ten =
        ["apache2", "caddy", "dbus", "dovecot-core", "gsettings-desktop-schemas", "nginx", "openssh-server",
            "shared-mime-info", "sqlite3", "varnish"];

    private readonly DpkgBench _bench;

    public JudgedByDpkgTests(RealArchive archive) => _bench = new DpkgBench(archive);

    [SkippableFact]
    public async Task Compose_TenPackages_LikeDpkg()
    {
        PackageLock locked = await TenAsync();
        string? problem = await _bench.RoomProblemAsync(locked);
        Skip.IfNot(problem is null, problem);
        ConcurrentBag<string> unexplained = [];
        await Parallel.ForEachAsync(s_ten, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (name, _) =>
        {
            Judgement judged = await _bench.JudgeAsync(name, locked);
            Assert.Null(judged.WhyAlone);
            Assert.NotEmpty(judged.Differences); // dpkg has a database, and we have none
            foreach (Difference difference in judged.Differences.Where(d => d.Rule is null))
            {
                unexplained.Add($"{name}: {difference.Where}: {difference.What}");
            }
        });
        Assert.Empty(unexplained.Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task Compare_WhatDpkgDidOtherwise_IsSeen()
    {
        PackageLock locked = await TenAsync();
        string? problem = await _bench.RoomProblemAsync(locked);
        Skip.IfNot(problem is null, problem);
        Judgement judged = await _bench.JudgeAsync("sqlite3", locked, tree =>
        {
            Origin origin = new(null, null, "test");
            FileNode program = (FileNode)Get(tree, "/usr/bin/sqlite3");
            tree.Replace(GuestPath.Parse("/usr/bin/sqlite3"), new FileNode { Permissions = 0b100_111_101_101,
                Content = program.Content }, origin);
            tree.Add(GuestPath.Parse("/etc/extra"), new DirectoryNode { Permissions = Modes.Folder }, origin);
            tree.Remove(GuestPath.Parse("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0"));
            TextOf(tree, "/etc/passwd", text => text + "extra:x:150:65534::/nonexistent:/usr/sbin/nologin\n");
            TextOf(tree, "/etc/group", text => text + "more:x:151:\n");
        });
        Assert.Equal(
            ["/etc/extra", "/usr/bin/sqlite3", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0", "group more", "user extra"],
            judged.Differences.Where(d => d.Rule is null).Select(d => d.Where).Order(StringComparer.Ordinal));

        static TreeNode Get(FileTree tree, string path) => tree.TryGet(GuestPath.Parse(path), out TreeEntry entry) ? entry.Node
            : throw new InvalidOperationException(path);

        static void TextOf(FileTree tree, string path, Func<string, string> edit)
        {
            string text = System.Text.Encoding.UTF8.GetString(((InlineContent)((FileNode)Get(tree, path)).Content).Bytes.Span);
            tree.Replace(GuestPath.Parse(path), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(edit(text)) },
                new Origin(null, null, "test"));
        }
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Compose_ThreeHundredPackages_LikeDpkg()
    {
        string? problem = await _bench.RoomProblemAsync(await TenAsync());
        Skip.IfNot(problem is null, problem);
        string[] all = [.. Repository.Read("tests/Strata.Editions.Tests/Census/packages.txt").Split('\n',
            StringSplitOptions.RemoveEmptyEntries)];
        string[] only = [.. Environment.GetEnvironmentVariable("STRATA_CENSUS")?.Split(',') ?? []];
        string[] names = only.Length == 0 ? all : only;
        string file = Path.Combine(Repository.Root, Table);
        using JudgedTable table = new(all, TimeProvider.System.GetUtcNow(), only.Length == 0 ? "" : Repository.Read(Table));
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (name, token) =>
        {
            try
            {
                table.Add(name, await _bench.JudgeAsync(name, locked: null));
            }
            catch (StrataException e)
            {
                table.Add(name, e);
            }
            await table.WriteAsync(file, token); // hours of work: what is known by now is written
        });
        Assert.True(table.Equal * 100 >= all.Length * Percent,
            $"{table.Equal} of {all.Length} packages are as dpkg makes them; {file} says how the others differ");
    }

    public void Dispose() => _bench.Dispose();

    private async Task<PackageLock> TenAsync()
    {
        PackageLock known = PackageLockFile.Read(await File.ReadAllBytesAsync(Path.Combine(Repository.Root, Lock)), Lock);
        LockedRequest asked = LockedRequest.Of(_bench.RequestOf(s_ten));
        if (!known.Request.IsSameAs(asked))
        {
            string made = Path.Combine(Repository.Root, "artifacts/ten.lock");
            await File.WriteAllBytesAsync(made, PackageLockFile.Write(await _bench.ResolveAsync(s_ten, before: null)));
            Assert.Fail($"{Lock} was made for other packages; {made} is one for these");
        }
        return await _bench.FetchAsync(known);
    }
}
