using System.Globalization;
using Strata.Formats.Squashfs;
using Strata.Formats.Verity;

namespace Strata.Measure.Bytes;

/// <summary>Names the parts of a layer's image: a squashfs, and behind it the hash tree of dm-verity.</summary>
internal static class LayerRegions
{
    private const uint StoredLength = (1 << 24) - 1; // of the word of a block; what lies above are flags
    private const int NamedFiles = 3;
    private const int DigestsInBlock = VerityTree.BlockSize / 32;

    /// <summary>An image.</summary>
    /// <param name="scope">The layer.</param>
    /// <param name="image">Its bytes.</param>
    /// <param name="data">Bytes before the hash tree.</param>
    public static void Add(RegionScope scope, Stream image, long data)
    {
        PartOfStream packed = new(image, 0, data);
        AddVerity(scope, data / VerityTree.BlockSize, data);
        using SquashfsReader reader = new(packed);
        scope.Add(0, data, "squashfs");
        RegionScope squashfs = scope.Within(0, "squashfs");
        squashfs.Add(0, SquashfsSuperblock.Size, "superblock");
        foreach (SquashfsTable table in reader.Tables)
        {
            squashfs.Add(table.Offset, table.Length, table.Name);
        }
        Dictionary<uint, List<string>> tails = [];
        foreach (SquashfsEntry entry in reader.ReadEntries().Where(e => e.Inode.Kind == SquashfsKind.File).DistinctBy(e => e.Inode))
        {
            AddBlocks(squashfs, entry);
            if (entry.Inode.Fragment is uint fragment)
            {
                if (!tails.TryGetValue(fragment, out List<string>? files))
                {
                    tails.Add(fragment, files = []);
                }
                files.Add(entry.Path.ToString());
            }
        }
        IReadOnlyList<(long Offset, int Length)> places = reader.FragmentPlaces();
        for (int i = 0; i < places.Count; i++)
        {
            List<string> files = tails.GetValueOrDefault((uint)i, []);
            squashfs.Add(
                places[i].Offset, places[i].Length, Text($"fragment block {i + 1}"), files.Count == 1 ? files[0] : null,
                files.Count > 1 ? _ => Text($"tails of {string.Join(", ", files.Take(NamedFiles))}{More(files.Count)}") : null);
        }
    }

    private static string More(int files) =>
        files > NamedFiles ? Text($" and {files - NamedFiles} more {(files == NamedFiles + 1 ? "file" : "files")}") : "";

    private static void AddBlocks(RegionScope squashfs, SquashfsEntry entry)
    {
        long at = entry.Inode.Start;
        for (int i = 0; i < entry.Inode.SizeWords.Count; i++)
        {
            long length = entry.Inode.SizeWords[i] & StoredLength;
            squashfs.Add(at, length, Text($"data block {i + 1} of {entry.Inode.SizeWords.Count}"), entry.Path.ToString());
            at += length;
        }
    }

    private static void AddVerity(RegionScope scope, long dataBlocks, long start)
    {
        scope.Add(start, VerityTree.BlockSize, "verity superblock");
        IReadOnlyList<(long Offset, long Length)> levels = VerityTree.LevelRanges(dataBlocks);
        for (int i = 0; i < levels.Count; i++)
        {
            bool isLast = i == levels.Count - 1;
            scope.Add(
                start + levels[i].Offset, levels[i].Length, Text($"verity tree, level {i + 1} of {levels.Count}"),
                detail: isLast ? BlocksAt : null);
        }

        // each hash block has the digests of 128 blocks of data
        string BlocksAt(long at)
        {
            long first = at / VerityTree.BlockSize * DigestsInBlock;
            return Text($"digests of the blocks from byte {first * VerityTree.BlockSize} of the squashfs on");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
