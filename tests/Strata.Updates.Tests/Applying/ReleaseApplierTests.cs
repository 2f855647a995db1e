using Strata.Core;
using Strata.Testing.Storage;
using Strata.Testing.Updates;
using Strata.Updates.Applying;
using Strata.Updates.Layers;
using Strata.Updates.Planning;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Tests.Applying;

public class ReleaseApplierTests
{
    private readonly SampleSite _site = new();

    [Fact]
    public void Apply_ChangedLayers_FetchesWhatThePlanSaysAndPutsItOnTrial()
    {
        PublishedRelease old = _site.Release(1, ("base", "abcdefghij"), ("net", "mnop"));
        PublishedRelease next = _site.Release(2, ("base", "abcdeXghij"), ("net", "mnop"), ("new", "QabQR"));
        SampleMachine machine = SampleMachine.Built(_site, old);
        Counting source = new(_site);
        ApplySteps steps = SampleMachine.Quiet();
        UpdatePlan plan = new ReleaseApplier(machine.Store, machine.Boot, source, SampleMachine.Quiet()).Plan(next);
        Assert.Equal(["Blocks", "Nothing", "Blocks"], plan.Layers.Select(l => l.Way.ToString()));
        Assert.Empty(machine.Log); // a plan writes nothing
        source.Bytes = 0;
        Assert.Equal(ApplyOutcome.OnTrial, machine.Apply(_site, next, source, steps));
        Assert.Equal(plan.Bytes, source.Bytes);
        Assert.Equal(plan.Bytes, steps.FetchedBytes);
        Assert.InRange(plan.Bytes, 1, next.FullBytes * 8 / 10);
        Assert.Empty(new StoreCheck(machine.Store).Run());
        BootImage image = Assert.Single(machine.Boot.List(), i => i.Digest == next.Uki.Digest);
        Assert.Equal(BootImageState.OnTrial, image.State);
        Assert.False(machine.Store.Has(next.Uki.Digest, next.Uki.Size)); // it lies where firmware finds it, and not twice
        source.Bytes = 0;
        Assert.Equal(ApplyOutcome.WaitsForStart, machine.Apply(_site, next, source));
        Assert.Equal(0, source.Bytes);
    }

    /// <summary>Layers that share an image, manifests that changed alone: each is fetched once, and the plan says so.</summary>
    [Fact]
    public void Plan_LayersThatShareParts_IsExact()
    {
        PublishedRelease old = _site.Release(1, ("base", "abcd"), ("one", ""));
        PublishedRelease next = _site.Release(2, ("base", "abcd"), ("renamed", ""), ("two", "efgh"), ("three", "efgh"));
        SampleMachine machine = SampleMachine.Built(_site, old);
        Counting source = new(_site);
        UpdatePlan plan = new ReleaseApplier(machine.Store, machine.Boot, source, SampleMachine.Quiet()).Plan(next);
        Assert.Equal(["Nothing", "Nothing", "Whole", "Nothing"], plan.Layers.Select(l => l.Way.ToString()));
        Assert.Equal(next.Layers[1].ManifestSize, plan.Layers[1].Bytes);
        source.Bytes = 0;
        machine.Apply(_site, next, source);
        Assert.Equal(plan.Bytes, source.Bytes);
        Assert.Empty(new StoreCheck(machine.Store).Run());
    }

