using System.Buffers.Binary;
using System.Text;
using Strata.Formats.Cpio;
using Strata.Formats.Ext4;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Formats.Pe;
using Strata.Formats.Tar;

namespace Strata.Images.Tests.Building.Bench;

/// <summary>Looks into what a bench built.</summary>
internal static class Opened
{
    private const int Block = 2048; // of an ISO image

    /// <summary>Content of a section of a PE program.</summary>
    public static byte[] Section(byte[] program, string name)
    {
        PeSection section = PeImage.Read(new MemoryStream(program)).Sections.Single(s => s.Name == name);
        return program.AsSpan((int)section.RawOffset, (int)section.ContentSize).ToArray();
    }

    /// <summary>Names of all sections.</summary>
    public static string[] Sections(byte[] program) => [.. PeImage.Read(new MemoryStream(program)).Sections.Select(s => s.Name)];

    /// <summary>Labels and types of the partitions of a disk.</summary>
    public static string[] Partitions(byte[] disk) =>
        [.. GptDisk.Read(new MemoryStream(disk)).Entries.OfType<GptEntry>().Select(e => $"{e.Label} {PartitionType.NameOf(e.Type)}")];

    /// <summary>Files of a partition with a FAT or ext4 file system, by path.</summary>
    public static Dictionary<string, byte[]> Partition(byte[] disk, string label)
    {
        GptEntry entry = GptDisk.Read(new MemoryStream(disk)).Entries.OfType<GptEntry>().Single(e => e.Label == label);
        using MemoryStream part = new(disk.AsSpan((int)entry.FirstLba * 512, (int)entry.Blocks * 512).ToArray());
        if (Ext4Reader.IsOne(part))
        {
            Ext4Reader store = Ext4Reader.Open(part);
            return store.Entries.Where(e => !e.IsDirectory).ToDictionary(e => e.Path.ToString(), e =>
            {
                using MemoryStream bytes = new();
                store.CopyTo(e, bytes);
                return bytes.ToArray();
            });
        }
        FatReader volume = FatReader.Open(part);
        Assert.Equal((uint)entry.FirstLba, volume.Boot.HiddenSectors); // a program that starts from it looks there
        return volume.Entries.Where(e => !e.IsDirectory).ToDictionary(e => e.Path.ToString(), e =>
        {
            using MemoryStream bytes = new();
            volume.CopyTo(e, bytes);
            return bytes.ToArray();
        });
    }

    /// <summary>What the compressor was told, and the files of the archive that it was given.</summary>
    public static (string[] Arguments, Dictionary<string, byte[]> Files) Initramfs(byte[] packed)
    {
        Dictionary<string, byte[]> files = [];
        int head = packed.AsSpan().StartsWith("070701"u8) ? (int)ReadArchive(packed) : 0; // a plain archive may stand before
        Assert.Equal(0, head % 4);
        int next = packed.AsSpan(head).IndexOf("070701"u8);
        if (next < 0)
        {
            return ([], files); // there is only the plain one
        }
        int start = head + next;
        ReadArchive(packed[start..]);
        return (Encoding.ASCII.GetString(packed, head, start - head).Split('\0', StringSplitOptions.RemoveEmptyEntries), files);

        long ReadArchive(byte[] bytes)
        {
            using MemoryStream stream = new(bytes);
            CpioReader archive = new(stream);
            while (archive.Next() is CpioEntry entry)
            {
                using MemoryStream content = new();
                archive.Content.CopyTo(content);
                files[entry.Name] = content.ToArray();
            }
            return stream.Position;
        }
    }

    /// <summary>Files of a tar archive by name; what stands before the archive is left out.</summary>
    public static Dictionary<string, byte[]> Tar(byte[] archive)
    {
        TarReader reader = new(new MemoryStream(archive));
        Dictionary<string, byte[]> files = [];
        while (reader.Next() is TarEntry entry)
        {
            using MemoryStream bytes = new();
            reader.Content.CopyTo(bytes);
            files.Add(entry.Name, bytes.ToArray());
        }
        return files;
    }

    /// <summary>Files of an ISO image by their Rock Ridge names (ECMA-119 §8.4 and §9.1, RRIP 1.12 §4.1.4).</summary>
    public static Dictionary<string, byte[]> Iso(byte[] image)
    {
        Dictionary<string, byte[]> files = [];
        Read(image.AsSpan((16 * Block) + 156), "");
        return files;

        void Read(ReadOnlySpan<byte> directory, string path)
        {
            int start = BinaryPrimitives.ReadInt32LittleEndian(directory[2..]) * Block;
            int length = BinaryPrimitives.ReadInt32LittleEndian(directory[10..]);
            for (int at = start; at < start + length;)
            {
                int size = image[at];
                if (size == 0)
                {
                    at = (at / Block * Block) + Block; // no record lies across two blocks
                    continue;
                }
                ReadOnlySpan<byte> record = image.AsSpan(at, size);
                at += size;
                int nameLength = record[32];
                if (nameLength == 1 && record[33] < 2)
                {
                    continue; // itself and its parent
                }
                string name = path + "/" + Name(record[(33 + nameLength + (1 - (nameLength & 1)))..]);
                if ((record[25] & 2) != 0)
                {
                    Read(record, name);
                    continue;
                }
                int first = BinaryPrimitives.ReadInt32LittleEndian(record[2..]) * Block;
                files.Add(name, image.AsSpan(first, BinaryPrimitives.ReadInt32LittleEndian(record[10..])).ToArray());
            }
        }

        static string Name(ReadOnlySpan<byte> fields)
        {
            while (!fields.StartsWith("NM"u8))
            {
                fields = fields[fields[2]..];
            }
            return Encoding.ASCII.GetString(fields[5..fields[2]]);
        }
    }
}
