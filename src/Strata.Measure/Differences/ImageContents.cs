using Strata.Core;
using Strata.Images.Manifests;

namespace Strata.Measure.Differences;

/// <summary>What is in an image or a release: every path, and what it came from as far as the image tells.</summary>
public sealed record ImageContents
{
    /// <summary>What it is, for people.</summary>
    public required string Name { get; init; }

    /// <summary>Everything by path.</summary>
    public required IReadOnlyDictionary<string, ContentEntry> Entries { get; init; }

    /// <summary>Versions of packages by name; empty when the image does not tell.</summary>
    public IReadOnlyDictionary<string, string> Packages { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Bytes of its parts by name: <c>kernel</c>, <c>initramfs</c>, <c>layer shell</c>.</summary>
    public required IReadOnlyDictionary<string, long> Parts { get; init; }

    /// <summary>Release of its kernel; empty when it has none or does not tell.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>SHA-256 of the kernel that it boots; null when it has none, or nobody looked.</summary>
    public Sha256Digest? KernelImage { get; init; }

    /// <summary>Symbols of its kernel's configuration that are set; null when they are not known.</summary>
    public IReadOnlyDictionary<string, string>? KernelSymbols { get; init; }

    /// <summary>Limits of its blueprint, for people, by name; null when it is no edition.</summary>
    public IReadOnlyDictionary<string, string>? Budgets { get; init; }

    /// <summary>What a build consists of.</summary>
    public static ImageContents Of(BuildManifest manifest, string name)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return new ImageContents
        {
            Name = name,
            Entries = manifest.Entries.ToDictionary(
                e => e.Path, e => new ContentEntry(e.Type, e.Mode, e.Owner, e.Size, e.Digest ?? "", e.Target ?? "", e.Package ?? ""), StringComparer.Ordinal),
            Packages = manifest.Packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal),
            Parts = new (string Name, long Bytes)[]
                {
                    ("kernel", manifest.KernelBytes), ("initramfs", manifest.InitramfsBytes), ("bootable file", manifest.UkiBytes), ("container image", manifest.ContainerBytes),
                }
                .Where(p => p.Bytes > 0).ToDictionary(p => p.Name, p => p.Bytes, StringComparer.Ordinal),
            Kernel = manifest.Kernel,
        };
    }
}

/// <summary>A path of an image.</summary>
/// <param name="Type"><c>file</c>, <c>dir</c>, <c>link</c> or <c>special</c>.</param>
/// <param name="Mode">Permissions in octal.</param>
/// <param name="Owner">Numeric <c>uid:gid</c>.</param>
/// <param name="Size">Plain bytes.</param>
/// <param name="Digest">SHA-256 of its content; empty for what has none.</param>
/// <param name="Target">Of a link; empty for everything else.</param>
/// <param name="Package">What it came from; empty when that is not known.</param>
public sealed record ContentEntry(string Type, string Mode, string Owner, long Size, string Digest, string Target, string Package)
{
    /// <summary>Permission bits as a manifest writes them.</summary>
    internal static string ModeText(int permissions) => Convert.ToString(permissions, 8).PadLeft(4, '0');
}
