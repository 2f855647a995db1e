using System.Diagnostics;
using System.Globalization;
using Strata.Machines;

namespace Strata.Benchmarks;

/// <summary>What the process of a guest's machine has used while it still runs.</summary>
internal static class GuestProcess
{
    private const double TicksPerSecond = 100; // USER_HZ of proc(5)

    /// <summary>Its use so far.</summary>
    /// <param name="machine">A running machine.</param>
    /// <param name="started">Time stamp from before its start.</param>
    public static Measurement Now(Machine machine, long started)
    {
        string stat = File.ReadAllText($"/proc/{machine.ProcessId}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from the third of proc_pid_stat(5) on
        double ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
        return new Measurement(Stopwatch.GetElapsedTime(started).TotalSeconds, ticks / TicksPerSecond, CommandTimer.PeakOf(machine.ProcessId));
    }
}
