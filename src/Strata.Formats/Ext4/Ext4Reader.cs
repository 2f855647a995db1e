using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Strata.Core;
using Strata.Core.Ext4;

namespace Strata.Formats.Ext4;

/// <summary>One name of a volume.</summary>
/// <param name="Path">Where.</param>
/// <param name="IsDirectory">True for a folder.</param>
/// <param name="Permissions">Permission bits.</param>
/// <param name="Uid">Numeric owner.</param>
/// <param name="Gid">Numeric group.</param>
/// <param name="Inode">Number of its inode.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Runs">Where it lies: ranges of bytes from the start of the volume, whole blocks, in their order.</param>
public sealed record Ext4Entry(
    GuestPath Path, bool IsDirectory, int Permissions, uint Uid, uint Gid, uint Inode, long Size,
    IReadOnlyList<(long Offset, long Length)> Runs);

/// <summary>Bytes of a volume that are no file's and no folder's.</summary>
/// <param name="Name">What they are.</param>
/// <param name="Offset">Bytes from the start of the volume.</param>
/// <param name="Length">How many.</param>
public sealed record Ext4Structure(string Name, long Offset, long Length);

/// <summary>Reads a volume of the kind that <see cref="Ext4Writer"/> makes, and checks it as a whole: checksums, places, bitmaps.</summary>
/// <remarks>
/// Strict: what Linux would read and our writer never makes is an error (<see cref="Ext4VolumeOptions"/> names the limits); so is what a
/// machine had mounted and did not unmount. At most 65,536 names, whose paths have at most 8 Mi characters together.
/// </remarks>
public sealed class Ext4Reader
{
    private const int MostNames = 1 << 16;
    private const int MostPathCharacters = 8 << 20;

    private readonly Stream _image;
    private readonly Ext4Blocks _blocks;
    private readonly List<Ext4Entry> _entries = [];
    private int _pathCharacters;

    private Ext4Reader(Stream image, Ext4Superblock super, Ext4Blocks blocks)
    {
        _image = image;
        _blocks = blocks;
        Label = super.Label;
        Id = super.Id;
        SizeBytes = Ext4Blocks.Position(super.Blocks);
    }

    /// <summary>The label.</summary>
    public string Label { get; }

    /// <summary>The identity.</summary>
    public Guid Id { get; }

    /// <summary>Bytes of the volume.</summary>
    public long SizeBytes { get; }

    /// <summary>Blocks that are free.</summary>
    public long FreeBlocks => _blocks.FreeBlocks;

    /// <summary>All names in ordinal order of their paths, the root among them.</summary>
    public IReadOnlyList<Ext4Entry> Entries => _entries;

    /// <summary>What is no file's and no folder's.</summary>
    public IReadOnlyList<Ext4Structure> Structures => _blocks.Structures;

