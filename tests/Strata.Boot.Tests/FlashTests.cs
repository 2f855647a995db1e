using System.Security.Cryptography;
using System.Text.Json;
using Strata.Boot.Tests.Layers;
using Strata.Core;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary><c>strata flash</c> as a person uses it, on files that stand for disks.</summary>
public class FlashTests
{
    private const int MiB = 1 << 20;
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(4);

    [SkippableFact]
    public void Flash_NameGiven_WritesReadsBackAndTellsTheDigest()
    {
        using TemporaryFolder folder = new();
        byte[] image = Image(folder, 9 * MiB);
        File.WriteAllBytes(folder["stick"], new byte[32 * MiB]);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "flash", "image", "stick", "--erase", "stick", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        using JsonDocument summary = JsonDocument.Parse(outcome.Output);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(image)), summary.RootElement.GetProperty("sha256").GetString());
        Assert.Equal(folder["stick"], summary.RootElement.GetProperty("device").GetString());
        Assert.True(File.ReadAllBytes(folder["stick"]).AsSpan(0, image.Length).SequenceEqual(image));
    }

    [SkippableFact]
    public void Flash_NameTypedAtATerminal_IsAsked_AndAnotherNameWritesNothing()
    {
        using TemporaryFolder folder = new();
        byte[] image = Image(folder, MiB);
        File.WriteAllBytes(folder["stick"], new byte[4 * MiB]);
        string said = AtATerminal(folder, "yes");
        Assert.Contains("'yes' is not its name; nothing was written", said, StringComparison.Ordinal);
        Assert.Contains("It looks empty.", said, StringComparison.Ordinal);
        Assert.Equal(-1, File.ReadAllBytes(folder["stick"]).AsSpan().IndexOfAnyExcept((byte)0));
        said = AtATerminal(folder, "stick");
        Assert.Contains("stick holds ", said, StringComparison.Ordinal);
        Assert.True(File.ReadAllBytes(folder["stick"]).AsSpan(0, MiB).SequenceEqual(image));
    }

    [SkippableFact]
    public void Flash_NobodyToAsk_ShowsWhatWouldBeLostAndWritesNothing()
    {
        using TemporaryFolder folder = new();
        Image(folder, MiB);
        using (FileStream stick = File.Create(folder["stick"]))
        {
            stick.SetLength(40 * MiB);
        }
        (int exitCode, string output) = Oracle.Run("mkfs.vfat", "-n", "PHOTOS", folder["stick"]);
        Assert.True(exitCode == 0, output);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "flash", "image", "stick");
        Failure.Says(outcome, 2, "vfat 'PHOTOS'", "ALL of this will be lost", "nobody sits at standard input", "'--erase stick'");
        Assert.Contains("PHOTOS", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(folder["stick"])), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Flash_WhatCannotBe_IsToldBeforeAnythingIsWritten()
    {
        using TemporaryFolder folder = new();
        Image(folder, 2 * MiB);
        File.WriteAllBytes(folder["small"], new byte[MiB]);
        File.WriteAllBytes(folder["other"], new byte[3 * MiB]);
        Failure.Says(Flash("image", "small"), 1, "the image has 2097152 bytes and it has 1048576; 1.00 MiB are missing", "larger one");
        Failure.Says(Flash("other", "small"), 1, "cannot write other to a disk", "does not end in 55 aa");
        Failure.Says(Flash("image", "nowhere"), 1, "there is no such device or file", "truncate");
        Failure.Says(Flash("image", "/dev/null"), 1, "neither a disk nor a file", "'strata flash' lists");
        Failure.Says(StrataProgram.Run(folder.Path, "flash", "image", "image", "--erase", "image"), 1, "cannot write image to itself");
        Failure.Says(
            StrataProgram.Run(folder.Path, "flash", "image", "other", "--erase", "sdb"), 2, "names another device", "'--erase other'");
        Failure.Says(StrataProgram.Run(folder.Path, "flash", "none.img", "other"), 1, "there is no such file", "strata build");
        Failure.Says(StrataProgram.Run(folder.Path, "flash", "image"), 2, "cannot flash without a device");
        Assert.Equal(-1, File.ReadAllBytes(folder["other"]).AsSpan().IndexOfAnyExcept((byte)0));

        StrataProgram.Outcome Flash(string image, string device) =>
            StrataProgram.Run(folder.Path, "flash", image, device, "--erase", device);
    }

    /// <summary>Whatever this machine has as its root: it is refused, also when it is named for the script.</summary>
    [SkippableFact]
    public void Flash_TheSystemsOwnDisk_IsRefused()
    {
        string source = File.ReadLines("/proc/self/mountinfo").Select(l => l.Split(' ')).Last(w => w[4] == "/")[2];
        Skip.IfNot(Directory.Exists($"/sys/dev/block/{source}"), "the root of this machine is no disk");
        string name = Path.GetFileName(Directory.ResolveLinkTarget($"/sys/dev/block/{source}", returnFinalTarget: true)!.FullName);
        Skip.If(
            File.Exists($"/sys/class/block/{name}/partition") || name.StartsWith("dm-", StringComparison.Ordinal),
            "the root is no whole disk");
        using TemporaryFolder folder = new();
        Image(folder, MiB);
        Failure.Says(
            StrataProgram.Run(folder.Path, "flash", "image", "/dev/" + name, "--all", "--erase", name), 1,
            $"cannot write to /dev/{name}: this system itself lies on it", "is mounted at /");
    }

    [SkippableFact]
    public void Flash_WithoutWords_ListsDisksAsATableAndAsJson()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome listed = StrataProgram.Run(folder.Path, "flash", "--all", "--json");
        Assert.True(listed.ExitCode == 0, listed.All);
        using JsonDocument disks = JsonDocument.Parse(listed.Output);
        Assert.All(
            disks.RootElement.EnumerateArray(),
            d => Assert.StartsWith("/dev/", d.GetProperty("device").GetString(), StringComparison.Ordinal));
        Assert.Equal(0, StrataProgram.Run(folder.Path, "flash").ExitCode);
    }

    /// <summary>An edition is built, written to a file larger than the image, and started from that as a USB stick.</summary>
    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Stick_ThatAnEditionWasFlashedTo_Boots()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        using (FileStream stick = File.Create(folder["stick"]))
        {
            stick.SetLength(1024L * MiB);
        }
        StrataProgram.Outcome flashed = StrataProgram.Run(folder.Path, "flash", "./my-os", "stick", "--erase", "stick");
        Assert.True(flashed.ExitCode == 0, flashed.All);
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(folder["stick"], DiskBus.Usb), Firmware = Firmware.Uefi, MemoryMiB = 512,
            KernelWords = "no_timer_check", // an emulated timer on a busy host may miss the ticks that the kernel waits for
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await machine.WaitForLineAsync(LinePattern.Text("my-os 0.1 is ready."), s_deadline);
        await console.AttachAsync(s_deadline);
        Assert.Equal("Hello, world!", (await console.RunAsync("hello", s_deadline)).Output.Trim());
        await console.TypeLineAsync("poweroff");
        Assert.Equal(MachineEndKind.PoweredOff, (await machine.WaitForEndAsync(s_deadline)).Kind);
    }

    private static byte[] Image(TemporaryFolder folder, int length)
    {
        byte[] image = new byte[length];
        new Random(length).NextBytes(image);
        (image[510], image[511]) = (0x55, 0xAA);
        File.WriteAllBytes(folder["image"], image);
        return image;
    }

    /// <summary>The program at a terminal of its own, at which somebody types a line.</summary>
    private static string AtATerminal(TemporaryFolder folder, string line)
    {
        string? program = Environment.GetEnvironmentVariable("STRATA_PROGRAM");
        Skip.If(program is null, "STRATA_PROGRAM is not set; './test' sets it");
        string command = ShellArgument.QuoteAll([program!, "flash", folder["image"], folder["stick"]]);
        (_, string output) = Oracle.Run(
            "sh", "-c",
            $"(sleep 2; printf '%s\\n' {ShellArgument.Quote(line)}; sleep 2) | script -qec {ShellArgument.Quote(command)} /dev/null");
        return output;
    }
}
