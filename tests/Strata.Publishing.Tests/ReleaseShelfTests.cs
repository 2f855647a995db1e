using System.Text;
using Strata.Core;
using Strata.Publishing.Keys;
using Strata.Publishing.Releases;
using Strata.Tuf.Metadata;
using Strata.Tuf.Publishing;
using Strata.Updates.Releases;

namespace Strata.Publishing.Tests;

public sealed class ReleaseShelfTests : IDisposable
{
    private readonly Bench _bench = new Bench().Begin();
    private readonly SampleObjects _objects = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Add_TwoReleases_DevicesFindTheNewestAndAllThatItNames()
    {
        NewRelease first = _objects.Release("1.0", ("core", "abc"), ("apps", "de"));
        AddedRelease added = await PublishAsync(first);
        Assert.Equal((1, 8, true), (added.Release.Counter, added.NewObjects, added.IsNew)); // kernel image, bill, three of each layer
        NewRelease second = _objects.Release("1.1", ("core", "abc"), ("apps", "dX"));
        AddedRelease next = await PublishAsync(second);
        Assert.Equal((2, 4), (next.Release.Counter, next.NewObjects)); // kernel image, and the layer that changed

        Bench.Device device = _bench.NewDevice();
        PublishedRelease newest = await ReadAsync(device, "latest");
        Assert.Equal(("1.1", 2), (newest.Release.Version, newest.Counter));
        Assert.Equal((5 * 4096, 3 * 4096), (newest.Release.Layers[0].Size, newest.Layers[0].PlainBytes));
        Assert.Equal("1.0", (await ReadAsync(device, "1")).Release.Version);
        Assert.Null(await device.FetchAsync("os/amd64/3.json"));

        // everything that a device fetches is there, by its digest
        IEnumerable<Sha256Digest> named =
        [
            newest.Uki.Digest, .. newest.Bills.Select(b => b.File.Digest), .. newest.Layers.Select(l => l.Index.Digest),
            .. newest.Release.Layers.SelectMany(l => new[] { l.Image, l.Manifest }),
        ];
        foreach (Sha256Digest digest in named)
        {
            Assert.Equal(digest, Sha256Digest.Of(File.ReadAllBytes(Path.Combine(_bench.Site.FolderPath, Medium.PathOf(digest)))));
        }
        Assert.Equal([1, 2], new ReleaseShelf(_bench.Site, _bench.Edit().Targets).All.Select(r => r.Counter));
    }

    [Fact]
    public async Task Add_TheSameAgain_IsNoRelease()
    {
        await PublishAsync(_objects.Release("1.0", ("core", "abc")));
        AddedRelease again = await AddAsync(_objects.Release("1.0", ("core", "abc")));
        Assert.Equal((1, 0, 0, false), (again.Release.Counter, again.NewObjects, again.Targets.Count, again.IsNew));
        Assert.True((await AddAsync(_objects.Release("1.0", ("core", "abc")) with { SecurityVersion = 1 })).IsNew);
    }

    [Fact]
    public async Task Add_GoingBack_IsRefused()
    {
        await PublishAsync(_objects.Release("1.0", ("core", "abc")) with { Counter = 5, SecurityVersion = 2 });
        NewRelease next = _objects.Release("1.1", ("core", "abd"));
        Assert.Equal("cannot publish os 1.1: its counter would be 5, and 5 is published", await RefusalAsync(next with { Counter = 5 }));
        Assert.Equal(
            "cannot publish os 1.1: its security version would be 1, and 2 is published: machines would refuse it",
            await RefusalAsync(next with { SecurityVersion = 1 }));
        Assert.Equal(
            "cannot publish os 1.1: upgradeFrom is 6, expected less than the counter 6", await RefusalAsync(next with { UpgradeFrom = 6 }));
        AddedRelease added = await PublishAsync(next with { UpgradeFrom = 5 });
        Assert.Equal((6, 2, 5), (added.Release.Counter, added.Release.SecurityVersion, added.Release.UpgradeFrom));
    }

