using System.Text.Json;
using Strata.Core;

namespace Strata.Formats.Oci;

/// <summary>A manifest that an index names.</summary>
/// <param name="Blob">The manifest, or another index.</param>
public sealed record OciIndexEntry(OciDescriptor Blob)
{
    /// <summary>What it runs on; null for what runs nowhere.</summary>
    public GuestArchitecture? Architecture { get; init; }

    /// <summary>What it is of, when it is no image; null for an image.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>Name under which tools find it in a layout; null elsewhere.</summary>
    public string? Name { get; init; }
}

/// <summary>Image indexes (image-spec 1.1, image-index.md): one name for several manifests.</summary>
public static class OciIndex
{
    /// <summary>Its type.</summary>
    public const string MediaType = "application/vnd.oci.image.index.v1+json";

    /// <summary>Largest index that is read; registries commonly take as much (distribution-spec 1.1, "Pushing Manifests").</summary>
    public const int MaxBytes = 4 << 20;

    private const string Format = "OCI image index";

    /// <summary>An index, its entries in the order given.</summary>
    public static byte[] Write(IReadOnlyList<OciIndexEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return Write(json =>
        {
            foreach (OciIndexEntry entry in entries)
            {
                WriteEntry(json, entry);
            }
        });
    }

    /// <summary>
    /// The index of what refers to an image, for registries that cannot be asked for it (distribution-spec 1.1, "Referrers Tag Schema"):
    /// what it named before, and what is new.
    /// </summary>
    /// <param name="before">The index that the registry has; null for none. Untrusted.</param>
    /// <param name="entries">What is new.</param>
    /// <exception cref="ImageFormatException">What the registry has is no index; nothing of it can be kept.</exception>
    public static byte[] WriteReferrers(byte[]? before, IReadOnlyList<OciIndexEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        HashSet<string> known = [.. entries.Select(e => DigestOf(e.Blob))];
        return Write(json =>
        {
            if (before is not null)
            {
                CopyOthers(before, known, json);
            }
            foreach (OciIndexEntry entry in entries)
            {
                WriteEntry(json, entry);
            }
        });
    }

    private static void CopyOthers(byte[] index, HashSet<string> known, Utf8JsonWriter json)
    {
        if (index.Length > MaxBytes)
        {
            throw new ImageFormatException(Format, MaxBytes, $"it has {index.Length} bytes");
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(index, new JsonDocumentOptions { MaxDepth = 32 });
            foreach (JsonElement manifest in document.RootElement.GetProperty("manifests").EnumerateArray())
            {
                // others', as they are: what is not known here is not ours to drop
                if (known.Add(manifest.GetProperty("digest").GetString() ?? ""))
                {
                    manifest.WriteTo(json);
                }
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ImageFormatException(Format, (e as JsonException)?.BytePositionInLine ?? 0, $"it is no image index: {e.Message}", e);
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> writeEntries) => OciLayoutWriter.Json(json =>
    {
        json.WriteNumber("schemaVersion", 2);
        json.WriteString("mediaType", MediaType);
        json.WriteStartArray("manifests");
        writeEntries(json);
        json.WriteEndArray();
    });

    private static void WriteEntry(Utf8JsonWriter json, OciIndexEntry entry)
    {
        json.WriteStartObject();
        OciLayoutWriter.WriteDescriptor(json, entry.Blob.MediaType, entry.Blob.Digest, entry.Blob.Size);
        if (entry.ArtifactType is string type)
        {
            json.WriteString("artifactType", type);
        }
        if (entry.Architecture is GuestArchitecture architecture)
        {
            json.WriteStartObject("platform");
            json.WriteString("architecture", architecture.OciName);
            json.WriteString("os", "linux");
            if (architecture.OciVariant is string variant)
            {
                json.WriteString("variant", variant);
            }
            json.WriteEndObject();
        }
        if (entry.Name is string name)
        {
            OciLayoutWriter.WriteLabels(
                json, "annotations", new Dictionary<string, string> { ["org.opencontainers.image.ref.name"] = name });
        }
        json.WriteEndObject();
    }

    private static string DigestOf(OciDescriptor blob) => "sha256:" + blob.Digest;
}
