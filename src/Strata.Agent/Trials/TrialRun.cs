using Strata.Agent.Machines;
using Strata.Core;
using Strata.Updates.Applying;
using Strata.Updates.Storage;
using Strata.Updates.Trials;

namespace Strata.Agent.Trials;

/// <summary>
/// One try of a release: says that it is good when all is well for long enough, and restarts the machine when that does not come.
/// </summary>
/// <param name="machine">The machine's files.</param>
/// <param name="live">What is no file.</param>
/// <param name="kept">What Strata keeps of this machine.</param>
/// <param name="clock">Says when something happened.</param>
/// <param name="withBoot">Does something with the kernel images of this machine, whose volume is mounted for so long.</param>
internal sealed class TrialRun(
    MachineFolder machine, ILiveMachine live, IStorage kept, TimeProvider clock, Action<Action<SystemdBoot>> withBoot)
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private const string SecurityVersion = "/run/strata/security-version"; // of the early init, where a TPM opened the state
    private const string Proven = "/var/lib/strata/proven"; // the next start raises the floor to it
    private const int MostVersion = 32;

    /// <summary>Does it; returns at once when the system that runs is not on trial.</summary>
    /// <exception cref="StrataException">Firmware and kernel images say nothing that can be believed.</exception>
    public void Run()
    {
        string name = "";
        bool isOnTrial = false;
        withBoot(boot =>
        {
            TellOfFailed(boot);
            (name, isOnTrial) = (boot.RunningName, boot.RunningState() == BootImageState.OnTrial);
        });
        if (!isOnTrial)
        {
            return;
        }
        Note(name, TrialEventKind.Started, "");
        using IWatchdog watchdog = live.StartWatchdog();
        if (WaitUntilWell(watchdog) is string why)
        {
            Note(name, TrialEventKind.NotWell, why);
            live.Tell($"this release is on trial, and not well in time: {why}\nthe machine restarts");
            live.Restart();
            return;
        }
        withBoot(boot => boot.Bless());
        Keep(name);
        Note(name, TrialEventKind.Proven, "");
        if (machine.TryRead(SecurityVersion, MostVersion) is byte[] version)
        {
            machine.Write(Proven, version, Modes.File); // after it is the one to fall back to: one below the floor does not start
        }
        watchdog.Stop();
        live.Tell("this release was on trial and has proven good");
    }

    /// <summary>What is not well when time is over; null when all was well for long enough.</summary>
    private string? WaitUntilWell(IWatchdog watchdog)
    {
        HealthLook look = new(machine, live);
        HealthPlan plan = look.Plan();
        TimeSpan start = live.Now;
        TimeSpan? well = null;
        string failures = look.Failures();
        IReadOnlyList<string> problems = [];
        while (true)
        {
            problems = look.Look(plan, watchdog.Feed);
            string now = look.Failures();
            if (problems.Count > 0 || now != failures)
            {
                well = null;
                problems = problems.Count > 0 ? problems : ["a service ended"];
            }
            else
            {
                well ??= live.Now;
                if ((live.Now - well.Value).TotalSeconds >= plan.SettleSeconds)
                {
                    return null;
                }
            }
            failures = now;
            if ((live.Now - start).TotalSeconds >= plan.WithinSeconds)
            {
                return problems.Count > 0
                    ? string.Join("; ", problems) : $"all is well only for {(live.Now - well!.Value).TotalSeconds:0} s";
            }
            watchdog.Feed();
            live.Wait(Pause);
        }
    }

    private void Keep(string name)
    {
        try
        {
            new ConfigurationCopies(machine).Keep(name);
        }
        catch (IOException e)
        {
            live.Tell($"cannot keep a copy of {Places.Later} for {name}: {e.Message}");
        }
    }

    /// <summary>A release whose tries are over says nothing of that itself: the one that is started in its place does.</summary>
    private void TellOfFailed(SystemdBoot boot)
    {
        foreach (BootEntry entry in boot.Entries().All)
        {
            if (entry.IsBad && !BootEntry.IsSame(entry.Name, boot.RunningName)
                && TrialHistory.Of(kept).LastOf(entry.Name) is not { Kind: TrialEventKind.Failed or TrialEventKind.RolledBack })
            {
                Note(entry.Name, TrialEventKind.Failed, $"{entry.TriesDone} tries");
                live.Tell($"{entry.Name} was tried and has not proven good; {boot.RunningName} was started in its place");
            }
        }
    }

    private void Note(string name, TrialEventKind kind, string why) => NoteIn(kept, clock, name, kind, why);

    /// <summary>Adds to the history; a state that is full or damaged keeps nothing from being tried or gone back from.</summary>
    public static void NoteIn(IStorage kept, TimeProvider clock, string name, TrialEventKind kind, string why)
    {
        try
        {
            long now = Math.Max(0, clock.GetUtcNow().ToUnixTimeSeconds());
            kept.Write(TrialHistory.FileName, TrialHistory.Of(kept).With(new TrialEvent(name, kind, now, why)).Write());
        }
        catch (IOException)
        {
            // told on the console all the same
        }
    }
}
