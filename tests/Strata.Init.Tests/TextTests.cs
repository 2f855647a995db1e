using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Init.CommandLine;
using Strata.Init.Layers;
using Strata.Init.Modules;
using Strata.Init.Reports;
using Strata.Init.Stores;

namespace Strata.Init.Tests;

public class TextTests
{
    [Fact]
    public void NoStore_DisksThere_ListsThemWithWhatWasWrong()
    {
        BlockDevice tried = new() { Name = "vda1", Size = 64 << 20, FileSystem = new FileSystemFacts("vfat", "STRATA", "ABCD-1234") };
        BlockDevice other = new() { Name = "sda", Size = 500L << 30 };
        BootException failure = StoreFailures.NoStore(
            new BootOptions(), [tried, other], new Dictionary<string, string>(StringComparer.Ordinal) { ["vda1"] = "has no folder strata/cas" });
        Assert.Equal("""

            *** pico 1.2 cannot be started.

                Cannot find the layers of the system: a partition or medium labelled 'STRATA', a partition of the store's type, or a CD or DVD did not appear within 10 s.

                What was found:
                  - vda1: 64.0 MiB, vfat, label 'STRATA'; has no folder strata/cas
                  - sda: 500.0 GiB, no file system known here

                What else was noticed:
                  - a note

                What to try:
                  - If the system lies on a stick or disc: is it plugged in? Try another port, and one of the machine itself instead of a hub.
                  - Slow disks and sticks need time: strata.wait=60 on the kernel command line waits longer than 10 s.
                  - strata.debug on the kernel command line says more and ends in a shell when there is one.


            """, FailureTexts.Of(failure, ["a note"], "pico 1.2"));
    }

