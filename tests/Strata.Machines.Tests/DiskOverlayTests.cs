using System.Text.Json;
using Strata.Machines.Serial;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>Free room behind an image, which stays as it is.</summary>
[Collection("guests")]
public sealed class DiskOverlayTests : IDisposable
{
    private static readonly TimeSpan s_boot = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(512)]
    [InlineData((1L << 40) + 1)]
    [InlineData(9L << 42)]
    public void Of_AnySize_QemuImgFindsAnEmptyDiskOfWholeSectors(long size)
    {
        File.WriteAllBytes(_folder["overlay"], DiskOverlay.Of(size));
        (int exitCode, string output) = Oracle.Run("qemu-img", "check", "-f", "qcow2", _folder["overlay"]);
        Assert.True(exitCode == 0 && output.Contains("No errors", StringComparison.Ordinal), output);
        (exitCode, output) = Oracle.Run("qemu-img", "info", "--output=json", "-f", "qcow2", _folder["overlay"]);
        Assert.True(exitCode == 0, output);
        using JsonDocument info = JsonDocument.Parse(output);
        Assert.Equal((size + 511) / 512 * 512, info.RootElement.GetProperty("virtual-size").GetInt64());
    }

    // firmware reads the boot sector through it, which is in the image alone
    [SkippableFact]
    public async Task StartAsync_ImageWithRoom_BootsFromIt_AndLeavesItAsItWas()
    {
        byte[] image = GuestParts.TalkingDisk();
        File.WriteAllBytes(_folder["disk"], image);
        File.SetUnixFileMode(_folder["disk"], UnixFileMode.UserRead);
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(_folder["disk"]) { RoomBytes = 1L << 30 }, Firmware = Firmware.Bios, MemoryMiB = 32,
        };
        await using Machine machine = await Machine.StartAsync(GuestParts.Qemu, config, AcceleratorKind.Tcg);
        await machine.WaitForLineAsync(LinePattern.Text("from-the-disk"), s_boot);
        Assert.Equal(image, File.ReadAllBytes(_folder["disk"]));
    }
}
