using System.Security.Cryptography;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Oci;
using Strata.Formats.Tar;
using Strata.Measure.Bytes;

namespace Strata.Measure.Differences;

/// <summary>Reads what is in a container image that lies in an archive: its layers, one over the other.</summary>
/// <remarks>Not supported: several architectures in one archive, and layers that delete what is below; no edition makes them.</remarks>
internal static class ContainerContents
{
    private const string Format = "container image";
    private const string Deletes = ".wh."; // image-spec 1.1, layer.md, "Whiteouts"
    private const long MostContent = 16L << 30;
    private const int MostNames = 1 << 20;

    /// <summary>Reads an archive.</summary>
    /// <exception cref="ImageFormatException">It is no image that can be read.</exception>
    public static ImageContents Read(Stream archive, string name)
    {
        OciArchiveImage image = OciArchiveReader.Read(archive);
        if (image.Blobs.Count(b => b.IsDocument) != 1)
        {
            throw new ImageFormatException(Format, image.Root.Offset, "it is of several architectures");
        }
        Dictionary<string, ContentEntry> entries = new(StringComparer.Ordinal);
        long left = MostContent;
        // after the manifest come the configuration and the layers, lowest first
        foreach (OciArchiveBlob layer in image.Blobs.Skip(2))
        {
            PartOfStream packed = new(archive, layer.Offset, layer.Descriptor.Size);
            byte[] start = new byte[8];
            int count = packed.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            CompressionKind kind = Decompression.Detect(start.AsSpan(0, count));
            packed.Position = 0;
            using Stream plain = Decompression.Open(packed, kind);
            Add(plain, entries, ref left);
        }
        return new ImageContents
        {
            Name = name,
            Entries = entries,
            Parts = new Dictionary<string, long>(StringComparer.Ordinal) { [Format] = archive.Length },
        };
    }

    private static void Add(Stream layer, Dictionary<string, ContentEntry> entries, ref long left)
    {
        TarReader reader = new(layer);
        while (reader.Next() is TarEntry entry)
        {
            left -= entry.Size;
            if (left < 0 || entries.Count > MostNames)
            {
                throw new ImageFormatException(Format, entry.HeaderOffset, $"there are more than {MostContent} bytes or {MostNames} names");
            }
            string path = "/" + entry.Name.TrimStart('.').Trim('/');
            if (Path.GetFileName(path).StartsWith(Deletes, StringComparison.Ordinal))
            {
                throw new ImageFormatException(Format, entry.HeaderOffset, $"a layer deletes '{path}' of what is below");
            }
            string mode = ContentEntry.ModeText(entry.Mode);
            string owner = $"{entry.Uid}:{entry.Gid}";
            entries[path] = entry.Kind switch
            {
                TarKind.File => new ContentEntry(
                    "file", mode, owner, entry.Size, Convert.ToHexStringLower(SHA256.HashData(reader.Content)), "", ""),
                TarKind.HardLink => entries.GetValueOrDefault("/" + entry.LinkName.TrimStart('.').Trim('/')) is { Type: "file" } first
                    ? first : throw new ImageFormatException(Format, entry.HeaderOffset, $"'{path}' is another name of nothing"),
                TarKind.Directory => new ContentEntry("dir", mode, owner, 0, "", "", ""),
                TarKind.Symlink => new ContentEntry("link", mode, owner, 0, "", entry.LinkName, ""),
                _ => new ContentEntry("special", mode, owner, 0, "", "", ""),
            };
        }
    }
}
