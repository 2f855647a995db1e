namespace Strata.Store.Maintenance;

/// <summary>Parts of a store.</summary>
public enum StoreKind
{
    /// <summary>Contents named by their digest.</summary>
    Objects,

    /// <summary>Remembered results.</summary>
    Actions,

    /// <summary>Unpacked folders.</summary>
    Trees,

    /// <summary>Compressed blocks.</summary>
    Blocks,

    /// <summary>Interrupted downloads.</summary>
    Partials,

    /// <summary>Last seen versions of changing documents.</summary>
    Documents,

    /// <summary>Unfinished files of running and of killed processes.</summary>
    Temporary,

    /// <summary>Objects that were found damaged.</summary>
    Damaged,
}

/// <summary>How much a part of the store holds.</summary>
/// <param name="Kind">The part.</param>
/// <param name="Count">Things in it: objects, entries, trees, blocks, files.</param>
/// <param name="Bytes">Sum of the lengths of all files.</param>
public sealed record StoreUsage(StoreKind Kind, int Count, long Bytes);
