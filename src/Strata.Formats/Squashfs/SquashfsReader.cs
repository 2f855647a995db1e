using System.Buffers.Binary;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs.Codecs;
using Strata.Formats.Squashfs.Reading;

namespace Strata.Formats.Squashfs;

/// <summary>Reads Squashfs 4.0 images and trusts nothing in them. Not safe for concurrent use.</summary>
/// <remarks>
/// Stricter than Linux: tables must lie side by side in the usual order, references must point to real block starts, names must be sorted
/// UTF-8, inode numbers, link counts and directory indexes must be right. Bad bytes end in <see cref="ImageFormatException"/> only.
/// </remarks>
public sealed class SquashfsReader : IDisposable
{
    private readonly SquashfsLimits _limits;
    private readonly IBlockDecoder _decoder;
    private readonly InodeReader _inodes;
    private readonly MetadataTable _directories;
    private readonly LookupTable? _exports;
    private readonly XattrReader? _xattrs;
    private readonly DataReader _data;

    /// <summary>Reads superblock and tables.</summary>
    /// <param name="stream">Seekable; the image starts at its current position. It stays open, and its position is ours.</param>
    /// <param name="limits">How much to do at most.</param>
    /// <exception cref="ImageFormatException">It is no image that this reader accepts.</exception>
    /// <exception cref="StrataException">The codec's library is not on this machine.</exception>
    public SquashfsReader(Stream stream, SquashfsLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _limits = limits ?? new SquashfsLimits();
        long origin = stream.Position;
        long there = stream.Length - origin;
        Span<byte> head = stackalloc byte[SquashfsSuperblock.Size];
        new ImageBytes(stream, origin, there).Read(0, head, "superblock");
        Superblock = SquashfsSuperblock.Read(head, there);
        ImageBytes image = new(stream, origin, Superblock.BytesUsed);
        List<SquashfsTable> tables = [];
        _decoder = SquashfsCodec.CreateDecoder(Superblock.Compression);

        // from the end to the front: each table has to end where the next one starts
        SquashfsSuperblock super = Superblock;
        long next = super.BytesUsed;
        if (super.XattrTable != SquashfsFormat.NoTable)
        {
            _xattrs = new XattrReader(image, _decoder, (long)super.XattrTable, _limits);
            Note("attribute table", _xattrs.First);
        }
        LookupTable ids = Table("owner table", super.IdTable, super.IdCount, sizeof(uint));
        if (super.ExportTable != SquashfsFormat.NoTable)
        {
            _exports = Table("export table", super.ExportTable, super.InodeCount, sizeof(ulong));
        }
        LookupTable? fragments = super.FragmentCount == 0
            ? null
            : Table("fragment table", super.FragmentTable, super.FragmentCount, SquashfsFormat.FragmentEntrySize);
        _directories = new MetadataTable(image, _decoder, "directory table", (long)super.DirectoryTable, next, _limits.MaxTableBytes);
        Note("directory table", (long)super.DirectoryTable);
        Note("inode table", (long)super.InodeTable);
        Tables = [.. Enumerable.Reverse(tables)];
        MetadataTable inodes = new(image, _decoder, "inode table", (long)super.InodeTable, (long)super.DirectoryTable, _limits.MaxTableBytes);
        _inodes = new InodeReader(inodes, super, ReadIds(ids, super.IdCount));
        _data = new DataReader(image, super, _decoder, fragments);

        LookupTable Table(string name, ulong list, long count, int entrySize)
        {
            LookupTable table = new(image, _decoder, name, (long)list, next, count, entrySize, _limits.MaxTableBytes);
            Note(name, table.First);
            return table;
        }

        void Note(string name, long start)
        {
            tables.Add(new SquashfsTable(name, start, next - start));
            next = start;
        }
    }

    /// <summary>First 96 bytes.</summary>
    public SquashfsSuperblock Superblock { get; }

    /// <summary>The tables behind the data in the order of the disk, each with its list of blocks.</summary>
    public IReadOnlyList<SquashfsTable> Tables { get; }

