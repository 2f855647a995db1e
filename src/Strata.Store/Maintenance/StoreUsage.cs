namespace Strata.Store.Maintenance;

/// <summary>How much a part of the store holds.</summary>
/// <param name="Kind">The part.</param>
/// <param name="Count">Things in it: objects, entries, trees, blocks, files.</param>
/// <param name="Bytes">Sum of the lengths of all files.</param>
public sealed record StoreUsage(StoreKind Kind, int Count, long Bytes);