    /// <summary>The power is cut wherever a layer is: what comes again is less than a segment and two blocks: 4 MiB.</summary>
    [Fact]
    public void Apply_CutWhileALayerComes_LosesLessThanFourMebibytes()
    {
        const int LargestBlock = 3700; // of the sample's
        Assert.Equal(4 << 20, PartialFile.UsualSegment + (2 << 20)); // no block is larger than 1 MiB
        PublishedRelease old = _site.Release(1, ("base", "a"));
        PublishedRelease next = _site.Release(2, ("base", string.Concat(Enumerable.Range('b', 30).Select(c => (char)c))));
        Counting whole = new(_site);
        SampleMachine.Built(_site, old).Apply(_site, next, whole);
        Assert.InRange(next.Release.Layers[0].Size, 6 * SampleMachine.Segment, 20 * SampleMachine.Segment);
        long most = 0;
        for (int at = 1; at < whole.Bytes; at += 1013)
        {
            SampleMachine machine = SampleMachine.Built(_site, old);
            SampleMachine before = machine.Copy();
            Counting source = new(_site) { BreaksAfter = at };
            Assert.Throws<PowerCut>(() => machine.Apply(_site, next, source));
            foreach (CrashStates.Fate fate in (CrashStates.Fate[])[CrashStates.Fate.Dropped, CrashStates.Fate.Kept, CrashStates.Fate.Torn])
            {
                SampleMachine found = before.After(machine, machine.Log.Count, fate, new Random(at));
                Counting rest = new(_site);
                Assert.Equal(ApplyOutcome.OnTrial, found.Apply(_site, next, rest));
                Assert.Empty(new StoreCheck(found.Store).Run());
                most = Math.Max(most, source.Bytes + rest.Bytes - whole.Bytes);
            }
        }
        Assert.InRange(most, 1, SampleMachine.Segment + (2 * LargestBlock));
    }

    [Fact]
    public void Apply_BlockThatTheDiskLost_IsFetched()
    {
        PublishedRelease old = _site.Release(1, ("base", "abcdefgh"));
        PublishedRelease next = _site.Release(2, ("base", "abcdefgX"));
        SampleMachine machine = SampleMachine.Built(_site, old);
        byte[] image = _site.Content(old.Release.Layers[0].Image);
        image[200] ^= 1; // in the first block
        machine.Volume.Put(Medium.PathOf(old.Release.Layers[0].Image), image);
        List<string> noticed = [];
        machine.Apply(_site, next, steps: new ApplySteps { Wait = _ => { }, WhenNoticed = noticed.Add });
        Assert.Equal(
            ["blocks of layers that are here were damaged (1) and came from the stick instead: 'strata-agent verify' says of which"],
            noticed);
        Assert.True(machine.Volume.TryRead(Medium.PathOf(next.Release.Layers[0].Image), int.MaxValue).AsSpan()
            .SequenceEqual(_site.Content(next.Release.Layers[0].Image)));
    }

    [Fact]
    public void Apply_NoRoom_SaysSoBeforeTheFirstByte()
    {
        PublishedRelease old = _site.Release(1, ("base", "abc"));
        PublishedRelease next = _site.Release(2, ("base", "abcdefghijklmnopqrstuvwxyz"));
        SampleMachine machine = SampleMachine.Built(_site, old, room: 1_100_000);
        string before = machine.Text;
        Counting source = new(_site);
        StrataException refusal = Assert.Throws<StrataException>(() => machine.Apply(_site, next, source));
        Assert.StartsWith("cannot go to release 2 (1.2): the store has 1.0", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, source.Bytes);
        Assert.Equal(before, machine.Text);
    }

    [Fact]
    public void Apply_ReleaseThatFailed_IsNotTriedAgainUnlessAsked()
    {
        PublishedRelease old = _site.Release(1, ("base", "abc"));
        PublishedRelease bad = _site.Release(2, ("base", "abX"));
        SampleMachine machine = SampleMachine.Built(_site, old);
        machine.Apply(_site, bad);
        machine.Count(bad, "+3", "+0-3");
        for (int i = 0; i < 2; i++) // also when nothing but the mark is left
        {
            StrataException refusal = Assert.Throws<StrataException>(() => machine.Apply(_site, bad));
            Assert.Equal("cannot go to release 2 (1.2): it was tried on this machine and did not prove good", refusal.Message);
            Assert.Equal([2], machine.Store.Failed());
            Assert.DoesNotContain(machine.Boot.List(), b => b.Digest == bad.Uki.Digest);
        }
        Assert.Equal(ApplyOutcome.OnTrial, machine.Apply(_site, bad, again: true));
        Assert.Empty(machine.Store.Failed());
        machine.Count(bad, "+3", "+0-3");
        PublishedRelease next = _site.Release(3, ("base", "abY"));
        Assert.Equal(ApplyOutcome.OnTrial, machine.Apply(_site, next)); // a failed one is in nobody's way
        Assert.Equal([2], machine.Store.Failed());
    }

