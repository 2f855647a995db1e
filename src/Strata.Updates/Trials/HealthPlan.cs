using Strata.Core;
using Strata.Updates.Json;

namespace Strata.Updates.Trials;

/// <summary>What has to be well on a machine before its release counts as good. Form: <c>docs/formats/health.md</c>.</summary>
public sealed record HealthPlan
{
    /// <summary>Name and version of the format.</summary>
    public const string CurrentFormat = "strata-health-1";

    /// <summary>Where an image has it; without it the values here count.</summary>
    public const string Path = "/usr/lib/strata/health.json";

    /// <summary>Longest text in bytes.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>Most checks.</summary>
    public const int MostChecks = 64;

    /// <summary>Most seconds of anything: a day.</summary>
    public const int MostSeconds = 86_400;

    /// <summary>Most seconds of one check; the hardware watchdog waits longer.</summary>
    public const int MostCheckSeconds = 60;

    /// <summary>How long all has to be well without a break, in seconds: 1 to <see cref="MostSeconds"/>.</summary>
    public int SettleSeconds { get; init; } = 60;

    /// <summary>
    /// When nothing was well for so long by then, the machine restarts; in seconds, more than <see cref="SettleSeconds"/>.
    /// </summary>
    public int WithinSeconds { get; init; } = 300;

    /// <summary>Programs that look. Services of the system are looked at without being named.</summary>
    public IReadOnlyList<HealthCheck> Checks { get; init; } = [];

    /// <summary>Every rule that is broken; empty for a good one.</summary>
    public IEnumerable<string> Problems()
    {
        if (SettleSeconds is < 1 or > MostSeconds)
        {
            yield return $"settle is {SettleSeconds}, expected 1 to {MostSeconds} seconds";
        }
        if (WithinSeconds <= SettleSeconds || WithinSeconds > MostSeconds)
        {
            yield return $"within is {WithinSeconds}, expected more than settle ({SettleSeconds}) and at most {MostSeconds} seconds";
        }
        if (Checks.Count > MostChecks)
        {
            yield return $"there are {Checks.Count} checks, expected at most {MostChecks}";
        }
        foreach (HealthCheck check in Checks)
        {
            if (!CanonicalForm.IsName(check.Name) || Checks.Count(c => c.Name == check.Name) > 1)
            {
                yield return $"a check is called '{check.Name}', expected a name of a-z 0-9 + - . _ that no other has";
            }
            if (check.WithinSeconds is < 1 or > MostCheckSeconds)
            {
                yield return $"'{check.Name}' has {check.WithinSeconds} seconds, expected 1 to {MostCheckSeconds}";
            }
            if (check.Command.Count is 0 or > 64 || check.Command[0].Length == 0 || check.Command[0][0] != '/'
                || check.Command.Any(w => w.Length > 4096 || w.Contains('\0', StringComparison.Ordinal)))
            {
                yield return $"'{check.Name}' has no command that begins with an absolute path, of at most 64 words";
            }
        }
    }

    /// <summary>The bytes; they end in a line feed.</summary>
    /// <exception cref="ArgumentException">The plan breaks a rule.</exception>
    public byte[] Write()
    {
        if (Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join("; ", problems));
        }
        return CanonicalForm.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("format", CurrentFormat);
            json.WriteNumber("settle", SettleSeconds);
            json.WriteNumber("within", WithinSeconds);
            json.WriteStartArray("checks");
            foreach (HealthCheck check in Checks)
            {
                json.WriteStartObject();
                json.WriteString("name", check.Name);
                json.WriteNumber("within", check.WithinSeconds);
                json.WriteStartArray("command");
                foreach (string word in check.Command)
                {
                    json.WriteStringValue(word);
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Reads the whole of a text and refuses every text but the canonical one.</summary>
    /// <exception cref="ImageFormatException">It is too long, another format, breaks a rule, or is written in another way.</exception>
    public static HealthPlan Read(ReadOnlySpan<byte> text)
    {
        const string Format = "health plan";
        if (text.Length > MaxBytes)
        {
            throw new ImageFormatException(Format, 0, $"it has {text.Length} bytes, allowed are {MaxBytes}");
        }
        CanonicalCursor json = new(text, Format);
        json.StartObject();
        if (json.Text("format") != CurrentFormat)
        {
            throw json.Fault($"its format is another one than {CurrentFormat}, the one this program reads");
        }
        int settle = Seconds(ref json, "settle");
        int within = Seconds(ref json, "within");
        List<HealthCheck> checks = [];
        json.StartArray("checks");
        while (json.NextObject())
        {
            if (checks.Count == MostChecks)
            {
                throw json.Fault($"it has more than {MostChecks} checks");
            }
            checks.Add(new HealthCheck(json.Text("name"), Seconds(ref json, "within"), json.Texts("command", 64)));
            json.EndObject();
        }
        json.EndObject();
        json.End();
        HealthPlan plan = new() { SettleSeconds = settle, WithinSeconds = within, Checks = checks };
        foreach (string problem in plan.Problems())
        {
            throw new ImageFormatException(Format, 0, problem);
        }
        CanonicalForm.Require(text, plan.Write(), Format);
        return plan;
    }

    private static int Seconds(ref CanonicalCursor json, string member) =>
        json.Number(member) is long value and <= MostSeconds
            ? (int)value : throw json.Fault($"{member} is more than {MostSeconds} seconds");
}

/// <summary>A program that looks whether something is well.</summary>
/// <param name="Name">For people.</param>
/// <param name="WithinSeconds">It is killed after so many seconds, and nothing is well then.</param>
/// <param name="Command">The program, which ends with 0 when all is well, and its words.</param>
public sealed record HealthCheck(string Name, int WithinSeconds, IReadOnlyList<string> Command);
