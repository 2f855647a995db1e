using System.Globalization;
using System.Text;
using Strata.Agent.Machines;
using Strata.Agent.Storage;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Updates.Applying;
using Strata.Updates.Trials;

namespace Strata.Agent.Trials;

/// <summary>The commands about releases on trial: 0 when all is well, 1 when not, 3 when it cannot be said or done.</summary>
internal static class TrialCommands
{
    private const string Kept = "/var/lib/strata";
    private const int NotWell = 1;
    private static readonly long s_latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
    private const int Failed = 3;

    /// <summary>Whether it is one of these.</summary>
    public static bool Knows(IReadOnlyList<string> arguments) =>
        arguments is ["health" or "history" or "trial" or "rollback"] or ["rollback", _];

    /// <summary>Does it.</summary>
    /// <param name="arguments">The words of the command line.</param>
    /// <param name="applyWords">Makes the machine what the later words of its owner say.</param>
    public static int Run(IReadOnlyList<string> arguments, Action<MachineFolder, ILiveMachine> applyWords)
    {
        using LiveMachine live = new();
        MachineFolder machine = new("/", givesAway: true);
        try
        {
            return arguments[0] switch
            {
                "health" => Health(machine, live),
                "history" => History(machine),
                "rollback" => RollBack(machine, arguments.Count > 1 ? arguments[1] : null),
                _ => Try(machine, live, applyWords),
            };
        }
        catch (Exception e) when (e is StrataException or IOException)
        {
            string text = $"error: {e.Message}\n{((e as StrataException)?.Hint is string hint ? hint + "\n" : "")}";
            if (arguments[0] == "trial")
            {
                live.Tell(text.TrimEnd());
            }
            else
            {
                Say(text, 2);
            }
            return Failed;
        }
    }

    private static int Health(MachineFolder machine, LiveMachine live)
    {
        HealthLook look = new(machine, live);
        IReadOnlyList<string> problems = look.Look(look.Plan());
        StringBuilder text = new();
        foreach (string problem in problems)
        {
            text.Append("not well: ").Append(problem).Append('\n');
        }
        Say(problems.Count == 0 ? "all is well\n" : text.ToString());
        return problems.Count == 0 ? 0 : NotWell;
    }

    private static int History(MachineFolder machine)
    {
        RunningSystem running = RunningSystem.Of(machine);
        StringBuilder text = new();
        using (BootVolume volume = BootVolume.Mount())
        {
            SystemdBoot boot = volume.BootSide(running);
            BootEntries entries = boot.Entries();
            foreach (BootEntry entry in entries.All)
            {
                bool runs = BootEntry.IsSame(entry.Name, boot.RunningName);
                string state = entry.IsProven ? "proven"
                    : entry.IsOnTrial || runs ? $"on trial, {entry.TriesLeft} tries left" : "not started any more";
                text.Append(runs ? "* " : "  ").Append(entry.Name).Append(": ").Append(state);
                text.Append(ReferenceEquals(entry, entries.Next) ? "; next" : "").Append('\n');
            }
        }
        foreach (TrialEvent happened in TrialHistory.Of(new MountedStorage(Kept)).Events)
        {
            DateTimeOffset at = DateTimeOffset.FromUnixTimeSeconds(Math.Min(happened.AtSeconds, s_latest));
            text.Append(at.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)).Append("  ").Append(happened.Name).Append("  ")
                .Append(TrialHistory.WordOf(happened.Kind)).Append(happened.Why.Length > 0 ? $": {happened.Why}" : "").Append('\n');
        }
        Say(text.ToString());
        return 0;
    }

    private static int RollBack(MachineFolder machine, string? version)
    {
        RunningSystem running = RunningSystem.Of(machine);
        using BootVolume volume = BootVolume.Mount();
        SystemdBoot boot = volume.BootSide(running);
        string target = boot.RollBack(version);
        Files.MakeDirectories(Kept);
        TrialRun.NoteIn(new MountedStorage(Kept), TimeProvider.System, boot.RunningName, TrialEventKind.RolledBack, $"to {target}");
        Say($"{target} is started next\n");
        return 0;
    }

    private static int Try(MachineFolder machine, LiveMachine live, Action<MachineFolder, ILiveMachine> applyWords)
    {
        if (BootVolume.Facts().Started is null)
        {
            return 0; // no systemd-boot: nothing is on trial
        }
        RunningSystem running = RunningSystem.Of(machine);
        Files.MakeDirectories(Kept);
        WithBoot(boot => BringConfiguration(machine, live, boot, applyWords));
        new TrialRun(machine, live, new MountedStorage(Kept), TimeProvider.System, WithBoot).Run();
        return 0;

        void WithBoot(Action<SystemdBoot> act)
        {
            using BootVolume volume = BootVolume.Mount();
            act(volume.BootSide(running));
        }
    }

    private static void BringConfiguration(
        MachineFolder machine, LiveMachine live, SystemdBoot boot, Action<MachineFolder, ILiveMachine> applyWords)
    {
        try
        {
            if (new ConfigurationCopies(machine).Enter(boot.RunningName, boot.RunningState() == BootImageState.Proven))
            {
                live.Tell($"{Places.Later} is again as {boot.RunningName} had it");
                applyWords(machine, live);
            }
        }
        catch (IOException e)
        {
            live.Tell($"cannot keep a copy of {Places.Later} for {boot.RunningName}: {e.Message}");
        }
    }

    private static void Say(string text, int stream = 1)
    {
        using OpenFile file = OpenFile.Standard(stream);
        file.Write(Encoding.UTF8.GetBytes(text));
    }
}
