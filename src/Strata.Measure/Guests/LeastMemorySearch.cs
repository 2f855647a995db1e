using Strata.Core.Progress;
using Strata.Machines;
using Strata.Machines.Serial;

namespace Strata.Measure.Guests;

/// <summary>How a try with some memory went.</summary>
/// <param name="Booted">True when the guest got ready.</param>
/// <param name="Why">What happened else.</param>
internal sealed record MemoryTry(bool Booted, string Why);

/// <summary>Finds the least memory with which a guest gets ready: bisection between what surely boots and nothing.</summary>
internal static class LeastMemorySearch
{
    private static readonly string[] s_hopeless =
    [
        "EFI stub: ERROR", "Error starting kernel image", "BdsDxe: failed to start", "!!!! X64 Exception", // the firmware and what it starts
        "Initramfs unpacking failed", "Out of memory: ", "Kernel panic", // the kernel
        "cannot be started.", // the early init
    ];

    private const int MostStarved = 10; // a try waits no longer than so many times its deadline, however busy the host is
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    /// <summary>Searches.</summary>
    /// <param name="known">Memory in MiB with which it booted.</param>
    /// <param name="guess">What an earlier search found; looked at first. Null for none.</param>
    /// <param name="stepMiB">The answer is to be that near.</param>
    /// <param name="atOnce">Machines that run at once.</param>
    /// <param name="attempt">Boots with so many MiB.</param>
    /// <param name="hasTime">False when no more tries should be begun; the step of the answer says how near it is then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<LeastMemory> FindAsync(
        int known, int? guess, int stepMiB, int atOnce, Func<int, CancellationToken, Task<MemoryTry>> attempt, Func<bool> hasTime, CancellationToken cancellationToken)
    {
        int boots = known;
        int fails = MachineConfig.MinimumMemoryMiB - 1;
        int tries = 0;
        string why = "";
        bool isFirst = guess is int g && g < known && g > MachineConfig.MinimumMemoryMiB;
        while (boots - fails > stepMiB && hasTime())
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] candidates = isFirst ? [guess!.Value - stepMiB, guess.Value] : Between(fails, boots, Math.Min(atOnce, 2));
            isFirst = false;
            candidates = [.. candidates.Where(c => c > fails && c < boots)];
            MemoryTry[] results = candidates.Length > 1 && atOnce == 1
                ? [await attempt(candidates[0], cancellationToken), await attempt(candidates[1], cancellationToken)]
                : await Task.WhenAll(candidates.Select(c => attempt(c, cancellationToken)));
            tries += results.Length;
            // candidates rise, and the largest that failed decides: one below it that booted was luck, and nobody should rely on it
            for (int i = 0; i < results.Length; i++)
            {
                if (!results[i].Booted)
                {
                    (fails, why) = (candidates[i], results[i].Why);
                }
            }
            boots = candidates.Where((c, i) => results[i].Booted && c > fails).Append(boots).Min();
        }
        bool failedOnce = fails >= MachineConfig.MinimumMemoryMiB;
        return new LeastMemory(boots, boots - fails, tries, failedOnce ? fails : null, why);
    }

    private static int[] Between(int fails, int boots, int count) =>
        [.. Enumerable.Range(1, count).Select(i => fails + ((boots - fails) * i / (count + 1))).Where(m => m > fails && m < boots).Distinct()];

    /// <summary>
    /// Lines after which a guest is not what it should be, even when it goes on: a root without its last files says that it is ready, too.
    /// </summary>
    internal static bool IsHopeless(string line) => s_hopeless.Any(h => line.Contains(h, StringComparison.Ordinal));

    /// <summary>A try with a real machine; one whose end is the host's fault is made again.</summary>
    /// <param name="setup">What is booted.</param>
    /// <param name="memoryMiB">With how much.</param>
    /// <param name="deadline">Time until it is ready, on the clock of <see cref="StarvedClock"/>.</param>
    /// <param name="progress">Told when it is over.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<MemoryTry> BootAsync(GuestSetup setup, int memoryMiB, TimeSpan deadline, IProgressTask progress, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            MemoryTry made = await BootOnceAsync(setup, memoryMiB, deadline, cancellationToken);
            if (made.Booted || attempt == 3 || !IsFaultOfTheHost(made.Why))
            {
                progress.Advance(1);
                return made;
            }
        }
    }

    /// <summary>The kernel counts ticks of a timer while it starts; an emulated one on a busy host gives none in time, whatever memory there is.</summary>
    internal static bool IsFaultOfTheHost(string why) => why.Contains("IO-APIC + timer doesn't work", StringComparison.Ordinal);

    private static async Task<MemoryTry> BootOnceAsync(GuestSetup setup, int memoryMiB, TimeSpan deadline, CancellationToken cancellationToken)
    {
        bool firmwareEnded = false;
        TaskCompletionSource<string> hopeless = new(TaskCreationOptions.RunContinuationsAsynchronously);
        MachineOptions options = new()
        {
            LogPath = Path.Combine(setup.LogFolder, $"memory-{memoryMiB}.log"),
            Time = setup.Time,
            LineSeen = line =>
            {
                firmwareEnded |= line.Contains("BdsDxe: starting", StringComparison.Ordinal);
                if (IsHopeless(line))
                {
                    hopeless.TrySetResult(line.Trim());
                }
            },
        };
        try
        {
            await using Machine machine = await Machine.StartAsync(setup.Tools, setup.Config(memoryMiB), setup.Accelerator, options, cancellationToken);
            StarvedClock clock = new(machine.ProcessId, setup.Time);
            Task ready = machine.WaitForLineAsync(setup.Ready, deadline * MostStarved, cancellationToken: cancellationToken);
            while (!ready.IsCompleted && !hopeless.Task.IsCompleted && clock.Elapsed < deadline)
            {
                await Task.WhenAny(ready, hopeless.Task, Task.Delay(s_look, setup.Time, cancellationToken));
            }
            if (ready.IsCompleted)
            {
                await ready;
            }
            if (!hopeless.Task.IsCompleted && ready.IsCompleted)
            {
                return new MemoryTry(true, "");
            }
            IReadOnlyList<string> tail = machine.Log.Tail(1);
            string why = hopeless.Task.IsCompleted ? $"it said '{await hopeless.Task}'"
                : firmwareEnded ? $"not ready within {deadline.TotalSeconds:0} s{(tail.Count > 0 ? $"; its last line was '{tail[^1]}'" : "")}"
                : $"the firmware did not come to its end within {deadline.TotalSeconds:0} s";
            await machine.StopAsync();
            await ready.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default); // its end is no news
            return new MemoryTry(false, why);
        }
        catch (MachineEndedException e)
        {
            return new MemoryTry(false, e.End.Description);
        }
        catch (MachineTimeoutException)
        {
            return new MemoryTry(false, $"not ready within {(deadline * MostStarved).TotalSeconds:0} s");
        }
    }
}
