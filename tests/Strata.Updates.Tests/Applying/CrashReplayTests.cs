using System.Globalization;
using Strata.Core;
using Strata.Testing.Storage;
using Strata.Testing.Updates;
using Strata.Updates.Releases;
using Strata.Updates.Storage;
using Xunit.Abstractions;

namespace Strata.Updates.Tests.Applying;

/// <summary>
/// Every state that a power cut can leave of a whole update, made from the operations that it consists of: each of them starts, and an
/// update from each of them ends where one without a power cut does.
/// </summary>
public class CrashReplayTests(ITestOutputHelper output)
{
    private const int Seeds = 24; // torn states of each point in time
    private static readonly CrashStates.Fate[] s_certain =
    [
        CrashStates.Fate.Dropped, CrashStates.Fate.Kept, CrashStates.Fate.NamesBeforeContents, CrashStates.Fate.ContentsBeforeNames,
    ];

    [Fact]
    public void FirstUpdateOfADisk_EachState_StartsAndConverges()
    {
        SampleSite site = new();
        PublishedRelease old = site.Release(1, ("base", "abcdefgh"), ("net", "mnop"));
        PublishedRelease next = site.Release(2, ("base", "abXdefgh"), ("net", "mnopYZ"), ("new", "QRSab"));
        Replay(site, Machine.Built(site, old), next, [old, next]);
    }

    [Fact]
    public void FourthRelease_EachState_StartsAndConverges()
    {
        SampleSite site = new();
        PublishedRelease[] all =
        [
            site.Release(1, ("base", "abcd")), site.Release(2, ("base", "abce")), site.Release(3, ("base", "abcf"), ("net", "mn")),
            site.Release(4, ("base", "abcgQRSTUVWXYZ"), ("net", "mno")),
        ];
        Machine machine = new Machine(all[2].Uki.Digest).With(site, all[0]).With(site, all[1]).With(site, all[2]);
        machine.Volume.Put(Medium.ReleaseFile, ReleaseWriter.Write(all[0].Release));
        machine.Volume.Put("strata/cas/00/junk", [1, 2, 3]);
        machine.Volume.Put("strata/incoming/" + Sha256Digest.Of("nobody's"u8), [1, 2, 3]);
        Replay(site, machine, all[3], all);
    }

    /// <summary>A second update on top of one that nobody has started yet, and that was broken once before.</summary>
    [Fact]
    public void UpdateOverOneOnTrial_EachState_StartsAndConverges()
    {
        SampleSite site = new();
        PublishedRelease[] all =
        [
            site.Release(4, ("base", "abcd")), site.Release(5, ("base", "abceghij")), site.Release(6, ("base", "abceghik"), ("net", "xyz")),
        ];
        Machine machine = new Machine(all[0].Uki.Digest).With(site, all[0]).With(site, all[1], "+3");
        Replay(site, machine, all[2], all);
    }

