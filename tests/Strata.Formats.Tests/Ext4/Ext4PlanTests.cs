using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Ext4;
using Strata.Formats.Tests.Fat;

namespace Strata.Formats.Tests.Ext4;

public class Ext4PlanTests
{
    [Fact]
    public void Create_NoSize_TakesFewMebibytesMoreThanItHolds()
    {
        FileTree tree = new();
        for (int i = 0; i < 64; i++)
        {
            FileNode node = new() { Permissions = Modes.File, Content = new StoredContent(3 << 20, default) };
            tree.AddNode($"/strata/cas/{i:x2}/{i}", node);
        }
        long over = Ext4Plan.Create(tree, Ext4Volumes.Options).SizeBytes - (64L * 3 << 20);
        Assert.InRange(over, 4 << 20, 5 << 20); // the journal, and what describes two groups and their folders
    }

    [Fact]
    public void Create_FreeSpace_IsThere()
    {
        FileTree tree = new FileTree().Add("/a", new byte[20_000_000]);
        Assert.Equal(0, Ext4Plan.Create(tree, Ext4Volumes.Options).FreeBytes);
        Assert.Equal(1 << 20, Ext4Plan.Create(tree, Ext4Volumes.Options with { FreeSpace = ByteSize.FromMiB(1) }).FreeBytes);
    }

    [Fact]
    public void Create_LastGroupWithoutRoom_IsLeftOut()
    {
        // a second group of 66 blocks could hold its own description alone: copy, descriptors, two bitmaps, 64 blocks of inodes
        const long Group = 128L << 20;
        Assert.Equal(Group, Plan(new FileTree(), new ByteSize(Group + (68 * 4096))).SizeBytes);
        Assert.Equal(Group + (69 * 4096), Plan(new FileTree(), new ByteSize(Group + (69 * 4096))).SizeBytes);
    }

    [Theory]
    [InlineData(9, "it needs 13.")]
    [InlineData(7, "it shall have 7.00 MiB")]
    [InlineData(2 << 20, "it shall have 2.00 TiB")]
    public void Create_SizeThatCannotBe_IsRefused(int mebibytes, string problem)
    {
        FileTree tree = new FileTree().Add("/a", new byte[10_000_000]);
        StrataException e = Assert.Throws<StrataException>(() => Plan(tree, ByteSize.FromMiB(mebibytes)));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WhatItCannotHold_IsNamedAtOnce()
    {
        FileTree tree = new FileTree().Add("/lost+found", [])
            .AddNode("/link", new SymlinkNode { Permissions = Modes.Link, Target = "a" })
            .AddNode("/large", new FileNode { Permissions = Modes.File, Content = new StoredContent((32L << 30) + 1, default) });
        StrataException e = Assert.Throws<StrataException>(() => Ext4Plan.Create(tree, Ext4Volumes.Options with { Label = "two words" }));
        Assert.StartsWith("cannot make an ext4 volume: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("label 'two words' is not 1 to 16 visible characters of ASCII", e.Message, StringComparison.Ordinal);
        Assert.Contains("/lost+found is a name of the file system's own", e.Message, StringComparison.Ordinal);
        Assert.Contains("/link is neither a directory nor a file", e.Message, StringComparison.Ordinal);
        Assert.Contains("/large has 34359738369 bytes, a file has at most 34359738368", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_TooManyNames_IsRefused()
    {
        FileTree tree = new();
        FileNode node = new() { Permissions = Modes.File, Content = new InlineContent(ReadOnlyMemory<byte>.Empty) };
        for (int i = 0; i < 32_000; i++)
        {
            tree.AddNode($"/{i}", node);
        }
        StrataException e = Assert.Throws<StrataException>(() => Ext4Plan.Create(tree, Ext4Volumes.Options));
        Assert.Contains("it has 32001 names, at most 32000 are possible", e.Message, StringComparison.Ordinal);
    }

    private static Ext4Plan Plan(FileTree tree, ByteSize size) => Ext4Plan.Create(tree, Ext4Volumes.Options with { Size = size });
}
