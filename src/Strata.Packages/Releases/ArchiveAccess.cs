using Strata.Core.Progress;
using Strata.Packages.Keys;
using Strata.Store;
using Strata.Store.Downloads;

namespace Strata.Packages.Releases;

/// <summary>What opening archives needs from its surroundings.</summary>
public sealed record ArchiveAccess
{
    /// <summary>Brings files into <see cref="Store"/>.</summary>
    public required IDownloader Downloader { get; init; }

    /// <summary>Holds the indexes.</summary>
    public required ObjectStore Store { get; init; }

    /// <summary>Makes what checks signatures against the keys of an archive: <see cref="Gpgv"/>.</summary>
    public required Func<IReadOnlyList<Keyring>, ISignatureVerifier> VerifierOf { get; init; }

    /// <summary>For the dates of releases only.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>True to take a release that is older than one that was accepted before.</summary>
    public bool AllowOlder { get; init; }

    /// <summary>Folder of parsed indexes; null for none.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Told what had to be left out; nobody by default.</summary>
    public IProgressReporter Progress { get; init; } = SilentProgress.Instance;
}
