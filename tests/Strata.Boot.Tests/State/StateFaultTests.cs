using Strata.Boot.Tests.Layers;
using Strata.Testing;
using Strata.Updates.State;

namespace Strata.Boot.Tests.State;

/// <summary>State that is not as it should be: the system starts, says so, and nothing of the old is lost.</summary>
[Collection("guests with layers")]
public sealed class StateFaultTests : IDisposable
{
    private const int Block = 4096;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Boot_DamagedState_IsSetAsideAndAnotherOneIsMade()
    {
        StateBench bench = new(_folder);
        await bench.MakeAsync(StateBench.Plan);
        string id = StateBench.Said(await bench.RunAsync(), "id");
        long at = bench.OffsetOf(3);
        Overwrite(bench.Disk, at + Block, 64); // the descriptor of its first group
        byte[] damaged = Read(bench.Disk, at, 32 << 20);

        // no room beside it
        GuestRun without = await bench.RunAsync();
        Assert.Matches("THE STATE OF THIS MACHINE CANNOT BE USED: vda3: 6[0-9].0 MiB, ext4, label 'strata-state'", without.Text);
        Assert.Contains("no room for another one beside it, the system starts without", without.Text, StringComparison.Ordinal);
        Assert.Equal("0, etc 0, lost 0", StateBench.Said(without, "data"));
        Assert.Equal(damaged, Read(bench.Disk, at, 32 << 20));

        using (FileStream disk = File.OpenWrite(bench.Disk))
        {
            disk.SetLength(disk.Length + (48 << 20)); // a larger disk
        }
        GuestRun beside = await bench.RunAsync();
        Assert.Contains("The system starts with an empty one, vda4.", beside.Text, StringComparison.Ordinal);
        Assert.Equal("0, etc 0, lost 0", StateBench.Said(beside, "data"));
        Assert.NotEqual(id, StateBench.Said(beside, "id"));
        Assert.Equal(damaged, Read(bench.Disk, at, 32 << 20));
        bench.Judge(number: 4);

        GuestRun next = await bench.RunAsync();
        Assert.Equal("1, etc 1, lost 0", StateBench.Said(next, "data"));
        Assert.Contains("\"device\":\"vda4\"", StateBench.Said(next, "state"), StringComparison.Ordinal);
        Assert.EndsWith("\"problems\":[]}", StateBench.Said(next, "state"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_NoRoomForState_SaysSoAndStarts()
    {
        StateBench bench = new(_folder);
        await bench.MakeAsync(StateBench.Plan, restMiB: 8);
        GuestRun run = await bench.RunAsync();
        Assert.Contains("vda has no partition 'strata-state' and no free rest of 16.0 MiB", run.Text, StringComparison.Ordinal);
        Assert.Equal("0, etc 0, lost 0", StateBench.Said(run, "data"));
    }

    [SkippableFact]
    public async Task Boot_FullState_SaysSoAndKeepsWhatIsThere()
    {
        StateBench bench = new(_folder);
        await bench.MakeAsync(StateBench.Plan);
        await bench.RunAsync("do=fill");
        GuestRun full = await bench.RunAsync("do=unfill");
        Assert.Contains("the state on vda3 is full: ", full.Text, StringComparison.Ordinal);
        GuestRun after = await bench.RunAsync();
        Assert.DoesNotContain("is full", after.Text, StringComparison.Ordinal);
        bench.Judge();
    }

    [SkippableFact]
    public async Task Boot_StateOfAnotherEdition_IsLeftAndTold()
    {
        StateBench bench = new(_folder);
        await bench.MakeAsync(StateBench.Plan);
        await bench.RunAsync();
        using TemporaryFolder second = new();
        StateBench other = new(second);
        await other.MakeAsync(StateBench.Plan with { Edition = "other" });
        File.Copy(bench.Disk, other.Disk, overwrite: true);
        GuestRun run = await other.RunAsync();
        Assert.Contains("was begun by the edition 'bench': its part stays as it is", run.Text, StringComparison.Ordinal);
        Assert.Equal("0, etc 0, lost 0", StateBench.Said(run, "data"));
        File.Copy(other.Disk, bench.Disk, overwrite: true);
        Assert.Equal("1, etc 1, lost 0", StateBench.Said(await bench.RunAsync(), "data"));
    }

    // by a file on the boot partition: OwnedMachineTests
    [SkippableFact]
    public async Task Boot_Reset_DeletesWhatWasKept()
    {
        StateBench bench = new(_folder);
        await bench.MakeAsync(StateBench.Plan);
        string id = StateBench.Said(await bench.RunAsync(), "id");
        GuestRun kiosk = await bench.RunAsync("kiosk");
        Assert.Equal("0, etc 0, lost 0", StateBench.Said(kiosk, "data"));
        GuestRun reset = await bench.RunAsync("strata.reset");
        Assert.Contains("FACTORY RESET: everything that this system kept on vda3 was deleted", reset.Text, StringComparison.Ordinal);
        Assert.Equal("0, etc 0, lost 0", StateBench.Said(reset, "data"));
        Assert.NotEqual(id, StateBench.Said(reset, "id"));
        bench.Judge();
    }

    [SkippableFact]
    public async Task Boot_EverythingKept_OutlivesARestart()
    {
        StateBench bench = new(_folder);
        await bench.MakeAsync(new StatePlan { Edition = "bench", IsEverything = true });
        string id = StateBench.Said(await bench.RunAsync(), "id");
        GuestRun second = await bench.RunAsync();
        Assert.Contains("lost 1", StateBench.Said(second, "data"), StringComparison.Ordinal);
        Assert.Equal(id, StateBench.Said(second, "id"));
    }

    [SkippableFact]
    public async Task Boot_FolderWithALimit_IsFilledAloneAndRaised()
    {
        StateBench bench = new(_folder);
        IReadOnlyList<KeptFolder> folders = StateBench.Plan.Folders;
        StatePlan plan = StateBench.Plan with { Folders = [folders[0] with { Limit = 24 << 20 }, .. folders.Skip(1)] };
        await bench.MakeAsync(plan);
        GuestRun filled = await bench.RunAsync("do=fill");
        Assert.Matches("^/dev/loop[0-9]+ +1[0-9] ", StateBench.Said(filled, "room")); // MiB
        GuestRun next = await bench.RunAsync("do=unfill");
        Assert.DoesNotContain("is full", next.Text, StringComparison.Ordinal); // only the folder was
        Assert.Equal("0, etc 1, lost 0", StateBench.Said(next, "data")); // no room for the word in the first
        string disk = bench.Disk;
        using TemporaryFolder raised = new();
        StateBench more = new(raised);
        await more.MakeAsync(plan with { Folders = [plan.Folders[0] with { Limit = 32 << 20 }, .. plan.Folders.Skip(1)] });
        File.Copy(disk, more.Disk, overwrite: true);
        GuestRun grown = await more.RunAsync();
        Assert.Equal("1, etc 2, lost 0", StateBench.Said(grown, "data"));
        Assert.Matches("^/dev/loop[0-9]+ +2[0-9] ", StateBench.Said(grown, "room"));
        more.Judge();
    }

    [SkippableFact]
    public async Task Boot_PowerCutWhileStateIsMade_IsRepaired()
    {
        StateBench bench = new(_folder);
        await bench.MakeAsync(StateBench.Plan);
        byte[] before = await File.ReadAllBytesAsync(bench.Disk);
        await bench.RunAsync();
        byte[] after = await File.ReadAllBytesAsync(bench.Disk);
        int state = (int)bench.OffsetOf(3);
        int end = after.Length - (33 * 512);
        // what is written, in this order (PartitionTable.Writes): the file system, the copy of the table, the entries, the header
        Range[] written = [state..(state + (20 << 20)), state..(end / Block * Block), end..after.Length, (34 * 512)..(66 * 512)];
        for (int cut = 1; cut <= written.Length; cut++)
        {
            byte[] disk = [.. before];
            foreach (Range range in written.Take(cut))
            {
                after.AsSpan(range).CopyTo(disk.AsSpan(range));
            }
            await File.WriteAllBytesAsync(bench.Disk, disk);
            GuestRun run = await bench.RunAsync();
            Assert.True(StateBench.Said(run, "data") == "0, etc 0, lost 0", $"cut {cut}:\n{run.Text}");
            Assert.EndsWith("\"problems\":[]}", StateBench.Said(run, "state"), StringComparison.Ordinal);
            bench.Judge();
        }
        Assert.Equal("1, etc 1, lost 0", StateBench.Said(await bench.RunAsync(), "data"));
    }

    private static void Overwrite(string path, long offset, int count)
    {
        using FileStream file = File.OpenWrite(path);
        file.Position = offset;
        file.Write(Enumerable.Repeat((byte)0x5A, count).ToArray());
    }

    private static byte[] Read(string path, long offset, int count)
    {
        using FileStream file = File.OpenRead(path);
        file.Position = offset;
        byte[] bytes = new byte[count];
        file.ReadExactly(bytes);
        return bytes;
    }
}
