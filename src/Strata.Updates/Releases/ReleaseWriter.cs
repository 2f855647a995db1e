using System.Text.Json;
using Strata.Updates.Json;

namespace Strata.Updates.Releases;

/// <summary>Writes a <see cref="Release"/> in its one canonical form.</summary>
public static class ReleaseWriter
{
    /// <summary>The bytes; they end in a line feed.</summary>
    /// <exception cref="ArgumentException">The release breaks a rule.</exception>
    public static byte[] Write(Release release)
    {
        ArgumentNullException.ThrowIfNull(release);
        if (release.Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(release));
        }
        return CanonicalForm.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("format", Release.CurrentFormat);
            json.WriteString("edition", release.Edition);
            json.WriteString("version", release.Version);
            json.WriteString("architecture", release.Architecture);
            json.WriteStartArray("layers");
            foreach (ReleaseLayer layer in release.Layers)
            {
                json.WriteStartObject();
                WriteLayer(json, layer);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Writes the members of a layer in the order of the format, without the braces around them.</summary>
    internal static void WriteLayer(Utf8JsonWriter json, ReleaseLayer layer)
    {
        json.WriteString("name", layer.Name);
        json.WriteBoolean("base", layer.IsBase);
        json.WriteStartArray("requires");
        foreach (string required in layer.Requires)
        {
            json.WriteStringValue(required);
        }
        json.WriteEndArray();
        json.WriteString("manifest", layer.Manifest.ToString());
        json.WriteString("image", layer.Image.ToString());
        json.WriteNumber("size", layer.Size);
        json.WriteNumber("data", layer.Data);
        json.WriteString("root", layer.Root.ToString());
        json.WriteString("salt", layer.Salt);
    }
}
