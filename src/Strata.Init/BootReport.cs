using System.Buffers;
using System.Text.Json;
using Strata.Init.CommandLine;
using Strata.Init.Layers;
using Strata.Init.Stores;
using Strata.Updates.Releases;

namespace Strata.Init;

/// <summary>What was started, kept for the running system in <see cref="Path"/>. Form: <c>docs/formats/boot.md</c>.</summary>
internal sealed record BootReport
{
    /// <summary>Name and version of the format.</summary>
    public const string CurrentFormat = "strata-boot-1";

    /// <summary>Where the running system finds it.</summary>
    public const string Path = "/run/strata/boot.json";

    /// <summary>The release.</summary>
    public required Release Release { get; init; }

    /// <summary>Where its layers came from.</summary>
    public required LayerStore Store { get; init; }

    /// <summary>All layers of the release, lowest first.</summary>
    public required IReadOnlyList<LayerFate> Layers { get; init; }

    /// <summary>Where changes go.</summary>
    public required BootOptions Options { get; init; }

    /// <summary>Everything that was not as asked.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Time from the start of this program in milliseconds.</summary>
    public required long Milliseconds { get; init; }

    /// <summary>JSON with fixed order of members.</summary>
    public byte[] ToJson()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("format", CurrentFormat);
            json.WriteString("edition", Release.Edition);
            json.WriteString("version", Release.Version);
            json.WriteString("architecture", Release.Architecture);
            json.WriteStartObject("store");
            json.WriteString("kind", Store.Kind);
            json.WriteString("device", Store.Device?.Name ?? "");
            json.WriteString("fileSystem", Store.Device?.FileSystem?.Type ?? "");
            json.WriteString("label", Store.Device?.FileSystem?.Label ?? "");
            json.WriteEndObject();
            json.WriteString("changes", Options.Changes switch
            {
                ChangesKind.Memory => "memory",
                ChangesKind.Partition => "partition",
                _ => "none",
            });
            json.WriteString("state", Options.State);
            json.WriteBoolean("kiosk", Options.IsKiosk);
            json.WriteStartArray("layers");
            foreach (LayerFate fate in Layers)
            {
                json.WriteStartObject();
                json.WriteString("name", fate.Layer.Name);
                json.WriteString("image", fate.Layer.Image.ToString());
                json.WriteString("is", fate.IsMounted ? "mounted" : fate.IsRefused ? "refused" : "left out");
                if (fate.Why is not null)
                {
                    json.WriteString("why", fate.Why);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("problems");
            foreach (string problem in Problems)
            {
                json.WriteStringValue(problem);
            }
            json.WriteEndArray();
            json.WriteNumber("milliseconds", Milliseconds);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
