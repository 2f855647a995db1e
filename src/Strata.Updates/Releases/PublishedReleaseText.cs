using System.Text.Json;
using Strata.Core;
using Strata.Updates.Json;

namespace Strata.Updates.Releases;

/// <summary>Writes and reads a <see cref="PublishedRelease"/> in its one canonical form.</summary>
public static class PublishedReleaseText
{
    private const string Format = "published release";

    /// <summary>The bytes; they end in a line feed.</summary>
    /// <exception cref="ArgumentException">It breaks a rule.</exception>
    public static byte[] Write(PublishedRelease release)
    {
        ArgumentNullException.ThrowIfNull(release);
        if (release.Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(release));
        }
        return CanonicalForm.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("format", PublishedRelease.CurrentFormat);
            json.WriteString("edition", release.Release.Edition);
            json.WriteString("version", release.Release.Version);
            json.WriteString("architecture", release.Release.Architecture);
            json.WriteNumber("counter", release.Counter);
            json.WriteNumber("securityVersion", release.SecurityVersion);
            json.WriteNumber("upgradeFrom", release.UpgradeFrom);
            json.WriteNumber("leastAgent", release.LeastAgent);
            WriteFile(json, "uki", release.Uki);
            json.WriteStartArray("bills");
            foreach ((string form, PublishedFile file) in release.Bills)
            {
                json.WriteStartObject();
                json.WriteString("form", form);
                WriteFile(json, "file", file);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("layers");
            foreach ((ReleaseLayer layer, PublishedLayer more) in release.Release.Layers.Zip(release.Layers))
            {
                json.WriteStartObject();
                ReleaseWriter.WriteLayer(json, layer);
                json.WriteNumber("manifestSize", more.ManifestSize);
                json.WriteNumber("plainBytes", more.PlainBytes);
                WriteFile(json, "blockIndex", more.Index);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Reads the whole of a text.</summary>
    /// <exception cref="ImageFormatException">It is anything but the canonical text of a good one.</exception>
    public static PublishedRelease Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > PublishedRelease.MaxBytes)
        {
            throw new ImageFormatException(Format, 0, $"it has {text.Length} bytes, allowed are {PublishedRelease.MaxBytes}");
        }
        CanonicalCursor json = new(text, Format);
        json.StartObject();
        if (json.Text("format") != PublishedRelease.CurrentFormat)
        {
            throw json.Fault($"its format is another one than {PublishedRelease.CurrentFormat}, the one this program reads");
        }
        (string edition, string version, string architecture) = (json.Text("edition"), json.Text("version"), json.Text("architecture"));
        (long counter, long security) = (json.Number("counter"), json.Number("securityVersion"));
        (long from, long agent) = (json.Number("upgradeFrom"), json.Number("leastAgent"));
        PublishedFile uki = ReadFile(ref json, "uki");
        List<(string, PublishedFile)> bills = [];
        json.StartArray("bills");
        while (json.NextObject())
        {
            if (bills.Count == PublishedRelease.MaxBills)
            {
                throw json.Fault($"it has more than {PublishedRelease.MaxBills} bills");
            }
            bills.Add((json.Text("form"), ReadFile(ref json, "file")));
            json.EndObject();
        }
        (List<ReleaseLayer> layers, List<PublishedLayer> more) = ReadLayers(ref json);
        json.EndObject();
        json.End();

        PublishedRelease release = new()
        {
            Counter = counter,
            SecurityVersion = security,
            UpgradeFrom = from,
            LeastAgent = agent,
            Release = new Release { Edition = edition, Version = version, Architecture = architecture, Layers = layers },
            Layers = more,
            Uki = uki,
            Bills = bills,
        };
        foreach (string problem in release.Problems())
        {
            throw new ImageFormatException(Format, 0, problem);
        }
        CanonicalForm.Require(text, Write(release), Format);
        return release;
    }

    private static (List<ReleaseLayer> Layers, List<PublishedLayer> More) ReadLayers(ref CanonicalCursor json)
    {
        List<ReleaseLayer> layers = [];
        List<PublishedLayer> more = [];
        json.StartArray("layers");
        while (json.NextObject())
        {
            if (layers.Count == Release.MaxLayers)
            {
                throw json.Fault($"it has more than {Release.MaxLayers} layers");
            }
            layers.Add(ReleaseReader.ReadLayer(ref json));
            more.Add(new PublishedLayer(json.Number("manifestSize"), json.Number("plainBytes"), ReadFile(ref json, "blockIndex")));
            json.EndObject();
        }
        return (layers, more);
    }

    private static void WriteFile(Utf8JsonWriter json, string member, PublishedFile file)
    {
        json.WriteStartObject(member);
        json.WriteString("sha256", file.Digest.ToString());
        json.WriteNumber("size", file.Size);
        json.WriteEndObject();
    }

    private static PublishedFile ReadFile(ref CanonicalCursor json, string member)
    {
        json.StartObject(member);
        PublishedFile file = new(json.Digest("sha256"), json.Number("size"));
        json.EndObject();
        return file;
    }
}
