using Strata.Core;
using Strata.Packages.Releases;
using Strata.Store;
using Strata.Store.Downloads;

namespace Strata.Packages.Indexes;

/// <summary>Brings the package indexes of a release into the store and reads them, from a cache of the binary form when there is one.</summary>
/// <param name="downloader">Brings files into <paramref name="store"/>.</param>
/// <param name="store">Holds the compressed indexes.</param>
/// <param name="decoders">Compressions that can be read.</param>
/// <param name="cacheFolder">Where the binary forms are kept, one file an index; null for no cache.</param>
public sealed class IndexFetcher(IDownloader downloader, ObjectStore store, IndexDecoders decoders, string? cacheFolder)
{
    /// <summary>
    /// Reads all indexes of a release that list packages for an architecture: one or two a component, in the order of its components.
    /// </summary>
    /// <param name="release">A verified release.</param>
    /// <param name="architecture">Such as <c>amd64</c>.</param>
    /// <param name="installer">True for the packages of the Debian Installer instead of the ordinary ones.</param>
    /// <param name="cancellationToken">Ends the transfers.</param>
    /// <exception cref="StrataException">An index is not there, cannot be had or is damaged.</exception>
    public async Task<IReadOnlyList<PackageIndex>> FetchAsync(
        VerifiedRelease release, string architecture, bool installer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(release);
        bool hasAll = release.File.Architectures.Contains("all") && !release.File.NoIndexForArchitectureAll;
        List<(IndexOrigin Origin, string Folder, bool Required)> wanted = [];
        foreach (string component in release.Suite.Components)
        {
            string folder = installer ? $"{component}/debian-installer" : component;
            IndexOrigin origin = new(release.Suite.Name, component, architecture, installer);
            wanted.Add((origin, $"{folder}/binary-{architecture}", Required: !installer));
            if (hasAll)
            {
                wanted.Add((origin with { Architecture = "all" }, $"{folder}/binary-all", Required: false));
            }
        }
        PackageIndex?[] indexes = await Task.WhenAll(wanted.Select(w => FetchAsync(release, w.Origin, w.Folder, w.Required, cancellationToken)));
        return [.. indexes.OfType<PackageIndex>()];
    }

    private async Task<PackageIndex?> FetchAsync(
        VerifiedRelease release, IndexOrigin origin, string folder, bool required, CancellationToken cancellationToken)
    {
        foreach ((string suffix, Func<Stream, Stream> open) in decoders.Ordered)
        {
            // An index without packages is often listed plain only, and is then not there to be fetched at all.
            if (release.File.Find($"{folder}/Packages") is not { } plain)
            {
                break;
            }
            if (plain.Size == 0)
            {
                return PackageIndexReader.Read(Stream.Null, origin);
            }
            if (release.File.Find($"{folder}/Packages{suffix}") is { } file)
            {
                return await FetchAsync(release, origin, file, plain, open, cancellationToken);
            }
        }
        return required
            ? throw new StrataException($"cannot read the packages of {origin}: the release lists no {folder}/Packages that can be read",
                $"Architectures of {release.Suite.Name}: {string.Join(", ", release.File.Architectures)}.")
            : null;
    }

    private async Task<PackageIndex> FetchAsync(
        VerifiedRelease release, IndexOrigin origin, ReleaseEntry file, ReleaseEntry plain, Func<Stream, Stream> open, CancellationToken cancellationToken)
    {
        if (await ReadCacheAsync(plain.Digest, origin, cancellationToken) is { } cached)
        {
            return cached;
        }
        string folder = file.Path[..file.Path.LastIndexOf('/')];
        List<Uri> sources = [release.Suite.AddressOf(file.Path)];
        if (release.File.AcquireByHash)
        {
            sources.Insert(0, release.Suite.AddressOf($"{folder}/by-hash/SHA256/{file.Digest}"));
        }
        await downloader.FetchAsync(new Download($"package index of {origin}", sources, file.Size, file.Digest), cancellationToken);
        PackageIndex index = await Task.Run(() => ReadStored(origin, file, plain, open), cancellationToken);
        await WriteCacheAsync(plain.Digest, index, cancellationToken);
        return index;
    }

    private PackageIndex ReadStored(IndexOrigin origin, ReleaseEntry file, ReleaseEntry plain, Func<Stream, Stream> open)
    {
        try
        {
            using FileStream stored = store.OpenRead(file.Digest);
            using ExactLengthStream text = new(open(stored), plain.Size, $"Packages of {origin}");
            PackageIndex index = PackageIndexReader.Read(text, origin);
            return index.SourceDigest == plain.Digest
                ? index
                : throw new ImageFormatException($"Packages of {origin}", 0, $"its SHA-256 is {index.SourceDigest}, the release names {plain.Digest}");
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot read the package index of {origin}: {e.Problem}",
                "The release vouches for this file, so the archive itself is at fault, or the decompressor.", e);
        }
    }

    private string? CachePath(Sha256Digest digest) => cacheFolder is null ? null : Path.Combine(cacheFolder, $"{digest}.packages");

    private async Task<PackageIndex?> ReadCacheAsync(Sha256Digest digest, IndexOrigin origin, CancellationToken cancellationToken)
    {
        if (CachePath(digest) is not { } path || !File.Exists(path))
        {
            return null;
        }
        try
        {
            PackageIndex index = PackageIndex.Load(await File.ReadAllBytesAsync(path, cancellationToken), origin);
            return index.SourceDigest == digest ? index : null;
        }
        catch (Exception e) when (e is ImageFormatException or IOException)
        {
            return null; // damaged or of an older form: it is only a cache, and is written anew
        }
    }

    private async Task WriteCacheAsync(Sha256Digest digest, PackageIndex index, CancellationToken cancellationToken)
    {
        if (CachePath(digest) is not { } path)
        {
            return;
        }
        Directory.CreateDirectory(cacheFolder!);
        string temporary = Path.Combine(cacheFolder!, Path.GetRandomFileName());
        await File.WriteAllBytesAsync(temporary, index.Bytes, cancellationToken);
        File.Move(temporary, path, overwrite: true);
    }
}
