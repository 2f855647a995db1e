using Strata.Core;

namespace Strata.Machines.Serial;

/// <summary>Something the guest should have done and did not. The hint shows the end of its serial log.</summary>
public class MachineException : StrataException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">The sentence.</param>
    /// <param name="log">The serial log at that time.</param>
    public MachineException(string message, SerialLog log)
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
public sealed class MachineTimeoutException(string message, SerialLog log) : MachineException(message, log);
