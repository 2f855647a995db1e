using System.Collections.Concurrent;
using System.Globalization;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Formats.Compression;
using Strata.Packages.Releases;
using Strata.Store;
using Strata.Store.Downloads;

namespace Strata.Packages.Indexes;

/// <summary>An index that could not be had, so that what it lists is unknown.</summary>
/// <param name="Origin">Which.</param>
/// <param name="Reason">One line for a person.</param>
internal sealed record LeftOutIndex(IndexOrigin Origin, string Reason);

/// <summary>Brings the package indexes of a release into the store and reads them, from a cache of the binary form when there is one.</summary>
/// <param name="downloader">Brings files into <paramref name="store"/>.</param>
/// <param name="store">Holds the compressed indexes.</param>
/// <param name="cacheFolder">Where the binary forms are kept, one file an index; null for no cache.</param>
/// <param name="progress">Told what had to be left out.</param>
internal sealed class IndexFetcher(IDownloader downloader, ObjectStore store, string? cacheFolder, IProgressReporter progress)
{
    // best first; a form that a mirror lacks, or has of another day, is no reason to give up while another is whole
    private static readonly (string Suffix, CompressionKind Kind)[] s_forms =
    [
        (".xz", CompressionKind.Xz), (".zst", CompressionKind.Zstd), (".gz", CompressionKind.Gzip), (".bz2", CompressionKind.Bzip2),
        ("", CompressionKind.None),
    ];

    private readonly ConcurrentQueue<LeftOutIndex> _leftOut = [];

    /// <summary>Indexes of the Debian Installer that could not be had, as yet.</summary>
    public IReadOnlyList<LeftOutIndex> LeftOut => [.. _leftOut.OrderBy(l => l.Origin.ToString(), StringComparer.Ordinal)];

    /// <summary>Reads all indexes of a release that list packages for an architecture, in the order of its components.</summary>
    /// <remarks>
    /// Packages of architecture <c>all</c> are listed with every architecture by Debian's archives; an index of their own is read only where
    /// that is not so. Each mirror is asked for every form of an index, by digest and by name, before the next mirror is. An index of the
    /// Debian Installer that no mirror has is left out with a warning, and stands in <see cref="LeftOut"/>: several mirrors are careless
    /// with them, and what a lock names is found without them.
    /// </remarks>
    /// <param name="release">A verified release.</param>
    /// <param name="architecture">Such as <c>amd64</c>.</param>
    /// <param name="installer">True for the packages of the Debian Installer instead of the ordinary ones.</param>
    /// <param name="cancellationToken">Ends the transfers.</param>
    /// <exception cref="StrataException">An index is not there, cannot be had or is damaged.</exception>
    public async Task<IReadOnlyList<PackageIndex>> FetchAsync(
        VerifiedRelease release, string architecture, bool installer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(release);
        PackageIndex[][] indexes = await Task.WhenAll(release.Suite.Components.Select(async component =>
        {
            IndexOrigin origin = new(release.Suite.Name, component, architecture, installer, release.Suite.Archive.Name);
            try
            {
                return await FetchComponentAsync(release, origin, cancellationToken);
            }
            catch (DownloadException e) when (installer)
            {
                _leftOut.Enqueue(new LeftOutIndex(origin, e.Message));
                progress.Warn($"{e.Message}; these packages are left out");
                return [];
            }
        }));
        return [.. indexes.SelectMany(i => i)];
    }

    private async Task<PackageIndex[]> FetchComponentAsync(VerifiedRelease release, IndexOrigin origin, CancellationToken cancellationToken)
    {
        if (origin.IsFlat)
        {
            return [await FetchAsync(release, origin, "", cancellationToken) ?? throw NotListed(release, origin, "Packages")];
        }
        string folder = origin.IsInstaller ? $"{origin.Component}/debian-installer" : origin.Component;
        List<PackageIndex> indexes = [];
        if (await FetchAsync(release, origin, $"{folder}/binary-{origin.Architecture}/", cancellationToken) is { } own)
        {
            indexes.Add(own);
        }
        else if (!origin.IsInstaller) // not every suite has packages of the installer
        {
            throw NotListed(release, origin, $"{folder}/binary-{origin.Architecture}/Packages");
        }
        if (release.File.Architectures.Contains("all") && !release.File.NoIndexForArchitectureAll && !indexes.Any(ListsArchitectureAll)
            && await FetchAsync(release, origin with { Architecture = "all" }, $"{folder}/binary-all/", cancellationToken) is { } all)
        {
            indexes.Add(all);
        }
        return [.. indexes];
    }