    /// <summary>True when the bytes begin as a volume of this format does.</summary>
    /// <param name="image">Seekable; its position is not kept.</param>
    public static bool IsOne(Stream image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<byte> mark = stackalloc byte[2];
        image.Position = Ext4Layout.Super.Offset + Ext4Layout.Super.Magic;
        return image.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) == mark.Length
            && BinaryPrimitives.ReadUInt16LittleEndian(mark) == Ext4Layout.Magic;
    }

    /// <summary>Reads all but the contents of files.</summary>
    /// <param name="image">The volume: seekable, it starts at position 0. Must stay open as long as the reader is used.</param>
    /// <exception cref="ImageFormatException">The bytes are no sound volume of this kind.</exception>
    public static Ext4Reader Open(Stream image) => Open(image, areSumsChecked: true);

    /// <summary>As <see cref="Open(Stream)"/>; a test may go past checksums, which nothing would get through else.</summary>
    internal static Ext4Reader Open(Stream image, bool areSumsChecked)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte[] bytes = new byte[Ext4Layout.Super.Length];
        image.Position = Ext4Layout.Super.Offset;
        if (image.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new ImageFormatException("ext4 superblock", Ext4Layout.Super.Offset, $"the volume has only {image.Length} bytes");
        }
        Ext4Superblock super = Ext4Superblock.Read(bytes, image.Length, areSumsChecked);
        Ext4Blocks blocks = new(image, super, areSumsChecked);
        Ext4Reader reader = new(image, super, blocks);
        Ext4ReadInode journal = blocks.ReadInode(Ext4Layout.JournalInode, "the journal");
        foreach ((long block, int count) in journal.Runs)
        {
            blocks.Name("ext4 journal", block, count);
        }
        reader.ReadFolders();
        blocks.CheckBitmaps();
        reader._entries.Sort((a, b) => a.Path.CompareTo(b.Path));
        return reader;
    }

    /// <summary>Writes the bytes of a file to <paramref name="destination"/>.</summary>
    public void CopyTo(Ext4Entry file, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(destination);
        byte[] buffer = new byte[1 << 17];
        long left = file.Size;
        foreach ((long offset, long length) in file.Runs)
        {
            _image.Position = offset;
            for (long there = Math.Min(length, left); there > 0;)
            {
                int count = (int)Math.Min(there, buffer.Length);
                _image.ReadExactly(buffer, 0, count);
                destination.Write(buffer, 0, count);
                there -= count;
                left -= count;
            }
        }
    }

    private void ReadFolders()
    {
        Queue<(GuestPath Path, Ext4ReadInode Folder, uint Parent)> open = new();
        Ext4ReadInode root = _blocks.ReadInode(Ext4Layout.RootInode, "/");
        if (!root.IsFolder)
        {
            throw Broken(GuestPath.Root, 0, "it is no folder");
        }
        Add(GuestPath.Root, root);
        open.Enqueue((GuestPath.Root, root, Ext4Layout.RootInode));
        while (open.TryDequeue(out (GuestPath Path, Ext4ReadInode Folder, uint Parent) next))
        {
            int folders = 0;
            foreach ((string name, uint inode, byte type) in NamesOf(next.Path, next.Folder, next.Parent))
            {
                string text = (next.Path.IsRoot ? "" : next.Path.ToString()) + "/" + name;
                if (!GuestPath.TryParse(text, out GuestPath path, out string? problem))
                {
                    throw Broken(next.Path, 0, $"'{name}' is no name: {problem}");
                }
                Ext4ReadInode node = _blocks.ReadInode(inode, path.ToString());
                bool isFolder = node.IsFolder && type == Ext4DirectoryWriter.FolderType;
                if (!isFolder && !(node.IsFile && type == Ext4DirectoryWriter.FileType))
                {
                    throw Broken(path, 0, $"mode 0x{node.Mode:x} under a name of type {type}; only files and folders are read here");
                }
                if (!isFolder && node.Links != 1)
                {
                    throw Broken(path, 0, $"it has {node.Links} names; only files of one are read here");
                }
                Add(path, node);
                if (isFolder)
                {
                    folders++;
                    open.Enqueue((path, node, next.Folder.Number));
                }
            }
            if (next.Folder.Links != folders + 2)
            {
                throw Broken(next.Path, 0, $"{next.Folder.Links} names for a folder with {folders} folders");
            }
        }
    }

    private void Add(GuestPath path, Ext4ReadInode node)
    {
        _pathCharacters += path.ToString().Length;
        if (_entries.Count == MostNames || _pathCharacters > MostPathCharacters)
        {
            throw Broken(path, 0, $"there are more than {MostNames} names, or more than {MostPathCharacters} characters of paths");
        }
        _entries.Add(new Ext4Entry(
            path, node.IsFolder, node.Mode & Modes.All, node.Uid, node.Gid, node.Number, node.Size,
            [.. node.Runs.Select(r => (Ext4Blocks.Position(r.Block), Ext4Blocks.Position(r.Count)))]));
    }

    /// <summary>The names in a folder, without its own and its parent's.</summary>
    private List<(string Name, uint Inode, byte Type)> NamesOf(GuestPath path, Ext4ReadInode folder, uint parent)
    {
        if (folder.Size == 0 || folder.Size % Ext4Layout.BlockSize != 0)
        {
            throw Broken(path, 0, $"a folder of {folder.Size} bytes, not whole blocks");
        }
        List<(string Name, uint Inode, byte Type)> names = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        int entries = 0;
        foreach (long block in folder.Runs.SelectMany(r => Enumerable.Range(0, r.Count).Select(i => r.Block + i)))
        {
            byte[] bytes = _blocks.Read(block);
            long offset = Ext4Blocks.Position(block);
            int tail = Ext4Layout.BlockSize - Ext4Layout.DirectoryTail;
            if (bytes[tail + 7] != Ext4Layout.DirectoryTailType || Short(bytes, tail + 4) != Ext4Layout.DirectoryTail)
            {
                throw Broken(path, offset, "a block without a checksum at its end: an index, or none of this format");
            }
            _blocks.Check("ext4 folder", offset, Number(bytes, tail + 8), Ext4Layout.Checksum(folder.Seed, bytes.AsSpan(0, tail)));
            for (int at = 0, length; at < tail; at += length)
            {
                length = Short(bytes, at + 4);
                int nameLength = bytes[at + 6];
                if (length < Ext4DirectoryWriter.LengthOf(nameLength) || length % 4 != 0 || at + length > tail)
                {
                    throw Broken(path, offset + at, $"a record of {length} bytes with a name of {nameLength}");
                }
                ReadOnlySpan<byte> text = bytes.AsSpan(at + 8, nameLength);
                uint inode = Number(bytes, at);
                if (entries++ is int number and < 2)
                {
                    bool isSound = text.SequenceEqual(number == 0 ? "."u8 : ".."u8) && inode == (number == 0 ? folder.Number : parent);
                    if (!isSound)
                    {
                        throw Broken(path, offset + at, "its first two names are not its own and its parent's");
                    }
                }
                else if (inode != 0)
                {
                    string name = Utf8.IsValid(text) ? Encoding.UTF8.GetString(text)
                        : throw Broken(path, offset + at, "a name is no UTF-8");
                    names.Add(name.Length > 0 && seen.Add(name) ? (name, inode, bytes[at + 7])
                        : throw Broken(path, offset + at, $"'{name}' is there twice, or is no name"));
                    if (names.Count > MostNames)
                    {
                        throw Broken(path, offset + at, $"more than {MostNames} names");
                    }
                }
            }
        }
        return names;
    }

    private static ImageFormatException Broken(GuestPath path, long offset, string problem) =>
        new("ext4 folder", offset, $"{path}: {problem}");

    private static uint Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
