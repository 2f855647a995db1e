using Strata.Core;
using Strata.Store.Actions;
using Strata.Store.Maintenance;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Add_SameObjectsByThreeProcessesAtOnce_AllEndWell()
    {
        string root = _folder["store"];
        HostProcess[] hosts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => HostProcess.StartAsync("add-some", root)));
        try
        {
            int[] codes = await Task.WhenAll(hosts.Select(h => h.EndAsync()));
            Assert.Equal([0, 0, 0], codes);
        }
        finally
        {
            Array.ForEach(hosts, h => h.Dispose());
        }
        using ObjectStore store = new(root);
        Assert.All(Program.SomeObjects(), content => Assert.True(store.Contains(Sha256Digest.Of(content))));
        VerifyResult result = await new StoreMaintenance(store).VerifyAsync();
        Assert.True(result.IsSound);
        Assert.Equal(150, result.Objects);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(root, "tmp")));
    }

    [Fact]
    public async Task GetOrAddAsync_ThreeProcessesAtOnce_WorkOnce()
    {
        string log = _folder["log"];
        HostProcess[] hosts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => HostProcess.StartAsync("work", _folder["store"], log)));
        try
        {
            int[] codes = await Task.WhenAll(hosts.Select(h => h.EndAsync()));
            Assert.Equal([0, 0, 0], codes);
        }
        finally
        {
            Array.ForEach(hosts, h => h.Dispose());
        }
        Assert.Equal("worked\n", await File.ReadAllTextAsync(log));
        using ObjectStore store = new(_folder["store"]);
        Assert.NotNull(new ActionCache(store).TryGet(Program.SharedKey));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Root, "locks")));
    }

    [Fact]
    public async Task GetOrAddAsync_WorkerIsKilled_TheNextOneWorks()
    {
        string log = _folder["log"];
        using (HostProcess host = await HostProcess.StartAsync("work-for-ever", _folder["store"], log))
        {
            DateTime deadline = DateTime.UtcNow + TimeSpan.FromSeconds(30);
            while (!File.Exists(log) && DateTime.UtcNow < deadline)
            {
                await Task.Delay(5);
            }
            host.Kill();
        }
        using ObjectStore store = new(_folder["store"]);
        RecordingProgress progress = new();
        bool worked = false;

        await new ActionCache(store, progress).GetOrAddAsync(Program.SharedKey, _ =>
        {
            worked = true;
            return Task.FromResult(new ActionResult([]));
        });

        Assert.True(worked);
        Assert.Empty(progress.Notes); // the kernel ended the dead process's lock: nobody waits
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Add_KilledAtSeededMoments_NeverLeavesADamagedObject()
    {
        string root = _folder["store"];
        Random random = new(20);
        for (int kill = 0; kill < 24; kill++)
        {
            using HostProcess host = await HostProcess.StartAsync("add-for-ever", root, $"{kill * 1000}");
            await Task.Delay(random.Next(50, 1000)); // after it has the store open, some of it still compiling
            host.Kill();
        }

        using ObjectStore store = new(root);
        StoreMaintenance maintenance = new(store);
        VerifyResult result = await maintenance.VerifyAsync();
        Assert.True(result.IsSound, string.Join("\n", result.Damaged));
        Assert.Empty(result.Strays);
        Assert.True(result.Objects > 100, $"only {result.Objects} objects were added");
        Assert.Equal("", Oracle.Run("find", Path.Combine(root, "cas"), "-type", "f", "!", "-perm", "444").Output);

        // The judge is sha256sum: its own list of names and contents must agree.
        (int exitCode, string output) = Oracle.Run(
            "sh", "-c", "cd \"$1\" && find . -type f | sed 's#^\\./../\\(.*\\)$#\\1  &#' | sha256sum --check --quiet", "sh", Path.Combine(root, "cas"));
        Assert.Equal((0, ""), (exitCode, output));
        Assert.True(maintenance.SizeOf().Single(u => u.Kind == StoreKind.Temporary).Count > 0, "no kill hit a process with unfinished files");

        GcResult cleaned = await maintenance.GcAsync(new GcOptions { OlderThan = TimeSpan.FromDays(1) }, []);
        Assert.All(cleaned.Removed, r => Assert.Equal(StoreKind.Temporary, r.Kind));
        Assert.Equal(0, maintenance.SizeOf().Single(u => u.Kind == StoreKind.Temporary).Count);
    }

    [Fact]
    public async Task GcAsync_AnotherProcessHasTheStore_IsRefusedUntilItDies()
    {
        using ObjectStore store = new(_folder["store"]);
        StoreMaintenance maintenance = new(store);
        using HostProcess host = await HostProcess.StartAsync("hold", _folder["store"]);

        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => maintenance.GcAsync(new GcOptions { KeepBytes = new ByteSize(0) }, []));
        Assert.Contains("is using it", e.Message, StringComparison.Ordinal);
        await maintenance.GcAsync(new GcOptions { KeepBytes = new ByteSize(0), DryRun = true }, []); // looking is always allowed

        host.Kill();
        await maintenance.GcAsync(new GcOptions { KeepBytes = new ByteSize(0) }, []);
    }
}
