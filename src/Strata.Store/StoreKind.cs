namespace Strata.Store;

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
