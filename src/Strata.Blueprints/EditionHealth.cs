using Strata.Core;
using Strata.Updates.Trials;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>
/// What has to be well before a release on trial counts as good: <c>health:</c> of a blueprint. <c>docs/updates.md</c> is for people.
/// </summary>
/// <param name="Plan">What the machine does.</param>
/// <param name="Place">Where the blueprint says so.</param>
public sealed record EditionHealth(HealthPlan Plan, YamlValue Place)
{
    private const int CheckSeconds = 30;

    /// <summary>Where an image has it.</summary>
    public static GuestPath File { get; } = GuestPath.Parse(HealthPlan.Path);

    /// <summary>Reads <c>health</c>; null where nothing is said.</summary>
    internal static EditionHealth? Read(MappingReader reader)
    {
        if (reader.Value("health") is not YamlValue place || reader.Mapping("health") is not MappingReader health)
        {
            return null;
        }
        HealthPlan usual = new();
        HealthPlan plan = new()
        {
            SettleSeconds = Seconds(health, "settle", usual.SettleSeconds, HealthPlan.MostSeconds),
            WithinSeconds = Seconds(health, "within", usual.WithinSeconds, HealthPlan.MostSeconds),
            Checks = [.. health.Pairs("checks").Select(c => ReadCheck(c.Key, c.Value, reader.Faults)).OfType<HealthCheck>()],
        };
        health.Done();
        if (!reader.Faults.Any)
        {
            foreach (string problem in plan.Problems())
            {
                reader.Faults.Add(place, $"'health': {problem}");
            }
        }
        return new EditionHealth(plan, place);
    }

    private static HealthCheck? ReadCheck(YamlScalar name, YamlValue value, FaultList faults)
    {
        if (MappingReader.Of(value, $"check '{name.Text}'", faults) is not MappingReader words)
        {
            return null;
        }
        HealthCheck check = new(
            name.Text, Seconds(words, "within", CheckSeconds, HealthPlan.MostCheckSeconds),
            [.. words.Texts("command", required: true).Select(w => w.Text)]);
        words.Done();
        return check;
    }

    private static int Seconds(MappingReader reader, string key, int otherwise, int most) =>
        (int)(reader.Number(key, 1, most) ?? otherwise);
}
