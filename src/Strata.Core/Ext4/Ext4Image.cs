namespace Strata.Core.Ext4;

/// <summary>Bytes of a file system and where they lie.</summary>
/// <param name="Offset">Bytes from its start.</param>
/// <param name="Bytes">What lies there.</param>
public readonly record struct Ext4Piece(long Offset, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// A fresh ext4 file system: empty, with a journal and checksums of all its structures. One group of blocks, so a machine makes it in an
/// instant whatever the disk's size; the kernel grows it while it is mounted (EXT4_IOC_RESIZE_FS) and makes the other groups itself.
/// </summary>
/// <remarks>
/// Descriptors of groups stand in the groups (feature <c>meta_bg</c>), so that growing ends at no table's end. Sections and names of
/// fields are those of Linux, Documentation/filesystems/ext4.
/// </remarks>
public static class Ext4Image
{
    private const int DescriptorBlock = 1;
    private const int BlockBitmapBlock = 2;
    private const int InodeBitmapBlock = 3;
    private const int InodeTableBlock = 4;
    private const int InodesPerGroup = 8192; // one for 16 KiB, as mke2fs(8) has it
    private const int RootBlock = InodeTableBlock + (InodesPerGroup * Ext4Layout.InodeSize / Ext4Layout.BlockSize);
    private const int LostBlock = RootBlock + 1;
    private const int JournalBlock = LostBlock + Ext4Layout.LostBlocks;
    private const int ZeroStep = 1 << 20;

    /// <summary>All that has to be written, in this order: the superblock comes last, and what was cut short is no file system.</summary>
    /// <exception cref="ArgumentException">The options break a rule (<see cref="Ext4Options.Problems"/>).</exception>
    public static IEnumerable<Ext4Piece> PiecesOf(Ext4Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (string problem in options.Problems())
        {
            throw new ArgumentException(problem, nameof(options));
        }
        return Pieces(options);
    }

    private static IEnumerable<Ext4Piece> Pieces(Ext4Options options)
    {
        int blocks = (int)(options.Size / Ext4Layout.BlockSize);
        int journalBlocks = (int)(options.JournalSize / Ext4Layout.BlockSize);
        int used = JournalBlock + journalBlocks;
        uint seed = Ext4Layout.SeedOf(options.Id);

        byte[] blockBitmap = Ext4Structures.Bitmap(used, blocks);
        byte[] inodeBitmap = Ext4Structures.Bitmap(Ext4Layout.LostInode, InodesPerGroup);
        Ext4InodeTable inodes = new(InodesPerGroup, seed, options.Time);
        const int Folder = Ext4Layout.DirectoryMode;
        Write(inodes, Ext4Layout.RootInode, Folder | Modes.Folder, 3, RootBlock, 1);
        Write(inodes, Ext4Layout.JournalInode, Ext4Layout.FileMode | Modes.SecretFile, 1, JournalBlock, journalBlocks);
        Write(inodes, Ext4Layout.LostInode, Folder | Modes.SecretFolder, 2, LostBlock, Ext4Layout.LostBlocks);

        yield return At(BlockBitmapBlock, blockBitmap);
        yield return At(InodeBitmapBlock, inodeBitmap);
        yield return At(InodeTableBlock, inodes.Bytes);
        yield return At(RootBlock, Root(seed));
        yield return At(LostBlock, Lost(seed));
        yield return At(JournalBlock, Ext4Structures.JournalHead(options.Id, journalBlocks));
        byte[] zeros = new byte[ZeroStep];
        // an old journal's blocks, were they there, could be taken for this one's after a power cut
        for (long offset = 1, left; (left = journalBlocks - offset) > 0; offset += ZeroStep / Ext4Layout.BlockSize)
        {
            yield return new Ext4Piece(
                (JournalBlock + offset) * Ext4Layout.BlockSize, zeros.AsMemory(0, (int)Math.Min(ZeroStep, left * Ext4Layout.BlockSize)));
        }
        byte[] descriptors = new byte[Ext4Layout.BlockSize];
        Ext4Structures.Descriptor(descriptors.AsSpan(0, Ext4Layout.DescriptorSize), seed, new Ext4Group
        {
            Number = 0,
            BlockBitmapBlock = BlockBitmapBlock,
            InodeBitmapBlock = InodeBitmapBlock,
            InodeTableBlock = InodeTableBlock,
            FreeBlocks = blocks - used,
            FreeInodes = InodesPerGroup - Ext4Layout.LostInode,
            Folders = 2,
            BlockBitmap = blockBitmap,
            InodeBitmap = inodeBitmap.AsMemory(0, InodesPerGroup / 8),
        });
        yield return At(DescriptorBlock, descriptors);
        byte[] first = new byte[Ext4Layout.BlockSize];
        Ext4Structures.Superblock(first.AsSpan(Ext4Layout.Super.Offset, Ext4Layout.Super.Length), FactsOf(), group: 0);
        yield return At(0, first);

        Ext4Facts FactsOf() => new()
        {
            Blocks = blocks,
            FreeBlocks = blocks - used,
            Groups = 1,
            InodesPerGroup = InodesPerGroup,
            UsedInodes = Ext4Layout.LostInode,
            Compatible = Ext4Layout.Compatible | Ext4Layout.IndexedFolders,
            Label = options.Label,
            Id = options.Id,
            HashSeed = options.HashSeed,
            Time = options.Time,
            JournalSize = options.JournalSize,
            JournalBlocks = inodes.BlocksOf(Ext4Layout.JournalInode),
        };
    }

    private static Ext4Piece At(int block, byte[] bytes) => new((long)block * Ext4Layout.BlockSize, bytes);

    private static void Write(Ext4InodeTable inodes, int number, int mode, int links, int block, int blocks) => inodes.Write(new Ext4Inode
    {
        Number = number,
        Mode = mode,
        Links = links,
        Size = (long)blocks * Ext4Layout.BlockSize,
        Extents = [new Ext4Extent(0, blocks, (uint)block)],
    });

    private static byte[] Root(uint seed)
    {
        byte[] block = new byte[Ext4Layout.BlockSize];
        Ext4DirectoryWriter entries = new(block);
        entries.Add(Ext4Layout.RootInode, ".", Ext4DirectoryWriter.FolderType);
        entries.Add(Ext4Layout.RootInode, "..", Ext4DirectoryWriter.FolderType);
        entries.Add(Ext4Layout.LostInode, Ext4Layout.LostName, Ext4DirectoryWriter.FolderType);
        entries.Finish(Ext4Layout.InodeSeed(seed, Ext4Layout.RootInode));
        return block;
    }

    private static byte[] Lost(uint seed)
    {
        byte[] blocks = new byte[Ext4Layout.LostBlocks * Ext4Layout.BlockSize];
        for (int i = 0; i < Ext4Layout.LostBlocks; i++)
        {
            Ext4DirectoryWriter entries = new(blocks.AsSpan(i * Ext4Layout.BlockSize, Ext4Layout.BlockSize));
            if (i == 0)
            {
                entries.Add(Ext4Layout.LostInode, ".", Ext4DirectoryWriter.FolderType);
                entries.Add(Ext4Layout.RootInode, "..", Ext4DirectoryWriter.FolderType);
            }
            entries.Finish(Ext4Layout.InodeSeed(seed, Ext4Layout.LostInode));
        }
        return blocks;
    }
}
