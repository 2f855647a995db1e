using Strata.Core;

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

/// <summary>Something the guest should have done and did not. The hint shows the end of its serial log.</summary>
public class MachineException : StrataException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">The sentence.</param>
    /// <param name="log">The serial log at that time.</param>
    public MachineException(string message, Serial.SerialLog log)
        : this(message, (log ?? throw new ArgumentNullException(nameof(log))).Tail(), log.Path)
    {
    }

    private MachineException(string message, IReadOnlyList<string> logTail, string? logPath)
        : base(message, HintOf(logTail, logPath)) => LogTail = logTail;

    /// <summary>The last lines of the serial log, at most 30, oldest first.</summary>
    public IReadOnlyList<string> LogTail { get; }

    private static string HintOf(IReadOnlyList<string> tail, string? path)
    {
        string whole = path is null ? "" : $"\nThe whole log: {path}";
        return tail.Count == 0
            ? $"The guest wrote nothing to its serial line; does it have a console there (console=ttyS0)?{whole}"
            : $"The last lines of the guest's serial log:\n{string.Join('\n', tail.Select(l => $"  {l}"))}{whole}";
    }
}

/// <summary>The guest did not do something in time.</summary>
public sealed class MachineTimeoutException(string message, Serial.SerialLog log) : MachineException(message, log);

/// <summary>The machine ended while something was expected of the guest.</summary>
public sealed class MachineEndedException(string message, Serial.SerialLog log, MachineEnd end) : MachineException(message, log)
{
    /// <summary>How it ended.</summary>
    public MachineEnd End { get; } = end;
}
