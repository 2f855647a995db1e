namespace Strata.Core.Ext4;

/// <summary>What a fresh ext4 file system is to be.</summary>
public sealed record Ext4Options
{
    /// <summary>Bytes of the smallest file system that is made: 8 MiB, half of them for the journal and the table of inodes.</summary>
    public const long SmallestSize = 8L << 20;

    /// <summary>Bytes of the largest one that is made: one group of blocks. A kernel that has it mounted grows it to any size.</summary>
    public const long LargestSize = (long)Ext4Layout.BlocksPerGroup * Ext4Layout.BlockSize;

    /// <summary>Its size in bytes, <see cref="SmallestSize"/> to <see cref="LargestSize"/>; what is above a multiple of 4096 is not used.</summary>
    public required long Size { get; init; }

    /// <summary>Its label: at most 16 bytes of ASCII.</summary>
    public required string Label { get; init; }

    /// <summary>Its identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>Secret of the hashes by which large folders are sorted; random on a machine, fixed in what is built.</summary>
    public required Guid HashSeed { get; init; }

    /// <summary>When it was made: seconds since 1970.</summary>
    public uint Time { get; init; }

    /// <summary>Length of its journal in bytes: a multiple of 4096, at least 4 MiB (jbd2 takes no fewer than 1024 blocks).</summary>
    public long JournalSize { get; init; } = 4L << 20;

    /// <summary>Every rule that is broken; empty for what can be made.</summary>
    public IEnumerable<string> Problems()
    {
        if (Size is < SmallestSize or > LargestSize)
        {
            yield return $"an ext4 file system of {Size} bytes; made are {SmallestSize} to {LargestSize}";
        }
        if (Label.Length > 16 || !System.Text.Ascii.IsValid(Label))
        {
            yield return $"the label '{Label}' is not 0 to 16 characters of ASCII";
        }
        if (JournalSize < 4L << 20 || JournalSize % Ext4Layout.BlockSize != 0 || JournalSize > Size / 2)
        {
            yield return $"a journal of {JournalSize} bytes; expected whole blocks of {Ext4Layout.BlockSize}, 4 MiB to half of the file system";
        }
    }
}
