using System.Text.Json;
using System.Text.Json.Serialization;
using Strata.Composition.Ledger;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Images.Manifests;

/// <summary>What a build consists of and why: the answer to <c>why</c>, <c>tree</c> and <c>size</c>, kept with the image.</summary>
public sealed record BuildManifest
{
    /// <summary>Version of this format.</summary>
    public const int CurrentFormat = 4;

    /// <summary>Always <see cref="CurrentFormat"/>.</summary>
    public required int Format { get; init; }

    /// <summary>Name of the edition.</summary>
    public required string Edition { get; init; }

    /// <summary>Version of the blueprint.</summary>
    public required string Version { get; init; }

    /// <summary>Debian architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Release of the kernel; empty without one.</summary>
    public required string Kernel { get; init; }

    /// <summary>The kernel when it was compiled; null with one out of a package, or with none.</summary>
    public ManifestKernel? BuiltKernel { get; init; }

    /// <summary>Bytes of the kernel image.</summary>
    public required long KernelBytes { get; init; }

    /// <summary>Bytes of the compressed initramfs.</summary>
    public required long InitramfsBytes { get; init; }

    /// <summary>Bytes of the unified kernel image, the file that firmware boots.</summary>
    public required long UkiBytes { get; init; }

    /// <summary>Bytes of the container image; 0 when the edition was made bootable.</summary>
    public required long ContainerBytes { get; init; }

    /// <summary>Bytes of all layers, which lie beside the bootable file; 0 where everything is in it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long LayerBytes { get; init; }

    /// <summary>The manifest of the container image, by which registries know it; null for what boots.</summary>
    public ManifestBlob? ContainerManifest { get; init; }

    /// <summary>Bytes that the shares of its files are parts of: the bootable file with the layers, or the container image.</summary>
    [JsonIgnore]
    public long ImageBytes => ContainerBytes > 0 ? ContainerBytes : UkiBytes + LayerBytes;

    /// <summary>Capabilities in the order in which they build on each other; the second is the one that asked for the first, if the edition did not.</summary>
    public required IReadOnlyList<ManifestCapability> Capabilities { get; init; }

    /// <summary>Packages that files were taken from, and how each came into the lock.</summary>
    public required IReadOnlyList<ManifestPackage> Packages { get; init; }

    /// <summary>Every path of the image.</summary>
    public required IReadOnlyList<ManifestEntry> Entries { get; init; }

    /// <summary>Every maintainer script of those packages.</summary>
    public required IReadOnlyList<LedgerEntry> Ledger { get; init; }

    /// <summary>As JSON, the same bytes for the same manifest.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BuildManifestJson.Default.BuildManifest);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="StrataException">It is something else.</exception>
    public static BuildManifest FromJson(Stream json)
    {
        try
        {
            BuildManifest? manifest = JsonSerializer.Deserialize(json, BuildManifestJson.Default.BuildManifest);
            return manifest is { Format: CurrentFormat } ? manifest : throw new StrataException("cannot read the build manifest: unknown format");
        }
        catch (JsonException e)
        {
            throw new StrataException($"cannot read the build manifest: {e.Message}", innerException: e);
        }
    }
}

/// <summary>A capability of the image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">Its sentence.</param>
/// <param name="RequiredBy">The capability that asked for it; null when the edition names it itself.</param>
public sealed record ManifestCapability(string Name, string Description, string? RequiredBy);

/// <summary>A package of the image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Digest">SHA-256 of the package file.</param>
/// <param name="RequiredBy">The package that depends on it; null for one that a capability names.</param>
/// <param name="Relation">The dependency as that package states it.</param>
public sealed record ManifestPackage(string Name, string Version, string Digest, string? RequiredBy, string? Relation);

/// <summary>The manifest of a container image.</summary>
/// <param name="Name">Name and tag of the image in its layout.</param>
/// <param name="Digest">SHA-256 of the manifest.</param>
/// <param name="Bytes">Length of the manifest.</param>
public sealed record ManifestBlob(string Name, string Digest, long Bytes);

/// <summary>A kernel that was compiled.</summary>
/// <param name="Image">SHA-256 of what boots.</param>
/// <param name="Config">SHA-256 of its configuration, an object of the store.</param>
public sealed record ManifestKernel(string Image, string Config);

/// <summary>A path of the image.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Type"><c>file</c>, <c>dir</c>, <c>link</c> or <c>special</c>.</param>
/// <param name="Mode">Permissions in octal.</param>
/// <param name="Owner">Numeric <c>uid:gid</c>.</param>
/// <param name="Size">Plain bytes; 0 for what has no content and for further names of a file.</param>
/// <param name="Share">
/// Its part of what was packed, in bytes. Of layers what it takes in them, and the parts are less than the whole by tables and digests. Of an
/// initramfs or a container, where files share a dictionary, measured alone with a fast codec and scaled so that the parts add up.
/// </param>
/// <param name="Digest">SHA-256 of the content; null without.</param>
/// <param name="Target">Target of a link; null otherwise.</param>
/// <param name="Capability">Capability that brought it.</param>
/// <param name="Package">Package that it came from.</param>
/// <param name="Reason">Why it came.</param>
public sealed record ManifestEntry(
    string Path, string Type, string Mode, string Owner, long Size, long Share, string? Digest, string? Target, string? Capability, string? Package, string Reason)
{
    /// <summary>SHA-1 of a content that no package has, for bills of materials; packages' listings have theirs. Null otherwise.</summary>
    public string? Sha1 { get; init; }

    /// <summary>Describes one name of a tree.</summary>
    public static ManifestEntry Of(TreeEntry entry, long size, long share) => new(
        entry.Path.ToString(),
        entry.Node switch { FileNode => "file", DirectoryNode => "dir", SymlinkNode => "link", _ => "special" },
        Convert.ToString(entry.Node.Permissions, 8).PadLeft(4, '0'),
        $"{entry.Node.Uid}:{entry.Node.Gid}",
        size,
        share,
        (entry.Node as FileNode)?.Content.Digest.ToString(),
        (entry.Node as SymlinkNode)?.Target,
        entry.Origin.Capability,
        entry.Origin.Package,
        entry.Origin.Reason);
}

[JsonSourceGenerationOptions(
    WriteIndented = false, PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(BuildManifest))]
internal sealed partial class BuildManifestJson : JsonSerializerContext;
