namespace Strata.Benchmarks.Peers;

/// <summary>What happened since the build before.</summary>
internal enum Scenario
{
    /// <summary>There was none: packages are at hand, nothing else.</summary>
    Cold,

    /// <summary>One line of one file of ours is another one.</summary>
    File,

    /// <summary>One package more is wanted.</summary>
    Package,

    /// <summary>Nothing.</summary>
    Unchanged,
}