    /// <summary>The test finds what it is made for: the same update with a kind of operation that does nothing.</summary>
    [Theory]
    [InlineData(typeof(FileSynced))]
    [InlineData(typeof(FolderSynced))]
    public void UpdateThatDoesNotWaitForTheDisk_SomeState_DoesNotStart(Type left)
    {
        SampleSite site = new();
        PublishedRelease old = site.Release(1, ("base", "abcdefgh"));
        PublishedRelease next = site.Release(2, ("base", "abXdefgh"), ("new", "QRSab"));
        Machine start = Machine.Built(site, old);
        Machine whole = start.Copy();
        whole.Apply(site, next);
        whole.Log.RemoveAll(o => o.GetType() == left);
        int bad = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            Machine cut = After(start, whole, whole.Log.Count, CrashStates.Fate.Torn, new Random(seed));
            try
            {
                Demand(cut, [old, next], "");
            }
            catch (Xunit.Sdk.TrueException)
            {
                bad++;
            }
        }
        Assert.InRange(bad, 1, 20);
    }

    private void Replay(SampleSite site, Machine start, PublishedRelease target, PublishedRelease[] known)
    {
        Machine whole = start.Copy();
        whole.Apply(site, target);
        string expected = whole.Text;
        Demand(whole, known, "without a power cut");
        int states = 0;
        int cutTwice = 0;
        for (int point = 0; point <= whole.Log.Count; point++)
        {
            IEnumerable<(CrashStates.Fate, int)> fates = s_certain.Select(f => (f, 0))
                .Concat(Enumerable.Range(0, Seeds).Select(s => (CrashStates.Fate.Torn, s)));
            foreach ((CrashStates.Fate fate, int seed) in fates)
            {
                Random random = new((point * 1000) + seed);
                string name = string.Create(CultureInfo.InvariantCulture, $"after {point} operations, {fate} {seed}");
                Machine cut = After(start, whole, point, fate, random);
                Demand(cut, known, name);
                if (fate == CrashStates.Fate.Torn && seed % 4 == 0 && CutAgain(cut, site, target, random) is Machine twice)
                {
                    Demand(twice, known, name + ", and again");
                    cut = twice;
                    cutTwice++;
                }
                cut.Apply(site, target);
                Assert.True(expected == cut.Text, $"{name}: it ends otherwise\n{Difference(expected, cut.Text)}");
                states++;
            }
        }
        output.WriteLine($"{whole.Log.Count} operations, {states} states, {cutTwice} of them cut twice");
        Assert.True(whole.Log.Count > 50 && cutTwice > 50, "the update is too short to prove anything");
    }

    private static Machine After(Machine start, Machine ended, int point, CrashStates.Fate fate, Random random)
    {
        List<StorageOperation> log = [];
        IEnumerable<StorageOperation> until = ended.Log.Take(point);
        return new Machine(
            log, CrashStates.After([.. start.Volume.Files], start.Volume.Folders, ended.Volume, until, fate, random, log),
            CrashStates.After([.. start.Esp.Files], start.Esp.Folders, ended.Esp, until, fate, random, log), start.Running);
    }

    /// <summary>The update that goes on after a power cut is cut as well; null when it came to its end before.</summary>
    private static Machine? CutAgain(Machine cut, SampleSite site, PublishedRelease target, Random random)
    {
        Machine again = cut.Copy();
        int left = random.Next(1, 80);
        again.Volume.BeforeChange = again.Esp.BeforeChange = () =>
        {
            if (--left == 0)
            {
                throw new PowerCut();
            }
        };
        try
        {
            again.Apply(site, target);
            return null;
        }
        catch (PowerCut)
        {
            return After(cut, again, again.Log.Count, CrashStates.Fate.Torn, random);
        }
    }

    /// <summary>Whatever firmware may start is whole, with all of its layers, and what has proven good and runs is among it.</summary>
    private static void Demand(Machine machine, PublishedRelease[] known, string name)
    {
        List<Sha256Digest> bootable = [];
        foreach ((string path, byte[] content) in machine.Esp.Files.Where(f => f.Path.EndsWith(".efi", StringComparison.Ordinal) && !f.Path.Contains("/.", StringComparison.Ordinal)))
        {
            Sha256Digest digest = Sha256Digest.Of(content);
            PublishedRelease? release = known.FirstOrDefault(r => r.Uki.Digest == digest);
            Assert.True(release is not null, $"{name}: {path} is no kernel image");
            foreach (ReleaseLayer layer in release.Release.Layers)
            {
                byte[]? image = machine.Volume.TryRead(Medium.PathOf(layer.Image), int.MaxValue);
                Assert.True(
                    image is not null && Sha256Digest.Of(image) == layer.Image,
                    $"{name}: {path} would be started, and its layer {layer.Name} is {(image is null ? "not there" : "damaged")}");
            }
            bootable.Add(digest);
        }
        Assert.True(bootable.Contains(machine.Running), $"{name}: the release that has proven good is gone");
        foreach ((string path, byte[] content) in machine.Volume.Files.Where(f => f.Path.StartsWith("strata/releases/", StringComparison.Ordinal)
            && f.Path.EndsWith(".json", StringComparison.Ordinal) && !f.Path.Contains("/.", StringComparison.Ordinal)))
        {
            Assert.True(PublishedReleaseText.Read(content).Counter > 0, $"{name}: {path} is no record");
        }
    }

    private static string Difference(string expected, string found)
    {
        string[] wanted = expected.Split('\n');
        string[] there = found.Split('\n');
        return string.Join('\n', wanted.Except(there).Select(l => "- " + l).Concat(there.Except(wanted).Select(l => "+ " + l)));
    }

    private sealed class PowerCut : Exception;
}
