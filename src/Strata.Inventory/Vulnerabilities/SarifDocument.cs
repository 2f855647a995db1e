using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Strata.Inventory.Vulnerabilities;

/// <summary>Findings as SARIF 2.1.0 (OASIS), which forges show beside the code.</summary>
public static class SarifDocument
{
    private const int MostFiles = 10;

    private static readonly JsonWriterOptions s_form = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n",
    };

    /// <summary>Writes them: a rule for each number, a result for each finding, with the files that are there.</summary>
    /// <param name="scan">What was found.</param>
    /// <param name="tool">Version of the program.</param>
    public static byte[] Write(Scan scan, string tool)
    {
        ArgumentNullException.ThrowIfNull(scan);
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, s_form))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            WriteTool(json, scan, tool);
            json.WriteStartArray("results");
            foreach (Finding finding in scan.Findings)
            {
                WriteResult(json, finding);
            }
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteTool(Utf8JsonWriter json, Scan scan, string tool)
    {
        json.WriteStartObject("tool"); // §3.18
        json.WriteStartObject("driver");
        json.WriteString("name", "strata");
        json.WriteString("version", tool);
        json.WriteStartArray("rules");
        foreach (Finding finding in scan.Findings.DistinctBy(f => f.Id).OrderBy(f => f.Id, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("id", finding.Id);
            WriteText(json, "shortDescription", $"{finding.Id} in {finding.Source}");
            WriteText(json, "fullDescription", finding.Description.Length > 0 ? finding.Description : finding.Id);
            json.WriteString("helpUri", "https://security-tracker.debian.org/tracker/" + finding.Id);
            json.WriteStartObject("properties");
            json.WriteString("security-severity", ScoreOf(finding.Severity)); // what forges sort by
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject(); // §3.27
        json.WriteString("ruleId", finding.Id);
        json.WriteString("level", !finding.Counts ? "none" : finding.Severity switch
        {
            Severity.High => "error", Severity.Medium or Severity.Unknown => "warning", _ => "note",
        });
        json.WriteString("kind", finding.Counts ? "fail" : "notApplicable");
        WriteText(json, "message", MessageOf(finding));
        json.WriteStartArray("locations");
        foreach (string path in finding.There.Where(p => p.StartsWith('/')).Take(MostFiles))
        {
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", Uri.EscapeDataString(path[1..]).Replace("%2F", "/",
                StringComparison.Ordinal)); // below the image's root
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string MessageOf(Finding finding)
    {
        string fix = finding.State switch
        {
            FindingState.Fixable => $"fixed in {finding.FixedIn}",
            FindingState.Unfixed => "not fixed yet",
            FindingState.PutOff => $"put off by Debian ({finding.Reason})",
            FindingState.Undetermined => "not known whether it is affected",
            _ => $"ignored: {finding.Reason}",
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"{finding.Source} {finding.Version} ({string.Join(", ", finding.Packages)}): {fix}; {PresenceText.Of(finding)}");
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static string ScoreOf(Severity severity) => severity switch
    {
        Severity.High => "8.0", Severity.Medium or Severity.Unknown => "5.0", Severity.Low => "3.0", _ => "1.0",
    };
}
