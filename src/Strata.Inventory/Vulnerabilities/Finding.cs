namespace Strata.Inventory.Vulnerabilities;

/// <summary>How bad a vulnerability is, in Debian's judgement.</summary>
public enum Severity
{
    /// <summary>Debian says that it hardly is one (<c>unimportant</c>).</summary>
    Negligible,

    /// <summary>Low.</summary>
    Low,

    /// <summary>Nobody judged it yet; whoever sets a limit has it counted as <see cref="Medium"/>.</summary>
    Unknown,

    /// <summary>Medium.</summary>
    Medium,

    /// <summary>High.</summary>
    High,
}

/// <summary>What stands against a vulnerability.</summary>
public enum FindingState
{
    /// <summary>A newer package has the fix.</summary>
    Fixable,

    /// <summary>Nothing fixes it yet.</summary>
    Unfixed,

    /// <summary>Debian does not fix it by an advisory: it put it off, or left it.</summary>
    PutOff,

    /// <summary>It is not known whether the release is affected.</summary>
    Undetermined,

    /// <summary>The blueprint says why it does not matter.</summary>
    Ignored,
}

/// <summary>What of the affected package is in the image at all.</summary>
public enum Presence
{
    /// <summary>No program and no library of it: data, configuration, documentation.</summary>
    NoCode,

    /// <summary>The programs or libraries that the description names were left out; others are there.</summary>
    NamedLeftOut,

    /// <summary>Some of its programs and libraries, others were left out.</summary>
    Part,

    /// <summary>The programs or libraries that the description names are there.</summary>
    NamedThere,

    /// <summary>All of its programs and libraries.</summary>
    Whole,
}

/// <summary>A vulnerability of something that the image has files of.</summary>
public sealed record Finding
{
    /// <summary>Its number.</summary>
    public required string Id { get; init; }

    /// <summary>The source package.</summary>
    public required string Source { get; init; }

    /// <summary>Version of the source package that the image has files of.</summary>
    public required string Version { get; init; }

    /// <summary>The packages of it that the image has files of, by name.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>Layers with files of them.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>What stands against it.</summary>
    public required FindingState State { get; init; }

    /// <summary>The version of the source package with the fix; empty when there is none.</summary>
    public required string FixedIn { get; init; }

    /// <summary>How bad it is.</summary>
    public required Severity Severity { get; init; }

    /// <summary>What of the package is there.</summary>
    public required Presence Presence { get; init; }

    /// <summary>Programs and libraries of it that are there; those that the description names alone when it names some.</summary>
    public required IReadOnlyList<string> There { get; init; }

    /// <summary>Programs and libraries of it that were left out; those that the description names alone when it names some.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>Why Debian put it off, or why the blueprint ignores it; empty for neither.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What it is.</summary>
    public required string Description { get; init; }

    /// <summary>True when somebody has to look at it: it is not ignored, and code of the package is in the image.</summary>
    public bool Counts => State != FindingState.Ignored && Presence != Presence.NoCode;
}
