using System.Globalization;
using System.Text.Json;
using Strata.Formats.Tar;

namespace Strata.Measure.Bytes;

/// <summary>Names the parts of a container image: an OCI image layout in a tar archive.</summary>
internal static class OciRegions
{
    private const int BlockSize = 512;
    private const string Blobs = "blobs/sha256/";
    private const string DigestStart = "sha256:";

    /// <summary>An archive.</summary>
    public static void Add(RegionScope scope, Stream image)
    {
        List<TarEntry> members = [];
        TarReader reader = new(image);
        while (reader.Next() is TarEntry entry)
        {
            members.Add(entry);
        }
        Dictionary<string, string> names = NamesOf(name => members.Find(m => m.Name == name) is TarEntry member
            ? Read(image, member) : null);
        long end = 0;
        foreach (TarEntry member in members)
        {
            bool isLayer = names.TryGetValue(member.Name, out string? name) && name.StartsWith("layer ", StringComparison.Ordinal);
            scope.Add(end, member.DataOffset - end, "tar header of " + (name ?? member.Name));
            scope.Add(
                member.DataOffset, member.Size, name ?? member.Name, packed: isLayer ? PackedKind.Tar : PackedKind.None);
            end = (member.DataOffset + member.Size + BlockSize - 1) / BlockSize * BlockSize;
        }
        scope.Add(end, image.Length - end, "end of the tar archive");
    }

    /// <summary>Members of a layer with their headers, counted from where it begins.</summary>
    public static IEnumerable<(string Name, long Start, long End)> Members(Stream tar)
    {
        TarReader reader = new(tar);
        long at = 0;
        while (reader.Next() is TarEntry entry)
        {
            long end = (entry.DataOffset + entry.Size + BlockSize - 1) / BlockSize * BlockSize;
            yield return (entry.Name, at, end);
            at = end;
        }
        yield return ("end of the archive", at, long.MaxValue);
    }

    // image-spec: the index names the manifest, the manifest the configuration and the layers, the configuration's history what they are
    private static Dictionary<string, string> NamesOf(Func<string, byte[]?> read)
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        try
        {
            if (read("index.json") is not byte[] index)
            {
                return names;
            }
            using JsonDocument root = JsonDocument.Parse(index);
            foreach (JsonElement described in root.RootElement.GetProperty("manifests").EnumerateArray())
            {
                string manifest = NameOf(described);
                names[manifest] = "image manifest";
                using JsonDocument read1 = JsonDocument.Parse(read(manifest) ?? []);
                string config = NameOf(read1.RootElement.GetProperty("config"));
                names[config] = "image configuration";
                using JsonDocument read2 = JsonDocument.Parse(read(config) ?? []);
                string[] history = [.. read2.RootElement.GetProperty("history").EnumerateArray()
                    .Select(h => h.GetProperty("created_by").ToString().Replace("strata: ", "", StringComparison.Ordinal))];
                int number = 0;
                foreach (JsonElement layer in read1.RootElement.GetProperty("layers").EnumerateArray())
                {
                    string what = number < history.Length ? history[number] : (number + 1).ToString(CultureInfo.InvariantCulture);
                    names[NameOf(layer)] = "layer " + what;
                    number++;
                }
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // a tar archive of another kind has members all the same
        }
        return names;
    }

    private static string NameOf(JsonElement descriptor) =>
        Blobs + descriptor.GetProperty("digest").ToString().Replace(DigestStart, "", StringComparison.Ordinal);

    private static byte[] Read(Stream image, TarEntry member)
    {
        byte[] bytes = new byte[member.Size];
        image.Position = member.DataOffset;
        image.ReadExactly(bytes);
        return bytes;
    }
}
