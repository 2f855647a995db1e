using Strata.Core;

namespace Strata.Formats.Ext4;

/// <summary>What a volume shall be like. Everything that reaches the bytes is given here; nothing is taken from the machine.</summary>
/// <remarks>
/// Not supported: links of either kind, devices, extended attributes, holes in files, more than 32,000 names, files of more than 32 GiB,
/// volumes of more than 1 TiB, blocks of another size than 4 KiB. Folders have no index (feature <c>dir_index</c>), so what a machine adds
/// to them later is as simple to read.
/// </remarks>
public sealed record Ext4VolumeOptions
{
    /// <summary>Largest volume in bytes.</summary>
    public const long LargestSize = 1L << 40;

    /// <summary>Smallest volume in bytes, half of it for the journal.</summary>
    public const long SmallestSize = 8L << 20;

    /// <summary>Largest file in bytes.</summary>
    public const long LargestFile = 32L << 30;

    /// <summary>Size of the whole volume; null for the smallest that holds the content and <see cref="FreeSpace"/>.</summary>
    public ByteSize? Size { get; init; }

    /// <summary>Room to keep for later files. Counts only without <see cref="Size"/>.</summary>
    public ByteSize FreeSpace { get; init; }

    /// <summary>Label: 1 to 16 characters of ASCII.</summary>
    public required string Label { get; init; }

    /// <summary>Identity; derive it from a digest.</summary>
    public required Guid Id { get; init; }

    /// <summary>Where hashes of names start, should a machine want some; derive it from a digest.</summary>
    public required Guid HashSeed { get; init; }

    /// <summary>The one time of all: seconds since 1970.</summary>
    public uint Time { get; init; }

    /// <summary>
    /// Length of its journal in bytes: whole blocks, 4 MiB (jbd2 takes no fewer than 1024 blocks) to 64 MiB.
    /// </summary>
    public long JournalSize { get; init; } = 4L << 20;

    /// <summary>Every rule that these options break, as sentences.</summary>
    public IEnumerable<string> Problems()
    {
        if (Size is { } size && size.Bytes is < SmallestSize or > LargestSize)
        {
            yield return $"it shall have {size}, possible are {new ByteSize(SmallestSize)} to {new ByteSize(LargestSize)}";
        }
        if (FreeSpace.Bytes > LargestSize)
        {
            yield return $"it shall have {FreeSpace} of free space, possible are {new ByteSize(LargestSize)}";
        }
        if (Label.Length is 0 or > 16 || Label.Any(c => c is <= ' ' or > '~'))
        {
            yield return $"label '{Label}' is not 1 to 16 visible characters of ASCII";
        }
        if (JournalSize is < 4L << 20 or > 64L << 20 || JournalSize % 4096 != 0)
        {
            yield return $"a journal of {JournalSize} bytes is not whole blocks of 4096, 4 MiB to 64 MiB";
        }
    }
}
