using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Strata.Core;
using Strata.Inventory.Bills;

namespace Strata.Inventory.Vulnerabilities;

/// <summary>Findings as an OpenVEX 0.2.0 document, which other scanners take to leave out what does not matter.</summary>
public static class OpenVexDocument
{
    private static readonly JsonWriterOptions s_form = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n",
    };

    /// <summary>Writes them.</summary>
    /// <param name="scan">What was found.</param>
    /// <param name="bill">Where.</param>
    /// <param name="time">When this is said; a later statement counts more than an earlier one.</param>
    public static byte[] Write(Scan scan, Bill bill, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(scan);
        ArgumentNullException.ThrowIfNull(bill);
        Dictionary<string, BillPackage> packages = bill.Contained.ToDictionary(p => p.Name, StringComparer.Ordinal);
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, s_form))
        {
            string stamp = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            Sha256Digest identity = Sha256Digest.Of(Encoding.UTF8.GetBytes(
                $"{BillIdentity.Of(bill)} {stamp}\n" + string.Concat(scan.Findings.Select(f =>
                    $"{f.Id} {f.Source} {f.State} {f.Presence}\n"))));
            json.WriteStartObject();
            json.WriteString("@context", "https://openvex.dev/ns/v0.2.0");
            json.WriteString("@id", $"https://openvex.dev/docs/public/vex-{identity}");
            json.WriteString("author", $"strata, for {bill.Edition}");
            json.WriteString("timestamp", stamp);
            json.WriteNumber("version", 1);
            json.WriteString("tooling", "strata " + bill.Tool);
            json.WriteStartArray("statements");
            foreach (Finding finding in scan.Findings)
            {
                WriteStatement(json, finding, bill, packages);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteStatement(Utf8JsonWriter json, Finding finding, Bill bill, Dictionary<string, BillPackage> packages)
    {
        json.WriteStartObject();
        json.WriteStartObject("vulnerability");
        json.WriteString("name", finding.Id);
        json.WriteEndObject();
        json.WriteStartArray("products");
        json.WriteStartObject();
        json.WriteString("@id", PackageUrl.OfEdition(bill));
        json.WriteStartArray("subcomponents");
        foreach (string package in finding.Packages)
        {
            json.WriteStartObject();
            json.WriteString("@id", packages.TryGetValue(package, out BillPackage? known) ? PackageUrl.Of(known, bill.Suite)
                : PackageUrl.OfKernel(bill, finding.Version));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        switch (finding)
        {
            case { State: FindingState.Ignored }:
                json.WriteString("status", "not_affected");
                json.WriteString("impact_statement", finding.Reason);
                break;
            case { Presence: Presence.NoCode }:
                json.WriteString("status", "not_affected");
                json.WriteString("justification", "vulnerable_code_not_present");
                json.WriteString("impact_statement", PresenceText.Of(finding));
                break;
            case { State: FindingState.Undetermined } or { Presence: Presence.NamedLeftOut }:
                json.WriteString("status", "under_investigation");
                json.WriteString("status_notes", PresenceText.Of(finding));
                break;
            default:
                json.WriteString("status", "affected");
                json.WriteString("status_notes", PresenceText.Of(finding));
                json.WriteString("action_statement", finding.State == FindingState.Fixable
                    ? $"Move {finding.Source} to {finding.FixedIn}: 'strata lock {bill.Edition}', and build again."
                        : "There is no fix yet.");
                break;
        }
        json.WriteEndObject();
    }
}
