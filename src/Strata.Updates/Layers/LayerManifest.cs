using Strata.Core;
using Strata.Updates.Json;
using Strata.Updates.Releases;

namespace Strata.Updates.Layers;

/// <summary>What a layer is: one capability packed, with what it needs, what is in it, and where its parts are. Its digest is the layer's name.</summary>
/// <remarks>Form: <c>docs/formats/layer.md</c>.</remarks>
public sealed record LayerManifest
{
    /// <summary>Name and version of the format.</summary>
    public const string CurrentFormat = "strata-layer-1";

    /// <summary>Longest text in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Most elements of a list.</summary>
    public const int MaxElements = 65536;

    /// <summary>Name of the capability or group.</summary>
    public required string Name { get; init; }

    /// <summary>Debian architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Layers that have to be mounted below it, by name. Sorted.</summary>
    public required IReadOnlyList<string> Requires { get; init; }

    /// <summary>Capabilities it brings, by name. Sorted.</summary>
    public required IReadOnlyList<string> Provides { get; init; }

    /// <summary>Packages that its files are from, sorted by name.</summary>
    public required IReadOnlyList<LayerPackage> Packages { get; init; }

    /// <summary>Effects that were applied for it, by name. Sorted.</summary>
    public required IReadOnlyList<string> Effects { get; init; }

    /// <summary>Names in its tree.</summary>
    public required long Entries { get; init; }

    /// <summary>Bytes of its contents, each content once.</summary>
    public required long PlainBytes { get; init; }

    /// <summary>Compression of the blocks: <c>xz</c>, <c>zstd</c>, <c>lz4</c> or <c>gzip</c>.</summary>
    public required string Codec { get; init; }

    /// <summary>Block size in bytes.</summary>
    public required long BlockSize { get; init; }

    /// <summary>SHA-256 of the image file: squashfs, then dm-verity superblock and tree.</summary>
    public required Sha256Digest Image { get; init; }

    /// <summary>Length of the image file in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Length of the squashfs in bytes, a multiple of 4,096.</summary>
    public required long Data { get; init; }

    /// <summary>Root hash of the verity tree.</summary>
    public required Sha256Digest Root { get; init; }

    /// <summary>Salt of the verity tree as hex.</summary>
    public required string Salt { get; init; }

    /// <summary>SHA-256 of the block index.</summary>
    public required Sha256Digest BlockIndex { get; init; }

    /// <summary>The layer as a release lists it.</summary>
    /// <param name="digest">SHA-256 of this manifest as it is written.</param>
    /// <param name="isBase">Mounted whatever the kernel command line says.</param>
    public ReleaseLayer InRelease(Sha256Digest digest, bool isBase) => new()
    {
        Name = Name,
        IsBase = isBase,
        Requires = Requires,
        Manifest = digest,
        Image = Image,
        Size = Size,
        Data = Data,
        Root = Root,
        Salt = Salt,
    };

    /// <summary>Every rule that is broken.</summary>
    public IEnumerable<string> Problems()
    {
        ReleaseLayer layer = InRelease(default, isBase: false);
        foreach (string problem in layer.Problems())
        {
            yield return problem;
        }
        if (!CanonicalForm.IsName(Architecture) || !CanonicalForm.IsName(Codec))
        {
            yield return "architecture or codec is no name of lower-case letters, digits and + - . _";
        }
        foreach ((string member, IReadOnlyList<string> names) in new[] { ("requires", Requires), ("provides", Provides), ("effects", Effects) })
        {
            if (names.Any(n => !CanonicalForm.IsName(n)) || !IsSorted(names))
            {
                yield return $"{member} is no sorted list of names, each once";
            }
        }
        if (!IsSorted([.. Packages.Select(p => p.Name)]))
        {
            yield return "packages are not sorted by name, or one stands twice";
        }
        foreach (LayerPackage package in Packages.Where(p => !p.IsGood))
        {
            yield return $"package '{package.Name}' has a name, version, source or licence that is not visible ASCII";
        }
    }

    private static bool IsSorted(IReadOnlyList<string> names) =>
        names.Zip(names.Skip(1)).All(pair => string.CompareOrdinal(pair.First, pair.Second) < 0);
}

/// <summary>A package of a layer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Digest">SHA-256 of the package file.</param>
/// <param name="Files">Names of the layer that came from it.</param>
/// <param name="PlainBytes">Bytes of its files in the layer, each content once.</param>
/// <param name="Licences">Names of its licences, sorted; empty when its copyright file does not say them in a form that programs read.</param>
public sealed record LayerPackage(string Name, string Version, Sha256Digest Digest, long Files, long PlainBytes, IReadOnlyList<string> Licences)
{
    internal bool IsGood => CanonicalForm.IsName(Name) && CanonicalForm.IsPlain(Version) && Licences.All(l => CanonicalForm.IsPlain(l));
}
