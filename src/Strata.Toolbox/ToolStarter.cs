using System.Collections.Concurrent;
using System.Diagnostics;

namespace Strata.Toolbox;

/// <summary>Starts tools, all of them from one thread that lives as long as this process.</summary>
/// <remarks>
/// bubblewrap dies with the <em>thread</em> that started it (PR_SET_PDEATHSIG), and one of the thread pool may end at any time, as it does
/// when a caller waits asynchronously.
/// </remarks>
internal static class ToolStarter
{
    private static readonly BlockingCollection<Action> s_starts = Begin();

    /// <summary>Starts a program and sets <see cref="ToolLimits"/>; null and exceptions as <see cref="Process.Start(ProcessStartInfo)"/>.</summary>
    public static Process? Start(ProcessStartInfo start)
    {
        TaskCompletionSource<Process?> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        s_starts.Add(() =>
        {
            try
            {
                Process? process = Process.Start(start);
                if (process is not null)
                {
                    ToolLimits.Apply(process.Id);
                }
                started.SetResult(process);
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> Begin()
    {
        BlockingCollection<Action> starts = [];
        Thread thread = new(() =>
        {
            foreach (Action start in starts.GetConsumingEnumerable())
            {
                start();
            }
        })
        {
            IsBackground = true,
            Name = "tools",
        };
        thread.Start();
        return starts;
    }
}
