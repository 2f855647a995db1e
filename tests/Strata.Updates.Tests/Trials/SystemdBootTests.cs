using Strata.Core;
using Strata.Updates.Applying;
using Strata.Updates.Storage;
using Strata.Updates.Trials;

namespace Strata.Updates.Tests.Trials;

/// <summary>What is done to kernel images, and what is refused; the volume is FAT in memory.</summary>
public class SystemdBootTests
{
    private const string Folder = BootEntries.Folder + "/";

    private static FatModel Esp(params string[] files)
    {
        FatModel esp = new() { Capacity = 1 << 18 };
        foreach (string file in files)
        {
            esp.Put(Folder + file, file);
        }
        return esp;
    }

    private static SystemdBoot Boot(FatModel esp, string running, string? started = null) =>
        new(esp, "box", running, new StartFacts { CountedPath = started is null ? "" : @"\EFI\Linux\" + started });

    private static IStoredFile Image(string content) => new FatModel().Put("x", content).TryOpen("x")!;

    private static string Names(FatModel esp) => string.Join(' ', esp.Files.Keys.Select(f => f[Folder.Length..]));

    [Fact]
    public void Try_WhatRunsIsOnTrialItself_IsRefused()
    {
        FatModel esp = Esp("box_1.efi", "box_2+2-1.efi");
        StrataException failure = Assert.Throws<StrataException>(() => Boot(esp, "2", "box_2+2-1.efi").Try("3", Image("three")));
        Assert.Equal("cannot put box_3 on trial: box_2, which runs, is on trial itself", failure.Message);
        Assert.Equal("box_1.efi box_2+2-1.efi", Names(esp));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0.9")]
    [InlineData("2~rc1")]
    public void Try_VersionThatWouldNotBeStartedNext_IsRefused(string version)
    {
        FatModel esp = Esp("box_2.efi");
        StrataException failure = Assert.Throws<StrataException>(() => Boot(esp, "2").Try(version, Image("other")));
        Assert.Contains("box_2 would be started in its place, as its version is no older", failure.Message, StringComparison.Ordinal);
        Assert.Equal("box_2.efi", Names(esp));
    }

    [Theory]
    [InlineData("auto-box", "2")]
    [InlineData("box", "2+3")] // '+' is no part of a name
    public void Try_Name_IsOneThatSystemdBootFinds(string edition, string version)
    {
        FatModel esp = Esp("box_1.efi");
        SystemdBoot boot = new(esp, edition, "1", new StartFacts());
        if (edition == "box")
        {
            boot.Try(version, Image("two"));
            Assert.Equal("box_1.efi box_2_3+3.efi", Names(esp));
            return;
        }
        StrataException failure = Assert.Throws<StrataException>(() => boot.Try(version, Image("two")));
        Assert.Contains("finds no kernel image of that name", failure.Message, StringComparison.Ordinal);
        Assert.Throws<StrataException>(() => Boot(esp, "1").Try(new string('7', 250), Image("two")));
    }

    [Fact]
    public void Try_OtherImageOfAVersionThatIsProven_IsRefused()
    {
        FatModel esp = Esp("box_1.efi", "box_2.efi");
        StrataException failure = Assert.Throws<StrataException>(() => Boot(esp, "1").Try("2", Image("other")));
        Assert.Equal("cannot put box_2 on trial: another kernel image of that version is there", failure.Message);
    }

    [Fact]
    public void Try_SameAgain_ChangesNothing()
    {
        FatModel esp = Esp("box_1.efi");
        Boot(esp, "1").Try("2", Image("two"));
        int steps = esp.Steps;
        Boot(esp, "1").Try("2", Image("two"));
        Assert.Equal(steps, esp.Steps);
        Boot(esp, "1").Try("2", Image("two, built anew")); // nobody has started the other
        Assert.Equal("two, built anew", esp.Files[Folder + "box_2+3.efi"]);
    }

    [Fact]
    public void Try_OneThatFailed_GetsItsTriesBack()
    {
        FatModel esp = Esp("box_1.efi").Put(Folder + "box_2+0-3.efi", "two");
        Assert.Equal([BootImageState.Proven, BootImageState.Failed], Boot(esp, "1").List().Select(i => i.State));
        Boot(esp, "1").Try("2", Image("two"));
        Assert.Equal("box_1.efi box_2+3.efi", Names(esp));
    }

    [Fact]
    public void Try_NoRoom_IsRefusedBeforeAnythingIsRemoved()
    {
        FatModel esp = Esp("box_1.efi", "box_2.efi", "box_0+0-3.efi");
        int steps = esp.Steps;
        StrataException failure = Assert.Throws<StrataException>(() => Boot(esp, "2").Try("3", Image(new string('x', 1 << 18))));
        Assert.Equal(
            "cannot keep a kernel image of 256 KiB: the EFI system partition has room for 192 KiB", failure.Message);
        Assert.Equal(steps, esp.Steps);
        Assert.Throws<StrataException>(() => Boot(esp, "2").DemandRoom(1 << 18, new HashSet<Sha256Digest>()));
        Boot(esp, "2").DemandRoom(100_000, new HashSet<Sha256Digest>());
    }

    /// <summary>However many come: what runs and what has proven good last are there.</summary>
    [Fact]
    public void Try_ManyOneAfterTheOther_KeepsThree()
    {
        FatModel esp = Esp("box_1.efi");
        for (int version = 2; version < 12; version++)
        {
            Boot(esp, $"{version - 1}").Try($"{version}", Image($"image {version}"));
            Assert.Contains($"box_{version - 1}.efi", Names(esp), StringComparison.Ordinal);
            esp.Rename(Folder + $"box_{version}+3.efi", Folder + $"box_{version}+2-1.efi"); // as systemd-boot does
            Assert.True(Boot(esp, $"{version}", $"box_{version}+2-1.efi").Bless());
            Assert.InRange(esp.Files.Count, 2, SystemdBoot.MostImages);
        }
        Assert.Equal("box_10.efi box_11.efi box_9.efi", Names(esp));
    }

    [Fact]
    public void Collect_KeepsWhatItIsTold_WhatRunsAndTheLastThatIsProven()
    {
        FatModel esp = Esp("box_1.efi", "box_2.efi", "box_3.efi", "box_4+0-3.efi", "box_5+3.efi", ".new-box_6.efi", "other_1.efi");
        Boot(esp, "2").Collect(new HashSet<Sha256Digest> { Sha256Digest.Of("box_5+3.efi"u8), Sha256Digest.Of("box_4+0-3.efi"u8) });
        Assert.Equal("box_2.efi box_3.efi box_5+3.efi other_1.efi", Names(esp));
    }

    [Fact]
    public void Bless_ImageWasRolledBackSince_IsRefused()
    {
        FatModel esp = Esp("box_1.efi", "box_2+2-1.efi");
        SystemdBoot boot = Boot(esp, "2", "box_2+2-1.efi");
        Assert.Equal("box_1", boot.RollBack(null));
        Assert.Equal("box_1.efi box_2+0-1.efi", Names(esp));
        StrataException failure = Assert.Throws<StrataException>(() => boot.Bless());
        Assert.Equal("cannot say that box_2 is good: box_2+2-1.efi, which was started, is called box_2+0-1.efi now", failure.Message);
        Assert.Equal(BootImageState.Failed, boot.RunningState());
    }

    [Theory]
    [InlineData("2", null)]
    [InlineData("3", "5")]
    [InlineData("3", "3")]
    public void RollBack_NothingProvenThere_IsRefused(string running, string? to)
    {
        FatModel esp = Esp("box_2.efi", "box_3+2-1.efi", "box_5+3.efi", "box_1+0-3.efi");
        string before = Names(esp);
        Assert.Throws<StrataException>(() => Boot(esp, running).RollBack(to));
        Assert.Equal(before, Names(esp));
    }

    [Fact]
    public void RollBack_OverSeveral_StartsThatOneNext()
    {
        FatModel esp = Esp("box_1.efi", "box_2.efi", "box_3.efi", "box_4+3.efi");
        SystemdBoot boot = Boot(esp, "3");
        Assert.Equal("box_1", boot.RollBack("1"));
        Assert.Equal("box_1.efi box_2+0-1.efi box_3+0-1.efi box_4+0-1.efi", Names(esp));
        Assert.Equal("box_1", boot.Entries().Next!.Name);
    }

    [Fact]
    public void TrialHistory_OfAnotherForm_IsRefused_AndRoundTrips()
    {
        TrialHistory history = TrialHistory.Empty;
        for (int i = 0; i < TrialHistory.MostEvents + 5; i++)
        {
            history = history.With(new TrialEvent("box_1", TrialEventKind.NotWell, i, "\"why\"\n" + new string('x', 600)));
        }
        Assert.Equal(TrialHistory.MostEvents, history.Events.Count);
        byte[] text = history.Write();
        Assert.True(text.Length < TrialHistory.MaxBytes);
        Assert.Equal(text, TrialHistory.Read(text).Write());
        Assert.Throws<ImageFormatException>(() => TrialHistory.Read([.. text, (byte)' ']));
        Assert.Empty(TrialHistory.Of(new FatModel().Put(TrialHistory.FileName, "damaged")).Events);
    }

    [Theory]
    [InlineData("""{"format":"strata-health-1","settle":0,"within":9,"checks":[]}""", "settle is 0")]
    [InlineData("""{"format":"strata-health-1","settle":9,"within":9,"checks":[]}""", "within is 9, expected more than settle (9)")]
    [InlineData(
        """{"format":"strata-health-1","settle":1,"within":9,"checks":[{"name":"a","within":61,"command":["/x"]}]}""",
        "'a' has 61 seconds")]
    [InlineData(
        """{"format":"strata-health-1","settle":1,"within":9,"checks":[{"name":"a","within":1,"command":["x"]}]}""", "absolute path")]
    [InlineData("""{"format":"strata-health-2","settle":1,"within":9,"checks":[]}""", "another one than strata-health-1")]
    public void HealthPlan_RuleBroken_IsNamed(string text, string problem)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text + "\n");
        ImageFormatException failure = Assert.Throws<ImageFormatException>(() => HealthPlan.Read(bytes));
        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
    }
}
