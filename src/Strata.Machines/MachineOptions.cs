using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>How a machine is started, as opposed to what it is.</summary>
public sealed record MachineOptions
{
    /// <summary>File that gets everything the guest writes to its serial line, replaced when it exists; null for none.</summary>
    public string? LogPath { get; init; }

    /// <summary>True writes behind what the file has from an earlier start of the same machine, instead of replacing it.</summary>
    public bool AppendsLog { get; init; }

    /// <summary>Gets each finished line of the serial log in plain text, as soon as it is there; null for nobody.</summary>
    public Action<string>? LineSeen { get; init; }

    /// <summary>Tree with <c>swtpm</c>, for a machine with a TPM (<see cref="MachineConfig.HasTpm"/>).</summary>
    public ToolTree? TpmTools { get; init; }

    /// <summary>How long QEMU may take until it listens to us.</summary>
    public TimeSpan StartDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock of all deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
