using Strata.Core;

namespace Strata.Machines.Tests;

public sealed class MachineConfigTests
{
    [Fact]
    public void Problems_Defaults_AreNone() => Assert.Empty(new MachineConfig { Boot = new BootMedium.Disk("/d") }.Problems());

    [Fact]
    public void Problems_ManyFaults_AreAllNamed()
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Uki(""),
            Board = Board.MicroVm,
            Firmware = Firmware.Bios,
            MemoryMiB = 7,
            Cpus = 0,
            Graphics = Graphics.Vnc,
            Disks = [new DiskConfig("a\nb", DiskBus.Nvme)],
            Network = new NetworkConfig([new PortForward(0), new PortForward(80, 9000), new PortForward(80, 9000), new PortForward(1, 65536)]),
            ExtraArguments = ["\0"],
        };
        Assert.Equal(
            [
                "memory is 7 MiB, allowed 8..1048576",
                "cpus is 0, allowed 1..64",
                "the path of an image is empty",
                "the path of an image contains a control character: 'a b'",
                "a UKI is a UEFI program and needs the firmware uefi",
                "a microvm can only boot a kernel directly; use q35 or pc for other images",
                "a microvm has virtio disks only",
                "forwarded guest port is 0, allowed 1..65535",
                "forwarded host port is 65536, allowed 0..65535",
                "host port 9000 is forwarded twice",
                "guest port 80 is forwarded twice",
                "a microvm has no graphics adapter; use q35 or pc, or no graphics",
                "an extra QEMU argument contains a zero character",
            ],
            config.Problems());
    }

    [Theory]
    [InlineData(2047, 0)]
    [InlineData(2048, 1)]
    public void Problems_CommandLineLength_FollowsTheKernel(int length, int problems) =>
        Assert.Equal(problems, Kernel(new string('x', length)).Problems().Count());

    [Theory]
    [InlineData(2000, 46, 0)]
    [InlineData(2000, 47, 1)]
    public void Problems_CommandLineWithWordsBehindIt_FollowsTheKernel(int length, int words, int problems) =>
        Assert.Equal(problems, (Kernel(new string('x', length)) with { KernelWords = new string('y', words) }).Problems().Count());

    [Fact]
    public void Problems_CommandLineWithLineFeed_IsNamed() =>
        Assert.Equal(["the kernel command line contains a control character"], Kernel("a\nb").Problems());

    [Fact]
    public void Problems_FiveIdeDisksOnPc_AreTooMany()
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Iso("/i"),
            Board = Board.Pc,
            Disks = [.. Enumerable.Range(0, 4).Select(i => new DiskConfig($"/d{i}", DiskBus.Sata))],
        };
        Assert.Equal(["5 disks and CD-ROMs need a SATA or IDE port, pc has 4"], config.Problems());
        Assert.Empty((config with { Board = Board.Q35 }).Problems());
    }

    [Fact]
    public void ThrowIfInvalid_MissingFile_IsNamed()
    {
        StrataException error = Assert.Throws<StrataException>(() => Kernel("").ThrowIfInvalid());
        Assert.Equal("cannot start a machine: there is no file /no/such/kernel", error.Message);
    }

    private static MachineConfig Kernel(string commandLine) => new()
    {
        Boot = new BootMedium.Kernel("/no/such/kernel", null, commandLine),
        Firmware = Firmware.Bios,
    };
}
