using Strata.Core;
using Strata.Device.Disks;
using Strata.Init.CommandLine;
using Strata.Init.Reports;
using Strata.Init.State;
using Strata.Testing;
using Strata.Updates.State;

namespace Strata.Init.Tests;

public class StateTests
{
    private static readonly Guid s_boot = new("57a7a000-0000-4000-8000-000000000001");

    // devices: NAME@DISK[:partition label][=label of the file system], those of the boot disk 'sda'
    [Theory]
    [InlineData("sda1@sda sda2@sda:strata-state", "sda", null, false, "sda2 on sda")]
    [InlineData("sda1@sda sdb1@sdb:strata-state", "sda", null, false, "none on sda")] // another disk's state is not this machine's
    [InlineData("sda1@sda sda2@sda:strata-state-aside=strata-state sda3@sda:strata-state", "sda", null, false, "sda3 on sda")]
    [InlineData("sda1@sda sda2@sda:strata-state-aside=strata-state", "sda", null, false, "none on sda")]
    [InlineData("sdb1@sdb:strata-state", "boot", null, false, "wait")] // the boot disk is not there yet
    [InlineData("sdb1@sdb:strata-state", "boot", null, true, "sdb1")]
    [InlineData("", null, null, false, "wait")]
    [InlineData("", null, null, true, "none")]
    [InlineData("sdb@sdb=strata-state", null, null, false, "sdb")] // a whole disk with a file system
    [InlineData("sdb@sdb=STRATA-STATE", null, null, true, "none")] // not what state= takes: the exact label
    [InlineData("sda1@sda sdb1@sdb:strata-state", null, "sda", false, "none on sda")] // layers tell their disk
    [InlineData("sda@sda sdb1@sdb:strata-state", null, "sda", false, "sdb1")] // which has no partitions
    [InlineData("sda1@sda:strata-state sda2@sda:strata-state", "sda", null, false, "several")]
    [InlineData("sda1@sda:strata-state sdb1@sdb:strata-state", null, null, false, "several")]
    public void Choose_Devices_GivesThePlace(string devices, string? bootDisk, string? storeDisk, bool isOver, string expected)
    {
        StateFinder finder = new(new BootOptions(), new Screen(), bootDisk is null ? Guid.Empty : s_boot);
        Assert.Equal(expected, Text(() => finder.Choose(Devices(devices), bootDisk == "boot" ? null : bootDisk, storeDisk, isOver)));
    }

    [Theory]
    [InlineData("sda1@sda:mine sdb1@sdb:strata-state", null, false, "sda1 on sda")]
    [InlineData("sda1@sda:mine sdb1@sdb:mine", "sdb", false, "sdb1 on sdb")]
    [InlineData("sda1@sda:mine sdb1@sdb:mine", null, false, "several")]
    [InlineData("sdb1@sdb:strata-state", null, false, "wait")]
    [InlineData("sdb1@sdb:strata-state", null, true, "missing")]
    public void Choose_NamedByTheCommandLine_IsThatOne(string devices, string? bootDisk, bool isOver, string expected)
    {
        BootOptions options = BootOptionsParser.Parse("state=mine");
        StateFinder finder = new(options, new Screen(), bootDisk is null ? Guid.Empty : s_boot);
        Assert.Equal(expected, Text(() => finder.Choose(Devices(devices), bootDisk, null, isOver)));
    }

