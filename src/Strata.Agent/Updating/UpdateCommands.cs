using System.Globalization;
using Strata.Agent.Machines;
using Strata.Agent.Trials;
using Strata.Core;
using Strata.Updates.Applying;
using Strata.Updates.Planning;
using Strata.Updates.Releases;
using Strata.Updates.Trials;

namespace Strata.Agent.Updating;

/// <summary>
/// The commands about releases and their store. 0: done, and nothing is to be done; 1: something is to be done or damaged; 2: the command
/// is not understood; 3: it failed, and nothing that starts was changed.
/// </summary>
internal static class UpdateCommands
{
    private const int ToDo = 1;
    private const int Failed = 3;

    /// <summary>Whether it is one of these.</summary>
    public static bool Knows(IReadOnlyList<string> arguments) =>
        arguments.Count > 0 && (arguments[0] is "update" or "releases" or "verify" or "status")
        && UpdateWish.TryParse(arguments) is not null;

    /// <summary>Does it.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        UpdateWish wish = UpdateWish.TryParse(arguments)!;
        Answer answer = new(wish.IsJson);
        try
        {
            return wish.Command switch
            {
                "update" => Update(wish, answer),
                "verify" => Verify(wish, answer),
                "releases" => Releases(answer, withSettings: false),
                _ => Releases(answer, withSettings: true),
            };
        }
        catch (Exception e) when (e is StrataException or IOException)
        {
            answer.Fail(e.Message, (e as StrataException)?.Hint);
            return Failed;
        }
    }

    private static int Update(UpdateWish wish, Answer answer)
    {
        MachineFolder machine = new("/", givesAway: true);
        UpdateSettings settings = UpdateSettings.Read(machine, wish.From);
        byte[] root = machine.TryRead(UpdateSettings.RootPath, Tuf.Client.UpdateClient.MostBytes) ?? throw new StrataException(
            $"cannot update: the image has no {UpdateSettings.RootPath}, by which it would believe what is published",
            "Put metadata/1.root.json of the published folder there, with 'files:' of the edition.");
        using StoreVolume volume = StoreVolume.Open(isChanged: !wish.IsPlan);
        using BootVolume esp = BootVolume.Mount();
        SystemdBoot boot = esp.BootSide(RunningSystem.Of(machine));
        UpdateRun run = new(volume.Store, boot, settings.Open(), TimeProvider.System, StepsOf(answer));
        PublishedRelease target = run.Find(root, RunningRelease.Of(machine, volume.Store), wish.To, isKept: !wish.IsPlan);
        return wish.IsPlan ? Plan(run, target, answer) : Apply(run, target, wish, answer);
    }

    private static ApplySteps StepsOf(Answer answer) => new()
    {
        Wait = Thread.Sleep,
        WhenBegun = (what, bytes) => answer.Progress($"{what}: {new ByteSize(bytes)} to fetch"),
        WhenNoticed = answer.Progress,
    };

    private static int Plan(UpdateRun run, PublishedRelease target, Answer answer)
    {
        if (run.IsHere(target))
        {
            return UpToDate(target, answer);
        }
        TimeSpan start = TimeSpan.FromMilliseconds(Environment.TickCount64);
        UpdatePlan plan = run.Plan(target);
        answer.Plan(plan, run.Fetched, TimeSpan.FromMilliseconds(Environment.TickCount64) - start);
        return ToDo;
    }

    private static int Apply(UpdateRun run, PublishedRelease target, UpdateWish wish, Answer answer)
    {
        ApplyOutcome outcome = run.Apply(target, wish.IsAgain);
        if (outcome == ApplyOutcome.IsThere)
        {
            return UpToDate(target, answer);
        }
        answer.Done(
            outcome == ApplyOutcome.OnTrial ? "on trial" : "waits for a start", target, run.Fetched,
            "The next start tries it; 'strata-agent rollback' takes that back.");
        return ToDo;
    }

    private static int UpToDate(PublishedRelease target, Answer answer)
    {
        answer.Done("up to date", target, 0, null);
        return 0;
    }

    private static int Verify(UpdateWish wish, Answer answer)
    {
        using StoreVolume volume = StoreVolume.Open(isChanged: wish.IsRepair);
        StoreCheck check = new(volume.Store);
        IReadOnlyList<DamagedObject> damaged = check.Run();
        if (wish.IsRepair && damaged.Count > 0)
        {
            MachineFolder machine = new("/", givesAway: true);
            using BootVolume esp = BootVolume.Mount();
            SystemdBoot boot = esp.BootSide(RunningSystem.Of(machine));
            new ReleaseApplier(volume.Store, boot, UpdateSettings.Read(machine, wish.From).Open(), StepsOf(answer)).Repair(damaged);
            check = new StoreCheck(volume.Store);
            damaged = check.Run();
        }
        answer.Verified(check, damaged);
        return damaged.Count == 0 ? 0 : ToDo;
    }

    private static int Releases(Answer answer, bool withSettings)
    {
        MachineFolder machine = new("/", givesAway: true);
        using StoreVolume volume = StoreVolume.Open(isChanged: false);
        using BootVolume esp = BootVolume.Mount();
        Release running = RunningRelease.Of(machine, volume.Store);
        IReadOnlyList<BootImage> images = esp.BootSide(RunningSystem.Of(machine)).List();
        StoreReleases releases = volume.Store.ReadReleases();
        DeviceStanding standing = DeviceStanding.Of(running, releases, images);
        answer.Standing(standing, releases, images, volume.Store, withSettings ? SettingsOf(machine) : null);
        bool isOnTrial = false;
        foreach (BootImage image in images)
        {
            isOnTrial |= image.State == BootImageState.OnTrial;
        }
        return withSettings && isOnTrial ? ToDo : 0;
    }

    private static string SettingsOf(MachineFolder machine)
    {
        try
        {
            return UpdateSettings.Read(machine, null).From;
        }
        catch (StrataException e)
        {
            return $"none: {e.Message}";
        }
    }
}

/// <summary>What a command line asks for.</summary>
/// <param name="Command">Its first word.</param>
/// <param name="IsPlan">Nothing is written.</param>
/// <param name="IsJson">For programs.</param>
/// <param name="IsRepair">What is damaged is fetched again.</param>
/// <param name="IsAgain">Also what did not prove good.</param>
/// <param name="From">Another address or folder.</param>
/// <param name="To">A release by its number.</param>
internal sealed record UpdateWish(string Command, bool IsPlan, bool IsJson, bool IsRepair, bool IsAgain, string? From, long? To)
{
    /// <summary>Reads it; null when it is not understood.</summary>
    public static UpdateWish? TryParse(IReadOnlyList<string> arguments)
    {
        UpdateWish wish = new(arguments[0], false, false, false, false, null, null);
        bool isUpdate = wish.Command == "update";
        for (int i = 1; i < arguments.Count; i++)
        {
            string? value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--json":
                    wish = wish with { IsJson = true };
                    break;
                case "--plan" when isUpdate:
                    wish = wish with { IsPlan = true };
                    break;
                case "--repair" when wish.Command == "verify":
                    wish = wish with { IsRepair = true };
                    break;
                case "--again" when isUpdate:
                    wish = wish with { IsAgain = true };
                    break;
                case "--from" when wish.Command is "update" or "verify" && value is { Length: > 0 }:
                    wish = wish with { From = value };
                    i++;
                    break;
                case "--to" when isUpdate && CounterOf(value) is long counter:
                    wish = wish with { To = counter };
                    i++;
                    break;
                default:
                    return null;
            }
        }
        return wish;
    }

    private static long? CounterOf(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long counter) && counter > 0 ? counter : null;
}