    [Fact]
    public void Apply_KernelImageOfAnotherRelease_IsNotTried()
    {
        PublishedRelease old = _site.Release(1, ("base", "abc"));
        PublishedRelease other = _site.Release(3, ("base", "abZ"));
        PublishedRelease next = _site.Release(2, ("base", "abX")) with { Uki = other.Uki };
        SampleMachine machine = SampleMachine.Built(_site, old);
        StrataException refusal = Assert.Throws<StrataException>(() => machine.Apply(_site, next));
        Assert.Equal("cannot try release 2 (1.2): its kernel image has another release in it", refusal.Message);
        Assert.Equal(old.Uki.Digest, Assert.Single(machine.Boot.List()).Digest);
    }

    /// <summary>Five releases one after the other, each proven: three stay, and the store has what they need and nothing else.</summary>
    [Fact]
    public void Apply_ManyReleases_KeepsThree()
    {
        PublishedRelease[] all =
        [
            .. Enumerable.Range(1, 6).Select(n => _site.Release(n, ("base", "abc" + (char)('k' + n)), ($"only{n}", "" + (char)('A' + n)))),
        ];
        SampleMachine machine = SampleMachine.Built(_site, all[0]);
        machine.Store.Adopt(all[0]);
        foreach (PublishedRelease next in all[1..])
        {
            Assert.Equal(ApplyOutcome.OnTrial, machine.Apply(_site, next));
            machine.Count(next, "+3", "");
            machine.Running = next;
        }
        new Collection(machine.Store, machine.Boot).Run(null);
        Assert.Equal([4, 5, 6], machine.Store.ReadReleases().Recorded.Select(r => r.Counter));
        Assert.Equal(3, machine.Boot.List().Count);
        HashSet<Sha256Digest> needed = [.. all[3..].SelectMany(r => r.Release.Layers.SelectMany(l => (Sha256Digest[])[l.Image, l.Manifest])
            .Concat(r.Layers.Select(l => l.Index.Digest)))];
        Assert.Equal(
            needed.Select(d => Medium.PathOf(d)).Order(StringComparer.Ordinal),
            machine.Volume.Files.Select(f => f.Path).Where(p => p.StartsWith(Medium.ObjectFolder, StringComparison.Ordinal)));
        Assert.Equal(ReleaseWriter.Write(all[5].Release), machine.Volume.TryRead(Medium.ReleaseFile, 1 << 20));
    }

    /// <summary>What a record would keep is not known when it cannot be read: then nothing is removed.</summary>
    [Fact]
    public void Collect_DamagedRecord_RemovesNothing()
    {
        PublishedRelease old = _site.Release(1, ("base", "abc"));
        SampleMachine machine = new SampleMachine(old).With(_site, old);
        machine.Volume.Put($"{DeviceStore.Records}/1.json", "{"u8.ToArray());
        machine.Volume.Put("strata/cas/00/junk", [1]);
        string before = machine.Text;
        string told = Assert.Single(new Collection(machine.Store, machine.Boot).Run(null));
        Assert.StartsWith("strata/releases/1.json is damaged: ", told, StringComparison.Ordinal);
        Assert.Equal(before, machine.Text);
    }

