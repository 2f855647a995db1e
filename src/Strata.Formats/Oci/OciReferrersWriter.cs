using System.Text.Json;
using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Formats.Oci;

/// <summary>Something that is told of an image: a bill of materials, a signature.</summary>
/// <param name="Name">Name under which tools find it in the layout, as <see cref="OciImage.Name"/>.</param>
/// <param name="MediaType">What it is; its type as an artifact and that of its blob.</param>
/// <param name="FileName">How a file of it is called.</param>
/// <param name="Content">Its bytes.</param>
public sealed record OciArtifact(string Name, string MediaType, string FileName, ReadOnlyMemory<byte> Content);

/// <summary>
/// Writes referrers of an image (image-spec 1.1, manifest.md, "subject") as an image layout of their own in one tar archive. Whoever pushes
/// them to where the image is has them attached to it.
/// </summary>
/// <remarks>
/// They do not lie in the archive of the image: <c>podman load</c> refuses one that names more than one manifest. The image itself is left
/// out, which image-layout.md allows ("blobs MAY be missing").
/// </remarks>
public static class OciReferrersWriter
{
    private const string EmptyType = "application/vnd.oci.empty.v1+json";

    private static ReadOnlySpan<byte> Empty => "{}"u8; // image-spec, manifest.md, "Guidance for an Empty Descriptor"

    /// <summary>Writes the archive; the bytes follow from image and artifacts alone.</summary>
    /// <param name="subject">The image's manifest.</param>
    /// <param name="artifacts">What is told of it.</param>
    /// <param name="target">Where; stays open.</param>
    /// <returns>Their manifests, in the order of the artifacts.</returns>
    public static IReadOnlyList<OciIndexEntry> Write(OciDescriptor subject, IReadOnlyList<OciArtifact> artifacts, Stream target)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(artifacts);
        byte[][] manifests = [.. artifacts.Select(a => Manifest(subject, a))];
        OciIndexEntry[] entries =
        [
            .. artifacts.Zip(manifests, (a, m) => new OciIndexEntry(OciDescriptor.Of(OciLayoutWriter.ManifestType, m))
            {
                ArtifactType = a.MediaType, Name = a.Name,
            }),
        ];
        using TarWriter writer = new(target, leaveOpen: true);
        OciLayoutWriter.WriteStart(writer, OciIndex.Write(entries));
        Dictionary<Sha256Digest, byte[]> blobs = [];
        foreach (byte[] blob in manifests
            .Concat(artifacts.Select(a => a.Content.ToArray())).Append(Empty.ToArray()))
        {
            blobs[Sha256Digest.Of(blob)] = blob;
        }
        foreach ((Sha256Digest digest, byte[] blob) in blobs.OrderBy(b => b.Key))
        {
            OciLayoutWriter.WriteBytes(writer, OciLayoutWriter.BlobName(digest), blob);
        }
        writer.Finish();
        return entries;
    }

    private static byte[] Manifest(OciDescriptor subject, OciArtifact artifact) => OciLayoutWriter.Json(json =>
    {
        json.WriteNumber("schemaVersion", 2);
        json.WriteString("mediaType", OciLayoutWriter.ManifestType);
        json.WriteString("artifactType", artifact.MediaType);
        WriteNamed(json, "config", OciDescriptor.Of(EmptyType, Empty));
        json.WriteStartArray("layers");
        json.WriteStartObject();
        Write(json, OciDescriptor.Of(artifact.MediaType, artifact.Content.Span));
        OciLayoutWriter.WriteLabels(
            json, "annotations", new Dictionary<string, string> { ["org.opencontainers.image.title"] = artifact.FileName });
        json.WriteEndObject();
        json.WriteEndArray();
        WriteNamed(json, "subject", subject);
    });

    private static void WriteNamed(Utf8JsonWriter json, string name, OciDescriptor descriptor)
    {
        json.WriteStartObject(name);
        Write(json, descriptor);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, OciDescriptor descriptor) =>
        OciLayoutWriter.WriteDescriptor(json, descriptor.MediaType, descriptor.Digest, descriptor.Size);
}
