using Strata.Core;
using Strata.Updates.Storage;
using Strata.Updates.Trials;

namespace Strata.Updates.Tests.Trials;

/// <summary>
/// The power is cut at each step of what is done to kernel images: what has proven good is there, and the next time it is done.
/// </summary>
public class TrialCutTests
{
    private const string Folder = BootEntries.Folder + "/";

    private static readonly StartFacts s_second = new()
    {
        CountedPath = @"\EFI\Linux\box_2+2-1.efi", ImagePath = @"\EFI\Linux\box_2+2-1.efi",
    };

    private static FatModel Esp(params string[] files)
    {
        FatModel esp = new();
        foreach (string file in files)
        {
            esp.Put(Folder + file, ContentOf(file));
        }
        return esp;
    }

    // an image has what its name promises
    private static string ContentOf(string file) => string.Concat(Enumerable.Repeat(BootEntry.TryParse(file)!.Name, 40));

    private static void Try(IStorage esp, string version, string running = "1", StartFacts? start = null) =>
        new SystemdBoot(esp, "box", running, start ?? new StartFacts())
            .Try(version, new FatModel().Put("x", ContentOf($"box_{version}.efi")).TryOpen("x")!);

    public static TheoryData<string> Operations => ["first", "with rubbish", "full house", "pending", "bless", "roll back"];

    private static (FatModel Esp, Action<IStorage> Do, string[] After) Of(string operation) => operation switch
    {
        "first" => (Esp("box_1.efi"), e => Try(e, "2"), ["box_1.efi", "box_2+3.efi"]),
        "with rubbish" => (
            Esp("box_1.efi").Put(Folder + ".new-box_3.efi", "box_3box_"), e => Try(e, "3"), ["box_1.efi", "box_3+3.efi"]),
        "full house" => (
            Esp("box_1.efi", "box_2.efi", "box_3+0-3.efi"), e => Try(e, "4", "2"), ["box_1.efi", "box_2.efi", "box_4+3.efi"]),
        "pending" => (Esp("box_1.efi", "box_2+3.efi"), e => Try(e, "3"), ["box_1.efi", "box_3+3.efi"]),
        "bless" => (
            Esp("box_1.efi", "box_2+2-1.efi"), e => new SystemdBoot(e, "box", "2", s_second).Bless(), ["box_1.efi", "box_2.efi"]),
        _ => (
            Esp("box_1.efi", "box_2.efi", "box_3.efi"),
            e => new SystemdBoot(e, "box", "3", new StartFacts()).RollBack("1"), ["box_1.efi", "box_2+0-1.efi", "box_3+0-1.efi"]),
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Cut_AtEachStep_WhatHasProvenGoodStartsAndTheNextTimeItIsDone(string operation)
    {
        (FatModel whole, Action<IStorage> run, string[] after) = Of(operation);
        FatModel uncut = whole.Copy();
        run(uncut);
        Assert.Equal(after, Names(uncut));
        int states = 0;
        for (int step = 0; step < uncut.Steps; step++)
        {
            foreach (Cut how in Enum.GetValues<Cut>())
            {
                FatModel esp = whole.Copy();
                (esp.CutAt, esp.How) = (step, how);
                Assert.Throws<PowerCutException>(() => run(esp));
                AssertStarts(esp, $"{operation}, step {step}, {how}");
                AssertConverges(esp.Copy(), run, after, how, $"{operation}, step {step}, {how}");
                states++;
            }
        }
        Assert.True(states >= 4, $"{states} states");
    }

    /// <summary>A second cut, while the first is put right.</summary>
    [Fact]
    public void Cut_WhileACutIsPutRight_WhatHasProvenGoodStarts()
    {
        (FatModel whole, Action<IStorage> run, string[] after) = Of("full house");
        int most = Steps(whole, run);
        for (int first = 0; first < most; first++)
        {
            foreach (Cut how in Enum.GetValues<Cut>())
            {
                FatModel once = whole.Copy();
                (once.CutAt, once.How) = (first, how);
                Assert.Throws<PowerCutException>(() => run(once));
                for (int second = 0; second < Steps(once, run); second++)
                {
                    FatModel twice = once.Copy();
                    (twice.CutAt, twice.How) = (second, Cut.Both);
                    Assert.Throws<PowerCutException>(() => run(twice));
                    string state = $"steps {first} ({how}) and {second}";
                    AssertStarts(twice, state);
                    AssertConverges(twice.Copy(), run, after, how, state);
                }
            }
        }
    }

    private static int Steps(FatModel esp, Action<IStorage> run)
    {
        FatModel copy = esp.Copy();
        run(copy);
        return copy.Steps;
    }

    private static string[] Names(FatModel esp) => [.. esp.Files.Keys.Select(f => f[Folder.Length..])];

    /// <summary>Whatever systemd-boot would start is whole, and something that has proven good is there.</summary>
    private static void AssertStarts(FatModel esp, string state)
    {
        BootEntries entries = BootEntries.Read(esp, "box");
        string all = $"{state}: {string.Join(' ', Names(esp))}";
        Assert.True(entries.LastProven is not null, all);
        foreach (BootEntry entry in entries.All.Where(e => !e.IsBad))
        {
            Assert.True(esp.Files[Folder + entry.FileName] == ContentOf(entry.FileName), $"{all}: {entry.FileName} is not whole");
        }
    }

    private static void AssertConverges(FatModel esp, Action<IStorage> run, string[] after, Cut how, string state)
    {
        try
        {
            run(esp);
        }
        catch (StrataException e) when (how == Cut.Neither && e.Message.Contains("not there any more", StringComparison.Ordinal))
        {
            return; // the image on trial is lost, and the machine starts what has proven good
        }
        AssertStarts(esp, state);
        BootEntries entries = BootEntries.Read(esp, "box");
        List<string> expected = [.. after.Select(f => Told(BootEntry.TryParse(f)!)).Order(StringComparer.Ordinal)];
        List<string> told = [.. entries.Names.Select(n => Told(entries.Of(n)[0])).Order(StringComparer.Ordinal)];
        if (how == Cut.Neither)
        {
            // the image that was renamed is lost
            expected.RemoveAll(e => !told.Contains(e) && !e.EndsWith(" on trial", StringComparison.Ordinal));
        }
        Assert.True(expected.SequenceEqual(told), $"{state}: {string.Join(' ', Names(esp))}");
        Assert.Equal(BootEntry.TryParse(after[^1])!.IsOnTrial ? after[^1] : entries.LastProven!.FileName, entries.Next!.FileName);

        static string Told(BootEntry e) => $"{e.Name} {(e.IsProven ? "proven" : e.IsBad ? "bad" : "on trial")}";
    }
}
