using System.Globalization;
using Strata.Formats.Ext4;

namespace Strata.Measure.Bytes;

/// <summary>Names the parts of an ext4 volume: its own structures, folders, and the files of a release in it.</summary>
internal static class Ext4Regions
{
    private const int InodeSize = 256;

    /// <summary>A volume.</summary>
    public static void Add(RegionScope scope, Stream image)
    {
        Ext4Reader volume = Ext4Reader.Open(image);
        Dictionary<uint, string> owners = volume.Entries.ToDictionary(e => e.Inode, e => e.Path.ToString());
        uint first = 1; // number of the first inode in a table
        foreach (Ext4Structure structure in volume.Structures)
        {
            bool isTable = structure.Name.StartsWith("ext4 inodes", StringComparison.Ordinal);
            uint before = first;
            scope.Add(structure.Offset, structure.Length, structure.Name, detail: isTable ? at => InodeAt(before, at) : null);
            first += isTable ? (uint)(structure.Length / InodeSize) : 0;
        }
        ObjectNames names = ObjectNames.Of(path => volume.Entries.FirstOrDefault(e => e.Path.ToString() == path) is Ext4Entry file
            ? Read(volume, file) : null);
        foreach (Ext4Entry entry in volume.Entries)
        {
            string path = entry.Path.ToString();
            string name = entry.IsDirectory ? "directory " + path : names.NameOf(path);
            foreach ((long offset, long length) in entry.Runs)
            {
                scope.Add(offset, length, name);
            }
            if (!entry.IsDirectory && entry.Runs is [(long start, long bytes)])
            {
                names.Look(scope, path, start, new PartOfStream(image, start, Math.Min(entry.Size, bytes)));
            }
        }

        string InodeAt(uint before, long at)
        {
            uint number = before + (uint)(at / InodeSize);
            return string.Create(
                CultureInfo.InvariantCulture, $"inode {number}{(owners.TryGetValue(number, out string? path) ? $", of {path}" : "")}");
        }
    }

    private static byte[] Read(Ext4Reader volume, Ext4Entry file)
    {
        using MemoryStream bytes = new();
        volume.CopyTo(file, bytes);
        return bytes.ToArray();
    }
}
