using Strata.Core;
using Strata.Trust.Tokens;

namespace Strata.Fuzz.Targets;

/// <summary>What says where an owner's keys are.</summary>
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
    ];

    private static void ReadUri(string text)
    {
        TokenUri uri = TokenUri.TryParse(text, out string problem) ?? throw new StrataException($"cannot take a token: {problem}");
        string written = uri.ToString();
        Property.Holds(written.Length > 1024 || TokenUri.TryParse(written, out _) == uri, "it is written as another");
    }
}
