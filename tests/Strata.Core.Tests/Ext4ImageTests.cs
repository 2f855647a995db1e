using Strata.Core.Ext4;
using Strata.Testing;

namespace Strata.Core.Tests;

/// <summary>The fresh file system, as e2fsprogs see it.</summary>
public sealed class Ext4ImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(8L << 20, 4L << 20)] // the smallest
    [InlineData((33L << 20) + 4095, 8L << 20)] // no whole number of blocks
    [InlineData(128L << 20, 16L << 20)] // the largest
    public void PiecesOf_AnySize_E2fsckFindsNothing(long size, long journal)
    {
        string image = Write(new Ext4Options
        {
            Size = size, Label = "strata-state", Id = Id(1), HashSeed = Id(2), Time = 1, JournalSize = journal,
        });
        (int exitCode, string output) = Oracle.Run("e2fsck", "-fn", image);
        Assert.True(exitCode == 0, output);
        Assert.Contains("11/8192 files", output, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void PiecesOf_Options_DumpNamesThem()
    {
        string image = Write(new Ext4Options { Size = 64 << 20, Label = "strata-state", Id = Id(0x1234), HashSeed = Id(0x5678) });
        (int exitCode, string output) = Oracle.Run("dumpe2fs", image);
        Assert.True(exitCode == 0, output);
        Assert.Contains("Filesystem volume name:   strata-state\n", output, StringComparison.Ordinal);
        Assert.Contains("Filesystem UUID:          00001234-0000-0000-0000-000000000000\n", output, StringComparison.Ordinal);
        Assert.Contains("Directory Hash Seed:      00005678-0000-0000-0000-000000000000\n", output, StringComparison.Ordinal);
        Assert.Contains("Errors behavior:          Remount read-only\n", output, StringComparison.Ordinal);
        Assert.Contains("metadata_csum", output, StringComparison.Ordinal);
        Assert.Contains("Total journal blocks:     1024\n", output, StringComparison.Ordinal);
        Assert.Contains("Block count:              16384\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void PiecesOf_Order_FirstBlockComesLast()
    {
        Ext4Options options = new() { Size = 16 << 20, Label = "x", Id = Id(1), HashSeed = Id(2) };
        Ext4Piece[] pieces = [.. Ext4Image.PiecesOf(options)];
        Assert.Equal(0, pieces[^1].Offset);
        Assert.Equal(1, pieces.Count(p => p.Offset < 4096));
        Assert.All(pieces, p => Assert.True(p.Offset + p.Bytes.Length <= options.Size));
    }

    [Fact]
    public void PiecesOf_SameOptions_SameBytes()
    {
        Ext4Options options = new() { Size = 8 << 20, Label = "strata-state", Id = Id(1), HashSeed = Id(2), Time = 1 };
        using MemoryStream all = new();
        foreach (Ext4Piece piece in Ext4Image.PiecesOf(options))
        {
            all.Write(BitConverter.GetBytes(piece.Offset));
            all.Write(piece.Bytes.Span);
        }
        Assert.Equal(
            "d6b34d274bfedd70d18b37addf2c21efc16dc374ce36a7c1f4e6f25c6806e98f", Sha256Digest.Of(all.ToArray()).ToString());
    }

    [Theory]
    [InlineData((8L << 20) - 1, "x", 4L << 20)]
    [InlineData((128L << 20) + 1, "x", 4L << 20)]
    [InlineData(64L << 20, "seventeen-letters", 4L << 20)]
    [InlineData(64L << 20, "ä", 4L << 20)]
    [InlineData(64L << 20, "x", (4L << 20) - 4096)]
    [InlineData(64L << 20, "x", (4L << 20) + 1)]
    [InlineData(64L << 20, "x", (32L << 20) + 4096)]
    public void PiecesOf_BrokenRule_IsRefused(long size, string label, long journal) =>
        Assert.Throws<ArgumentException>(
            () => Ext4Image.PiecesOf(new Ext4Options { Size = size, Label = label, Id = Id(1), HashSeed = Id(2), JournalSize = journal }));

    private static Guid Id(int first) => new(first, 0, 0, new byte[8]);

    private string Write(Ext4Options options)
    {
        string path = _folder["image"];
        using FileStream file = File.Create(path);
        file.SetLength(options.Size);
        // what was there before must not matter
        Span<byte> garbage = new byte[1 << 20];
        garbage.Fill(0xA5);
        for (long at = 0; at < options.Size; at += garbage.Length)
        {
            file.Position = at;
            file.Write(garbage[..(int)Math.Min(garbage.Length, options.Size - at)]);
        }
        foreach (Ext4Piece piece in Ext4Image.PiecesOf(options))
        {
            file.Position = piece.Offset;
            file.Write(piece.Bytes.Span);
        }
        return path;
    }
}
