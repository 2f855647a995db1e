using Strata.Core;
using Strata.Core.Progress;
using Strata.Flash.Writing;

namespace Strata.Flash.Tests;

public class FlasherTests
{
    private const int MiB = 1 << 20;
    private const int Block = 4 * MiB;

    [Theory]
    [InlineData(512, 512)]
    [InlineData(MiB, 512)]
    [InlineData(Block - 512, 512)]
    [InlineData(Block, 4096)]
    [InlineData(Block + 512, 512)]
    [InlineData((3 * Block) + (5 * MiB / 2), 4096)]
    [InlineData(512, 4096)] // ends in the middle of a sector
    [InlineData(Block - 512, 4096)]
    [InlineData(Block + 512, 4096)]
    public void Write_AnyLength_IsOnTheDiskAndNothingElseIsTouched(int length, int sector)
    {
        using MadeImage made = new(length);
        MemoryDisk disk = new(20 * MiB, sector);
        FlashOutcome outcome = Flash(made, disk);
        int written = (length + sector - 1) / sector * sector;
        Assert.True(disk.Bytes.AsSpan(0, length).SequenceEqual(made.Bytes));
        Assert.Equal(-1, disk.Bytes.AsSpan(length, written - length).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, disk.Bytes.AsSpan(written, (19 * MiB) - written).IndexOfAnyExcept((byte)0xA5));
        Assert.Equal(-1, disk.Bytes.AsSpan(19 * MiB).IndexOfAnyExcept((byte)0)); // second copy of the old table, marks of RAID
        Assert.Equal(Sha256Digest.Of(made.Bytes), outcome.Digest);
        Assert.Equal(length, outcome.Bytes);
        Assert.True(outcome.FromDisk);
    }

    [Fact]
    public void Write_PartitionTable_IsClearedFirstAndWrittenLast()
    {
        using MadeImage made = new(3 * Block);
        MemoryDisk disk = new(4 * Block);
        Flash(made, disk);
        Assert.Equal((0L, MiB, true), disk.Writes[0]);
        Assert.Equal((0L, Block, false), disk.Writes[^1]);
        Assert.Equal([Block, 2L * Block], disk.Writes[2..^1].Select(w => w.Offset));
        Assert.Equal(3, disk.Flushes);
    }

    [Fact]
    public void Write_OfExactlyTheSizeOfTheDisk_Fits()
    {
        using MadeImage made = new(Block);
        MemoryDisk disk = new(Block);
        Flash(made, disk);
        Assert.True(disk.Bytes.AsSpan().SequenceEqual(made.Bytes));
    }

