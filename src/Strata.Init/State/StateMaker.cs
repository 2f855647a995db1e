using Strata.Core.Ext4;
using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Updates.State;

namespace Strata.Init.State;

/// <summary>Makes the file system for state: in a new partition of the free rest of a disk, or in an empty one that is there.</summary>
/// <remarks>
/// A power cut at any point leaves what can be told apart at the next start: a new partition enters the table only when its file system is
/// whole, and an empty one bears <see cref="Mark"/> until then.
/// </remarks>
internal static class StateMaker
{
    /// <summary>Least room in bytes for a state partition.</summary>
    public const long LeastBytes = 16L << 20;

    private const int BlankBytes = 1 << 20;

    /// <summary>Begins a partition in which a file system is being made.</summary>
    public static ReadOnlySpan<byte> Mark => "strata: a file system is being made here\n"u8;

    /// <summary>Makes a partition of the free rest; null when there is too little of it, or no partition table.</summary>
    /// <param name="disk">Name of the disk.</param>
    /// <param name="setAside">A partition that gives its label to the new one; null for none.</param>
    /// <exception cref="PosixException">The disk failed, or its table has no room.</exception>
    public static BlockDevice? TryMakeBeside(string disk, BlockDevice? setAside)
    {
        using DiskEditor? editor = DiskEditor.TryOpen(disk);
        if (editor is null || editor.Rest.Size < LeastBytes)
        {
            return null;
        }
        (long offset, long size) = editor.Rest;
        foreach (Ext4Piece piece in Ext4Image.PiecesOf(OptionsFor(size)))
        {
            editor.WriteToRest(offset + piece.Offset, piece.Bytes.Span);
        }
        editor.Sync();
        return BlockDevices.ReadNow(editor.AddRest(StatePlan.Label, NewId(), setAside?.PartitionNumber ?? 0, StateFinder.AsideLabel))
            with { PartitionLabel = StatePlan.Label }; // the kernel is told places, not labels
    }

    /// <summary>
    /// Makes a partition of the free rest in which nothing is yet, for <see cref="MakeIn"/>; null as <see cref="TryMakeBeside"/>.
    /// </summary>
    /// <param name="disk">Name of the disk.</param>
    /// <param name="setAside">A partition that gives its label to the new one; null for none.</param>
    /// <param name="least">Least room in bytes.</param>
    /// <exception cref="PosixException">The disk failed, or its table has no room.</exception>
    public static BlockDevice? TryAddEmpty(string disk, BlockDevice? setAside, long least)
    {
        using DiskEditor? editor = DiskEditor.TryOpen(disk);
        if (editor is null || editor.Rest.Size < least)
        {
            return null;
        }
        byte[] first = new byte[4096];
        Mark.CopyTo(first);
        editor.WriteToRest(editor.Rest.Offset, first);
        editor.Sync();
        return BlockDevices.ReadNow(editor.AddRest(StatePlan.Label, NewId(), setAside?.PartitionNumber ?? 0, StateFinder.AsideLabel))
            with { PartitionLabel = StatePlan.Label };
    }

    /// <summary>True when nothing was ever written to a partition, or a file system was only begun in it by <see cref="MakeIn"/>.</summary>
    /// <exception cref="PosixException">It cannot be read.</exception>
    public static bool IsEmpty(BlockDevice partition)
    {
        using OpenFile device = OpenFile.Open(partition.Path);
        byte[] start = new byte[(int)Math.Min(BlankBytes, device.Length)];
        if (!device.TryReadAt(0, start))
        {
            return false;
        }
        if (start.AsSpan().StartsWith(Mark))
        {
            return !start.AsSpan(Mark.Length, 4096 - Mark.Length).ContainsAnyExcept((byte)0);
        }
        // one that has lost its beginning alone still has a copy of its superblock, s_magic at 0x38, 32768 blocks further
        Span<byte> copy = stackalloc byte[2];
        bool hasCopy = device.TryReadAt(Ext4Options.LargestSize + 0x38, copy) && copy.SequenceEqual((ReadOnlySpan<byte>)[0x53, 0xEF]);
        return !hasCopy && !start.AsSpan().ContainsAnyExcept((byte)0);
    }

    /// <summary>Makes it in an empty partition.</summary>
    /// <exception cref="PosixException">The disk failed.</exception>
    public static BlockDevice MakeIn(BlockDevice partition)
    {
        using (OpenFile device = OpenFile.OpenForChanges(partition.Path))
        {
            long size = device.Length;
            byte[] first = new byte[4096];
            Mark.CopyTo(first);
            device.WriteAt(0, first);
            device.Sync();
            foreach (Ext4Piece piece in Ext4Image.PiecesOf(OptionsFor(size)))
            {
                if (piece.Offset == 0)
                {
                    device.Sync(); // the superblock comes when all else is there
                }
                device.WriteAt(piece.Offset, piece.Bytes.Span);
            }
            device.Sync();
        }
        return BlockDevices.ReadNow(partition.Name) with { PartitionLabel = partition.PartitionLabel };
    }

    /// <summary>The options for a partition of that many bytes: the larger, the longer its journal.</summary>
    internal static Ext4Options OptionsFor(long size) => new()
    {
        Size = Math.Min(size, Ext4Options.LargestSize),
        Label = StatePlan.Label,
        Id = NewId(),
        HashSeed = NewId(),
        Time = (uint)Math.Clamp(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), 0, uint.MaxValue),
        JournalSize = size >= 1L << 30 ? 16 << 20 : size >= 256 << 20 ? 8 << 20 : 4 << 20,
    };

    /// <summary>A random UUID (RFC 9562 §5.4).</summary>
    internal static Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Entropy.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