    /// <summary>All names, the root first, each directory before what is in it, names in the order of their bytes.</summary>
    /// <exception cref="ImageFormatException">Something breaks a rule.</exception>
    public IReadOnlyList<SquashfsEntry> ReadEntries()
    {
        ListingReader listings = new(_directories);
        List<SquashfsEntry> entries = [];
        Dictionary<SquashfsInode, uint> links = [];
        SquashfsInode root = _inodes.Read(Superblock.RootInode);
        Require(root.Kind == SquashfsKind.Directory, $"the root inode is a {root.Kind}, expected a directory");
        CheckExport(root, Superblock.RootInode);
        links.Add(root, 2);
        Stack<(GuestPath Path, ListedName Name, SquashfsInode? Parent)> open = [];
        open.Push((GuestPath.Root, new ListedName("", Superblock.RootInode, root.Number, SquashfsKind.Directory), null));
        while (open.TryPop(out (GuestPath Path, ListedName Name, SquashfsInode? Parent) item))
        {
            SquashfsInode inode = _inodes.Read(item.Name.Reference);
            entries.Add(new SquashfsEntry(item.Path, inode));
            if (item.Parent is not null)
            {
                Register(item.Path, item.Name, inode, item.Parent, links);
            }
            if (inode.Kind == SquashfsKind.Directory)
            {
                List<ListedName> names = listings.Read(inode.Listing);
                Require(
                    names.Count <= _limits.MaxNames - entries.Count - open.Count,
                    $"there are more than the limit of {_limits.MaxNames} names");
                for (int i = names.Count - 1; i >= 0; i--)
                {
                    open.Push((Join(item.Path, names[i].Name), names[i], inode));
                }
            }
        }
        foreach ((SquashfsInode inode, uint count) in links)
        {
            Require(inode.LinkCount == count, $"inode {inode.Number} has link count {inode.LinkCount}, and {count} links");
        }
        Require(links.Count == Superblock.InodeCount, $"inode_count is {Superblock.InodeCount}, and {links.Count} inodes have names");
        Require(links.Keys.Select(i => i.Number).Distinct().Count() == links.Count, "two inodes have the same number");
        return entries;
    }

    /// <summary>Bytes of a file. Several may be open; they share one decompressor, so not from several threads.</summary>
    /// <exception cref="ArgumentException">The inode is no file's.</exception>
    public Stream OpenFile(SquashfsInode inode)
    {
        ArgumentNullException.ThrowIfNull(inode);
        return inode.Kind == SquashfsKind.File
            ? new SquashfsFileStream(_data, inode)
            : throw new ArgumentException($"inode {inode.Number} is a {inode.Kind}, no file", nameof(inode));
    }

    /// <summary>First byte and stored length of each fragment block, in their order.</summary>
    /// <exception cref="ImageFormatException">The table of fragments breaks a rule.</exception>
    public IReadOnlyList<(long Offset, int Length)> FragmentPlaces()
    {
        List<(long, int)> places = [];
        for (uint number = 0; number < Superblock.FragmentCount; number++)
        {
            places.Add((_data.FragmentPosition(number), _data.FragmentBytes(number)));
        }
        return places;
    }

    /// <summary>Finds one name; links are not followed. Reads only the directories on the way.</summary>
    /// <exception cref="ImageFormatException">A directory on the way breaks a rule.</exception>
    public bool TryFind(GuestPath path, out SquashfsInode inode)
    {
        inode = _inodes.Read(Superblock.RootInode);
        foreach (string name in path.Relative.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (inode.Kind != SquashfsKind.Directory)
            {
                return false;
            }
            ListedName? found = new ListingReader(_directories).Read(inode.Listing)
                .Where(n => n.Name == name)
                .Select(n => (ListedName?)n)
                .FirstOrDefault();
            if (found is null)
            {
                return false;
            }
            inode = _inodes.Read(found.Value.Reference);
        }
        return true;
    }

    /// <summary>Extended attributes of an inode by full name; empty when it has none.</summary>
    /// <exception cref="ImageFormatException">They break a rule.</exception>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Value)> ReadXattrs(SquashfsInode inode)
    {
        ArgumentNullException.ThrowIfNull(inode);
        return inode.XattrSet == SquashfsFormat.NoXattrs || _xattrs is null ? [] : _xattrs.Read(inode.XattrSet);
    }