    [Fact]
    public async Task Add_DamagedObject_IsRefusedAndNothingIsLeftOfIt()
    {
        NewRelease release = _objects.Release("1.0", ("core", "abc"));
        _objects.Damage(release.Release.Layers[0].Image);
        Assert.StartsWith("cannot publish ", await RefusalAsync(release), StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.Combine(_bench.Site.FolderPath, "strata"), "*", SearchOption.AllDirectories),
            f => f.Contains(release.Release.Layers[0].Image.ToString(), StringComparison.Ordinal));
        Assert.Empty(_bench.Edit().Targets);
    }

    [Fact]
    public async Task All_ReleaseThatSomebodyChanged_IsRefused()
    {
        AddedRelease added = await PublishAsync(_objects.Release("1.0", ("core", "abc")));
        string file = Path.Combine(_bench.Site.FolderPath, "targets", "os", "amd64", $"{added.Targets[0].Digests["sha256"]}.1.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("1.0", "1.1", StringComparison.Ordinal));
        Assert.EndsWith(
            "its bytes are not those of its name",
            Assert.Throws<StrataException>(() => new ReleaseShelf(_bench.Site, _bench.Edit().Targets).All).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A server may hand out files while they are written: what a device sees is the old state or the new one.</summary>
    [Fact]
    public async Task Publish_StepByStep_EachStateIsTheOldOrTheNewOne()
    {
        await PublishAsync(_objects.Release("1.0", ("core", "abc")));
        Bench.Device device = _bench.NewDevice();
        Assert.Null(await device.RefusalAsync());
        UpdateKeyFolder.Replace(_bench.Keys, "timestamp-1", null);
        UpdateKeyFolder.Replace(_bench.Keys, "targets-1", null);
        using UpdateKeyFolder keys = _bench.Open();
        Watched site = new(_bench, device);
        RepositoryEditor editor = RepositoryEditor.Open(site);
        editor.Publish(editor.NextRoot(keys.Keys, keys.Retired, 2, _bench.Now), keys.All, _bench.Now);
        AddedRelease added = await new ReleaseShelf(_bench.Site, editor.Targets).AddAsync(
            _objects.Release("1.1", ("core", "abd")), CancellationToken.None);
        IReadOnlyList<TargetFile> files = new ReleaseShelf(_bench.Site, editor.Targets).With(added.Targets);
        editor.Publish(editor.NextTargets(files, keys.All, _bench.Now), keys.All, _bench.Now);
        Assert.Equal(
            [
                "3.targets.json", "3.snapshot.json", "timestamp.json", "2.root.json",
                "4.targets.json", "4.snapshot.json", "timestamp.json",
            ],
            site.Written);
        Assert.Equal("1.0 1.0 1.0 1.0 1.0 1.0 1.1", string.Join(' ', site.Seen));
    }

    private Task<AddedRelease> AddAsync(NewRelease release) =>
        new ReleaseShelf(_bench.Site, _bench.Edit().Targets).AddAsync(release, CancellationToken.None);

    private async Task<string> RefusalAsync(NewRelease release) =>
        (await Assert.ThrowsAsync<StrataException>(() => AddAsync(release))).Message;

    private async Task<AddedRelease> PublishAsync(NewRelease release)
    {
        using UpdateKeyFolder keys = _bench.Open();
        RepositoryEditor editor = _bench.Edit();
        ReleaseShelf shelf = new(_bench.Site, editor.Targets);
        AddedRelease added = await shelf.AddAsync(release, CancellationToken.None);
        editor.Publish(editor.NextTargets(shelf.With(added.Targets), keys.All, _bench.Now), keys.All, _bench.Now);
        return added;
    }

    private static async Task<PublishedRelease> ReadAsync(Bench.Device device, string name) =>
        PublishedReleaseText.Read(Encoding.UTF8.GetBytes((await device.FetchAsync($"os/amd64/{name}.json"))!));

    /// <summary>After each file that is written, a device that was there before and a new one look.</summary>
    private sealed class Watched(Bench bench, Bench.Device device) : IPublishedFiles
    {
        public List<string> Written { get; } = [];

        public List<string> Seen { get; } = [];

        public byte[]? TryRead(string name, int most) => bench.Site.TryRead(name, most);

        public void Write(string name, byte[] content)
        {
            bench.Site.Write(name, content);
            Written.Add(name);
            string old = VersionSeenBy(device);
            Assert.Equal(old, VersionSeenBy(bench.NewDevice()));
            Seen.Add(old);
        }

        private static string VersionSeenBy(Bench.Device device) => // nothing is waited for: it reads files
            ReadAsync(device, "latest").GetAwaiter().GetResult().Release.Version;
    }
}
