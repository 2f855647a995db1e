using Strata.Tuf.Json;

namespace Strata.Tuf.Metadata;

/// <summary>What timestamp and snapshot say of other metadata.</summary>
/// <param name="Version">Its version.</param>
/// <param name="File">Its length and digests, where they are said.</param>
internal sealed record VersionedClaim(long Version, FileClaim File)
{
    /// <summary>Reads it.</summary>
    public static VersionedClaim Read(MetadataReader claim) =>
        new(claim.Number("version", 1, long.MaxValue), FileClaim.ReadOptional(claim));
}

/// <summary>Which snapshot is the newest (§4.6).</summary>
internal sealed class TimestampMetadata
{
    private TimestampMetadata(SignedMetadata file)
    {
        File = file;
        MetadataReader meta = file.Signed.Object("meta");
        string[] names = [.. meta.Objects(most: 1).Select(m => m.Name)];
        Snapshot = names is ["snapshot.json"] ? VersionedClaim.Read(meta.Object("snapshot.json"))
            : throw MetadataReader.Fault("signed.meta has something else than snapshot.json");
    }

    /// <summary>The file.</summary>
    public SignedMetadata File { get; }

    /// <summary>What it says of the snapshot.</summary>
    public VersionedClaim Snapshot { get; }

    /// <summary>Reads it.</summary>
    /// <exception cref="Core.ImageFormatException">It breaks a rule.</exception>
    public static TimestampMetadata Read(byte[] text) => new(SignedMetadata.Read(text, TopRole.Timestamp));
}

/// <summary>Which versions of targets belong together (§4.4).</summary>
internal sealed class SnapshotMetadata
{
    private const int MostFiles = 16384;

    private SnapshotMetadata(SignedMetadata file)
    {
        File = file;
        Dictionary<string, VersionedClaim> files = new(StringComparer.Ordinal);
        foreach ((string name, MetadataReader claim) in file.Signed.Object("meta").Objects(MostFiles))
        {
            files.Add(name, VersionedClaim.Read(claim));
        }
        Files = files;
        if (!files.ContainsKey("targets.json"))
        {
            throw MetadataReader.Fault("signed.meta.targets.json is missing");
        }
    }

    /// <summary>The file.</summary>
    public SignedMetadata File { get; }

    /// <summary>What it says of metadata, by their names with <c>.json</c>.</summary>
    public IReadOnlyDictionary<string, VersionedClaim> Files { get; }

    /// <summary>Reads it.</summary>
    /// <exception cref="Core.ImageFormatException">It breaks a rule.</exception>
    public static SnapshotMetadata Read(byte[] text) => new(SignedMetadata.Read(text, TopRole.Snapshot));
}