    /// <summary>
    /// The image as a tree: contents are named by their digests (<see cref="StoredContent"/>), which takes reading all of them; several names
    /// of one inode share a node.
    /// </summary>
    /// <exception cref="ImageFormatException">Something breaks a rule, or there is more content than the limit.</exception>
    public FileTree ReadTree(Origin origin)
    {
        IReadOnlyList<SquashfsEntry> entries = ReadEntries();
        Dictionary<SquashfsInode, StoredContent> contents = ReadContents(entries);
        Dictionary<SquashfsInode, TreeNode> nodes = [];
        FileTree tree = new();
        foreach (SquashfsEntry entry in entries)
        {
            if (!nodes.TryGetValue(entry.Inode, out TreeNode? node))
            {
                node = SquashfsNodes.NodeOf(entry.Inode, contents.GetValueOrDefault(entry.Inode));
                nodes.Add(entry.Inode, node);
            }
            tree.Add(entry.Path, node, origin);
        }
        return tree;
    }

    /// <inheritdoc/>
    public void Dispose() => _decoder.Dispose();

    private static uint[] ReadIds(LookupTable table, int count)
    {
        uint[] ids = new uint[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[i]);
        }
        return ids;
    }

    private static GuestPath Join(GuestPath directory, string name) =>
        GuestPath.TryParse(directory.IsRoot ? "/" + name : directory + "/" + name, out GuestPath path, out string? problem)
            ? path
            : throw new ImageFormatException("squashfs directory table", 0, $"a name below {directory} is no path: {problem}");

    /// <summary>Counts a name and checks what the directory says about the inode.</summary>
    private void Register(GuestPath path, ListedName name, SquashfsInode inode, SquashfsInode parent, Dictionary<SquashfsInode, uint> links)
    {
        Require(
            inode.Number == name.Number && inode.Kind == name.Kind,
            $"{path} is listed as {name.Kind} {name.Number}, its inode is {inode.Kind} {inode.Number}");
        bool isNew = !links.TryGetValue(inode, out uint count);
        if (inode.Kind == SquashfsKind.Directory)
        {
            Require(isNew, $"{path} is a second name of directory {inode.Number}");
            Require(
                inode.Listing.ParentNumber == parent.Number,
                $"{path} says it is in directory {inode.Listing.ParentNumber}, and it is in {parent.Number}");
            links.Add(inode, 2);
            links[parent]++;
        }
        else
        {
            links[inode] = count + 1;
        }
        if (isNew)
        {
            CheckExport(inode, name.Reference);
        }
    }

    private void CheckExport(SquashfsInode inode, ulong reference)
    {
        if (_exports is not null)
        {
            ulong exported = BinaryPrimitives.ReadUInt64LittleEndian(_exports[inode.Number - 1L]);
            Require(
                exported == reference,
                $"the export table has inode {inode.Number} at 0x{exported:x}, the directories have it at 0x{reference:x}");
        }
    }

    private Dictionary<SquashfsInode, StoredContent> ReadContents(IReadOnlyList<SquashfsEntry> entries)
    {
        Dictionary<SquashfsInode, StoredContent> contents = [];
        long bytes = 0;
        // in the order of the disk, so that each fragment is decompressed once
        foreach (SquashfsInode file in entries.Select(e => e.Inode).Where(i => i.Kind == SquashfsKind.File).Distinct()
            .OrderBy(i => i.Fragment).ThenBy(i => i.FragmentOffset).ThenBy(i => i.Start))
        {
            Require(file.Size <= _limits.MaxContentBytes - bytes, $"files have more than the limit of {_limits.MaxContentBytes} bytes");
            bytes += file.Size;
            using Stream stream = OpenFile(file);
            contents.Add(file, new StoredContent(file.Size, Sha256Digest.Of(stream)));
        }
        return contents;
    }

    private static void Require(bool rule, string problem)
    {
        if (!rule)
        {
            throw new ImageFormatException(SquashfsFormat.Name, 0, problem);
        }
    }
}
