namespace Strata.Store.Downloads;

/// <summary>What a person can try when the network does not do what was hoped.</summary>
internal static class DownloadHints
{
    /// <summary>No server could be reached.</summary>
    public const string Unreachable =
        "Check the network and the proxy (http_proxy, https_proxy, or that of apt), name another server with STRATA_MIRROR, "
        + "or use only what is in the store with --offline (--locked keeps to the lock).";

    /// <summary>Working offline, and something is missing.</summary>
    public const string Offline = "Run once without --offline to fetch it, or name a store that has it with --store or STRATA_STORE.";
}