    [Theory]
    [InlineData("edition", "cannot take release 5 (other 1.5): it is other for amd64, and this is os for amd64")]
    [InlineData("agent", "cannot take release 5 (os 1.5): it needs version 2 of what applies releases, and this is 1")]
    [InlineData("older", "cannot take release 5 (os 1.5): this machine has release 6, which is newer")]
    [InlineData("security", "cannot take release 5 (os 1.5): its security version is 0, and one with 3 has proven good here")]
    [InlineData("step", "cannot take release 5 (os 1.5): it is for machines that have release 4 or a later one, and this one has 3")]
    [InlineData(
        "unknown", "cannot take release 5 (os 1.5): it is for machines that have release 4 or a later one, and this one has none that was "
        + "published")]
    public void Demand_ReleaseThatIsNotForTheMachine_IsRefused(string why, string message)
    {
        PublishedRelease target = _site.Release(5, ("base", "abc"));
        DeviceStanding device = new(_site.Release(3, ("base", "abd")).Release, 3, 0);
        UpdateRules.Demand(target, device);
        (target, device) = why switch
        {
            "edition" => (target with { Release = target.Release with { Edition = "other" } }, device),
            "agent" => (target with { LeastAgent = 2 }, device),
            "older" => (target, device with { Counter = 6 }),
            "security" => (target, device with { LeastSecurity = 3 }),
            "step" => (target with { UpgradeFrom = 4 }, device),
            _ => (target with { UpgradeFrom = 4 }, device with { Counter = 0 }),
        };
        Assert.Equal(message, Assert.Throws<StrataException>(() => UpdateRules.Demand(target, device)).Message);
    }

    [Fact]
    public void Verify_DamagedAndMissingObjects_AreNamed()
    {
        PublishedRelease old = _site.Release(1, ("base", "abc"), ("net", "de"));
        SampleMachine machine = new SampleMachine(old).With(_site, old);
        StoreCheck check = new(machine.Store);
        Assert.Empty(check.Run());
        Assert.Equal(6, check.Objects);
        byte[] image = _site.Content(old.Release.Layers[0].Image);
        Assert.InRange(check.Bytes, image.Length, 1 << 20);
        image[^1] ^= 1;
        machine.Volume.Put(Medium.PathOf(old.Release.Layers[0].Image), image);
        machine.Volume.Remove(Medium.PathOf(old.Layers[1].Index.Digest));
        Assert.Equal(
            [
                new DamagedObject(old.Release.Layers[0].Image, image.Length, "layer base", "has other bytes than those of its digest"),
                new DamagedObject(old.Layers[1].Index.Digest, old.Layers[1].Index.Size, "block index of layer net", "is missing"),
            ],
            new StoreCheck(machine.Store).Run());
        FolderSource source = new(_site.Files, "the stick");
        new ReleaseApplier(machine.Store, machine.Boot, source, SampleMachine.Quiet()).Repair(new StoreCheck(machine.Store).Run());
        Assert.Empty(new StoreCheck(machine.Store).Run());
    }

    /// <summary>A block index that the disk has lost does not stand in the way of updates for good.</summary>
    [Fact]
    public void Apply_DamagedIndexOfAnEarlierTime_IsFetchedAgain()
    {
        PublishedRelease old = _site.Release(1, ("base", "abc"));
        PublishedRelease next = _site.Release(2, ("base", "abX"));
        SampleMachine machine = SampleMachine.Built(_site, old);
        machine.Volume.Put(Medium.PathOf(next.Layers[0].Index.Digest), new byte[next.Layers[0].Index.Size]);
        Assert.Equal(ApplyOutcome.OnTrial, machine.Apply(_site, next));
        Assert.Empty(new StoreCheck(machine.Store).Run());
    }

    private sealed class PowerCut : Exception;

    /// <summary>The published folder, with a count of what was fetched.</summary>
    private sealed class Counting(SampleSite site) : IUpdateSource
    {
        private readonly FolderSource _folder = new(site.Files, "the stick");

        public string Name => _folder.Name;

        public long Bytes { get; set; }

        public long BreaksAfter { get; init; } = long.MaxValue;

        public byte[]? TryRead(string path, int most) => _folder.TryRead(path, most);

        public void Read(string path, ByteRange range, TakeBytes take) => _folder.Read(path, range, bytes =>
        {
            Bytes += bytes.Length;
            take(bytes);
            if (Bytes > BreaksAfter)
            {
                throw new PowerCut();
            }
        });

        public void ReadAll(string path, long most, TakeBytes take) => Read(path, new ByteRange(0, most), take);
    }
}
