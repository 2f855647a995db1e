using Strata.Core;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Updates.Layers;
using Strata.Updates.Media;
using Strata.Updates.Releases;

namespace Strata.Layers;

/// <summary>Layers in one place, and their parts: a store, or a folder that holds a release as a medium does.</summary>
public sealed class LayerShelf
{
    /// <summary>
    /// Name of the step whose results bring the layers of an edition along, as <see cref="LayerBuilder.OutputsOf"/> names them.
    /// </summary>
    public const string EditionStep = "edition";

    private const int LeastDigits = 6;

    private readonly Func<Sha256Digest, FileStream> _open;

    private LayerShelf(string place, IReadOnlyList<StoredLayer> layers, Release? release, Func<Sha256Digest, FileStream> open) =>
        (Place, Layers, Release, _open) = (place, layers, release, open);

    /// <summary>Where it is.</summary>
    public string Place { get; }

    /// <summary>The layers: of a folder in the order of its release, of a store by name and digest.</summary>
    public IReadOnlyList<StoredLayer> Layers { get; }

    /// <summary>The release of a folder.</summary>
    public Release? Release { get; }

    /// <summary>All layers that a store has whole.</summary>
    public static LayerShelf Of(ObjectStore store, ActionCache actions)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(actions);
        List<StoredLayer> layers = [];
        IEnumerable<Sha256Digest> packed = actions.ResultsOf(LayerBuilder.Step).Select(r => r["manifest"].Digest);
        // out of a shared cache
        IEnumerable<Sha256Digest> brought = actions.ResultsOf(EditionStep).SelectMany(LayerBuilder.LayersOf);
        foreach (Sha256Digest digest in packed.Concat(brought).Distinct())
        {
            layers.Add(LayerBuilder.Read(store, digest));
        }
        StoredLayer[] sorted = [.. layers.OrderBy(l => l.Manifest.Name, StringComparer.Ordinal).ThenBy(l => l.Digest)];
        return new LayerShelf(store.Root, sorted, null, store.OpenRead);
    }

    /// <summary>The layers of the release in a folder: <c>release.json</c> and <c>strata/cas/</c>.</summary>
    /// <exception cref="StrataException">There is none, or a part of it is missing or damaged.</exception>
    public static LayerShelf OfFolder(string folder)
    {
        ReleaseFolder read = ReleaseFolder.Read(folder);
        return new LayerShelf(folder, read.Layers, read.Release, read.Open);
    }

    /// <summary>A layer by its name or by the first digits of its digest.</summary>
    /// <exception cref="StrataException">There is none, or more than one.</exception>
    public StoredLayer Find(string nameOrDigest)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrDigest);
        List<StoredLayer> found = [.. Layers.Where(l => l.Manifest.Name == nameOrDigest
            || (nameOrDigest.Length >= LeastDigits && l.Digest.ToString().StartsWith(nameOrDigest, StringComparison.Ordinal)))];
        return found switch
        {
            [var only] => only,
            [] => throw new StrataException(
                $"cannot find layer '{nameOrDigest}' in {Place}"
                + NearMiss.Suggestion(nameOrDigest, Layers.Select(l => l.Manifest.Name).Distinct()),
                $"'strata layer ls' lists them; a layer is named by its name, or by at least {LeastDigits} digits of its digest."),
            _ => throw new StrataException(
                $"cannot tell which layer '{nameOrDigest}' is meant in {Place}: "
                + string.Join(", ", found.Select(l => l.Digest.ToShortString())),
                "Name it by its digest."),
        };
    }

    /// <summary>Opens an object of a layer: its image. The bytes are not checked here.</summary>
    public FileStream Open(Sha256Digest digest) => _open(digest);

    /// <summary>The block index of a layer, checked.</summary>
    /// <exception cref="StrataException">It is missing or damaged.</exception>
    public BlockIndex ReadIndex(StoredLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        using FileStream file = _open(layer.Manifest.BlockIndex);
        return layer.ReadIndex(file);
    }
}
