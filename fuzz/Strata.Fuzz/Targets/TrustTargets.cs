using Strata.Core;
using Strata.Trust.Keys;
using Strata.Trust.Tokens;

namespace Strata.Fuzz.Targets;

/// <summary>What says where an owner's keys are, and what became of them.</summary>
internal static class TrustTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfText("token-uri", ReadUri, () =>
            [
                "pkcs11:token=Anna;object=db?module-path=/usr/lib/x.so",
                "pkcs11:token=The%20Token%20%231;serial=4D55;object=a%3Bb;id=%01%FF;type=private?module-path=/opt/a%20b.so",
            ],
            typeof(TokenUri)) with
        {
            Allowed = [typeof(StrataException)],
            Words = ["pkcs11:", "module-path=/", "token=", "object=", "id=%01", "serial=", "pin-value=", "%C3%A4", "%00"],
        },
        FuzzTarget.OfText("key-history", ReadHistory, () =>
            [
                "2026-11-30T08:00:00Z db-2 made\n2026-11-30T09:00:00Z db-2 signs\n2026-12-01T08:00:00Z db retired\n",
                $"2026-11-30T08:00:00Z others {Sha256Digest.Of("o"u8)}\n2026-11-30T08:00:01Z PK-2 made\n2026-11-30T08:00:02Z PK-2 signs\n",
            ],
            typeof(KeyHistory)) with
        {
            Allowed = [typeof(StrataException)],
            Words =
            [
                "2026-11-30T08:00:00Z ", " made\n", " signs\n", " retired\n", "others ", "db-3", "KEK-2", "release-9999", "pcr-2", "PK",
            ],
        },
    ];

    private static void ReadHistory(string text)
    {
        KeyHistory history = KeyHistory.Parse(text, "history");
        foreach (KeyRole role in KeyRole.All)
        {
            IReadOnlyList<KeyGeneration> all = history.Of(role);
            Property.Holds(all.Count(k => k.Standing == KeyStanding.Signs) == 1, $"not one key of {role} signs");
            Property.Holds(all.Count(k => k.Standing is KeyStanding.Next or KeyStanding.Old) <= 1, $"two steps of {role} are open");
        }
    }

    private static void ReadUri(string text)
    {
        TokenUri uri = TokenUri.TryParse(text, out string problem) ?? throw new StrataException($"cannot take a token: {problem}");
        string written = uri.ToString();
        Property.Holds(written.Length > 1024 || TokenUri.TryParse(written, out _) == uri, "it is written as another");
    }
}
