using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Machines.Testing;
using Strata.Toolbox;

namespace Strata.Measure.Guests;

/// <summary>What is booted, in which machine, and how one knows that it is ready.</summary>
public sealed record GuestSetup
{
    /// <summary>Tree with QEMU and its firmware.</summary>
    public required ToolTree Tools { get; init; }

    /// <summary>How guest code runs.</summary>
    public required AcceleratorKind Accelerator { get; init; }

    /// <summary>What is booted.</summary>
    public required BootMedium Boot { get; init; }

    /// <summary>Memory in MiB with which it surely boots: that of the blueprint.</summary>
    public required int MemoryMiB { get; init; }

    /// <summary>The line that says that the system is ready.</summary>
    public required LinePattern Ready { get; init; }

    /// <summary>How long that may take.</summary>
    public required TimeSpan Within { get; init; }

    /// <summary>Who logs in at the console, or null when it is a shell.</summary>
    public TestLogin? Login { get; init; }

    /// <summary>True for an edition with services, of which one sees whether they stay.</summary>
    public bool HasServices { get; init; }

    /// <summary>Folder for the logs.</summary>
    public required string LogFolder { get; init; }

    /// <summary>The clock of all times.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For people: what runs it.</summary>
    public string Description =>
        $"QEMU q35, UEFI, 1 processor, {MemoryMiB} MiB, {(Accelerator == AcceleratorKind.Kvm ? "KVM" : "emulated (TCG)")}";

    /// <summary>The machine with some memory.</summary>
    internal MachineConfig Config(int memoryMiB, NetworkConfig? network = null, string kernelWords = "") =>
        new() { Boot = Boot, MemoryMiB = memoryMiB, Network = network, KernelWords = kernelWords };
}
