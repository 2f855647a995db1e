using System.Globalization;
using Strata.Core;
using Strata.Publishing.Folders;
using Strata.Tuf.Metadata;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Publishing.Releases;

/// <summary>
/// The releases of a repository: <c>EDITION/ARCHITECTURE/COUNTER.json</c> for each, and <c>EDITION/ARCHITECTURE/latest.json</c>, the one
/// with the largest counter.
/// </summary>
/// <param name="folder">Has the files.</param>
/// <param name="targets">What metadata names.</param>
public sealed class ReleaseShelf(RepositoryFolder folder, IReadOnlyList<TargetFile> targets)
{
    private const string Latest = "latest";
    private const int FirstAgent = 1;

    /// <summary>The releases that are published, by edition, architecture and counter.</summary>
    /// <exception cref="StrataException">One is missing or damaged.</exception>
    public IReadOnlyList<PublishedRelease> All =>
    [
        .. targets.Where(t => !t.Path.EndsWith($"/{Latest}.json", StringComparison.Ordinal)).Select(Read)
            .OrderBy(r => r.Release.Edition, StringComparer.Ordinal).ThenBy(r => r.Release.Architecture, StringComparer.Ordinal)
            .ThenBy(r => r.Counter),
    ];

    /// <summary>Puts a release and all that it names beside the others. Nobody asks for it before metadata names it.</summary>
    /// <exception cref="StrataException">A part of it is missing or damaged, or it would go back behind one that is published.</exception>
    public async Task<AddedRelease> AddAsync(NewRelease fresh, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fresh);
        (string edition, string architecture) = (fresh.Release.Edition, fresh.Release.Architecture);
        PublishedRelease? last = targets.FirstOrDefault(t => t.Path == PathOf(edition, architecture, Latest)) is TargetFile newest
            ? Read(newest) : null;
        (int objects, long bytes) = (0, 0);
        PublishedFile uki = await AddAsync(fresh.Uki);
        List<PublishedLayer> layers = [];
        foreach (ReleaseLayer layer in fresh.Release.Layers)
        {
            StoredLayer stored = ReadLayer(fresh, layer);
            await AddAsync(layer.Image);
            PublishedFile manifest = await AddAsync(layer.Manifest);
            layers.Add(new PublishedLayer(manifest.Size, stored.Manifest.PlainBytes, await AddAsync(stored.Manifest.BlockIndex)));
        }
        List<(string, PublishedFile)> bills = [];
        foreach ((string form, byte[] bill) in fresh.Bills.OrderBy(b => b.Key, StringComparer.Ordinal))
        {
            bills.Add((form, await AddAsync(Sha256Digest.Of(bill), _ => new MemoryStream(bill))));
        }
        PublishedRelease release = new()
        {
            Counter = fresh.Counter ?? (last?.Counter ?? 0) + 1,
            SecurityVersion = fresh.SecurityVersion ?? last?.SecurityVersion ?? 0,
            UpgradeFrom = fresh.UpgradeFrom,
            LeastAgent = FirstAgent,
            Release = fresh.Release,
            Layers = layers,
            Uki = uki,
            Bills = bills,
        };
        bool isNew = last is null || !IsSame(last, release);
        if (!isNew && fresh.Counter is null)
        {
            return new AddedRelease(last!, [], objects, bytes, IsNew: false);
        }
        foreach (string problem in release.Problems().Concat(Steps(last, release)))
        {
            throw new StrataException($"cannot publish {edition} {fresh.Release.Version}: {problem}");
        }
        byte[] text = PublishedReleaseText.Write(release);
        TargetFile[] added =
        [
            .. new[] { release.Counter.ToString(CultureInfo.InvariantCulture), Latest }
                .Select(name => folder.WriteTarget(PathOf(edition, architecture, name), text)),
        ];
        return new AddedRelease(release, added, objects, bytes, IsNew: true);

        async Task<PublishedFile> AddAsync(Sha256Digest digest, Func<Sha256Digest, Stream>? open = null)
        {
            (long size, bool wasMissing) = await folder.AddAsync(digest, open ?? fresh.Open, cancellationToken);
            objects += wasMissing ? 1 : 0;
            bytes += wasMissing ? size : 0;
            return new PublishedFile(digest, size);
        }
    }

    /// <summary>All files that metadata names when some are added: those of the same paths go.</summary>
    public IReadOnlyList<TargetFile> With(IReadOnlyList<TargetFile> added)
    {
        ArgumentNullException.ThrowIfNull(added);
        return [.. targets.Where(t => added.All(a => a.Path != t.Path)), .. added];
    }

    private PublishedRelease Read(TargetFile target)
    {
        byte[] text = folder.TryReadTarget(target, PublishedRelease.MaxBytes)
            ?? throw new StrataException($"cannot read the release {target.Path} in {folder.FolderPath}: its file is missing");
        try
        {
            PublishedRelease release = PublishedReleaseText.Read(text);
            string name = Path.GetFileNameWithoutExtension(target.Path);
            return target.Path == PathOf(release.Release.Edition, release.Release.Architecture, name)
                && (name == Latest || name == release.Counter.ToString(CultureInfo.InvariantCulture))
                ? release : throw new StrataException($"cannot read the release {target.Path} in {folder.FolderPath}: it is another one");
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot read the release {target.Path} in {folder.FolderPath}: {e.Message}", innerException: e);
        }
    }

    private static StoredLayer ReadLayer(NewRelease fresh, ReleaseLayer layer)
    {
        using Stream manifest = fresh.Open(layer.Manifest);
        StoredLayer stored = StoredLayer.Read(manifest, layer.Manifest);
        return stored.Manifest.InRelease(layer.Manifest, layer.IsBase) is var said && said.Image == layer.Image && said.Root == layer.Root
            && said.Size == layer.Size && said.Data == layer.Data && said.Salt == layer.Salt ? stored
            : throw new StrataException($"cannot publish layer {layer.Name}: the release says something else of it than its manifest");
    }

    private static IEnumerable<string> Steps(PublishedRelease? last, PublishedRelease next)
    {
        if (last is not null && next.Counter <= last.Counter)
        {
            yield return $"its counter would be {next.Counter}, and {last.Counter} is published";
        }
        if (last is not null && next.SecurityVersion < last.SecurityVersion)
        {
            yield return $"its security version would be {next.SecurityVersion}, and {last.SecurityVersion} is published: "
                + "machines would refuse it";
        }
    }

    // what a machine would run, and who may take it
    private static bool IsSame(PublishedRelease last, PublishedRelease next) =>
        last.Uki == next.Uki && last.SecurityVersion == next.SecurityVersion && last.UpgradeFrom == next.UpgradeFrom
        && last.Bills.SequenceEqual(next.Bills)
        && ReleaseWriter.Write(last.Release).AsSpan().SequenceEqual(ReleaseWriter.Write(next.Release));

    private static string PathOf(string edition, string architecture, string name) => $"{edition}/{architecture}/{name}.json";
}
