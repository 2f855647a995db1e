using Strata.Core;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>Where the bytes of one content lie: what all file inodes with that content share.</summary>
internal sealed class StoredFile : IBlockOwner
{
    /// <summary>Makes the record of a content of <paramref name="size"/> bytes, <paramref name="blocks"/> of them outside fragments.</summary>
    public StoredFile(long size, int blocks)
    {
        Size = size;
        SizeWords = blocks == 0 ? [] : new uint[blocks];
        Plain = blocks == 0 ? [] : new Sha256Digest[blocks];
    }

    /// <summary>Length in bytes.</summary>
    public long Size { get; }

    /// <summary>First stored byte of the first block that is not all zeros, from the start of the image; 0 when there is none.</summary>
    public long Start { get; private set; }

    /// <summary>One word a block: stored length and bit 24 for uncompressed; 0 for a block of zeros, which is not stored.</summary>
    public uint[] SizeWords { get; }

    /// <summary>SHA-256 of each plain block; the default value for a block of zeros.</summary>
    public Sha256Digest[] Plain { get; }

    /// <summary>The blocks came out of the cache, unread.</summary>
    public bool IsRecalled { get; set; }

    /// <summary>Bytes in blocks that are not stored because they are zero.</summary>
    public long SparseBytes { get; set; }

    /// <summary>Fragment block with the tail, or <see cref="SquashfsFormat.NoFragment"/>.</summary>
    public uint Fragment { get; set; } = SquashfsFormat.NoFragment;

    /// <summary>Offset of the tail in the plain fragment block.</summary>
    public int FragmentOffset { get; set; }

    /// <inheritdoc/>
    public void Place(int ordinal, in SquashfsBlock block, uint sizeWord)
    {
        if (Start == 0)
        {
            Start = block.Offset; // never 0: the superblock is there
        }
        SizeWords[ordinal] = sizeWord;
        Plain[ordinal] = block.Plain;
    }
}