    private static StrataException NotListed(VerifiedRelease release, IndexOrigin origin, string path) => new(
        $"cannot read the packages of {origin}: the release lists no {path} that can be read",
        $"Architectures of {release.Suite}: {string.Join(", ", release.File.Architectures)}.");

    private static bool ListsArchitectureAll(PackageIndex index) =>
        Enumerable.Range(0, index.Count).Any(i => index.TextOf(i, PackageText.Architecture).SequenceEqual("all"u8));

    /// <param name="release">Lists it.</param>
    /// <param name="origin">Which.</param>
    /// <param name="place">Where it is below the folder of the suite, with a slash at the end; empty for that folder itself.</param>
    /// <param name="cancellationToken">Ends the transfers.</param>
    private async Task<PackageIndex?> FetchAsync(
        VerifiedRelease release, IndexOrigin origin, string place, CancellationToken cancellationToken)
    {
        if (release.File.Find($"{place}Packages") is not { } plain)
        {
            return null;
        }
        if (plain.Size == 0)
        {
            return PackageIndexReader.Read(Stream.Null, origin); // archives do not keep empty files by their digests
        }
        (ReleaseEntry File, CompressionKind Kind)[] forms =
        [
            .. s_forms.Select(f => (release.File.Find($"{place}Packages{f.Suffix}"), f.Kind)).Where(f => f.Item1 is not null)
                .Select(f => (f.Item1!, f.Kind)),
        ];
        return forms.Length == 0 ? null : await FetchAsync(release, origin, plain, forms, cancellationToken);
    }

    private async Task<PackageIndex> FetchAsync(
        VerifiedRelease release, IndexOrigin origin, ReleaseEntry plain, (ReleaseEntry File, CompressionKind Kind)[] forms,
        CancellationToken cancellationToken)
    {
        if (await ReadCacheAsync(plain, origin, cancellationToken) is { } cached)
        {
            return cached;
        }
        List<DownloadException> faults = [];
        foreach (Uri root in release.Suite.Roots)
        {
            foreach ((ReleaseEntry file, CompressionKind kind) in forms)
            {
                Sha256Digest stored;
                try
                {
                    stored = await FetchAsync(release, origin, file, root, cancellationToken);
                }
                catch (DownloadException e)
                {
                    faults.Add(e);
                    if (e.IsUnreachable)
                    {
                        break; // its other forms lie on the same server
                    }
                    continue;
                }
                PackageIndex index = await Task.Run(() => ReadStored(origin, stored, plain, kind), cancellationToken);
                if (index.Refused is [var first, ..])
                {
                    progress.Warn(
                        $"the package index of {origin} has {index.Refused.Count} malformed "
                        + $"{(index.Refused.Count == 1 ? "stanza" : "stanzas")}, " +
                        $"whose packages are passed over; the first: {first.Problem}");
                }
                await WriteCacheAsync(plain, index, cancellationToken);
                return index;
            }
        }
        throw faults.All(f => f.IsUnreachable) ? faults[0] : Unavailable(release, origin, forms[0].File, faults);
    }

    /// <returns>The digest under which the store has it now.</returns>
    private async Task<Sha256Digest> FetchAsync(
        VerifiedRelease release, IndexOrigin origin, ReleaseEntry file, Uri root, CancellationToken cancellationToken)
    {
        string folder = file.Path[..(file.Path.LastIndexOf('/') + 1)];
        List<Uri> sources = [release.Suite.AddressOf(root, file.Path)];
        if (release.File.AcquireByHash)
        {
            string hash = file.Sha512 is null ? $"SHA256/{file.Digest}" : $"SHA512/{file.Sha512}";
            sources.Insert(0, release.Suite.AddressOf(root, $"{folder}by-hash/{hash}"));
        }
        string label = $"package index of {origin}";
        if (file.Sha512 is { } sha512)
        {
            return await Sha512Files.FetchAsync(label, sources, file.Size, sha512, downloader, store, cancellationToken);
        }
        await downloader.FetchAsync(new Download(label, sources, file.Size, file.Digest), cancellationToken);
        return file.Digest;
    }

