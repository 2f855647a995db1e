using System.Text.Encodings.Web;
using System.Text.Json;
using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Formats.Oci;

/// <summary>
/// Writes an image as an OCI image layout (image-spec 1.1, image-layout.md) in one tar archive, the form that <c>skopeo</c> calls
/// <c>oci-archive</c> and that <c>podman load</c> and <c>docker load</c> read.
/// </summary>
/// <remarks>The bytes follow from the image alone: the time everywhere is 1970-01-01, members and labels have a fixed order.</remarks>
public static class OciLayoutWriter
{
    internal const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string Epoch = "1970-01-01T00:00:00Z";

    // no page of HTML is ever made of it, so that 'tar+gzip' may stay as it is
    private static readonly JsonWriterOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the archive.</summary>
    /// <param name="image">What to write.</param>
    /// <param name="target">Where; stays open.</param>
    /// <param name="cancellationToken">Looked at between layers.</param>
    /// <returns>The image's manifest, by which registries know it.</returns>
    /// <exception cref="ArgumentException">There is no layer, one has another length than it says, or the name has no tag.</exception>
    public static OciDescriptor Write(OciImage image, Stream target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Layers.Count == 0)
        {
            throw new ArgumentException("an image needs at least one layer", nameof(image));
        }
        if (image.Name.Split(':') is not [{ Length: > 0 }, string tag] || !OciTag.IsTag(tag))
        {
            throw new ArgumentException($"'{image.Name}' is no name and tag", nameof(image));
        }
        byte[] config = Config(image);
        byte[] manifest = Manifest(image, config);
        using TarWriter writer = new(target, leaveOpen: true);
        WriteStart(
            writer,
            OciIndex.Write(
            [
                new OciIndexEntry(OciDescriptor.Of(ManifestType, manifest)) { Architecture = image.Architecture, Name = image.Name },
            ]));
        WriteBytes(writer, BlobName(Sha256Digest.Of(manifest)), manifest);
        WriteBytes(writer, BlobName(Sha256Digest.Of(config)), config);
        foreach (OciLayer layer in image.Layers.DistinctBy(l => l.Digest))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using Stream content = layer.Open();
            writer.Write(new TarEntry { Name = BlobName(layer.Digest), Kind = TarKind.File, Mode = Modes.File, Size = layer.Size }, content);
        }
        writer.Finish();
        return OciDescriptor.Of(ManifestType, manifest);
    }

    /// <summary>The file <c>oci-layout</c>.</summary>
    internal static ReadOnlySpan<byte> LayoutVersion => """{"imageLayoutVersion":"1.0.0"}"""u8;

    internal static void WriteStart(TarWriter writer, byte[] index)
    {
        WriteBytes(writer, "oci-layout", LayoutVersion.ToArray());
        WriteBytes(writer, "index.json", index);
        writer.Write(new TarEntry { Name = "blobs/", Kind = TarKind.Directory, Mode = Modes.Folder });
        writer.Write(new TarEntry { Name = "blobs/sha256/", Kind = TarKind.Directory, Mode = Modes.Folder });
    }

    internal static string BlobName(Sha256Digest digest) => "blobs/sha256/" + digest;

    internal static void WriteBytes(TarWriter writer, string name, byte[] bytes)
    {
        using MemoryStream content = new(bytes);
        writer.Write(new TarEntry { Name = name, Kind = TarKind.File, Mode = Modes.File, Size = bytes.Length }, content);
    }

    // image-spec, config.md
    private static byte[] Config(OciImage image) => Json(json =>
    {
        json.WriteString("created", Epoch);
        json.WriteString("architecture", image.Architecture.OciName);
        if (image.Architecture.OciVariant is string variant)
        {
            json.WriteString("variant", variant);
        }
        json.WriteString("os", "linux");
        json.WriteStartObject("config");
        WriteOptional(json, "User", image.User);
        WriteSet(json, "ExposedPorts", image.Ports);
        WriteList(json, "Env", image.Environment);
        WriteList(json, "Entrypoint", image.Entrypoint);
        WriteList(json, "Cmd", image.Command);
        WriteSet(json, "Volumes", image.Volumes);
        WriteOptional(json, "WorkingDir", image.WorkingDirectory);
        WriteLabels(json, "Labels", image.Labels);
        WriteOptional(json, "StopSignal", image.StopSignal);
        WriteHealthCheck(json, image.HealthCheck);
        json.WriteEndObject();
        json.WriteStartObject("rootfs");
        json.WriteString("type", "layers");
        WriteList(json, "diff_ids", [.. image.Layers.Select(l => "sha256:" + l.DiffId)]);
        json.WriteEndObject();
        json.WriteStartArray("history");
        foreach (OciLayer layer in image.Layers)
        {
            json.WriteStartObject();
            json.WriteString("created", Epoch);
            json.WriteString("created_by", "strata: " + layer.Description);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    // image-spec, manifest.md
    private static byte[] Manifest(OciImage image, byte[] config) => Json(json =>
    {
        json.WriteNumber("schemaVersion", 2);
        json.WriteString("mediaType", ManifestType);
        json.WriteStartObject("config");
        WriteDescriptor(json, ConfigType, Sha256Digest.Of(config), config.Length);
        json.WriteEndObject();
        json.WriteStartArray("layers");
        foreach (OciLayer layer in image.Layers)
        {
            json.WriteStartObject();
            WriteDescriptor(json, layer.MediaType, layer.Digest, layer.Size);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteLabels(json, "annotations", image.Labels);
    });

    internal static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, s_readable))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    internal static void WriteDescriptor(Utf8JsonWriter json, string mediaType, Sha256Digest digest, long size)
    {
        json.WriteString("mediaType", mediaType);
        json.WriteString("digest", "sha256:" + digest);
        json.WriteNumber("size", size);
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    // an object without values is how a set is said there
    private static void WriteSet(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }
        json.WriteStartObject(name);
        foreach (string value in values.Order(StringComparer.Ordinal))
        {
            json.WriteStartObject(value);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    // Docker's image configuration, "Healthcheck": times in nanoseconds, and CMD before a program that no shell runs
    private static void WriteHealthCheck(Utf8JsonWriter json, OciHealthCheck? check)
    {
        if (check is null)
        {
            return;
        }
        json.WriteStartObject("Healthcheck");
        WriteList(json, "Test", ["CMD", .. check.Command]);
        WriteTime("Interval", check.Interval);
        WriteTime("Timeout", check.Timeout);
        WriteTime("StartPeriod", check.StartPeriod);
        if (check.Retries is int retries)
        {
            json.WriteNumber("Retries", retries);
        }
        json.WriteEndObject();

        void WriteTime(string name, TimeSpan? time)
        {
            if (time is TimeSpan known)
            {
                json.WriteNumber(name, known.Ticks * TimeSpan.NanosecondsPerTick);
            }
        }
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return; // absent and empty mean the same, and absent is shorter
        }
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }
        json.WriteEndArray();
    }

    internal static void WriteLabels(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> labels)
    {
        if (labels.Count == 0)
        {
            return;
        }
        json.WriteStartObject(name);
        foreach ((string key, string value) in labels.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }
        json.WriteEndObject();
    }
}
