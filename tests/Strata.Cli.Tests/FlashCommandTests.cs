using System.Text.Json;
using Strata.Cli.Commands.Flashing;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Flash.Contents;
using Strata.Flash.Targets;
using Strata.Flash.Writing;

namespace Strata.Cli.Tests;

/// <summary><c>flash</c> into a file that stands for a disk, and what is said before anything is lost.</summary>
public class FlashCommandTests
{
    private static Desk DeskWithImage(long targetBytes)
    {
        Desk desk = new();
        byte[] image = new byte[4096];
        new Random(5).NextBytes(image);
        (image[510], image[511]) = (0x55, 0xAA);
        File.WriteAllBytes(desk["made.img"], image);
        using FileStream target = File.Create(desk["disk"]);
        target.SetLength(targetBytes);
        return desk;
    }

    [Fact]
    public async Task Flash_File_HoldsTheImage()
    {
        using Desk desk = DeskWithImage(8192);
        byte[] image = File.ReadAllBytes(desk["made.img"]);
        Desk.Outcome outcome = await desk.TypeAsync("flash made.img disk --erase disk");
        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith($"{desk["disk"]} holds made.img (4.00 KiB), read back and compared", outcome.Lines[0], StringComparison.Ordinal);
        Assert.Equal($"sha256 {Sha256Digest.Of(image)}", outcome.Lines[1]);
        Assert.Equal([.. image, .. new byte[4096]], File.ReadAllBytes(desk["disk"]));
        Desk.Outcome json = await desk.RunAsync("flash", "made.img", "disk", "--erase", desk["disk"], "--json");
        using JsonDocument said = JsonDocument.Parse(json.Output);
        Assert.Equal(
            (desk["made.img"], 4096, desk["disk"], 8192, Sha256Digest.Of(image).ToString()),
            (said.RootElement.GetProperty("image").GetString(), said.RootElement.GetProperty("image-bytes").GetInt64(),
                said.RootElement.GetProperty("device").GetString(), said.RootElement.GetProperty("device-bytes").GetInt64(),
                said.RootElement.GetProperty("sha256").GetString()));
    }

    [Theory]
    [InlineData("flash made.img disk --erase other", 8192, 2, "cannot write to DISK: '--erase other' names another device")]
    [InlineData("flash made.img disk --erase disk", 4095, 1,
        "cannot write to DISK: the image has 4096 bytes and it has 4095; 1 B are missing")]
    [InlineData("flash made.img disk", 8192, 2, "cannot ask whether DISK may be overwritten: nobody sits at standard input")]
    [InlineData("flash made.img made.img --erase made.img", 1, 1, "cannot write made.img to itself")]
    [InlineData("flash none.img disk --erase disk", 8192, 1, "cannot read the image none.img: there is no such file")]
    [InlineData("flash none.iso disk --erase disk", 8192, 1, "cannot read the image none.iso: there is no such file")]
    [InlineData("flash made.img disk --image iso --erase disk", 8192, 2, "cannot make 'iso' of made.img: it is an image already")]
    [InlineData("flash made.img nosuch", 8192, 1, "cannot write to nosuch: there is no such device or file")]
    [InlineData("flash made.img store", 8192, 1, "cannot write to store: there is no such device or file")]
    [InlineData("flash made.img .", 8192, 1, "cannot write to .: it is neither a disk nor a file that stands for one")]
    [InlineData("flash made.img", 8192, 2, "cannot flash without a device to write to")]
    [InlineData("flash made.img /dev/null --erase null", 8192, 1,
        "cannot write to /dev/null: it is neither a disk nor a file that stands for one")]
    public async Task Flash_NotThis_WritesNothing(string line, long bytes, int code, string problem)
    {
        using Desk desk = DeskWithImage(bytes);
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Contains("error: " + problem.Replace("DISK", desk["disk"], StringComparison.Ordinal), outcome.Said);
        Assert.Equal((code, ""), (outcome.ExitCode, outcome.Output));
        Assert.DoesNotContain(File.ReadAllBytes(desk["disk"]), b => b != 0);
    }

    [Fact]
    public async Task Flash_ExactlyAsLarge_IsWritten()
    {
        using Desk desk = DeskWithImage(4096);
        Assert.Equal(0, (await desk.TypeAsync("flash made.img disk --erase disk")).ExitCode);
        Assert.Equal(File.ReadAllBytes(desk["made.img"]), File.ReadAllBytes(desk["disk"]));
    }

