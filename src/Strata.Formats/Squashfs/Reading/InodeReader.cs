using System.Text;
using Strata.Core;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>Parses inodes.</summary>
internal sealed class InodeReader(MetadataTable table, SquashfsSuperblock superblock, uint[] ids)
{
    private const ushort ExtendedOffset = InodeType.ExtendedDirectory - InodeType.Directory;

    private static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly Dictionary<ulong, SquashfsInode> _read = [];
    private long _consumed;

    /// <summary>Inodes read so far by reference.</summary>
    public IReadOnlyDictionary<ulong, SquashfsInode> Known => _read;

    /// <summary>The inode at a reference; the same object each time.</summary>
    /// <exception cref="ImageFormatException">There is none, or inodes overlap.</exception>
    public SquashfsInode Read(ulong reference)
    {
        if (_read.TryGetValue(reference, out SquashfsInode? known))
        {
            return known;
        }
        MetadataCursor cursor = table.At(reference);
        SquashfsInode inode = Parse(ref cursor);
        _consumed += cursor.Consumed;
        if (_consumed > table.MaxPlainLength)
        {
            throw cursor.Broken("inodes overlap: those read have more bytes than the table");
        }
        _read.Add(reference, inode);
        return inode;
    }

    private SquashfsInode Parse(ref MetadataCursor cursor)
    {
        ushort type = cursor.U16();
        Require(type is >= 1 and <= 14, ref cursor, $"inode type {type} is outside 1..14");
        bool isExtended = type > ExtendedOffset;
        ushort permissions = cursor.U16();
        Require(permissions <= Modes.All, ref cursor, $"permissions {Convert.ToString(permissions, 8)} are outside 0..7777 (octal)");
        Common common = new(
            (SquashfsKind)(isExtended ? type - ExtendedOffset : type), permissions, Owner(ref cursor), Owner(ref cursor), cursor.U32(), cursor.U32());
        Require(
            common.Number >= 1 && common.Number <= superblock.InodeCount,
            ref cursor,
            $"inode number {common.Number} is outside 1..{superblock.InodeCount}");
        return (common.Kind, isExtended) switch
        {
            (SquashfsKind.Directory, false) => Directory(ref cursor, common),
            (SquashfsKind.Directory, true) => ExtendedDirectory(ref cursor, common),
            (SquashfsKind.File, false) => File(ref cursor, common),
            (SquashfsKind.File, true) => ExtendedFile(ref cursor, common),
            (SquashfsKind.Symlink, _) => Symlink(ref cursor, common, isExtended),
            _ => Special(ref cursor, common, isExtended),
        };
    }

    private readonly record struct Common(SquashfsKind Kind, int Permissions, uint Uid, uint Gid, uint Time, uint Number);

    private uint Owner(ref MetadataCursor cursor)
    {
        ushort index = cursor.U16();
        Require(index < ids.Length, ref cursor, $"owner number {index} is outside 0..{ids.Length - 1}");
        return ids[index];
    }

    private static SquashfsInode Directory(ref MetadataCursor cursor, Common common)
    {
        uint block = cursor.U32();
        uint links = cursor.U32();
        ushort size = cursor.U16();
        ushort offset = cursor.U16();
        uint parent = cursor.U32();
        return Build(common, links, listing: new ListingPlace(block, offset, ListingLength(ref cursor, size), parent, []));
    }

    private SquashfsInode ExtendedDirectory(ref MetadataCursor cursor, Common common)
    {
        uint links = cursor.U32();
        uint size = cursor.U32();
        uint block = cursor.U32();
        uint parent = cursor.U32();
        ushort indexCount = cursor.U16();
        ushort offset = cursor.U16();
        uint xattrs = Xattrs(ref cursor);
        List<(uint, uint, byte[])> index = [];
        for (int i = 0; i < indexCount; i++)
        {
            uint listingOffset = cursor.U32();
            uint indexBlock = cursor.U32();
            uint nameLength = cursor.U32();
            Require(
                nameLength < GuestPath.MaxNameLength,
                ref cursor,
                $"a name in a directory index has {nameLength + 1L} bytes, allowed are {GuestPath.MaxNameLength}");
            byte[] name = new byte[nameLength + 1];
            cursor.Read(name);
            index.Add((listingOffset, indexBlock, name));
        }
        return Build(common, links, xattrs, listing: new ListingPlace(block, offset, ListingLength(ref cursor, size), parent, index));
    }

    /// <summary>The size field counts 3 bytes that are not there.</summary>
    private static uint ListingLength(ref MetadataCursor cursor, uint size)
    {
        Require(size >= SquashfsFormat.DirectorySizeBias, ref cursor, $"directory size {size} is below {SquashfsFormat.DirectorySizeBias}");
        return size - SquashfsFormat.DirectorySizeBias;
    }

    private SquashfsInode File(ref MetadataCursor cursor, Common common)
    {
        uint start = cursor.U32();
        uint fragment = cursor.U32();
        uint fragmentOffset = cursor.U32();
        uint size = cursor.U32();
        return FileOf(ref cursor, common, 1, start, size, fragment, fragmentOffset, SquashfsFormat.NoXattrs);
    }

    private SquashfsInode ExtendedFile(ref MetadataCursor cursor, Common common)
    {
        ulong start = cursor.U64();
        ulong size = cursor.U64();
        ulong sparse = cursor.U64();
        Require(sparse <= size, ref cursor, $"{sparse} sparse bytes in a file of {size}");
        uint links = cursor.U32();
        uint fragment = cursor.U32();
        uint fragmentOffset = cursor.U32();
        uint xattrs = Xattrs(ref cursor);
        return FileOf(ref cursor, common, links, start, size, fragment, fragmentOffset, xattrs);
    }