    [Theory]
    [InlineData(16L << 20, 16L << 20, 4)]
    [InlineData((256L << 20) - 1, 128L << 20, 4)]
    [InlineData(256L << 20, 128L << 20, 8)]
    [InlineData(1L << 30, 128L << 20, 16)]
    [InlineData(1L << 40, 128L << 20, 16)]
    public void OptionsFor_AnySize_CanBeMade(long size, long made, int journalMiB)
    {
        Strata.Core.Ext4.Ext4Options options = StateMaker.OptionsFor(size);
        Assert.Equal((made, journalMiB << 20), (options.Size, (int)options.JournalSize));
        Assert.Empty(options.Problems());
        Assert.NotEqual(options.Id, options.HashSeed);
        Assert.Equal('4', options.Id.ToString()[14]); // RFC 9562 §5.4
        Assert.Contains(options.Id.ToString()[19], "89ab");
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef", true)]
    [InlineData("00000000000000000000000000000000", false)]
    [InlineData("0123456789ABCDEF0123456789abcdef", false)]
    [InlineData("0123456789abcdef0123456789abcde", false)]
    [InlineData("0123456789abcdef0123456789abcdef0", false)]
    [InlineData("uninitialized", false)]
    [InlineData("", false)]
    public void IsId_Text_IsWhatMachineIdTakes(string text, bool expected) => Assert.Equal(expected, MachineSecrets.IsId(text));

    [Theory]
    [InlineData("strata.reset", true)]
    [InlineData("strata.reset=0", false)]
    [InlineData("", false)]
    public void Reset_Word_IsRead(string line, bool expected)
    {
        BootOptions options = BootOptionsParser.Parse(line);
        Assert.Equal(expected, options.IsReset);
        Assert.Empty(options.Problems);
    }

    /// <summary>What cannot be mounted is said, and not told as kept; the next one is tried all the same.</summary>
    [Theory]
    [InlineData("root/etc", "/etc/a", "enter ROOT/etc")] // a file of the image stands in the way
    [InlineData("root/etc", "/etc", "enter ROOT/etc")]
    [InlineData("state/kept", "/srv", "enter STATE/kept")] // one of the partition
    [InlineData("state/kept/srv", "/srv", "enter STATE/kept/srv")]
    public void Mount_FolderThatCannotBeKept_IsSaidAndNotCounted(string blocked, string path, string problem)
    {
        using TemporaryFolder folder = new();
        foreach (string file in new[] { "root/file", "state/file", blocked })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllText(folder[file], "");
        }
        KeptFolder[] kept = [new KeptFolder(path, 0, 0, Modes.Folder), new KeptFolder("/file/z", 0, 0, Modes.Folder)];
        StatePlan plan = new() { Edition = "e", Folders = kept };
        OpenedState state = new(new BlockDevice { Name = "sda2", Disk = "sda" }, folder["state"]);
        List<string> notes = [];
        Assert.Empty(KeptFolders.Mount(folder["root"], state, plan, notes.Add));
        problem = problem.Replace("ROOT", folder["root"], StringComparison.Ordinal)
            .Replace("STATE", folder["state"], StringComparison.Ordinal);
        Assert.Equal(2, notes.Count);
        Assert.StartsWith($"cannot keep {path} on sda2: {problem}: ", notes[0], StringComparison.Ordinal);
        Assert.EndsWith("; what changes there is gone at the next start", notes[0], StringComparison.Ordinal);
        Assert.StartsWith($"cannot keep /file/z on sda2: enter {folder["root"]}/file: ", notes[1], StringComparison.Ordinal);
    }

    private static string Text(Func<StatePlace?> choose)
    {
        try
        {
            return choose() is not StatePlace place ? "wait"
                : (place.Found?.Name ?? "none") + (place.Disk is null ? "" : " on " + place.Disk);
        }
        catch (BootException e)
        {
            return e.Message.StartsWith("cannot choose", StringComparison.Ordinal) ? "several" : "missing";
        }
    }

    private static List<BlockDevice> Devices(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(d =>
    {
        string[] file = d.Split('=');
        string[] label = file[0].Split(':');
        string[] name = label[0].Split('@');
        return new BlockDevice
        {
            Name = name[0],
            Disk = name[1],
            PartitionNumber = name[0] == name[1] ? 0 : name[0][^1] - '0',
            PartitionLabel = label.Length > 1 ? label[1] : "",
            FileSystem = file.Length > 1 ? new FileSystemFacts("ext4", file[1], "") : null,
        };
    })];
}
