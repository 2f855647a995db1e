using Strata.Core;
using Strata.Publishing.Folders;
using Strata.Publishing.Keys;
using Strata.Tuf.Publishing;

namespace Strata.Publishing.Tests;

/// <summary>What an owner does with keys, each rehearsed; a device looks at every step.</summary>
public sealed class CeremonyTests : IDisposable
{
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Create_Repository_IsBelievedByADevice()
    {
        _bench.Begin();
        Bench.Device device = _bench.NewDevice();
        Assert.Null(await device.RefusalAsync());
        Assert.Equal("root 1, snapshot 1, targets 1, timestamp 1", device.Versions);

        _bench.PublishFile("os/amd64/latest.json", "first");
        Assert.Equal("first", await device.FetchAsync("os/amd64/latest.json"));
        _bench.PublishFile("os/amd64/latest.json", "second");
        Assert.Equal("second", await device.FetchAsync("os/amd64/latest.json"));
        Assert.Equal("root 1, snapshot 3, targets 3, timestamp 3", device.Versions);
    }

    [Fact]
    public void Create_TooFewKeysOrTwice_IsRefused()
    {
        UpdateKeyFolder.Create(_bench.Keys, 3, null);
        _bench.TakeAway("root-1");
        _bench.TakeAway("root-2");
        using (UpdateKeyFolder keys = _bench.Open())
        {
            StrataException few = Assert.Throws<StrataException>(() => RepositoryEditor.Create(_bench.Site, keys.Keys, 2, _bench.Now));
            Assert.Equal(
                "cannot begin a repository: root has to be signed anew, and it is signed by 1 of the keys that count for the role 'root', "
                + "needed are 2", few.Message);
            Assert.False(Directory.Exists(_bench.Site.FolderPath)); // nothing was written
            Assert.StartsWith(
                "cannot make a root: there are 3 keys of 'root', and 4 are to sign",
                Assert.Throws<StrataException>(() => RepositoryEditor.Create(_bench.Site, keys.Keys, 4, _bench.Now)).Message,
                StringComparison.Ordinal);
            RepositoryEditor.Create(_bench.Site, keys.Keys, 1, _bench.Now);
            Assert.StartsWith(
                "cannot begin a repository: one is there already",
                Assert.Throws<StrataException>(() => RepositoryEditor.Create(_bench.Site, keys.Keys, 1, _bench.Now)).Message,
                StringComparison.Ordinal);
        }
        Assert.StartsWith(
            "cannot make keys in", Assert.Throws<StrataException>(() => UpdateKeyFolder.Create(_bench.Keys, 3, null)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Keys of the root and of targets lie where no network is: root N + 1 and targets go there and come back.</summary>
    [Fact]
    public async Task Offline_RootAndTargets_TravelAndAreTakenWhenEnoughHaveSigned()
    {
        _bench.Begin();
        Bench.Device device = _bench.NewDevice();
        _bench.TakeAway("root-1");
        _bench.TakeAway("root-2");
        _bench.TakeAway("root-3");
        _bench.TakeAway("targets-1");
        using UpdateKeyFolder keys = _bench.Open();
        RepositoryEditor editor = _bench.Edit();
        var file = _bench.Site.WriteTarget("a.json", "a"u8.ToArray());
        MetadataDraft draft = editor.NextTargets([file], keys.All, _bench.Now);
        Assert.Equal("it is signed by 0 of the keys that count for the role 'targets', needed are 1", editor.Lacks(draft));
        Assert.StartsWith(
            "cannot publish targets", Assert.Throws<StrataException>(() => editor.Publish(draft, keys.All, _bench.Now)).Message,
            StringComparison.Ordinal);
        DraftFolder.Write(_bench["travel"], draft);
        Assert.Null(await device.FetchAsync("a.json"));

        // an outside program signs, as one with a token would
        string signature = Path.Combine(_bench["travel"], "targets-1.sig");
        (int code, string said) = Strata.Testing.Oracle.Run(
            "openssl", "dgst", "-sha256", "-sign", Path.Combine(_bench["safe"], "targets-1.key"), "-out", signature,
            Path.Combine(_bench["travel"], "targets.tosign"));
        Assert.True(code == 0, said);
        MetadataDraft back = DraftFolder.TakeSignatures(_bench["travel"], DraftFolder.Read(_bench["travel"]), keys.All);
        Assert.Null(editor.Lacks(back));
        editor.Publish(back, keys.All, _bench.Now);
        Assert.Equal("a", await device.FetchAsync("a.json"));

        // one signature of two is not enough; the draft goes on to the next one who has a key
        MetadataDraft root = editor.NextRoot(keys.Keys, keys.Retired, 2, _bench.Now);
        root = SignedElsewhere(root, "root-3");
        Assert.Equal("it is signed by 1 of the keys that count for the role 'root', needed are 2", editor.Lacks(root));
        root = SignedElsewhere(MetadataDraft.Read(root.Text, "root"), "root-1");
        Assert.Null(editor.Lacks(root));
        editor.Publish(root, keys.All, _bench.Now);
        Assert.Null(await device.RefusalAsync());
        Assert.StartsWith("root 2, ", device.Versions, StringComparison.Ordinal);
        Assert.Equal("it is version 2, and 2 is published", editor.Lacks(root)); // a draft counts once
    }

    [Fact]
    public void TakeSignatures_OfSomethingElse_IsRefused()
    {
        _bench.Begin();
        using UpdateKeyFolder keys = _bench.Open();
        MetadataDraft draft = _bench.Edit().NextTargets([], [], _bench.Now);
        DraftFolder.Write(_bench["travel"], draft);
        File.WriteAllBytes(Path.Combine(_bench["travel"], "targets-1.sig"), [48, 6, 2, 1, 1, 2, 1, 1]);
        Assert.EndsWith(
            "targets-1.sig: it is no signature of targets.tosign by targets-1",
            Assert.Throws<StrataException>(() => DraftFolder.TakeSignatures(_bench["travel"], draft, keys.All)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Each key is replaced, one after the other: devices that slept all the time follow from root 1.</summary>
    [Theory]
    [InlineData("root-1")]
    [InlineData("targets-1")]
    [InlineData("snapshot-1")]
    [InlineData("timestamp-1")]
    public async Task Rotate_Key_DevicesFollow(string name)
    {
        _bench.Begin();
        _bench.PublishFile("a.json", "a");
        Bench.Device awake = _bench.NewDevice();
        Assert.Equal("a", await awake.FetchAsync("a.json"));
        string made = UpdateKeyFolder.Replace(_bench.Keys, name, null);
        Assert.Equal(name[..^1] + (name == "root-1" ? "4" : "2"), made);
        _bench.PublishRoot();
        Assert.Equal("a", await awake.FetchAsync("a.json"));

        File.Delete(Path.Combine(_bench.Keys, "updates", "retired", name + ".key")); // from now on it is not needed
        _bench.PublishFile("a.json", "b");
        Assert.Equal("b", await awake.FetchAsync("a.json"));
        Assert.Equal("b", await _bench.NewDevice().FetchAsync("a.json"));
        using UpdateKeyFolder keys = _bench.Open();
        Assert.Contains(keys.Keys, k => k.Name == made);
        Assert.Equal([name], keys.Retired.Select(k => k.Name));
        Assert.DoesNotContain(keys.Retired.Single().Id, _bench.Edit().Roles.SelectMany(r => r.KeyIds));
    }

    /// <summary>The private half is lost with what it was on: the root says so, and the new key signs.</summary>
    [Theory]
    [InlineData("timestamp-1")]
    [InlineData("snapshot-1")]
    [InlineData("targets-1")]
    public async Task Rotate_KeyThatIsLost_DevicesFollow(string name)
    {
        _bench.Begin();
        _bench.PublishFile("a.json", "a");
        Bench.Device device = _bench.NewDevice();
        await device.FetchAsync("a.json");
        UpdateKeyFolder.Replace(_bench.Keys, name, null);
        File.Delete(Path.Combine(_bench.Keys, "updates", "retired", name + ".key"));
        _bench.PublishRoot();
        Assert.Equal("a", await device.FetchAsync("a.json"));
    }

    /// <summary>The machine that publishes stops after each of the files that are written: the next step goes on from there.</summary>
    [Theory]
    [InlineData("timestamp-1", true)]
    [InlineData("timestamp-1", false)]
    [InlineData("snapshot-1", false)]
    [InlineData("targets-1", false)]
    public async Task Rotate_CutAnywhere_IsTakenUp(string name, bool hasOld)
    {
        for (int most = 0; ; most++)
        {
            using Bench bench = new Bench().Begin();
            bench.PublishFile("a.json", "a");
            Bench.Device device = bench.NewDevice();
            await device.FetchAsync("a.json");
            UpdateKeyFolder.Replace(bench.Keys, name, null);
            if (!hasOld)
            {
                File.Delete(Path.Combine(bench.Keys, "updates", "retired", name + ".key"));
            }
            CutFiles files = new(bench.Site, most);
            using (UpdateKeyFolder keys = bench.Open())
            {
                RepositoryEditor editor = RepositoryEditor.Open(files);
                MetadataDraft root = editor.NextRoot(keys.Keys, keys.Retired, 2, bench.Now);
                try
                {
                    editor.Publish(root, keys.All, bench.Now);
                }
                catch (IOException)
                {
                    Assert.Equal(most, files.Written);
                }
            }
            if (bench.Edit().Roles.Single(r => r.Role == "root").Version == 2) // before that, who lost a key can sign nothing
            {
                bench.Renew();
                Assert.Equal("a", await device.FetchAsync("a.json"));
            }
            bench.PublishRoot();
            bench.PublishFile("a.json", "b");
            Assert.Equal("b", await device.FetchAsync("a.json"));
            Assert.Equal("b", await bench.NewDevice().FetchAsync("a.json"));
            if (files.Written < most)
            {
                Assert.InRange(most, 3, 6); // it was cut everywhere
                return;
            }
        }
    }

    [Fact]
    public void Rotate_RootWithoutTheOldKeys_IsRefused()
    {
        _bench.Begin();
        UpdateKeyFolder.Replace(_bench.Keys, "root-1", null);
        UpdateKeyFolder.Replace(_bench.Keys, "root-2", null);
        Directory.Delete(Path.Combine(_bench.Keys, "updates", "retired"), recursive: true);
        Assert.Equal(
            "cannot publish root: it is signed by 1 of the keys that count for the role 'root', needed are 2",
            Assert.Throws<StrataException>(() => _bench.PublishRoot()).Message);
        Assert.Null(_bench.Site.TryRead("2.root.json", 1 << 20));
    }

    [Fact]
    public async Task Expire_Timestamp_IsRefusedUntilItIsRenewed()
    {
        _bench.Begin();
        _bench.PublishFile("a.json", "a");
        Bench.Device device = _bench.NewDevice();
        _bench.Now = _bench.Now.AddDays(RepositoryEditor.TimestampDays);
        Assert.StartsWith(
            "cannot believe timestamp.json: it has expired at 2030-01-15", await device.RefusalAsync(), StringComparison.Ordinal);
        _bench.Renew();
        Assert.Equal("a", await device.FetchAsync("a.json"));
        Assert.Equal("root 1, snapshot 2, targets 2, timestamp 3", device.Versions); // the snapshot has time

        _bench.Now = _bench.Now.AddDays(RepositoryEditor.SnapshotDays / 2);
        _bench.Renew();
        Assert.Equal("a", await device.FetchAsync("a.json"));
        Assert.Equal("root 1, snapshot 3, targets 2, timestamp 4", device.Versions);
    }

    [Fact]
    public async Task Expire_Root_IsRefusedUntilTheNextOneIsThere()
    {
        _bench.Begin();
        Bench.Device device = _bench.NewDevice();
        _bench.Now = _bench.Now.AddDays(RepositoryEditor.RootDays);
        Assert.StartsWith("cannot believe root.json: it has expired at 2031-01-01", await device.RefusalAsync(), StringComparison.Ordinal);
        _bench.PublishRoot();
        Assert.Null(await device.RefusalAsync()); // targets were signed for a year as well: they are with it
        Assert.Null(await _bench.NewDevice().RefusalAsync());
    }

    /// <summary>No release in a year, and the key of targets where no network is.</summary>
    [Fact]
    public async Task Expire_Targets_AreSignedAnewWithTheFilesThatThereAre()
    {
        _bench.Begin();
        _bench.PublishFile("a.json", "a");
        _bench.TakeAway("targets-1");
        Bench.Device device = _bench.NewDevice();
        _bench.Now = _bench.Now.AddDays(RepositoryEditor.TargetsDays);
        _bench.PublishRoot();
        Assert.StartsWith("cannot believe targets.json: it has expired", await device.RefusalAsync(), StringComparison.Ordinal);
        using (UpdateKeyFolder keys = _bench.Open())
        {
            RepositoryEditor editor = _bench.Edit();
            MetadataDraft draft = editor.NextTargets(editor.Targets, keys.All, _bench.Now);
            editor.Publish(SignedElsewhere(draft, "targets-1"), keys.All, _bench.Now);
        }
        Assert.Equal("a", await device.FetchAsync("a.json"));
    }

    [Fact]
    public async Task Threshold_Raised_OldAndNewNumberSign()
    {
        _bench.Begin(threshold: 1);
        Bench.Device device = _bench.NewDevice();
        _bench.PublishRoot(threshold: 3);
        Assert.Null(await device.RefusalAsync());
        Assert.Equal(3, _bench.Edit().Roles.Single(r => r.Role == "root").Threshold);
        _bench.TakeAway("root-3");
        Assert.Equal(
            "cannot publish root: it is signed by 2 of the keys that count for the role 'root', needed are 3",
            Assert.Throws<StrataException>(() => _bench.PublishRoot(threshold: 1)).Message);
    }

    [Fact]
    public void Open_TwoAtATime_TheSecondIsToldToWait()
    {
        UpdateKeyFolder.Create(_bench.Keys, 1, null);
        using UpdateKeyFolder first = _bench.Open();
        Assert.EndsWith(
            "another program publishes with them", Assert.Throws<StrataException>(() => _bench.Open().Dispose()).Message,
            StringComparison.Ordinal);
    }

    private MetadataDraft SignedElsewhere(MetadataDraft draft, string name)
    {
        // a folder with nothing but this private half, on another machine
        string there = _bench[$"elsewhere-{name}"];
        Directory.CreateDirectory(Path.Combine(there, "updates"));
        foreach (string file in Directory.EnumerateFiles(Path.Combine(_bench.Keys, "updates"), "*.pub"))
        {
            File.Copy(file, Path.Combine(there, "updates", Path.GetFileName(file)), overwrite: true);
        }
        File.Copy(Path.Combine(_bench["safe"], name + ".key"), Path.Combine(there, "updates", name + ".key"));
        using UpdateKeyFolder keys = UpdateKeyFolder.Open(there, () => "");
        return draft.SignedBy(keys.Keys.Where(k => k.Role == draft.Role));
    }

    /// <summary>Files of which only some can be written.</summary>
    private sealed class CutFiles(RepositoryFolder folder, int whole) : IPublishedFiles
    {
        public int Written { get; private set; }

        public byte[]? TryRead(string name, int most) => folder.TryRead(name, most);

        public void Write(string name, byte[] content)
        {
            if (Written == whole)
            {
                throw new IOException("no power");
            }
            folder.Write(name, content);
            Written++;
        }
    }
}