    private SquashfsInode FileOf(
        ref MetadataCursor cursor, Common common, uint links, ulong start, ulong size, uint fragment, uint fragmentOffset, uint xattrs)
    {
        int blockSize = superblock.BlockSize;
        bool hasFragment = fragment != SquashfsFormat.NoFragment;
        Require(size <= long.MaxValue, ref cursor, $"file size {size} is more than a signed 64-bit number");
        int tail = (int)(size % (ulong)blockSize);
        ulong blocks = (size / (ulong)blockSize) + (tail > 0 && !hasFragment ? 1u : 0u);
        Require(
            blocks <= (ulong)table.MaxPlainLength / sizeof(uint),
            ref cursor,
            $"a file of {size} bytes needs {blocks} size words, more than the table can hold");
        if (hasFragment)
        {
            Require(fragment < superblock.FragmentCount, ref cursor, $"fragment {fragment} is outside 0..{superblock.FragmentCount - 1L}");
            Require(tail > 0, ref cursor, $"a file of {size} bytes has no tail for fragment {fragment}");
            Require(
                fragmentOffset <= blockSize - tail,
                ref cursor,
                $"a tail of {tail} bytes at {fragmentOffset} reaches beyond a fragment of {blockSize}");
        }
        List<uint> words = [];
        ulong end = start;
        for (ulong i = 0; i < blocks; i++)
        {
            uint word = cursor.U32();
            uint length = word & SquashfsFormat.DataLengthMask;
            int plain = i == blocks - 1 && tail > 0 && !hasFragment ? tail : blockSize;
            bool isStored = (word & SquashfsFormat.DataUncompressed) != 0;
            if (word >> 25 != 0 || (isStored ? length != (uint)plain : length > blockSize))
            {
                throw cursor.Broken($"size word 0x{word:x8} is not possible for a block of {plain} bytes");
            }
            end = unchecked(end + length);
            words.Add(word);
        }
        Require(
            end == start || (start >= SquashfsSuperblock.Size && end > start && end <= superblock.InodeTable),
            ref cursor,
            $"blocks from {start} to {end} are outside the data from {SquashfsSuperblock.Size} to {superblock.InodeTable}");
        return new SquashfsInode
        {
            Kind = SquashfsKind.File,
            Number = common.Number,
            Permissions = common.Permissions,
            Uid = common.Uid,
            Gid = common.Gid,
            ModificationTime = common.Time,
            LinkCount = links,
            XattrSet = xattrs,
            Size = (long)size,
            Start = end == start ? 0 : (long)start,
            SizeWords = words,
            Fragment = hasFragment ? fragment : null,
            FragmentOffset = hasFragment ? (int)fragmentOffset : 0,
        };
    }

    private SquashfsInode Symlink(ref MetadataCursor cursor, Common common, bool isExtended)
    {
        uint links = cursor.U32();
        uint length = cursor.U32();
        Require(
            length is > 0 and <= SquashfsFormat.MaxSymlinkTarget,
            ref cursor,
            $"a link's target has {length} bytes, allowed are 1 to {SquashfsFormat.MaxSymlinkTarget}");
        byte[] target = new byte[length];
        cursor.Read(target);
        string text = Text(ref cursor, target, "target of a link");
        return Build(common, links, isExtended ? Xattrs(ref cursor) : SquashfsFormat.NoXattrs, target: text);
    }

    private SquashfsInode Special(ref MetadataCursor cursor, Common common, bool isExtended)
    {
        uint links = cursor.U32();
        bool isDevice = common.Kind is SquashfsKind.BlockDevice or SquashfsKind.CharacterDevice;
        (uint, uint) device = isDevice ? DeviceNumber.Decode(cursor.U32()) : default;
        return Build(common, links, isExtended ? Xattrs(ref cursor) : SquashfsFormat.NoXattrs, device: device);
    }

    private uint Xattrs(ref MetadataCursor cursor)
    {
        uint set = cursor.U32();
        Require(
            set == SquashfsFormat.NoXattrs || superblock.XattrTable != SquashfsFormat.NoTable,
            ref cursor,
            $"attribute set {set} is named and the image has no attributes");
        return set;
    }

    private static SquashfsInode Build(
        Common common,
        uint links,
        uint xattrs = SquashfsFormat.NoXattrs,
        string target = "",
        (uint Major, uint Minor) device = default,
        ListingPlace listing = default) => new()
        {
            Kind = common.Kind,
            Number = common.Number,
            Permissions = common.Permissions,
            Uid = common.Uid,
            Gid = common.Gid,
            ModificationTime = common.Time,
            LinkCount = links,
            XattrSet = xattrs,
            Target = target,
            Device = device,
            Listing = listing,
        };

    /// <summary>Bytes as text; they must be UTF-8 without NUL.</summary>
    internal static string Text(ref MetadataCursor cursor, byte[] bytes, string what)
    {
        try
        {
            Require(!bytes.Contains((byte)0), ref cursor, $"the {what} contains a NUL");
            return s_strictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw cursor.Broken($"the {what} is not UTF-8: {e.Message}");
        }
    }

    private static void Require(bool rule, ref MetadataCursor cursor, string problem)
    {
        if (!rule)
        {
            throw cursor.Broken(problem);
        }
    }
}