    [Fact]
    public void Write_DiskOfOneSectorLess_IsRefusedAndNotTouched()
    {
        using MadeImage made = new(Block);
        MemoryDisk disk = new(Block - 512);
        StrataException e = Assert.Throws<StrataException>(() => Flash(made, disk));
        Assert.Equal("cannot write to sdx: the image has 4194304 bytes and it has 4193792; 512 B are missing", e.Message);
        Assert.Empty(disk.Writes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_DiskThatLiesAboutItsSize_IsFoundOutAndCleared(bool wrapsAround)
    {
        using MadeImage made = new(3 * Block);
        MemoryDisk disk = new(4 * Block) { RealSize = (2 * Block) + 8192, WrapsAround = wrapsAround };
        StrataException e = Assert.Throws<StrataException>(() => Flash(made, disk));
        Assert.StartsWith("cannot write to sdx: it does not keep what it is given; its byte 839", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("its partition table is cleared, so that no machine starts from it", e.Message, StringComparison.Ordinal);
        Assert.Contains("less room than it says", e.Hint, StringComparison.Ordinal);
        Assert.Equal(-1, disk.Bytes.AsSpan(0, MiB).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Write_OneBitThatIsNotKept_IsNamedByItsPlace()
    {
        using MadeImage made = new(2 * Block);
        MemoryDisk disk = new(3 * Block) { BeforeWrite = _ => { } };
        byte expected = made.Bytes[Block + 77];
        StrataException e = Assert.Throws<StrataException>(() => Flasher.Write(
            made.Image, disk, new WhenReadingBack(() => disk.Bytes[Block + 77] ^= 4), CancellationToken.None));
        Assert.Contains(
            $"its byte {Block + 77} is 0x{expected ^ 4:x2} where 0x{expected:x2} was written", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_DiskPulledOut_IsToldAsThat()
    {
        using MadeImage made = new(3 * Block);
        MemoryDisk disk = new(4 * Block) { FailsAfter = (2 * MiB) + Block + 1, IsPulledThen = true };
        StrataException e = Assert.Throws<StrataException>(() => Flash(made, disk));
        Assert.Equal(
            "cannot write to sdx: it was pulled out after 4.00 MiB of 12.0 MiB; what it held is lost, and it cannot be relied on",
            e.Message);
        Assert.Equal("Plug it in; the same command writes it anew.", e.Hint);
    }

    [Fact]
    public void Write_DiskThatFails_IsToldWithThePlace()
    {
        using MadeImage made = new(3 * Block);
        MemoryDisk disk = new(4 * Block) { FailsAfter = (2 * MiB) + Block + 1 };
        StrataException e = Assert.Throws<StrataException>(() => Flash(made, disk));
        Assert.StartsWith(
            "cannot write to sdx: Input/output error after 4.00 MiB of 12.0 MiB. What it held is lost", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Write_DiskThatCannotBeRead_IsNotCalledGood()
    {
        using MadeImage made = new(Block);
        MemoryDisk disk = new(2 * Block) { FailsReading = true };
        StrataException e = Assert.Throws<StrataException>(() => Flash(made, disk));
        Assert.StartsWith("cannot read sdx back: Input/output error at byte 0. What it held is lost", e.Message, StringComparison.Ordinal);
        Assert.Equal(-1, disk.Bytes.AsSpan(0, MiB).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Write_Interrupted_LeavesADiskThatLooksEmptyAndSaysSo()
    {
        using MadeImage made = new(4 * Block);
        using CancellationTokenSource stop = new();
        MemoryDisk disk = new(5 * Block) { BeforeWrite = offset => { if (offset == 2 * Block) { stop.Cancel(); } } };
        StrataException e = Assert.Throws<StrataException>(() => Flasher.Write(made.Image, disk, SilentProgress.Instance, stop.Token));
        Assert.Equal(
            "cannot write to sdx: interrupted after 8.00 MiB of 16.0 MiB; what it held is lost, it has no partition table and no machine "
            + "starts from it", e.Message);
        Assert.Equal(-1, disk.Bytes.AsSpan(0, MiB).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Write_InterruptedBefore_TouchesNothing()
    {
        using MadeImage made = new(Block);
        MemoryDisk disk = new(2 * Block);
        StrataException e = Assert.Throws<StrataException>(() =>
            Flasher.Write(made.Image, disk, SilentProgress.Instance, new CancellationToken(canceled: true)));
        Assert.Equal("cannot write to sdx: interrupted before anything was written; it is as it was", e.Message);
        Assert.Empty(disk.Writes);
    }

    [Fact]
    public void Write_InterruptedWhileReadingBack_SaysThatTheImageIsThere()
    {
        using MadeImage made = new(2 * Block);
        using CancellationTokenSource stop = new();
        MemoryDisk disk = new(3 * Block);
        StrataException e = Assert.Throws<StrataException>(() =>
            Flasher.Write(made.Image, disk, new WhenReadingBack(stop.Cancel), stop.Token));
        Assert.StartsWith(
            "cannot say that sdx holds the image: it is written, but reading it back was interrupted", e.Message, StringComparison.Ordinal);
        Assert.True(disk.Bytes.AsSpan(0, 2 * Block).SequenceEqual(made.Bytes));
    }

    [Fact]
    public void Write_ImageThatChangesMeanwhile_IsNotBlamedOnTheDisk()
    {
        using MadeImage made = new(2 * Block);
        MemoryDisk disk = new(3 * Block);
        StrataException e = Assert.Throws<StrataException>(() => Flasher.Write(
            made.Image, disk,
            new WhenReadingBack(() =>
            {
                using FileStream file = new(made.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite); // as other programs do
                file.Position = Block;
                file.WriteByte((byte)(made.Bytes[Block] ^ 0xFF));
                file.SetLength((2 * Block) + 512);
            }),
            CancellationToken.None));
        Assert.EndsWith("has changed while it was written", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ToAFile_MakesHolesOfZeros()
    {
        using MadeImage made = new(2 * Block, bytes => bytes.AsSpan(MiB, Block).Clear());
        MemoryDisk disk = new(3 * Block) { ClearsForNothing = true };
        FlashOutcome outcome = Flash(made, disk);
        Assert.True(disk.Bytes.AsSpan(0, 2 * Block).SequenceEqual(made.Bytes));
        Assert.Equal(Block, outcome.Cleared);
        Assert.Equal(Block, disk.Writes.Sum(w => w.Length));
    }

    private static FlashOutcome Flash(MadeImage made, MemoryDisk disk) =>
        Flasher.Write(made.Image, disk, SilentProgress.Instance, CancellationToken.None);

    /// <summary>Does something when the second task begins.</summary>
    private sealed class WhenReadingBack(Action act) : IProgressReporter
    {
        public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items)
        {
            if (label == "reading sdx back")
            {
                act();
            }
            return SilentProgress.Instance;
        }

        public void Note(string message)
        {
        }

        public void Warn(string message)
        {
        }
    }
}
