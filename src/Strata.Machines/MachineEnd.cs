using Strata.Machines.Serial;

namespace Strata.Machines;

/// <summary>How a machine ended.</summary>
public enum MachineEndKind
{
    /// <summary>The guest switched itself off.</summary>
    PoweredOff,

    /// <summary>The guest wanted to reboot and was not allowed to (<see cref="MachineConfig.AllowReboot"/>).</summary>
    Rebooted,

    /// <summary>The guest's kernel panicked.</summary>
    Panicked,

    /// <summary>We ended it.</summary>
    Stopped,

    /// <summary>QEMU ended by itself, for no reason of the guest.</summary>
    Failed,
}

/// <summary>How a machine ended, and in words.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Description">The end of a sentence that starts with "the guest's machine".</param>
public sealed record MachineEnd(MachineEndKind Kind, string Description);

/// <summary>The machine ended while something was expected of the guest.</summary>
public sealed class MachineEndedException(string message, SerialLog log, MachineEnd end) : MachineException(message, log)
{
    /// <summary>How it ended.</summary>
    public MachineEnd End { get; } = end;
}
