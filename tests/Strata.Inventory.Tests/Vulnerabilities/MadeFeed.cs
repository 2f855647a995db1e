using System.Globalization;
using System.Text;

namespace Strata.Inventory.Tests.Vulnerabilities;

/// <summary>
/// Feeds in the real shape, as security-tracker.debian.org/tracker/data/json has it; every field that it has, null where it may be.
/// </summary>
internal static class MadeFeed
{
    /// <summary>A small one: of package curl one vulnerability of each kind.</summary>
    public const string Small = """
        {
          "0ad": {"CVE-2020-1": {"scope": "remote", "description": "other", "releases": {"trixie": {"status": "open",
            "repositories": {"trixie": "1"}, "urgency": "low"}}}},
          "curl": {
            "CVE-2026-1001": {"scope": "remote", "debianbug": 1100001, "description": "The curl program reads too much.", "releases": {
              "bookworm": {"status": "open", "repositories": {"bookworm": "7.88.1-10"}, "urgency": "high"},
              "trixie": {"status": "resolved", "repositories": {"trixie": "8.14.1-2", "trixie-security": "8.14.1-2+deb13u3"},
                "fixed_version": "8.14.1-2+deb13u3", "urgency": "high"}}},
            "CVE-2026-1002": {"description": "libcurl follows what it should not.", "scope": "local", "releases": {
              "trixie": {"status": "open", "repositories": {"trixie": "8.14.1-2"}, "urgency": "not yet assigned", "nodsa": "Minor issue",
                "nodsa_reason": "postponed"}}},
            "CVE-2026-1003": {"description": null, "debianbug": null, "releases": {"trixie": {"status": "open", "urgency": "medium**",
              "nodsa": null, "nodsa_reason": null}}},
            "CVE-2026-1004": {"releases": {"trixie": {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"}}},
            "CVE-2026-1005": {"releases": {"trixie": {"status": "resolved", "fixed_version": "8.0-1", "urgency": "low"}}},
            "CVE-2026-1006": {"releases": {"trixie": {"status": "undetermined", "urgency": "not yet assigned"}}},
            "TEMP-0000000-ABCDEF": {"description": "A word: wcurl.", "releases": {"trixie": {"status": "open", "urgency": "unimportant"}}},
            "CVE-2026-1007": {"description": "Of another release", "releases": {"sid": {"status": "open", "urgency": "high"}}}
          }
        }
        """;

    /// <summary>A large one: as many packages with as many vulnerabilities as are asked for, each in five releases.</summary>
    public static void WriteLarge(Stream target, int packages, int each)
    {
        using StreamWriter text = new(target, new UTF8Encoding(false), leaveOpen: true);
        text.Write('{');
        string description = string.Concat(Enumerable.Repeat("A flaw was found in the handling of something that an attacker sends. ", 3));
        for (int package = 0; package < packages; package++)
        {
            text.Write(string.Create(CultureInfo.InvariantCulture, $"{(package == 0 ? "" : ", ")}\"package-{package}\": {{"));
            for (int i = 0; i < each; i++)
            {
                int number = (package * each) + i + 1000;
                text.Write(string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}\"CVE-2026-{number}\": "));
                text.Write($"{{\"description\": \"{description}\", \"scope\": \"remote\", \"releases\": {{");
                foreach (string release in new[] { "bookworm", "bullseye", "forky", "sid", "trixie" })
                {
                    text.Write($"{(release == "bookworm" ? "" : ", ")}\"{release}\": {{\"status\": \"resolved\", ");
                    text.Write($"\"repositories\": {{\"{release}\": \"1.0-1\"}}, ");
                    text.Write("\"fixed_version\": \"1.2-1\", \"urgency\": \"not yet assigned\"}");
                }
                text.Write("}}");
            }
            text.Write('}');
        }
        text.Write('}');
    }
}
