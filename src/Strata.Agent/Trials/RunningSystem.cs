using System.Text.Json;
using Strata.Agent.Machines;
using Strata.Core;

namespace Strata.Agent.Trials;

/// <summary>Which release runs, as the running system itself knows it: never as a boot partition or firmware tell.</summary>
/// <param name="Edition">Its edition.</param>
/// <param name="Version">Its version.</param>
internal sealed record RunningSystem(string Edition, string Version)
{
    private const string Report = "/run/strata/boot.json"; // of the early init, which verified the release
    private const string Identity = "/etc/os-release";
    private const int MostBytes = 1 << 20;

    /// <summary>Reads it.</summary>
    /// <exception cref="StrataException">The system does not say what it is.</exception>
    public static RunningSystem Of(MachineFolder machine)
    {
        (string? edition, string? version) =
            machine.TryRead(Report, MostBytes) is byte[] report ? OfReport(report) : OfIdentity(machine.ReadText(Identity));
        return edition is { Length: > 0 } && version is { Length: > 0 }
            ? new RunningSystem(edition, version)
            : throw new StrataException($"cannot learn which release runs: neither {Report} nor {Identity} says it");
    }

    private static (string? Edition, string? Version) OfReport(byte[] report)
    {
        string? edition = null;
        string? version = null;
        Utf8JsonReader json = new(report);
        try
        {
            while (json.Read() && (edition is null || version is null))
            {
                if (json.CurrentDepth != 1 || json.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }
                bool isEdition = json.ValueTextEquals("edition"u8);
                bool isVersion = json.ValueTextEquals("version"u8);
                if ((isEdition || isVersion) && json.Read() && json.TokenType == JsonTokenType.String)
                {
                    edition = isEdition ? json.GetString() : edition;
                    version = isVersion ? json.GetString() : version;
                }
            }
        }
        catch (JsonException)
        {
            return (null, null);
        }
        return (edition, version);
    }

    private static (string? Edition, string? Version) OfIdentity(string text)
    {
        string? edition = null;
        string? version = null;
        foreach (string line in text.Split('\n'))
        {
            edition = line.StartsWith("ID=", StringComparison.Ordinal) ? line[3..].Trim('"') : edition;
            version = line.StartsWith("VERSION_ID=", StringComparison.Ordinal) ? line[11..].Trim('"') : version;
        }
        return (edition, version);
    }
}
