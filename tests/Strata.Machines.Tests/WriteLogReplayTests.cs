using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Machines.Tests;

/// <summary>
/// The log with bytes typed from drivers/md/dm-log-writes.c of Linux; real ones come from QEMU in <see cref="WiredGuestTests"/>.
/// </summary>
public sealed class WriteLogReplayTests
{
    private const ulong Flush = 1;
    private const ulong Fua = 2;
    private const ulong Discard = 4;

    [Fact]
    public void Flushed_WritesAfterTheLastFlush_AreLostUnlessFlushedByThemselves()
    {
        byte[] disk = Replay(
            [.. Entry(0, "before"), .. Entry(1, "twice"), .. Entry(1, "again"), .. Mark(Flush), .. Entry(2, "lost"),
                .. Entry(3, "fua", Fua), .. Entry(0, "lost too")]);
        Assert.Equal(["before", "again", "", "fua"], Texts(disk));
    }

    [Fact]
    public void Flushed_NoFlush_LeavesTheDiskAsItWas()
    {
        Assert.Equal(["", "", "", ""], Texts(Replay(Entry(0, "lost"))));
        Assert.Equal(["", "", "", ""], Texts(Replay([])));
        using MemoryStream none = new();
        WriteLogReplay.Flushed(none, new MemoryStream(new byte[2048]));
    }

    [Fact]
    public void Flushed_LogCutOffOrWrong_TakesWhatIsWholeBeforeIt()
    {
        byte[] good = [.. Entry(0, "good"), .. Mark(Flush)];
        byte[][] bad =
        [
            Entry(1, "cut off")[..600], // an entry without all of its data
            [.. Header(4, 1, 0), .. new byte[512]], // behind the end of the disk
            [.. Header(3, 2, 0), .. new byte[1024]],
            Header(ulong.MaxValue, ulong.MaxValue, 0),
            Header(0, long.MaxValue, 0),
            new byte[511],
        ];
        Assert.All(bad, b => Assert.Equal(["good", "", "", ""], Texts(Replay(
            [.. good, .. b, .. Entry(2, "unknown place"), .. Mark(Flush)]))));
        Assert.Equal(["good", "", "next", ""], Texts(Replay([.. good, .. Header(1, 1, Discard), .. Entry(2, "next"), .. Mark(Flush)])));
    }

    [Theory]
    [InlineData(0, 0)] // magic
    [InlineData(8, 2)] // version
    [InlineData(25, 0)] // sectors of 0 bytes
    [InlineData(26, 9)] // and of too many
    public void Flushed_UnknownHeader_IsAnError(int at, byte value)
    {
        byte[] log = Log([]);
        log[at] = value;
        using MemoryStream stream = new(log);
        Assert.StartsWith("cannot tell what a power cut leaves of a disk",
            Assert.Throws<StrataException>(() => WriteLogReplay.Flushed(stream, new MemoryStream())).Message, StringComparison.Ordinal);
    }

    private static byte[] Replay(byte[] entries)
    {
        byte[] disk = new byte[4 * 512];
        using MemoryStream log = new(Log(entries));
        WriteLogReplay.Flushed(log, new MemoryStream(disk));
        return disk;
    }

    private static byte[] Log(byte[] entries)
    {
        byte[] super = new byte[512];
        BinaryPrimitives.WriteUInt64LittleEndian(super, 0x6a736677736872); // WRITE_LOG_MAGIC
        BinaryPrimitives.WriteUInt64LittleEndian(super.AsSpan(8), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(super.AsSpan(24), 512);
        return [.. super, .. entries];
    }

    private static byte[] Header(ulong sector, ulong count, ulong flags)
    {
        byte[] entry = new byte[512];
        BinaryPrimitives.WriteUInt64LittleEndian(entry, sector);
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(8), count);
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(16), flags);
        return entry;
    }

    private static byte[] Mark(ulong flags) => Header(0, 0, flags);

    private static byte[] Entry(ulong sector, string text, ulong flags = 0)
    {
        byte[] data = new byte[512];
        System.Text.Encoding.ASCII.GetBytes(text, data);
        return [.. Header(sector, 1, flags), .. data];
    }

    private static IEnumerable<string> Texts(byte[] disk) =>
        disk.Chunk(512).Select(s => System.Text.Encoding.ASCII.GetString(s).TrimEnd('\0'));
}
