using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Strata.Machines.Testing;

/// <summary>How a step went.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StepOutcome>))]
public enum StepOutcome
{
    /// <summary>As declared.</summary>
    [JsonStringEnumMemberName("passed")]
    Passed,

    /// <summary>Otherwise.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>It was not reached.</summary>
    [JsonStringEnumMemberName("not-run")]
    NotRun,
}

/// <summary>One step of a test that ran.</summary>
/// <param name="Name">What it does: <c>start</c>, <c>ready: 'login:'</c>, <c>run: uname -r</c>, <c>absent</c> ...</param>
/// <param name="Outcome">How it went.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Message">Why it failed, as a sentence; empty otherwise.</param>
/// <param name="Tail">When it failed: the end of the command's output or of the serial log, oldest line first.</param>
public sealed record StepResult(string Name, StepOutcome Outcome, long Milliseconds, string Message, IReadOnlyList<string> Tail);

/// <summary>One test that ran.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ok">True when every step passed.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="LogPath">The complete serial log.</param>
/// <param name="Steps">Its steps in order.</param>
public sealed record EditionTestResult(string Name, bool Ok, long Milliseconds, string LogPath, IReadOnlyList<StepResult> Steps);

/// <summary>A line for people.</summary>
public sealed record ReportRow(string Test, string Step, string Outcome, string Time, string Message);

/// <summary>All tests of an edition that ran.</summary>
/// <param name="Tests">In the order of the file.</param>
public sealed record EditionTestReport(IReadOnlyList<EditionTestResult> Tests)
{
    /// <summary>Version of the JSON form; a reader refuses one it does not know.</summary>
    public int Format { get; } = 1;

    /// <summary>True when every test passed.</summary>
    public bool Ok => Tests.All(t => t.Ok);

    /// <summary>The report as JSON with a final line feed.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EditionTestJson.Default.EditionTestReport) + "\n";

    /// <summary>One row per step.</summary>
    public IReadOnlyList<ReportRow> Rows() =>
    [
        .. from test in Tests
           from step in test.Steps
           select new ReportRow(
               test.Name,
               step.Name,
               step.Outcome switch { StepOutcome.Passed => "passed", StepOutcome.Failed => "failed", _ => "not run" },
               step.Outcome == StepOutcome.NotRun ? "" : string.Create(CultureInfo.InvariantCulture, $"{step.Milliseconds / 1000.0:0.0} s"),
               step.Message),
    ];
}

/// <summary>Serializes reports without reflection.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EditionTestReport))]
internal sealed partial class EditionTestJson : JsonSerializerContext;
