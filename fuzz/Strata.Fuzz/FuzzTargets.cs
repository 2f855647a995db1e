using Strata.Fuzz.Targets;

namespace Strata.Fuzz;

/// <summary>All targets, by name.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. ((IEnumerable<IEnumerable<FuzzTarget>>)
        [
            ArchiveTargets.All, DiskTargets.All, Ext4Targets.All, ImageTargets.All, InventoryTargets.All, EditionTargets.All,
            ProgramTargets.All, PackageTargets.All, StoreTargets.All, ReleaseTargets.All, StateTargets.All, TrialTargets.All,
            ServerTargets.All, TextTargets.All, GuestTargets.All, SeedTargets.All, FlashTargets.All, SealingTargets.All, TrustTargets.All,
            MeasurementTargets.All, UpdateTargets.All,
        ]).SelectMany(t => t).OrderBy(t => t.Name, StringComparer.Ordinal),
    ];
}