    [Fact]
    public void NoStore_NoDisks_PointsAtDrivers()
    {
        BootException failure = StoreFailures.NoStore(
            new BootOptions { Store = "mine" }, [], new Dictionary<string, string>(StringComparer.Ordinal));
        Assert.Equal(["no disks or partitions at all"], failure.Facts);
        Assert.Contains(failure.Advice, a => a.StartsWith("Not a single disk was found", StringComparison.Ordinal));
        Assert.Contains("'mine' (strata.store=)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ManyStates_Text_NamesAllOfThem()
    {
        FileSystemFacts facts = new("ext4", "state", "0b2f6c1e-3c52-4f0a-9d77-6a2f1c9b8e10");
        BlockDevice own = new() { Name = "vda3", Size = 32 << 20, FileSystem = facts };
        BlockDevice plugged = new() { Name = "sda", Size = 1L << 30, FileSystem = new FileSystemFacts("ext4", "STATE", "evil\u001b[2J") };
        BootOptions options = new() { Changes = ChangesKind.Partition, State = "state" };
        Assert.Equal("""

            *** pico 1.2 cannot be started.

                Cannot choose the partition 'state' for changes (state=): 2 devices bear that name.

                What was found:
                  - sda: 1.0 GiB, ext4, label 'STATE', UUID evil?[2J
                  - vda3: 32.0 MiB, ext4, label 'state', UUID 0b2f6c1e-3c52-4f0a-9d77-6a2f1c9b8e10

                What to try:
                  - Whatever lies on that partition runs as part of the system. Take the disk away that does not belong here.
                  - If both belong here: write the UUID of the right one behind state=.


            """, FailureTexts.Of(StoreFailures.ManyStates(options, [plugged, own]), [], "pico 1.2"));
        Assert.Equal(
            "state=state names 2 devices (sda, vda3): vda3 counts, for it lies on the disk that the firmware started",
            StoreFailures.StateOfBootDisk(options, [plugged, own], own));
    }

    /// <summary>
    /// Words of the command line and of strangers' disks stand in each of these texts: none may reach the terminal as a control character.
    /// </summary>
    [Fact]
    public void Failures_NamesWithControlCharacters_AreShownWithout()
    {
        const string Evil = "evil\u001b[2J\u0007\n";
        BlockDevice device = new()
        {
            Name = "sda1", Size = 64 << 20, PartitionLabel = Evil + "part",
            FileSystem = new FileSystemFacts("ext4", Evil + "label", Evil + "uuid"),
        };
        BootOptions options = new() { Store = Evil + "store", State = Evil + "state", Changes = ChangesKind.Partition };
        Dictionary<string, string> tried = new(StringComparer.Ordinal) { ["sda1"] = "has no folder" };
        BootException[] failures =
        [
            StoreFailures.NoStore(options, [device], tried), StoreFailures.NoState(options, [device]),
            StoreFailures.ManyStates(options, [device, device]),
        ];
        string[] texts =
        [
            .. failures.SelectMany(f => (string[])[f.Message, .. f.Facts, .. f.Advice]),
            StoreFailures.StateOfBootDisk(options, [device, device], device),
        ];
        Assert.All(texts, t => Assert.DoesNotContain(t, char.IsControl));
        foreach (string name in (string[])["store", "state", "label", "uuid", "part"])
        {
            Assert.Contains(texts, t => t.Contains($"evil?[2J??{name}", StringComparison.Ordinal)); // and each of them is there
        }
        Assert.Contains("has no folder", string.Join('\n', failures[0].Facts), StringComparison.Ordinal);
        Assert.Contains("'evil?[2J??store'", failures[0].Advice[0], StringComparison.Ordinal);
        Assert.Contains("'evil?[2J??state'", failures[1].Advice[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Failure_OfOurOwnMaking_StillTellsSomething()
    {
        string text = FailureTexts.Of(new InvalidOperationException("a fault of the program"), [], "");
        Assert.Contains("*** This system cannot be started.", text, StringComparison.Ordinal);
        Assert.Contains("A fault of the program.", text, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", text, StringComparison.Ordinal);
        Assert.Contains("What to try:", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "switches itself off in 60 s")]
    [InlineData(5, "restarts in 5 s")]
    [InlineData(-1, "restarts now")]
    public void Announcement_Panic_DecidesTheEnd(int? seconds, string expected) =>
        Assert.Contains(expected, EndOfStart.Announcement(new BootOptions { PanicSeconds = seconds }), StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "This release is on trial: the machine restarts in 10 s.")]
    [InlineData(5, "The machine restarts in 5 s")]
    [InlineData(-1, "The machine restarts now")]
    public void Announcement_OnTrial_ItNeverSwitchesItselfOff(int? seconds, string expected) =>
        Assert.Contains(
            expected, EndOfStart.Announcement(new BootOptions { PanicSeconds = seconds }, isOnTrial: true), StringComparison.Ordinal);

    [Fact]
    public void ConsoleNames_OfTheKernel_NoPaths() => Assert.Equal(["tty0", "ttyS0"], Screen.ConsoleNames("tty0 ../etc/passwd a.b ttyS0\n"));

    [Fact]
    public void ModuleList_Lines_PathsAndParameters()
    {
        IReadOnlyList<ModuleFile> modules = ModuleList.Parse("# drivers\n/strata/lib/loop.ko max_loop=4 x=1\n\n  /strata/lib/dm-mod.ko.xz \n"u8);
        Assert.Equal([new ModuleFile("/strata/lib/loop.ko", "max_loop=4 x=1"), new ModuleFile("/strata/lib/dm-mod.ko.xz", "")], modules);
        Assert.Equal(["loop", "dm_mod"], modules.Select(m => m.Name));
        Assert.Equal([false, true], modules.Select(m => m.IsCompressed));
    }

    [Fact]
    public void ModuleList_RelativePath_IsRefusedWithItsPlace()
    {
        ImageFormatException fault = Assert.Throws<ImageFormatException>(() => ModuleList.Parse("/a.ko\nb.ko\n"u8));
        Assert.Equal(6, fault.OffsetBytes);
        Assert.Throws<ImageFormatException>(() => ModuleList.Parse(new byte[ModuleList.MaxBytes + 1]));
    }

    [Fact]
    public void Report_Json_HasWhatLaterToolsRead()
    {
        Strata.Updates.Releases.Release release = LayerTests.ReleaseOf(LayerTests.Layer("base") with { IsBase = true }, LayerTests.Layer("a"), LayerTests.Layer("b"));
        BootReport report = new()
        {
            Release = release,
            Store = new LayerStore("/run/strata/store/vda2",
                new BlockDevice { Name = "vda2", FileSystem = new FileSystemFacts("vfat", "STRATA", "") }, "medium"),
            Layers = [new LayerFate(release.Layers[0], null, false), new LayerFate(release.Layers[1], "is damaged", true), new LayerFate(release.Layers[2], "was not asked for", false)],
            Options = new BootOptions { Changes = ChangesKind.Partition, State = "KEEP" },
            Problems = ["layer a is damaged"],
            Milliseconds = 42,
        };
        string text = Encoding.UTF8.GetString(report.ToJson());
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        JsonElement json = JsonElement.Parse(text);
        Assert.Equal("strata-boot-1", json.GetProperty("format").GetString());
        Assert.Equal("partition KEEP", $"{json.GetProperty("changes")} {json.GetProperty("state")}");
        Assert.Equal("medium vda2 vfat STRATA", string.Join(' ', json.GetProperty("store").EnumerateObject().Select(p => p.Value.GetString())));
        Assert.Equal(["mounted", "refused", "left out"], json.GetProperty("layers").EnumerateArray().Select(l => l.GetProperty("is").GetString()));
        Assert.Equal(42, json.GetProperty("milliseconds").GetInt64());
    }
}
