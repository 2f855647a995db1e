using System.Buffers.Binary;
using System.Collections;
using Strata.Core;
using Strata.Core.Ext4;

namespace Strata.Formats.Ext4;

/// <summary>What an inode says, as far as it is needed. <paramref name="Runs"/> are first blocks and how many.</summary>
internal sealed record Ext4ReadInode(
    uint Number, int Mode, uint Uid, uint Gid, int Links, long Size, uint Seed, IReadOnlyList<(long Block, int Count)> Runs)
{
    public bool IsFolder => (Mode & 0xF000) == Ext4Layout.DirectoryMode;

    public bool IsFile => (Mode & 0xF000) == Ext4Layout.FileMode;
}

/// <summary>Reads blocks and inodes of a volume, and knows whose each block is: none may be two's.</summary>
internal sealed class Ext4Blocks
{
    private readonly Stream _image;
    private readonly Ext4Superblock _super;
    private readonly uint _seed;
    private readonly bool _areSumsChecked;
    private readonly BitArray _used;
    private readonly BitArray _inodes;
    private readonly (long BlockBitmap, long InodeBitmap, long Table, uint BlockSum, uint InodeSum)[] _groups;
    private readonly List<Ext4Structure> _structures = [];

    public Ext4Blocks(Stream image, Ext4Superblock super, bool areSumsChecked)
    {
        _image = image;
        _super = super;
        _seed = Ext4Layout.SeedOf(super.Id);
        _areSumsChecked = areSumsChecked;
        _used = new BitArray((int)super.Blocks);
        _inodes = new BitArray((int)(super.Groups * (long)super.InodesPerGroup));
        _groups = new (long, long, long, uint, uint)[super.Groups];
        for (int group = 0; group < super.Groups; group++)
        {
            ReadGroup(group);
        }
    }

    /// <summary>What is neither a file nor a folder.</summary>
    public IReadOnlyList<Ext4Structure> Structures => _structures;

    /// <summary>Blocks that are free, once all others were read.</summary>
    public long FreeBlocks { get; private set; }

    public static long Position(long block) => block * Ext4Layout.BlockSize;

