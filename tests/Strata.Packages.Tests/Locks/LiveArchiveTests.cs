using System.Diagnostics;
using Strata.Packages.Indexes;
using Strata.Packages.Locks;
using Strata.Packages.Solving;

namespace Strata.Packages.Tests.Locks;

/// <summary>The whole way against Debian itself: signatures, indexes, every relation of every package, a lock.</summary>
[Collection("live archive")]
public class LiveArchiveTests(LiveArchive live)
{
    [SkippableFact]
    public async Task OpenAsync_Trixie_IsSignedByTheKeysThatCameWithUs()
    {
        ArchiveSet archives = await live.OpenAsync("amd64");
        Assert.Equal(["trixie", "trixie-updates", "trixie-security"], archives.Releases.Select(r => r.Suite.Name));
        Assert.All(archives.Releases, r => Assert.NotEmpty(r.Fingerprints));
        Assert.True(archives.Pool.Indexes[0].Count > 60_000);
    }

    [SkippableFact]
    public async Task Lock_OfInstallerPackages_StaysAmongThem()
    {
        ArchiveSet archives = await live.OpenAsync("amd64");
        Skip.If(archives.Pool.LeftOut.Count > 0,
            $"the mirror is careless today: {string.Join("; ", archives.Pool.LeftOut.Select(l => l.Reason))}");
        Assert.Contains(archives.Pool.Indexes, i => i.Origin.IsInstaller && i.Count > 100);
        PackageLock locked = await archives.LockAsync(new PackageRequest { Roots = [PackageRoot.Parse("busybox-udeb")] });
        Assert.NotNull(locked.Find("libc6-udeb"));
        Assert.All(locked.Packages, p => Assert.EndsWith(".udeb", p.Filename, StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Relations_OfEveryPackage_CanBeRead()
    {
        ArchiveSet archives = await live.OpenAsync("amd64");
        long relations = 0;
        foreach (PackageIndex index in archives.Pool.Indexes)
        {
            for (int i = 0; i < index.Count; i++)
            {
                PackageEntry entry = index[i];
                relations += entry.PreDepends.Count + entry.Depends.Count + entry.Recommends.Count + entry.Provides.Count + entry.Conflicts.Count
                    + entry.Breaks.Count + entry.Replaces.Count;
                Assert.NotNull(entry.Version);
            }
        }
        Assert.True(relations > 300_000, $"{relations} relations");
    }

    // Wide bounds, because machines differ: it is about an index that is parsed anew each time, or a search that is quadratic.
    [SkippableFact]
    public async Task OpenAsync_SecondTime_ReadsTheCache()
    {
        await live.OpenAsync("amd64");
        Assert.NotEmpty(Directory.EnumerateFiles(live.CacheFolder));
        long start = Stopwatch.GetTimestamp();
        foreach (string file in Directory.EnumerateFiles(live.CacheFolder))
        {
            PackageIndex.Load(await File.ReadAllBytesAsync(file), new IndexOrigin("trixie", "main", "amd64"));
        }
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Assert.True(elapsed < TimeSpan.FromSeconds(5), $"{elapsed}");
    }

    [SkippableFact]
    public async Task Lock_OfADesktop_HoldsAndReadsBack()
    {
        ArchiveSet archives = await live.OpenAsync("amd64");
        PackageRequest request = new() { Roots = [PackageRoot.Parse("labwc"), PackageRoot.Parse("foot")], Cut = ["debconf", "dpkg"] };
        PackageLock locked = await archives.LockAsync(request);
        byte[] bytes = PackageLockFile.Write(locked);
        Assert.Equal(bytes, PackageLockFile.Write(PackageLockFile.Read(bytes, "x")));
        Assert.Equal(bytes, PackageLockFile.Write(await archives.LockAsync(request)));
        Assert.Equal("labwc", locked.ChainTo("libwlroots-0.18")[0].Name);
        Assert.Null(locked.Find("debconf"));
    }
}
