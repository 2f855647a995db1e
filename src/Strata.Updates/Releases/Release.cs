using Strata.Core;
using Strata.Updates.Json;

namespace Strata.Updates.Releases;

/// <summary>One version of an edition: its layers from the lowest to the highest, each with what the kernel needs to verify it.</summary>
/// <remarks>It lies in the signed kernel image, and root hashes are believed from nowhere else. Form: <c>docs/formats/release.md</c>.</remarks>
public sealed record Release
{
    /// <summary>Name and version of the format.</summary>
    public const string CurrentFormat = "strata-release-1";

    /// <summary>Most layers of a release. The kernel's overlay takes 500 lower directories; no system needs that many.</summary>
    public const int MaxLayers = 1024;

    /// <summary>Longest text in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Where the initrd carries it.</summary>
    public const string InitrdPath = "/strata/release.json";

    /// <summary>Name of the edition.</summary>
    public required string Edition { get; init; }

    /// <summary>Version of the edition; 1 … 256 visible ASCII characters.</summary>
    public required string Version { get; init; }

    /// <summary>Debian architecture: <c>amd64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Lowest first: 1 … <see cref="MaxLayers"/>.</summary>
    public required IReadOnlyList<ReleaseLayer> Layers { get; init; }

    /// <summary>Every rule that is broken; empty for a good release.</summary>
    public IEnumerable<string> Problems()
    {
        if (!CanonicalForm.IsName(Edition))
        {
            yield return $"edition '{Edition}' is no name of lower-case letters, digits and + - . _";
        }
        if (!CanonicalForm.IsPlain(Version))
        {
            yield return "version is not 1 to 256 visible ASCII characters";
        }
        if (!CanonicalForm.IsName(Architecture))
        {
            yield return $"architecture '{Architecture}' is no name of lower-case letters, digits and + - . _";
        }
        if (Layers.Count is 0 or > MaxLayers)
        {
            yield return $"it has {Layers.Count} layers, allowed 1..{MaxLayers}";
        }
        HashSet<string> below = new(StringComparer.Ordinal);
        foreach (ReleaseLayer layer in Layers)
        {
            foreach (string problem in layer.Problems())
            {
                yield return $"layer '{layer.Name}': {problem}";
            }
            foreach (string required in layer.Requires.Where(r => !below.Contains(r)))
            {
                yield return Layers.Any(l => l.Name == required)
                    ? $"layer '{layer.Name}' requires '{required}', which does not stand below it"
                    : $"layer '{layer.Name}' requires '{required}', which is no layer of this release";
            }
            if (!below.Add(layer.Name))
            {
                yield return $"two layers are called '{layer.Name}'";
            }
        }
    }
}

/// <summary>A layer of a release.</summary>
/// <remarks>The image file is a squashfs padded to 4,096 bytes, then the dm-verity superblock and hash tree as <c>veritysetup</c> writes them.</remarks>
public sealed record ReleaseLayer
{
    /// <summary>Size of a data block and of a hash block in bytes.</summary>
    public const int BlockSize = 4096;

    private const int MaxSaltBytes = 256;

    /// <summary>Name of its capability or group. <c>none</c> is reserved for the kernel command line.</summary>
    public required string Name { get; init; }

    /// <summary>Mounted whatever the kernel command line says.</summary>
    public required bool IsBase { get; init; }

    /// <summary>Layers that have to be mounted with it; all stand below it. Sorted.</summary>
    public required IReadOnlyList<string> Requires { get; init; }

    /// <summary>SHA-256 of its manifest: the layer's name in the store.</summary>
    public required Sha256Digest Manifest { get; init; }

    /// <summary>SHA-256 of the image file.</summary>
    public required Sha256Digest Image { get; init; }

    /// <summary>Length of the image file in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Length of the squashfs part in bytes: where the verity superblock starts. A multiple of <see cref="BlockSize"/>.</summary>
    public required long Data { get; init; }

    /// <summary>Root hash of the verity tree.</summary>
    public required Sha256Digest Root { get; init; }

    /// <summary>Salt of the verity tree: 0 … 256 bytes as lower-case hex.</summary>
    public required string Salt { get; init; }

    /// <summary>Where the image file lies on a medium, below the root of its file system: <c>strata/cas/ab/ab…</c>.</summary>
    public string MediumPath => Medium.PathOf(Image);

    /// <summary>Every rule that is broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (!CanonicalForm.IsName(Name) || Name == LayerSelection.NoneWord)
        {
            yield return $"its name is not 1 to 64 lower-case letters, digits and + - . _, or is the reserved word '{LayerSelection.NoneWord}'";
        }
        if (Data <= 0 || Data % BlockSize != 0)
        {
            yield return $"data is {Data}, expected a multiple of {BlockSize} above 0";
        }
        if (Size <= Data)
        {
            yield return $"size is {Size}, expected more than data ({Data})";
        }
        if (!CanonicalForm.IsHex(Salt, MaxSaltBytes))
        {
            yield return $"salt is not 0 to {MaxSaltBytes} bytes of lower-case hex";
        }
        for (int i = 1; i < Requires.Count; i++)
        {
            if (string.CompareOrdinal(Requires[i - 1], Requires[i]) >= 0)
            {
                yield return "requires is not sorted, or names something twice";
                yield break;
            }
        }
    }
}
