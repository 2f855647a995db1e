using System.Text;
using Strata.Updates.Trials;

namespace Strata.Fuzz.Targets;

/// <summary>What a device reads about releases on trial: what has to be well, what became of them, names of kernel images.</summary>
internal static class TrialTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("health-plan", text => Property.WritesTheSame(text, HealthPlan.Read(text).Write()), () =>
            [new HealthPlan().Write(), new HealthPlan { Checks = [new HealthCheck("web", 9, ["/bin/sh", "-c", "exit \"1\""])] }.Write()])
        {
            Readers = [typeof(HealthPlan)], Words = ["\"checks\":[", "\"command\":[\"/", "\"settle\":"],
        },
        new FuzzTarget("trial-history", text => Property.WritesTheSame(text, TrialHistory.Read(text).Write()), () =>
            [
                TrialHistory.Empty.With(new TrialEvent("box_1", TrialEventKind.Started, 7, ""))
                    .With(new TrialEvent("box_1", TrialEventKind.NotWell, 8, "service web is failed")).Write(),
            ])
        {
            Readers = [typeof(TrialHistory)], Words = ["\"is\":\"proven\"", "\"at\":", "rolled back"],
        },
        new FuzzTarget("boot-entry", ReadName, () => ["box_1.efi"u8.ToArray(), "box_1+3.efi"u8.ToArray(), "box_1+2-1.efi"u8.ToArray()])
        {
            Readers = [typeof(BootEntry)], Allowed = [], Words = ["+", "-", ".efi", "auto-"],
        },
    ];

    private static void ReadName(ReadOnlySpan<byte> input)
    {
        string name = Encoding.UTF8.GetString(input);
        if (BootEntry.TryParse(name) is not BootEntry entry)
        {
            return;
        }
        Property.Holds(entry.FileName == name && name.StartsWith(entry.Name, StringComparison.Ordinal), "a name is part of its file's");
        string proven = BootEntry.Proven(entry.Name);
        Property.Holds(entry.IsProven || proven.Length < name.Length, "tries make a name longer");
        BootEntry? again = BootEntry.TryParse(BootEntry.OnTrial(entry.Name, 3));
        Property.Holds(again is null or { TriesLeft: 3, TriesDone: 0 }, "what is written is read");
    }
}
