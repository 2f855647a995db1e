namespace Strata.Tuf.Publishing;

/// <summary>A role of a repository as it is published.</summary>
/// <param name="Role">Its name.</param>
/// <param name="Version">The version of its metadata.</param>
/// <param name="Expires">Until when it is believed.</param>
/// <param name="Threshold">How many keys have to sign.</param>
/// <param name="KeyIds">Keys that count.</param>
public sealed record RoleState(string Role, long Version, DateTimeOffset Expires, int Threshold, IReadOnlyList<string> KeyIds);