    /// <summary>
    /// What is wrong with the mirrors: their files are older or newer than the release that names them, missing, or cannot be reached.
    /// </summary>
    private static DownloadException Unavailable(VerifiedRelease release, IndexOrigin origin, ReleaseEntry file,
        List<DownloadException> faults)
    {
        string released = Day(release.File.Date);
        DownloadException told = faults.Find(f => f.LastModified is not null) ?? faults.Find(f => f.Status is null && f.Gone.Count == 0)
            ?? faults[0];
        string dated = told.LastModified is not { } changed ? ""
            : $"; the mirror's file is of {Day(changed)}, {(changed < release.File.Date ? "older" : "newer")} than the Release of "
                + $"{released} that names it";
        string prefix = $"cannot fetch package index of {origin}: ";
        string why = told.Message.StartsWith(prefix, StringComparison.Ordinal) ? told.Message[prefix.Length..] : told.Message;
        return new DownloadException(
            $"{prefix}no mirror has {file.Path} as the Release of {release.Suite} of {released} names it, in any form: {why}{dated}",
            "The mirror is between two states, which passes within hours. Try again later, name another mirror in front of it " +
            $"({release.Suite.MirrorSetting}), or build from a lock, which needs no index.",
            told.Status,
            told);
    }

    private static string Day(DateTimeOffset date) => date.ToUniversalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private PackageIndex ReadStored(IndexOrigin origin, Sha256Digest file, ReleaseEntry plain, CompressionKind kind)
    {
        try
        {
            using FileStream stored = store.OpenRead(file);
            using ExactLengthStream text = new(Decompression.Open(stored, kind), plain.Size, $"Packages of {origin}");
            PackageIndex index = PackageIndexReader.Read(text, origin);
            return index.SourceDigest == plain.Digest || plain.Sha512 is not null // the packed file was checked
                ? index
                : throw new ImageFormatException(
                    $"Packages of {origin}", 0, $"its SHA-256 is {index.SourceDigest}, the release names {plain.Digest}");
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot read the package index of {origin}: {e.Problem}",
                "The release vouches for this file, so the archive itself is at fault, or the decompressor.", e);
        }
    }

    // of a flat archive only the packages of one architecture are kept
    private string? CachePath(ReleaseEntry plain, IndexOrigin origin) => cacheFolder is null || plain.Sha512 is not null ? null
        : Path.Combine(cacheFolder, origin.IsFlat ? $"{plain.Digest}-{origin.Architecture}.packages" : $"{plain.Digest}.packages");

    private async Task<PackageIndex?> ReadCacheAsync(ReleaseEntry plain, IndexOrigin origin, CancellationToken cancellationToken)
    {
        if (CachePath(plain, origin) is not { } path || !File.Exists(path))
        {
            return null;
        }
        try
        {
            PackageIndex index = PackageIndex.Load(await File.ReadAllBytesAsync(path, cancellationToken), origin);
            return index.SourceDigest == plain.Digest ? index : null;
        }
        catch (Exception e) when (e is ImageFormatException or IOException)
        {
            return null; // damaged or of an older form: it is only a cache, and is written anew
        }
    }

    private async Task WriteCacheAsync(ReleaseEntry plain, PackageIndex index, CancellationToken cancellationToken)
    {
        if (CachePath(plain, index.Origin) is not { } path)
        {
            return;
        }
        string temporary = Path.Combine(cacheFolder!, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(cacheFolder!);
            await File.WriteAllBytesAsync(temporary, index.Bytes, cancellationToken);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            progress.Warn($"cannot keep the parsed package index of {index.Origin}, so it will be parsed again: {e.Message}");
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }
}
