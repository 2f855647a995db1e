using Strata.Packages.Releases;

namespace Strata.Packages.Locks;

/// <summary>What a suite says of itself, once its signature was found good.</summary>
/// <param name="Suite">For people: <c>trixie-security</c>, <c>docker/trixie</c>.</param>
/// <param name="Date">When its release was made.</param>
/// <param name="ValidUntil">When that ceases to be valid; null when it does not say.</param>
/// <param name="Keys">Fingerprints of the keys that signed it.</param>
/// <param name="Keyrings">Which files of trusted keys those are looked up in.</param>
public sealed record SuiteState(
    string Suite, DateTimeOffset Date, DateTimeOffset? ValidUntil, IReadOnlyList<string> Keys, IReadOnlyList<string> Keyrings)
{
    internal static SuiteState Of(VerifiedRelease release) => new(
        release.Suite.ToString(), release.File.Date, release.File.ValidUntil, release.Fingerprints,
        [.. release.Suite.Archive.Keyrings.Select(k => k.Name)]);
}
