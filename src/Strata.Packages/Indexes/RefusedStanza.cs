namespace Strata.Packages.Indexes;

/// <summary>A stanza that an index passed over because it breaks a rule; only who asks for the package need know.</summary>
/// <param name="Name">What it says its package is called; empty when it does not say.</param>
/// <param name="Problem">Line of the <c>Packages</c> file, rule and value: <c>line 3: Version: the upstream part does not start with a
/// digit</c>.</param>
internal sealed record RefusedStanza(string Name, string Problem);
