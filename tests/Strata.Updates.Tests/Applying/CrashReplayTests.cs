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
    private const int Seeds = 26; // torn states of each point in time
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
        Replay(site, SampleMachine.Built(site, old), next, [old, next]);
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
        SampleMachine machine = new SampleMachine(all[2]).With(site, all[0]).With(site, all[1]).With(site, all[2]);
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
        SampleMachine machine = new SampleMachine(all[0]).With(site, all[0]).With(site, all[1], "+3");
        Replay(site, machine, all[2], all);
    }

    /// <summary>The same for machines and releases of all sorts, each made by a seed: ten thousand different states.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public void MachinesOfAllSorts_EachState_StartsAndConverges()
    {
        int different = 0;
        for (int seed = 0; seed < 60 && different < 10_000; seed++)
        {
            Random random = new(seed);
            SampleSite site = new();
            PublishedRelease[] all = [.. Enumerable.Range(1, 5).Select(n => site.Release(n, Layers(random, n)))];
            bool isBuilt = random.Next(3) == 0;
            SampleMachine start = isBuilt ? SampleMachine.Built(site, all[2]) : new SampleMachine(all[2]).With(site, all[2]);
            for (int n = 0; n < 4; n++)
            {
                if (n != 2 && !isBuilt && random.Next(2) == 0)
                {
                    start.With(site, all[n], n < 2 ? "" : random.Next(2) == 0 ? "+3" : "+0-3");
                }
            }
            if (random.Next(2) == 0)
            {
                start.Volume.Put("strata/incoming/" + all[4].Release.Layers[0].Image, site.Content(all[4].Release.Layers[0].Image)[..^500]);
                start.Volume.Put("strata/cas/ab/junk", [1]);
            }
            different += Replay(site, start, all[4], all);
        }
        Assert.InRange(different, 10_000, 30_000);

        static (string, string)[] Layers(Random random, int release) =>
        [
            .. Enumerable.Range(0, 1 + random.Next(3)).Select(l => (
                $"layer{l}",
                string.Concat(Enumerable.Range(0, 4 + random.Next(12)).Select(_ => (char)('a' + random.Next(30)))) + (char)('0' + release)
            )),
        ];
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
        SampleMachine start = SampleMachine.Built(site, old);
        SampleMachine whole = start.Copy();
        whole.Apply(site, next);
        whole.Log.RemoveAll(o => o.GetType() == left);
        int bad = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            SampleMachine cut = start.After(whole, whole.Log.Count, CrashStates.Fate.Torn, new Random(seed));
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

    /// <summary>Goes through all states; returns how many different ones there were.</summary>
    private int Replay(SampleSite site, SampleMachine start, PublishedRelease target, PublishedRelease[] known)
    {
        SampleMachine whole = start.Copy();
        whole.Apply(site, target);
        string expected = whole.TextOfWhatCounts;
        Demand(whole, known, "without a power cut");
        HashSet<string> seen = new(StringComparer.Ordinal);
        int states = 0;
        int cutTwice = 0;
        for (int point = 0; point <= whole.Log.Count; point++)
        {
            IEnumerable<(CrashStates.Fate, int)> fates = s_certain.Select(f => (f, 0))
                .Concat(Enumerable.Range(0, Seeds).Select(s => (CrashStates.Fate.Torn, s)));
            foreach ((CrashStates.Fate fate, int seed) in fates)
            {
                Random random = new((whole.Log.Count * 1_000_000) + (point * 1000) + seed);
                string name = string.Create(CultureInfo.InvariantCulture, $"after {point} operations, {fate} {seed}");
                SampleMachine cut = start.After(whole, point, fate, random);
                states++;
                if (!seen.Add(cut.Text))
                {
                    continue; // the same files: the same would come of them
                }
                Demand(cut, known, name);
                if (fate == CrashStates.Fate.Torn && seed % 4 == 0 && CutAgain(cut, site, target, random) is SampleMachine twice)
                {
                    Demand(twice, known, name + ", and again");
                    cut = twice;
                    cutTwice++;
                }
                cut.Apply(site, target);
                Assert.True(expected == cut.TextOfWhatCounts, $"{name}: it ends otherwise\n{Difference(expected, cut.TextOfWhatCounts)}");
            }
        }
        output.WriteLine($"{whole.Log.Count} operations, {states} states, {seen.Count} different ones, {cutTwice} cut twice");
        Assert.True(whole.Log.Count > 30 && seen.Count > 100 && cutTwice > 5, "the update is too short to prove anything");
        return seen.Count;
    }

    /// <summary>The update that goes on after a power cut is cut as well; null when it came to its end before.</summary>
    private static SampleMachine? CutAgain(SampleMachine cut, SampleSite site, PublishedRelease target, Random random)
    {
        SampleMachine again = cut.Copy();
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
            return cut.After(again, again.Log.Count, CrashStates.Fate.Torn, random);
        }
    }

    /// <summary>Whatever firmware may start is whole, with all of its layers, and what has proven good and runs is among it.</summary>
    private static void Demand(SampleMachine machine, PublishedRelease[] known, string name)
    {
        List<Sha256Digest> bootable = [];
        foreach ((string path, byte[] content) in machine.Esp.Files.Where(f => IsNamed(f.Path, ".efi")))
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
        Assert.True(bootable.Contains(machine.Running.Uki.Digest), $"{name}: the release that has proven good is gone");
        foreach ((string path, byte[] content) in machine.Volume.Files.Where(f =>
            f.Path.StartsWith("strata/releases/", StringComparison.Ordinal) && IsNamed(f.Path, ".json")))
        {
            Assert.True(PublishedReleaseText.Read(content).Counter > 0, $"{name}: {path} is no record");
        }
    }

    // not one that is being written
    private static bool IsNamed(string path, string end) =>
        path.EndsWith(end, StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal);

    private static string Difference(string expected, string found)
    {
        string[] wanted = expected.Split('\n');
        string[] there = found.Split('\n');
        return string.Join('\n', wanted.Except(there).Select(l => "- " + l).Concat(there.Except(wanted).Select(l => "+ " + l)));
    }

    private sealed class PowerCut : Exception;
}
