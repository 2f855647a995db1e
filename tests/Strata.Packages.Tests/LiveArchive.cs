using System.Collections.Concurrent;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Packages.Tests;

/// <summary>Debian as the host's mirror serves it today. Tests that need it are skipped where no mirror is reached, except in CI.</summary>
public sealed class LiveArchive : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, Task<ArchiveSet>> _sets = [];
    private readonly ObjectStore _store;
    private readonly Downloader _downloader;

    public LiveArchive()
    {
        _store = new ObjectStore(_folder["store"]);
        _downloader = new Downloader(_store, new DownloadOptions { Tries = 2 });
    }

    public string CacheFolder => _folder["cache"];

    /// <summary>Opens trixie with its updates; once for each architecture.</summary>
    internal async Task<ArchiveSet> OpenAsync(string architecture)
    {
        Oracle.Find("gpgv");
        try
        {
            return await _sets.GetOrAdd(architecture, OpenNowAsync);
        }
        catch (StrataException e)
        {
            // a mirror that is away, or between two states, says nothing about what is tested here
            Skip.If(e is DownloadException or { Hint: not null } && e.Message.StartsWith("cannot f", StringComparison.Ordinal), e.Message);
            throw;
        }
    }

    /// <summary>The plain text of an index of an opened release.</summary>
    internal Stream OpenPackages(VerifiedRelease release, string architecture) =>
        Decompression.Open(_store.OpenRead(release.File.Find($"main/binary-{architecture}/Packages.xz")!.Digest), CompressionKind.Xz);

    internal Task<ArchiveSet> OpenNowAsync(string architecture)
    {
        ArchiveMirrors mirrors = ArchiveMirrors.Find(
            AptConfiguration.Read(),
            Environment.GetEnvironmentVariable(ArchiveMirrors.MainSetting),
            Environment.GetEnvironmentVariable(ArchiveMirrors.SecuritySetting));
        ArchiveAccess access = new()
        {
            Downloader = _downloader,
            Store = _store,
            VerifierOf = keyrings => new Gpgv(keyrings),
            Time = TimeProvider.System,
            CacheFolder = CacheFolder,
        };
        return ArchiveSet.OpenAsync(mirrors.SuitesOf("trixie", ["main"]), architecture, installerPackages: true, access);
    }

    public void Dispose()
    {
        _downloader.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }
}

[CollectionDefinition("live archive")]
public class LiveArchiveGroup : ICollectionFixture<LiveArchive>;
