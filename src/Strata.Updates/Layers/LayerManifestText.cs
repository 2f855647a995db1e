using System.Text.Json;
using Strata.Core;
using Strata.Updates.Json;

namespace Strata.Updates.Layers;

/// <summary>Writes and reads a <see cref="LayerManifest"/> in its one canonical form.</summary>
public static class LayerManifestText
{
    private const string Format = "layer manifest";

    /// <summary>The bytes; they end in a line feed.</summary>
    /// <exception cref="ArgumentException">The manifest breaks a rule.</exception>
    public static byte[] Write(LayerManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (manifest.Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(manifest));
        }
        return CanonicalForm.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("format", LayerManifest.CurrentFormat);
            json.WriteString("name", manifest.Name);
            json.WriteString("architecture", manifest.Architecture);
            WriteTexts(json, "requires", manifest.Requires);
            WriteTexts(json, "provides", manifest.Provides);
            json.WriteStartArray("packages");
            foreach (LayerPackage package in manifest.Packages)
            {
                json.WriteStartObject();
                json.WriteString("name", package.Name);
                json.WriteString("version", package.Version);
                json.WriteString("sha256", package.Digest.ToString());
                json.WriteNumber("files", package.Files);
                json.WriteNumber("plainBytes", package.PlainBytes);
                WriteTexts(json, "licences", package.Licences);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            WriteTexts(json, "effects", manifest.Effects);
            json.WriteNumber("entries", manifest.Entries);
            json.WriteNumber("plainBytes", manifest.PlainBytes);
            json.WriteString("codec", manifest.Codec);
            json.WriteNumber("blockSize", manifest.BlockSize);
            json.WriteString("image", manifest.Image.ToString());
            json.WriteNumber("size", manifest.Size);
            json.WriteNumber("data", manifest.Data);
            json.WriteString("root", manifest.Root.ToString());
            json.WriteString("salt", manifest.Salt);
            json.WriteString("blockIndex", manifest.BlockIndex.ToString());
            json.WriteEndObject();
        });
    }

    /// <summary>Reads the whole of a text.</summary>
    /// <exception cref="ImageFormatException">It is anything but the canonical text of a good manifest.</exception>
    public static LayerManifest Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > LayerManifest.MaxBytes)
        {
            throw new ImageFormatException(Format, 0, $"it has {text.Length} bytes, allowed are {LayerManifest.MaxBytes}");
        }
        CanonicalCursor json = new(text, Format);
        json.StartObject();
        if (json.Text("format") != LayerManifest.CurrentFormat)
        {
            throw json.Fault($"its format is another one than {LayerManifest.CurrentFormat}, the one this program reads");
        }
        LayerManifest manifest = new() // members in the order of the text
        {
            Name = json.Text("name"),
            Architecture = json.Text("architecture"),
            Requires = json.Texts("requires", LayerManifest.MaxElements),
            Provides = json.Texts("provides", LayerManifest.MaxElements),
            Packages = ReadPackages(ref json),
            Effects = json.Texts("effects", LayerManifest.MaxElements),
            Entries = json.Number("entries"),
            PlainBytes = json.Number("plainBytes"),
            Codec = json.Text("codec"),
            BlockSize = json.Number("blockSize"),
            Image = json.Digest("image"),
            Size = json.Number("size"),
            Data = json.Number("data"),
            Root = json.Digest("root"),
            Salt = json.Text("salt"),
            BlockIndex = json.Digest("blockIndex"),
        };
        json.EndObject();
        json.End();
        foreach (string problem in manifest.Problems())
        {
            throw new ImageFormatException(Format, 0, problem);
        }
        CanonicalForm.Require(text, Write(manifest), Format);
        return manifest;
    }

    private static List<LayerPackage> ReadPackages(ref CanonicalCursor json)
    {
        json.StartArray("packages");
        List<LayerPackage> packages = [];
        while (json.NextObject())
        {
            if (packages.Count == LayerManifest.MaxElements)
            {
                throw json.Fault($"it has more than {LayerManifest.MaxElements} packages");
            }
            packages.Add(new LayerPackage(
                json.Text("name"),
                json.Text("version"),
                json.Digest("sha256"),
                json.Number("files"),
                json.Number("plainBytes"),
                json.Texts("licences", LayerManifest.MaxElements)));
            json.EndObject();
        }
        return packages;
    }

    private static void WriteTexts(Utf8JsonWriter json, string member, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(member);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
    }
}