    [Fact]
    public async Task Report_ThroughMemory_SaysSo()
    {
        using Desk desk = DeskWithImage(8192);
        Destination to = Destination.Find("disk");
        FlashOutcome outcome = new(default, 3 << 20, 0, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(500), FromDisk: false);
        Desk.Outcome said = Desk.Caught(() => FlashCommand.Report("made.img", to, outcome, isJson: false));
        Assert.Equal(
            $"{to.Path} holds made.img (3.00 MiB), read back and compared through the kernel's memory, "
            + "as this file system offers no other way", said.Lines[0]);
        Assert.Equal(["written in 2.0 s (1.50 MiB/s), read back in 0.5 s (6.00 MiB/s)"], said.Said);
        await Task.CompletedTask;
    }

    private static readonly FlashTarget s_stick = new()
    {
        Name = "nosuchsdx", Numbers = "8:16", Size = 8 << 20, Model = "Maker\u001b[31m", IsRemovable = true, IsReadOnly = true,
    };

    [Fact]
    public void Print_Disks_SaysWhatUsesThem()
    {
        FlashTarget used = s_stick with { Uses = [new("sdx1", "is mounted at /mnt", false, "/mnt"), new("sdx2", "is swap", true)] };
        string[] said = Desk.Caught(() => DiskListing.Print([s_stick, used], anyDisk: false)).Lines;
        Assert.Equal("device\tsize\tmodel\tholds\tin use", said[0]);
        Assert.Equal($"/dev/nosuchsdx\t8.00 MiB\t{BlockDevice.Printable(s_stick.Model)}\tcannot be read (are you root?)\twrite-protected",
            said[1]);
        Assert.EndsWith("\tsdx1 is mounted at /mnt, sdx2 is swap", said[2], StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', said[1]);
        Assert.Equal(["No disk is here."], Desk.Caught(() => DiskListing.Print([], anyDisk: true)).Lines);
        Assert.Equal(["No stick, card or other disk that one plugs in is here ('--all' shows built-in ones)."],
            Desk.Caught(() => DiskListing.Print([], anyDisk: false)).Lines);
    }

    [Theory]
    [InlineData(false, false, 0, "  What it holds cannot be read. ALL of it will be lost.")]
    [InlineData(true, true, 0, "  It looks empty. Whatever it holds will be lost.")]
    [InlineData(true, false, 0, "  It holds something that is not known here. ALL of it will be lost.")]
    [InlineData(true, false, 3, "  ALL of this will be lost.")]
    public void TellLoss_Contents_SaysHowMuchIsKnown(bool isReadable, bool isBlank, int volumes, string last)
    {
        DiskVolume[] all = [new(0, 8 << 20, "", new("iso9660", "NANO", "")), new(1, 1 << 20, "EFI\u001b", new("vfat", "", "")), new(2, 4096,
            "", null)];
        string[] said = Desk.Caught(() => DiskListing.TellLoss(
            "/dev/x", volumes > 0 ? "Maker" : "", 8 << 20, new DiskContents("GPT", all[..volumes], isBlank, isReadable))).Said;
        Assert.Equal(volumes > 0 ? "/dev/x: 8.00 MiB, Maker" : "/dev/x: 8.00 MiB", said[0]);
        Assert.Equal(last, said[^1]);
        if (volumes > 0)
        {
            Assert.Equal(
                ["  whole disk     8.00 MiB  iso9660 'NANO'", $"  partition 1    1.00 MiB  vfat '{BlockDevice.Printable("EFI\u001b")}'",
                    "  partition 2    4.00 KiB  unknown"],
                said[1..^1]);
            DiskRow row = DiskRow.Of(s_stick, new DiskContents("GPT", all, false, true));
            Assert.Equal(["0 8388608  iso9660 NANO", $"1 1048576 {BlockDevice.Printable("EFI\u001b")} vfat ", "2 4096   "],
                row.Volumes.Select(v => $"{v.Partition} {v.Bytes} {v.Name} {v.FileSystem} {v.Label}"));
            Assert.Equal(("/dev/nosuchsdx", 8 << 20, true, true, "GPT"), (row.Device, row.Bytes, row.Removable, row.WriteProtected,
                row.Table));
        }
    }
}
