using System.Collections.Concurrent;
using Strata.Device.Confinement;

namespace Strata.Toolbox;

/// <summary>Starts tools; those with a room of bubblewrap from one thread that lives as long as this process.</summary>
/// <remarks>
/// bubblewrap dies with the <em>thread</em> that started it (PR_SET_PDEATHSIG), and one of the thread pool may end at any time, as it does
/// when a caller waits asynchronously.
/// </remarks>
internal static class ToolStarter
{
    private static readonly BlockingCollection<Action> s_starts = Begin();

    /// <summary>Starts a tool with the limits of tools; exceptions as <see cref="ConfinedProcess"/> has them.</summary>
    /// <exception cref="Core.StrataException">Something cannot be taken away from it.</exception>
    public static ChildProcess Start(ToolStart tool)
    {
        if (tool.View is ProcessView view)
        {
            return ConfinedProcess.Start(tool.Command, view, ProcessLimits.OfTool);
        }
        TaskCompletionSource<ChildProcess> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        s_starts.Add(() =>
        {
            try
            {
                started.SetResult(ConfinedProcess.StartRoom(tool.Command, ProcessLimits.OfTool));
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
