using Strata.Core;

namespace Strata.Machines.Testing;

/// <summary>How the machine gets at a disk or ISO image.</summary>
public enum TestMedium
{
    /// <summary>A virtio disk.</summary>
    Disk,

    /// <summary>A USB stick.</summary>
    Usb,

    /// <summary>A CD in a drive; only the ISO image.</summary>
    Cd,

    /// <summary>A SATA disk (IDE on pc).</summary>
    Sata,

    /// <summary>An NVMe disk.</summary>
    Nvme,
}

/// <summary>What the guest's network may do.</summary>
public enum TestNetwork
{
    /// <summary>There is no network card.</summary>
    None,

    /// <summary>A card, but nothing answers beyond the emulated router.</summary>
    Restricted,

    /// <summary>The guest reaches what the host reaches.</summary>
    Open,
}

/// <summary>The declared machine of a test.</summary>
public sealed record TestMachine
{
    /// <summary>What it boots.</summary>
    public ImageKind Image { get; init; } = ImageKind.Disk;

    /// <summary>The board.</summary>
    public Board Board { get; init; } = Board.Q35;

    /// <summary>The firmware.</summary>
    public Firmware Firmware { get; init; } = Firmware.Uefi;

    /// <summary>How the machine gets at the image; null for what is usual: a CD for the ISO image, else a virtio disk.</summary>
    public TestMedium? Medium { get; init; }

    /// <summary>Memory in MiB.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>Processors.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>The network.</summary>
    public TestNetwork Network { get; init; } = TestNetwork.None;

    /// <summary>Network cards, when there is a network; those after the first are on a switch of their own.</summary>
    public int Cards { get; init; } = 1;

    /// <summary>Names of the test's wires that its further cards are plugged into, in the order the guest finds them.</summary>
    public IReadOnlyList<string> Wires { get; init; } = [];

    /// <summary>
    /// What its firmware gives it: texts by name (<see cref="MachineConfig.Credentials"/>); <see cref="SshKeyWord"/> in one stands for the
    /// test's public key.
    /// </summary>
    public IReadOnlyDictionary<string, string> Credentials { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Stands in a credential for the public key that the test's SSH steps log in with.</summary>
    public const string SshKeyWord = "${ssh-key}";

    /// <summary>True when a credential brings the key of the test, so that nothing has to be typed for it.</summary>
    public bool IsGivenSshKey => Credentials.Values.Any(c => c.Contains(SshKeyWord, StringComparison.Ordinal));

    /// <summary>Words that follow the kernel command line of the image.</summary>
    public string KernelWords { get; init; } = "";

    /// <summary>What its clock says when it starts; that of the host when null.</summary>
    public DateOnly? Clock { get; init; }

    /// <summary>False without a device that gives random numbers.</summary>
    public bool HasEntropy { get; init; } = true;

    /// <summary>True with a TPM 2.0, whose state lasts as long as the test.</summary>
    public bool HasTpm { get; init; }

    /// <summary>Screens, where a step looks at one or presses keys, or when there are several.</summary>
    public int Screens { get; init; } = 1;

    /// <summary>Empty disks made for the test.</summary>
    public IReadOnlyList<TestDisk> EmptyDisks { get; init; } = [];
}

/// <summary>An empty disk made for a test.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Bus">How the guest sees it.</param>
/// <param name="BadSectors">Sectors of 512 bytes that cannot be read, counted from 0.</param>
public sealed record TestDisk(long Bytes, DiskBus Bus, IReadOnlyList<long> BadSectors);
