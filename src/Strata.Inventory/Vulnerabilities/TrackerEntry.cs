namespace Strata.Inventory.Vulnerabilities;

/// <summary>What the feed says of one vulnerability in one source package of one release of Debian.</summary>
public sealed record TrackerEntry
{
    /// <summary>Name of the source package.</summary>
    public required string Source { get; init; }

    /// <summary>Its number: <c>CVE-2026-1234</c>, or <c>TEMP-…</c> as long as it has none.</summary>
    public required string Id { get; init; }

    /// <summary>What it is, in a sentence; may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary><c>resolved</c>, <c>open</c> or <c>undetermined</c>.</summary>
    public string Status { get; init; } = "";

    /// <summary>The version that fixed it; <c>0</c> when the release was never affected; empty when nothing did.</summary>
    public string FixedVersion { get; init; } = "";

    /// <summary><c>high</c>, <c>medium</c>, <c>low</c>, <c>unimportant</c>, <c>not yet assigned</c>, <c>end-of-life</c>.</summary>
    public string Urgency { get; init; } = "";

    /// <summary>Why Debian does not hurry: <c>Minor issue</c>; empty when it does.</summary>
    public string NoAdvisory { get; init; } = "";

    /// <summary><c>ignored</c> or <c>postponed</c>; empty for neither.</summary>
    public string NoAdvisoryReason { get; init; } = "";
}
