using Strata.Layers;
using Strata.Images.Manifests;
using Strata.Updates.Layers;

namespace Strata.Measure.Sizes;

/// <summary>From what a build left to numbers: what is fetched, by part, package and file, and what it takes unpacked.</summary>
public static class SizeBreakdown
{
    private const long Page = 4096;

    /// <summary>What is fetched.</summary>
    /// <param name="manifest">Of the build.</param>
    /// <param name="imageBytes">Length of the image file.</param>
    /// <param name="layers">Of an edition of layers, lowest first, with their files (<see cref="LayerFiles"/>); else empty.</param>
    /// <param name="isWhole">True when the image file is fetched as it is, boot loaders and all: an ISO image. A disk is mostly empty room.</param>
    public static DownloadNumbers DownloadOf(
        BuildManifest manifest, long imageBytes, IReadOnlyList<(StoredLayer Layer, IReadOnlyDictionary<string, long> Packed)> layers, bool isWhole = false)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(layers);
        Dictionary<string, string> versions = manifest.Packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal);
        List<SizePart> parts = [];
        if (manifest.ContainerBytes == 0)
        {
            parts.Add(new SizePart("kernel", "kernel", manifest.KernelBytes, IsExact: true, []));
            parts.Add(new SizePart("boot stub", "stub", manifest.UkiBytes - manifest.KernelBytes - manifest.InitramfsBytes, IsExact: true, []));
        }
        if (layers.Count > 0)
        {
            parts.Add(new SizePart("early init", "init", manifest.InitramfsBytes, IsExact: true, []));
            Dictionary<string, ManifestEntry> byPath = manifest.Entries.ToDictionary(e => e.Path, StringComparer.Ordinal);
            parts.AddRange(layers.Select(l => LayerOf(l.Layer, l.Packed, byPath)));
        }
        else
        {
            Dictionary<string, int> order = manifest.Capabilities.Select((c, i) => (c.Name, i)).ToDictionary(c => c.Name, c => c.i, StringComparer.Ordinal);
            parts.AddRange(manifest.Entries.GroupBy(e => e.Capability)
                .OrderBy(g => g.Key is string name ? order.GetValueOrDefault(name, int.MaxValue - 1) : int.MaxValue)
                .Select(g => new SizePart(g.Key ?? "the build itself", "capability", g.Sum(e => e.Share), IsExact: false, PackagesOf(g, versions, e => e.Share, e => e.Size))));
        }
        long whole = manifest.ContainerBytes > 0 ? manifest.ContainerBytes : isWhole ? imageBytes : 0;
        long rest = whole - parts.Sum(p => p.Packed);
        if (rest > 0)
        {
            parts.Add(new SizePart(manifest.ContainerBytes > 0 ? "headers of the archive" : "boot loaders and file systems", "rest", rest, IsExact: true, []));
        }
        return new DownloadNumbers(parts.Sum(p => p.Packed), imageBytes, parts);
    }

    /// <summary>What it takes unpacked.</summary>
    public static InstalledNumbers InstalledOf(BuildManifest manifest, IReadOnlyList<StoredLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(layers);
        // several names of one file: the first has the size, the others none, and all have the digest of something that is not empty
        HashSet<string> counted = new(StringComparer.Ordinal);
        int files = 0;
        long pages = 0;
        foreach (ManifestEntry entry in manifest.Entries.Where(e => e.Type is "file" or "special"))
        {
            bool isFurtherName = entry.Size == 0 && entry.Digest is string digest && counted.Contains(digest);
            files += isFurtherName ? 0 : 1;
            pages += (entry.Size + Page - 1) / Page;
            if (entry.Size > 0 && entry.Digest is not null)
            {
                counted.Add(entry.Digest);
            }
        }
        bool isLayered = layers.Count > 0;
        return new InstalledNumbers(
            manifest.Entries.Sum(e => e.Size),
            files,
            manifest.Entries.Count(e => e.Type == "dir"),
            manifest.Entries.Count(e => e.Type == "link"),
            isLayered ? layers.Sum(l => l.Manifest.Size) : pages * Page,
            isLayered ? "layer images" : manifest.ContainerBytes > 0 ? "blocks of 4 KiB" : "memory in pages of 4 KiB");
    }

    private static SizePart LayerOf(StoredLayer layer, IReadOnlyDictionary<string, long> packed, Dictionary<string, ManifestEntry> byPath)
    {
        Dictionary<string, string> versions = layer.Manifest.Packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal);
        IEnumerable<ManifestEntry> entries = packed.Keys.Select(p => byPath.GetValueOrDefault(p)).OfType<ManifestEntry>();
        List<SizePackage> packages = PackagesOf(entries, versions, e => packed[e.Path], e => e.Size);
        long rest = layer.Manifest.Size - packages.Sum(p => p.Packed);
        packages.Add(new SizePackage("(metadata and hash tree)", "", rest, 0, 0, []));
        return new SizePart(layer.Manifest.Name, "layer", layer.Manifest.Size, IsExact: true, packages);
    }

    private static List<SizePackage> PackagesOf(
        IEnumerable<ManifestEntry> entries, Dictionary<string, string> versions, Func<ManifestEntry, long> packed, Func<ManifestEntry, long> plain) =>
    [
        .. entries.GroupBy(e => e.Package ?? SizePackage.Made)
            .Select(g => new SizePackage(
                g.Key,
                versions.GetValueOrDefault(g.Key, ""),
                g.Sum(packed),
                g.Sum(plain),
                g.Count(),
                [
                    .. g.Where(e => e.Type == "file" && plain(e) > 0).Select(e => new SizeFile(e.Path, packed(e), plain(e)))
                        .OrderByDescending(f => f.Packed).ThenBy(f => f.Path, StringComparer.Ordinal),
                ]))
            .OrderByDescending(p => p.Packed).ThenBy(p => p.Name, StringComparer.Ordinal),
    ];
}