    public byte[] Read(long block)
    {
        byte[] bytes = new byte[Ext4Layout.BlockSize];
        _image.Position = Position(block);
        _image.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Compares a checksum.</summary>
    public void Check(string format, long offset, uint said, uint sum)
    {
        if (_areSumsChecked && said != sum)
        {
            throw new ImageFormatException(format, offset, $"its checksum is 0x{said:x}, its bytes give 0x{sum:x}");
        }
    }

    /// <summary>Names what has some blocks.</summary>
    public void Name(string name, long block, long count) => _structures.Add(new Ext4Structure(name, Position(block), Position(count)));

    private void ReadGroup(int group)
    {
        long first = Ext4Placement.FirstOf(group);
        long at = first;
        if (Ext4Layout.HasSuper(group))
        {
            Own(group == 0 ? "ext4 superblock" : FormattableString.Invariant($"copy of the ext4 superblock in group {group}"), at++, 1);
        }
        if (Ext4Layout.HasDescriptors(group))
        {
            Own(FormattableString.Invariant($"ext4 descriptors in group {group}"), at, 1);
        }
        // the first copy counts
        int leader = group / Ext4Layout.DescriptorsInBlock * Ext4Layout.DescriptorsInBlock;
        long block = Ext4Placement.FirstOf(leader) + (Ext4Layout.HasSuper(leader) ? 1 : 0);
        if (block >= _super.Blocks)
        {
            throw new ImageFormatException("ext4 descriptor", Position(first), $"the volume ends before block {block}, which has it");
        }
        int place = group % Ext4Layout.DescriptorsInBlock * Ext4Layout.DescriptorSize;
        Span<byte> bytes = Read(block).AsSpan(place, Ext4Layout.DescriptorSize);
        ushort sum = Short(bytes, Ext4Layout.Group.Checksum);
        Ext4Structures.Short(bytes, Ext4Layout.Group.Checksum, 0);
        Check("ext4 descriptor", Position(block) + place, sum, Ext4Layout.GroupChecksum(_seed, group, bytes) & 0xFFFF);
        _groups[group] = (
            Number(bytes, Ext4Layout.Group.BlockBitmap), Number(bytes, Ext4Layout.Group.InodeBitmap),
            Number(bytes, Ext4Layout.Group.InodeTable),
            Short(bytes, Ext4Layout.Group.BlockBitmapChecksum) | ((uint)Short(bytes, Ext4Layout.Group.BlockBitmapChecksumHigh) << 16),
            Short(bytes, Ext4Layout.Group.InodeBitmapChecksum) | ((uint)Short(bytes, Ext4Layout.Group.InodeBitmapChecksumHigh) << 16));
        Own(FormattableString.Invariant($"ext4 block bitmap of group {group}"), _groups[group].BlockBitmap, 1);
        Own(FormattableString.Invariant($"ext4 inode bitmap of group {group}"), _groups[group].InodeBitmap, 1);
        Own(FormattableString.Invariant($"ext4 inodes of group {group}"), _groups[group].Table, _super.TableBlocks);

        void Own(string name, long start, int count)
        {
            Take(name, start, count);
            Name(name, start, count);
        }
    }

    private void Take(string what, long block, long count)
    {
        if (block < 0 || count < 0 || block + count > _super.Blocks)
        {
            throw new ImageFormatException("ext4", Position(block), $"{what}: blocks {block} to {block + count - 1} of {_super.Blocks}");
        }
        for (long i = block; i < block + count; i++)
        {
            if (_used[(int)i])
            {
                throw new ImageFormatException("ext4", Position(i), $"{what}: block {i} belongs to something else too");
            }
            _used[(int)i] = true;
        }
    }

    /// <summary>Reads an inode and takes its blocks; each may be read once.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="what">What it is of, in words.</param>
    public Ext4ReadInode ReadInode(uint number, string what)
    {
        if (number is 0 || number > _inodes.Length)
        {
            throw new ImageFormatException("ext4", 0, $"{what}: inode {number}, the volume has 1..{_inodes.Length}");
        }
        int index = (int)(number - 1);
        (int group, int place) = (index / _super.InodesPerGroup, index % _super.InodesPerGroup);
        long offset = Position(_groups[group].Table) + ((long)place * Ext4Layout.InodeSize);
        ImageFormatException Broken(string problem) => new("ext4 inode", offset, $"{what}, inode {number}: {problem}");
        if (_inodes[index])
        {
            throw Broken("it has two names");
        }
        _inodes[index] = true;
        byte[] bytes = new byte[Ext4Layout.InodeSize];
        _image.Position = offset;
        _image.ReadExactly(bytes);
        uint said = Short(bytes, Ext4Layout.Inode.ChecksumLow) | ((uint)Short(bytes, Ext4Layout.Inode.ChecksumHigh) << 16);
        Ext4Structures.Short(bytes, Ext4Layout.Inode.ChecksumLow, 0);
        Ext4Structures.Short(bytes, Ext4Layout.Inode.ChecksumHigh, 0);
        uint seed = Ext4Layout.InodeSeed(_seed, number, Number(bytes, Ext4Layout.Inode.Generation));
        Check("ext4 inode", offset, said, Ext4Layout.Checksum(seed, bytes));
        uint flags = Number(bytes, Ext4Layout.Inode.Flags);
        if (flags != Ext4Layout.ExtentsFlag || Number(bytes, Ext4Layout.Inode.AttributesBlock) != 0)
        {
            throw Broken($"flags 0x{flags:x}, attributes in block {Number(bytes, Ext4Layout.Inode.AttributesBlock)}; "
                + $"only 0x{Ext4Layout.ExtentsFlag:x} and none are read here");
        }
        long size = Number(bytes, Ext4Layout.Inode.Size) + ((long)Number(bytes, Ext4Layout.Inode.SizeHigh) << 32);
        if (size < 0 || size > Position(_super.Blocks))
        {
            throw Broken($"{size} bytes, the volume has {Position(_super.Blocks)}");
        }
        return new Ext4ReadInode(
            number,
            Short(bytes, Ext4Layout.Inode.Mode),
            Short(bytes, Ext4Layout.Inode.Uid) | ((uint)Short(bytes, Ext4Layout.Inode.UidHigh) << 16),
            Short(bytes, Ext4Layout.Inode.Gid) | ((uint)Short(bytes, Ext4Layout.Inode.GidHigh) << 16),
            Short(bytes, Ext4Layout.Inode.Links),
            size,
            seed,
            ReadExtents(bytes.AsSpan(Ext4Layout.Inode.Blocks, Ext4Layout.Inode.BlocksLength), size, seed, what, Broken));
    }

    /// <summary>Reads where the bytes lie: one level below the inode at most, every block there, none behind the last byte.</summary>
    private List<(long Block, int Count)> ReadExtents(
        ReadOnlySpan<byte> root, long size, uint seed, string what, Func<string, ImageFormatException> broken)
    {
        List<(long Block, int Count)> runs = [];
        long next = 0;
        int depth = Short(root, 6);
        int entries = EntriesOf(root, Ext4Layout.ExtentsInInode, depth is 0 or 1 ? depth : -1);
        for (int i = 1; i <= entries; i++)
        {
            ReadOnlySpan<byte> entry = root.Slice(i * 12, 12);
            if (depth == 0)
            {
                Add(entry);
                continue;
            }
            long block = Number(entry, 4) + ((long)Short(entry, 8) << 32);
            Take(what + ", a block of extents", block, 1);
            Name(what + ", extents", block, 1);
            byte[] leaf = Read(block);
            Check("ext4 extents", Position(block), Number(leaf, Ext4Layout.ExtentTail),
                Ext4Layout.Checksum(seed, leaf.AsSpan(0, Ext4Layout.ExtentTail)));
            int below = EntriesOf(leaf, Ext4Layout.ExtentsInBlock, 0);
            for (int k = 1; k <= below; k++)
            {
                Add(leaf.AsSpan(k * 12, 12));
            }
        }
        long blocks = (size + Ext4Layout.BlockSize - 1) / Ext4Layout.BlockSize;
        return next == blocks ? runs : throw broken($"its extents have {next} blocks, its {size} bytes need {blocks}");

        int EntriesOf(ReadOnlySpan<byte> header, int most, int expected)
        {
            int count = Short(header, 2);
            return Short(header, 0) == Ext4Layout.ExtentMagic && count <= most && Short(header, 6) == expected ? count
                : throw broken($"extents with mark 0x{Short(header, 0):x}, {count} of {most}, {Short(header, 6)} levels above the last");
        }

        void Add(ReadOnlySpan<byte> entry)
        {
            (long logical, int count) = (Number(entry, 0), Short(entry, 4));
            long start = Number(entry, 8) + ((long)Short(entry, 6) << 32);
            if (logical != next || count is 0 or > Ext4Layout.MostInExtent)
            {
                throw broken($"an extent of {count} blocks from its block {logical} on; expected from {next} on, "
                    + $"1 to {Ext4Layout.MostInExtent}: holes and unwritten room are not read here");
            }
            Take(what, start, count);
            runs.Add((start, count));
            next += count;
        }
    }

    /// <summary>Compares the bitmaps with what was read: what is taken belongs to somebody, and the other way round.</summary>
    public void CheckBitmaps()
    {
        for (int inode = 0; inode < Ext4Layout.LostInode - 1; inode++)
        {
            _inodes[inode] = true; // reserved
        }
        for (int group = 0; group < _super.Groups; group++)
        {
            long first = Ext4Placement.FirstOf(group);
            (long blockBitmap, long inodeBitmap, _, uint blockSum, uint inodeSum) = _groups[group];
            byte[] blocks = Read(blockBitmap);
            Check("ext4 block bitmap", Position(blockBitmap), blockSum, Ext4Layout.Checksum(_seed, blocks));
            FreeBlocks += Compare(
                "block", blocks, blockBitmap, _used, first, (int)Math.Min(_super.Blocks - first, Ext4Layout.BlocksPerGroup));
            byte[] inodes = Read(inodeBitmap);
            Check("ext4 inode bitmap", Position(inodeBitmap), inodeSum,
                Ext4Layout.Checksum(_seed, inodes.AsSpan(0, _super.InodesPerGroup / 8)));
            Compare("inode", inodes, inodeBitmap, _inodes, (long)group * _super.InodesPerGroup, _super.InodesPerGroup);
        }
    }

    private static long Compare(string what, byte[] bits, long bitmap, BitArray used, long first, int count)
    {
        long free = 0;
        for (int i = 0; i < count; i++)
        {
            bool isTaken = (bits[i / 8] & (1 << (i % 8))) != 0;
            if (isTaken != used[(int)first + i])
            {
                throw new ImageFormatException("ext4 bitmap", Position(bitmap) + (i / 8),
                    isTaken ? $"{what} {first + i} is taken but belongs to nothing" : $"{what} {first + i} is free but is used");
            }
            free += isTaken ? 0 : 1;
        }
        return free;
    }

    private static uint Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
