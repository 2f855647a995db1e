using System.Buffers.Binary;
using System.Globalization;
using Strata.Device.Posix;

namespace Strata.Device.Disks;

/// <summary>A partition of a disk that is in use: its place in bytes and what the table says of it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Grows">True when its file system is to be grown with it.</param>
public sealed record DiskPlace(int Number, long Offset, long Size, bool Grows);

/// <summary>
/// Adds, renames and extends partitions of a disk while others on it are in use. Each change is one write of one block at its end: a power
/// cut leaves the table before or the table after it.
/// </summary>
public sealed unsafe class DiskEditor : IDisposable
{
    private const ulong BlockSizeOf = 0x1268; // BLKSSZGET (linux/fs.h)
    private const ulong ChangePartition = 0x1269; // BLKPG (linux/blkpg.h)
    private const int AddOperation = 1; // BLKPG_ADD_PARTITION
    private const int ResizeOperation = 3; // BLKPG_RESIZE_PARTITION
    private const int PartitionBytes = 152; // struct blkpg_partition: start, length (i64), number (i32), two names of 64

    // Linux file system data (UAPI.2)
    private static readonly Guid s_linuxData = new("0fc63daf-8483-4772-8e79-3d69d8477de4");

    private readonly OpenFile _disk;
    private readonly PartitionTable _table;
    private readonly string _name;

    private DiskEditor(OpenFile disk, PartitionTable table, string name) => (_disk, _table, _name) = (disk, table, name);

    /// <summary>Opens a disk; null when it has no whole table of the kind GPT.</summary>
    /// <param name="name">Its name: <c>vda</c>.</param>
    /// <exception cref="PosixException">It cannot be opened for writing.</exception>
    public static DiskEditor? TryOpen(string name)
    {
        OpenFile disk = OpenFile.OpenForChanges("/dev/" + name);
        int blockSize = 0;
        _ = Libc.Control(disk.Number, BlockSizeOf, (byte*)&blockSize);
        if (PartitionTable.Read(disk.TryReadAt, blockSize, disk.Length) is PartitionTable table)
        {
            return new DiskEditor(disk, table, name);
        }
        disk.Dispose();
        return null;
    }

    /// <summary>Offset and length in bytes of the free rest behind the last partition; the length may be 0.</summary>
    public (long Offset, long Size) Rest
    {
        get
        {
            (long first, long count) = _table.Rest();
            return (first * _table.BlockSize, count * _table.BlockSize);
        }
    }

    /// <summary>Where a partition lies; null when there is none of that number.</summary>
    public DiskPlace? Find(int number)
    {
        foreach (TablePartition partition in _table.Partitions)
        {
            if (partition.Number == number)
            {
                return new DiskPlace(
                    number, partition.First * _table.BlockSize, (partition.Last - partition.First + 1) * _table.BlockSize,
                    (partition.Attributes & PartitionTable.GrowAttribute) != 0);
            }
        }
        return null;
    }

    /// <summary>Writes to the free rest of the disk, before a partition is made of it.</summary>
    /// <exception cref="PosixException">The disk failed.</exception>
    /// <exception cref="ArgumentException">The place is not within the free rest.</exception>
    public void WriteToRest(long offset, ReadOnlySpan<byte> bytes)
    {
        (long from, long size) = Rest;
        if (offset < from || offset + bytes.Length > from + size)
        {
            throw new ArgumentException("outside of the free rest of the disk", nameof(offset));
        }
        _disk.WriteAt(offset, bytes);
    }

    /// <summary>Makes what was written survive a power cut.</summary>
    /// <exception cref="PosixException">The disk failed.</exception>
    public void Sync() => _disk.Sync();

    /// <summary>Makes the free rest a partition of Linux data whose file system grows with it, and tells the kernel.</summary>
    /// <param name="label">Its label, at most 36 characters.</param>
    /// <param name="id">Its identity.</param>
    /// <param name="renamed">A partition that gets another label in the same write; 0 for none.</param>
    /// <param name="newLabel">That label.</param>
    /// <returns>Name of the partition: <c>vda3</c>.</returns>
    /// <exception cref="PosixException">The table is full or stands too close to the first partition, the disk failed, or the kernel refuses.</exception>
    public string AddRest(string label, Guid id, int renamed = 0, string newLabel = "")
    {
        (long first, long count) = _table.Rest();
        if (renamed > 0)
        {
            _table.Rename(renamed, newLabel);
        }
        int number = _table.Add(first, count, s_linuxData, id, label, PartitionTable.GrowAttribute);
        if (number == 0)
        {
            throw new PosixException(PosixError.NoSpace, "its partition table is full");
        }
        Write();
        Tell(AddOperation, number, first, count);
        char last = _name[^1]; // block/partitions/core.c: 'p' between two digits
        return string.Create(CultureInfo.InvariantCulture, $"{_name}{(char.IsAsciiDigit(last) ? "p" : "")}{number}");
    }

    /// <summary>Extends a partition by the free rest behind it, if it is the last one and there is at least so much; true when it was.</summary>
    /// <exception cref="PosixException">As of <see cref="AddRest"/>.</exception>
    public bool TryExtend(int number, long leastBytes)
    {
        (long first, long count) = _table.Rest();
        if (count * _table.BlockSize < leastBytes)
        {
            return false;
        }
        foreach (TablePartition partition in _table.Partitions)
        {
            if (partition.Number == number && first - partition.Last <= (1 << 20) / _table.BlockSize)
            {
                _table.Extend(number, first + count - 1);
                Write();
                Tell(ResizeOperation, number, partition.First, first + count - partition.First);
                return true;
            }
        }
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _disk.Dispose();

    private void Write()
    {
        IReadOnlyList<(long Offset, byte[] Bytes)> writes = _table.Writes();
        if (writes.Count == 0)
        {
            throw new PosixException(PosixError.NoSpace, "there is no room for a second partition table before the first partition");
        }
        foreach ((long offset, byte[] bytes) in writes)
        {
            _disk.WriteAt(offset, bytes);
            _disk.Sync();
        }
    }

    private void Tell(int operation, int number, long first, long count)
    {
        byte[] partition = new byte[PartitionBytes];
        BinaryPrimitives.WriteInt64LittleEndian(partition, first * _table.BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(partition.AsSpan(8), count * _table.BlockSize);
        BinaryPrimitives.WriteInt32LittleEndian(partition.AsSpan(16), number);
        fixed (byte* described = partition)
        {
            // struct blkpg_ioctl_arg: operation, flags, length (i32 each), padding, pointer
            byte* message = stackalloc byte[24];
            new Span<byte>(message, 24).Clear();
            *(int*)message = operation;
            *(int*)(message + 8) = PartitionBytes;
            *(byte**)(message + 16) = described;
            PosixException.Check(Libc.Control(_disk.Number, ChangePartition, message));
        }
    }
}
