using Strata.Core;

namespace Strata.Store.Maintenance;

/// <summary>An object whose content did not match its name.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="Problem">What was found.</param>
public sealed record DamagedObject(Sha256Digest Digest, string Problem);

/// <summary>What the check of a whole store found.</summary>
/// <param name="Objects">Objects that were read.</param>
/// <param name="Bytes">Bytes that were read.</param>
/// <param name="Damaged">Objects that were moved to <c>damaged/</c>, by name; they are fetched or built again when needed.</param>
/// <param name="DamagedActions">Keys of remembered results that could not be read and were removed, by name.</param>
/// <param name="Strays">Paths, relative to the store, of files that do not belong where they are, in order; they were left alone.</param>
public sealed record VerifyResult(
    int Objects, long Bytes, IReadOnlyList<DamagedObject> Damaged, IReadOnlyList<Sha256Digest> DamagedActions, IReadOnlyList<string> Strays)
{
    /// <summary>Compressed blocks that were read.</summary>
    public int Blocks { get; init; }

    /// <summary>Bytes of those blocks.</summary>
    public long BlockBytes { get; init; }

    /// <summary>Blocks that were damaged and are forgotten; they are compressed again when needed.</summary>
    public int DamagedBlocks { get; init; }

    /// <summary>True when nothing was damaged.</summary>
    public bool IsSound => Damaged.Count == 0 && DamagedActions.Count == 0 && DamagedBlocks == 0;
}
