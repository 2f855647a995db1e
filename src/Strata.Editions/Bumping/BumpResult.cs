using Strata.Composition.Locks;
using Strata.Images.Building;
using Strata.Inventory.Bills;
using Strata.Inventory.Notes;
using Strata.Machines.Testing;
using Strata.Measure;

namespace Strata.Editions.Bumping;

/// <summary>What a bump is asked to do.</summary>
/// <param name="Boots">False to start no guest: nothing is tested, and of the measurement there is what needs no boot.</param>
/// <param name="AllTests">True to run slow tests too.</param>
public sealed record BumpOptions(bool Boots, bool AllTests);

/// <summary>What a bump did.</summary>
/// <param name="Changes">What the lock moved; nothing else was done when it is empty.</param>
public sealed record BumpResult(IReadOnlyList<LockPartChange> Changes)
{
    /// <summary>The build of the moved lock; null when nothing moved.</summary>
    public BuildResult? Built { get; init; }

    /// <summary>Outcome of the tests; null when there are none or no guest was started.</summary>
    public EditionTestReport? Tests { get; init; }

    /// <summary>Numbers of the new build, compared with the last that were kept; null when nothing moved or the tests failed.</summary>
    public Measurement? Measurement { get; init; }

    /// <summary>Bill of the build before; null when it cannot be had any more.</summary>
    public Bill? Before { get; init; }

    /// <summary>Bill of the new build.</summary>
    public Bill? Bill { get; init; }

    /// <summary>Change notes; null when the build before cannot be had any more.</summary>
    public ChangeNotes? Notes { get; init; }

    /// <summary>Why the lock was put back; null when it stays moved.</summary>
    public string? Refused { get; init; }
}
