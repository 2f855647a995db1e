using Strata.Core;
using Strata.Updates.Json;

namespace Strata.Updates.Releases;

/// <summary>Reads a <see cref="Release"/> and refuses every text but the canonical one.</summary>
public static class ReleaseReader
{
    private const string Format = "release";

    /// <summary>Reads the whole of a text.</summary>
    /// <exception cref="ImageFormatException">
    /// It is too long, no JSON, has other members or another order than the format, breaks a rule of <see cref="Release.Problems"/>, or is written
    /// in another way than <see cref="ReleaseWriter"/> would.
    /// </exception>
    public static Release Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > Release.MaxBytes)
        {
            throw new ImageFormatException(Format, 0, $"it has {text.Length} bytes, allowed are {Release.MaxBytes}");
        }
        CanonicalCursor json = new(text, Format);
        json.StartObject();
        string format = json.Text("format");
        if (format != Release.CurrentFormat)
        {
            throw json.Fault($"its format is another one than {Release.CurrentFormat}, the one this program reads");
        }
        string edition = json.Text("edition");
        string version = json.Text("version");
        string architecture = json.Text("architecture");
        json.StartArray("layers");
        List<ReleaseLayer> layers = [];
        while (json.NextObject())
        {
            if (layers.Count == Release.MaxLayers)
            {
                throw json.Fault($"it has more than {Release.MaxLayers} layers");
            }
            layers.Add(ReadLayer(ref json));
            json.EndObject();
        }
        json.EndObject();
        json.End();

        Release release = new() { Edition = edition, Version = version, Architecture = architecture, Layers = layers };
        foreach (string problem in release.Problems())
        {
            throw new ImageFormatException(Format, 0, problem);
        }
        CanonicalForm.Require(text, ReleaseWriter.Write(release), Format);
        return release;
    }

    /// <summary>Reads the members of a layer in the order of the format; its object was begun.</summary>
    internal static ReleaseLayer ReadLayer(ref CanonicalCursor json) => new()
    {
        Name = json.Text("name"),
        IsBase = json.Flag("base"),
        Requires = json.Texts("requires", Release.MaxLayers),
        Manifest = json.Digest("manifest"),
        Image = json.Digest("image"),
        Size = json.Number("size"),
        Data = json.Number("data"),
        Root = json.Digest("root"),
        Salt = json.Text("salt"),
    };
}
