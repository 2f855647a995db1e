using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Machines;

/// <summary>Makes of a log of a guest's writes the disk that a power cut leaves.</summary>
/// <remarks>
/// Form of the log: a header of one sector, then for each request an entry of one sector and its data (Linux, drivers/md/dm-log-writes.c;
/// written by QEMU's
/// block/blklogwrites.c). Integers little-endian. A last entry that is cut off is none: QEMU was killed while it wrote it.
/// </remarks>
internal static class WriteLogReplay
{
    private const ulong Magic = 0x6A736677736872;
    private const ulong Version = 1;
    private const int HeaderBytes = 28;
    private const int EntryBytes = 32;
    private const int LeastSector = 512;
    private const int MostSector = 1 << 16;
    private const ulong Flush = 1;
    private const ulong Fua = 2;
    private const ulong Discard = 4;

    /// <summary>
    /// Writes to the disk what was written before the last flush, and what was flushed by itself after it. What else came after it is
    /// lost.
    /// </summary>
    /// <param name="log">The log.</param>
    /// <param name="disk">The disk as it was when the log began.</param>
    /// <exception cref="StrataException">It is no such log.</exception>
    public static void Flushed(Stream log, Stream disk)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(disk);
        if (log.Length == 0)
        {
            return; // the machine never came so far
        }
        log.Position = 0;
        Span<byte> header = stackalloc byte[HeaderBytes];
        int sector = log.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) == HeaderBytes
            && BinaryPrimitives.ReadUInt64LittleEndian(header) == Magic && BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) == Version
            && BinaryPrimitives.ReadUInt32LittleEndian(header[24..]) is >= LeastSector and <= MostSector and var size ? (int)size
            : throw new StrataException("cannot tell what a power cut leaves of a disk: the log of its writes has no header that is known");
        List<Entry> entries = [.. Entries(log, sector, disk.Length)];
        int last = entries.FindLastIndex(e => (e.Flags & Flush) != 0);
        byte[] block = new byte[sector * 16];
        for (int i = 0; i < entries.Count; i++)
        {
            if ((i < last || (entries[i].Flags & Fua) != 0) && (entries[i].Flags & Discard) == 0)
            {
                Copy(log, disk, entries[i], block);
            }
        }
    }

    private static IEnumerable<Entry> Entries(Stream log, int sector, long diskBytes)
    {
        byte[] entry = new byte[EntryBytes];
        for (long at = sector; at + sector <= log.Length;)
        {
            log.Position = at;
            log.ReadExactly(entry);
            ulong first = BinaryPrimitives.ReadUInt64LittleEndian(entry);
            ulong count = BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(8));
            ulong flags = BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(16));
            ulong sectors = (ulong)(diskBytes / sector);
            bool hasData = (flags & Discard) == 0;
            if (first > sectors || count > sectors - first || (hasData && (long)count * sector > log.Length - at - sector))
            {
                yield break;
            }
            at += sector;
            yield return new Entry(at, (long)first * sector, (long)count * sector, flags);
            at += hasData ? (long)count * sector : 0;
        }
    }

    private static void Copy(Stream log, Stream disk, Entry entry, byte[] block)
    {
        log.Position = entry.At;
        disk.Position = entry.Offset;
        for (long left = entry.Length; left > 0;)
        {
            Span<byte> part = block.AsSpan(0, (int)Math.Min(left, block.Length));
            log.ReadExactly(part);
            disk.Write(part);
            left -= part.Length;
        }
    }

    private readonly record struct Entry(long At, long Offset, long Length, ulong Flags);
}
