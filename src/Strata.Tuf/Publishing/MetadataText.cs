using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Strata.Tuf.Metadata;

namespace Strata.Tuf.Publishing;

/// <summary>Writes what roles sign (§4.3 to §4.6). Members stand in the order of their names: one content is one text.</summary>
internal static class MetadataText
{
    private const string Specification = "1.0.31";

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A text.</summary>
    public static byte[] Of(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, s_options))
        {
            write(json);
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Whose keys count. Snapshots are consistent: whatever is published stays under its name.</summary>
    public static byte[] Root(long version, DateTimeOffset expires, IReadOnlyList<MetadataKey> keys, int threshold) =>
        Of(TopRole.Root, version, expires, json =>
        {
            json.WriteBoolean("consistent_snapshot", true);
        }, json =>
        {
            json.WriteStartObject("keys");
            foreach (MetadataKey key in keys.OrderBy(k => k.Id, StringComparer.Ordinal))
            {
                json.WritePropertyName(key.Id);
                key.Write(json);
            }
            json.WriteEndObject();
            json.WriteStartObject("roles");
            foreach (string role in (string[])[TopRole.Root, TopRole.Snapshot, TopRole.Targets, TopRole.Timestamp])
            {
                json.WriteStartObject(role);
                json.WriteStartArray("keyids");
                foreach (string id in keys.Where(k => k.Role == role).Select(k => k.Id).Order(StringComparer.Ordinal))
                {
                    json.WriteStringValue(id);
                }
                json.WriteEndArray();
                json.WriteNumber("threshold", role == TopRole.Root ? threshold : 1);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }, _ => { });

    /// <summary>Which files there are.</summary>
    public static byte[] Targets(long version, DateTimeOffset expires, IEnumerable<TargetFile> files) =>
        Of(TopRole.Targets, version, expires, _ => { }, _ => { }, json =>
        {
            json.WriteStartObject("targets");
            foreach (TargetFile file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
            {
                json.WriteStartObject(file.Path);
                json.WriteStartObject("hashes");
                foreach ((string algorithm, string digest) in file.Digests.OrderBy(d => d.Key, StringComparer.Ordinal))
                {
                    json.WriteString(algorithm, digest);
                }
                json.WriteEndObject();
                json.WriteNumber("length", file.Length);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        });

    /// <summary>Which targets are the ones of today.</summary>
    public static byte[] Snapshot(long version, DateTimeOffset expires, SignedMetadata targets) =>
        Naming(TopRole.Snapshot, version, expires, "targets.json", targets);

    /// <summary>Which snapshot is the newest.</summary>
    public static byte[] Timestamp(long version, DateTimeOffset expires, SignedMetadata snapshot) =>
        Naming(TopRole.Timestamp, version, expires, "snapshot.json", snapshot);

    private static byte[] Naming(string role, long version, DateTimeOffset expires, string name, SignedMetadata file) =>
        Of(role, version, expires, _ => { }, json =>
        {
            json.WriteStartObject("meta");
            json.WriteStartObject(name);
            json.WriteStartObject("hashes");
            json.WriteString("sha256", Convert.ToHexStringLower(SHA256.HashData(file.Text)));
            json.WriteEndObject();
            json.WriteNumber("length", file.Text.Length);
            json.WriteNumber("version", file.Version);
            json.WriteEndObject();
            json.WriteEndObject();
        }, _ => { });

    private static byte[] Of(
        string type, long version, DateTimeOffset expires, Action<Utf8JsonWriter> before, Action<Utf8JsonWriter> middle,
        Action<Utf8JsonWriter> after) => Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("_type", type);
            before(json);
            json.WriteString("expires", expires.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            middle(json);
            json.WriteString("spec_version", Specification);
            after(json);
            json.WriteNumber("version", version);
            json.WriteEndObject();
        });
}
