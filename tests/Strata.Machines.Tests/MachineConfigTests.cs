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
            Screens = 5,
            HasTpm = true,
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
                "there are 5 screens, allowed 1..4",
                "a microvm has no TPM; use q35 or pc, or no TPM",
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

    public static TheoryData<string, MachineConfig, bool> Edges
    {
        get
        {
            MachineConfig sound = new() { Boot = new BootMedium.Disk("/d") };
            MachineConfig iso = sound with { Boot = new BootMedium.Iso("/i") };
            return new TheoryData<string, MachineConfig, bool>
            {
                { "least memory", sound with { MemoryMiB = 8 }, true }, { "too little memory", sound with { MemoryMiB = 7 }, false },
                { "most memory", sound with { MemoryMiB = 1 << 20 }, true }, { "too much memory", sound with { MemoryMiB = (1 << 20) + 1 },
                    false },
                { "one processor", sound with { Cpus = 1 }, true }, { "none", sound with { Cpus = 0 }, false },
                { "most processors", sound with { Cpus = 64 }, true }, { "too many", sound with { Cpus = 65 }, false },
                { "most words", sound with { Firmware = Firmware.Uefi, KernelWords = new string('w', 1024) }, true },
                { "a word too many", sound with { Firmware = Firmware.Uefi, KernelWords = new string('w', 1025) }, false },
                { "first and last sign", sound with { Firmware = Firmware.Uefi, KernelWords = " ~" }, true },
                { "before them", sound with { Firmware = Firmware.Uefi, KernelWords = "a\u001f" }, false },
                { "behind them", sound with { Firmware = Firmware.Uefi, KernelWords = "a\u007f" }, false },
                { "words that reach nobody", sound with { Firmware = Firmware.Bios, KernelWords = "a" }, false },
                { "no words", sound with { Firmware = Firmware.Bios, KernelWords = "" }, true },
                { "eight disks", sound with { Disks = Disks(7, DiskBus.Virtio) }, true }, { "nine", sound with { Disks = Disks(8,
                    DiskBus.Virtio) }, false },
                { "eight beside a CD-ROM", iso with { Disks = Disks(8, DiskBus.Virtio) }, true },
                { "six ports", sound with { Disks = Disks(6, DiskBus.Sata) }, true }, { "seven", sound with { Disks = Disks(7,
                    DiskBus.Sata) }, false },
                { "five beside a CD-ROM", iso with { Disks = Disks(5, DiskBus.Sata) }, true }, { "six beside it",
                    iso with { Disks = Disks(6, DiskBus.Sata) }, false },
                { "four ports of a pc", sound with { Board = Board.Pc, Disks = Disks(4, DiskBus.Sata) }, true },
                { "five", sound with { Board = Board.Pc, Disks = Disks(5, DiskBus.Sata) }, false },
                { "first port", Forward(sound, new PortForward(1, 1)), true }, { "before it", Forward(sound, new PortForward(0, 1)),
                    false },
                { "last port", Forward(sound, new PortForward(65535, 65535)), true }, { "behind it", Forward(sound, new PortForward(65536,
                    1)), false },
                { "any port of the host", Forward(sound, new PortForward(1), new PortForward(2)), true },
                { "less than any", Forward(sound, new PortForward(1, -1)), false }, { "behind its last", Forward(sound, new PortForward(1,
                    65536)), false },
                { "a port of the host twice", Forward(sound, new PortForward(1, 9), new PortForward(2, 9)), false },
                { "one of the guest twice", Forward(sound, new PortForward(1, 8), new PortForward(1, 9)), false },
                { "most screens", sound with { Screens = 4, Graphics = Graphics.Vnc }, true },
                { "too many screens", sound with { Screens = 5 }, false }, { "no screen", sound with { Screens = 0 }, false },
                { "a TPM", sound with { HasTpm = true }, true }, { "a TPM of a pc", sound with { HasTpm = true, Board = Board.Pc }, true },
                { "a TPM of a microvm", Kernel("") with { HasTpm = true, Board = Board.MicroVm }, false },
                { "a microvm without", Kernel("") with { Board = Board.MicroVm }, true },
                { "arguments", sound with { ExtraArguments = ["-a", "b"] }, true }, { "the second with a zero",
                    sound with { ExtraArguments = ["-a", "b\0"] }, false },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Edges))]
    public void Problems_LastValueAndTheNext_OneIsAllowed(string name, MachineConfig config, bool isAllowed) =>
        Assert.Equal((name, isAllowed ? 0 : 1), (name, config.Problems().Count()));

    private static DiskConfig[] Disks(int count, DiskBus bus) => [.. Enumerable.Range(0, count).Select(i => new DiskConfig($"/{i}", bus))];

    private static MachineConfig Forward(MachineConfig config, params PortForward[] forwards) =>
        config with { Network = new NetworkConfig(forwards) };
}
