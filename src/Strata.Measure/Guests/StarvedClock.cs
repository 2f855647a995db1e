using System.Globalization;

namespace Strata.Measure.Guests;

/// <summary>
/// How long a machine has had to run: the host's clock less the time in which it wanted a processor and got none. On a busy host a guest that is slow is not one that
/// hangs.
/// </summary>
/// <param name="process">QEMU's process id.</param>
/// <param name="time">The host's clock.</param>
internal sealed class StarvedClock(int process, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Time since it was made that the machine could use.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            TimeSpan usable = time.GetElapsedTime(_start) - LongestWait();
            return usable < TimeSpan.Zero ? TimeSpan.Zero : usable;
        }
    }

    // the thread that waited longest is that of the guest's processor; schedstat: nanoseconds on a processor, nanoseconds waiting for one, slices
    // (Documentation/scheduler/sched-stats.rst). A kernel without it tells nothing, and then all time counts.
    private TimeSpan LongestWait()
    {
        long most = 0;
        try
        {
            foreach (string thread in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
            {
                string[] words = File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ');
                if (words.Length >= 2 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long waited))
                {
                    most = Math.Max(most, waited);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the machine, or one of its threads, has ended
        }
        return TimeSpan.FromTicks(most / 100);
    }
}
