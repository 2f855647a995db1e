namespace Strata.Packages.Sources;

/// <summary>One address with one suite of a host's apt configuration (sources.list(5)).</summary>
/// <param name="Uri">Address as written; any scheme.</param>
/// <param name="Suite">Suite as written.</param>
/// <param name="Components">Components, in the order written.</param>
/// <param name="SignedBy">The <c>Signed-By</c> option; empty without one.</param>
/// <param name="Place">File and line for people: <c>/etc/apt/sources.list:3</c>.</param>
public sealed record AptSourceEntry(string Uri, string Suite, IReadOnlyList<string> Components, string SignedBy, string Place);
