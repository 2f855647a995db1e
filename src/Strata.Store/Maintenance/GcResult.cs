using Strata.Core;

namespace Strata.Store.Maintenance;

/// <summary>What may stay. At least one of the two limits is needed.</summary>
public sealed record GcOptions
{
    /// <summary>Most bytes that stay; what was used longest ago goes first. Null for no limit.</summary>
    public ByteSize? KeepBytes { get; init; }

    /// <summary>What was not used for longer goes. Null for no limit.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>True to only say what would go.</summary>
    public bool DryRun { get; init; }
}

/// <summary>Something the clean-up removed.</summary>
/// <param name="Kind">Part of the store.</param>
/// <param name="Name">Its path, relative to the store.</param>
/// <param name="Bytes">Sum of the lengths of its files.</param>
public sealed record GcRemoval(StoreKind Kind, string Name, long Bytes);

/// <summary>What a clean-up did, or would do.</summary>
/// <param name="Removed">Everything that went, in the order in which it went.</param>
/// <param name="FreedBytes">Sum of the lengths of what went.</param>
/// <param name="KeptBytes">Sum of the lengths of what stayed.</param>
public sealed record GcResult(IReadOnlyList<GcRemoval> Removed, long FreedBytes, long KeptBytes);
