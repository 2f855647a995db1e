using System.Buffers;
using System.Text;
using System.Text.Json;
using Strata.Measure.Sizes;

namespace Strata.Measure.Reports;

/// <summary>The data of the treemap: arrays <c>[name, packed, plain, children, note]</c>, parts above packages above files.</summary>
/// <remarks>A report stays small and quick whatever the image: the largest files stand for themselves, the others of a package together.</remarks>
internal static class SizeTree
{
    /// <summary>Files that stand for themselves.</summary>
    public const int MostFiles = 5000;

    /// <summary>As JSON that may stand inside a script element: the encoder escapes what HTML would see.</summary>
    public static string ToJson(string name, DownloadNumbers download)
    {
        long least = LeastShown(download);
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            Begin(json, name, download.Parts.Sum(p => p.Packed), download.Parts.Sum(p => p.Plain));
            foreach (SizePart part in download.Parts)
            {
                Begin(json, part.Name, part.Packed, part.Plain);
                foreach (SizePackage package in part.Packages)
                {
                    Begin(json, package.Name, package.Packed, package.Plain);
                    WriteFiles(json, package, least);
                    End(json, package.Version);
                }
                End(json, part.IsExact ? part.Kind : part.Kind + ", estimated");
            }
            End(json, "");
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static long LeastShown(DownloadNumbers download)
    {
        List<long> sizes = [.. download.Parts.SelectMany(p => p.Packages).SelectMany(p => p.Files).Select(f => Math.Max(f.Packed, f.Plain / 4))];
        return sizes.Count <= MostFiles ? 0 : sizes.OrderDescending().ElementAt(MostFiles - 1) + 1;
    }

    private static void WriteFiles(Utf8JsonWriter json, SizePackage package, long least)
    {
        int others = 0;
        long packed = package.Packed; // what no file stands for is rest, too
        long plain = package.Plain;
        foreach (SizeFile file in package.Files)
        {
            if (Math.Max(file.Packed, file.Plain / 4) < least)
            {
                others++;
                continue;
            }
            Leaf(json, file.Path, file.Packed, file.Plain, "");
            packed -= file.Packed;
            plain -= file.Plain;
        }
        if (package.Files.Count > 0 && (packed > 0 || plain > 0))
        {
            Leaf(json, others > 0 ? $"{others} smaller files" : "the rest", Math.Max(0, packed), Math.Max(0, plain), "");
        }
    }

    private static void Leaf(Utf8JsonWriter json, string name, long packed, long plain, string note)
    {
        Begin(json, name, packed, plain);
        End(json, note);
    }

    private static void Begin(Utf8JsonWriter json, string name, long packed, long plain)
    {
        json.WriteStartArray();
        json.WriteStringValue(name);
        json.WriteNumberValue(packed);
        json.WriteNumberValue(plain);
        json.WriteStartArray();
    }

    private static void End(Utf8JsonWriter json, string note)
    {
        json.WriteEndArray();
        if (note.Length > 0)
        {
            json.WriteStringValue(note);
        }
        json.WriteEndArray();
    }
}
