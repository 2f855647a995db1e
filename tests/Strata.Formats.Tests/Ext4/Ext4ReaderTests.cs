using System.Buffers.Binary;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Ext4;
using Strata.Formats.Tests.Fat;
using Strata.Testing;

namespace Strata.Formats.Tests.Ext4;

public sealed class Ext4ReaderTests : IDisposable
{
    private const int Super = 1024;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Open_WhatMke2fsMade_IsRead()
    {
        FileTree tree = FatTrees.Random(9, 200, 70_000);
        foreach (TreeEntry entry in tree.Entries)
        {
            string path = Path.Combine(_folder["in"], entry.Path.Relative);
            if (entry.Node is FileNode { Content: InlineContent content })
            {
                File.WriteAllBytes(path, content.Bytes.ToArray());
            }
            else
            {
                Directory.CreateDirectory(path);
            }
        }
        (int exitCode, string output) = Oracle.Run(
            "mke2fs", "-q", "-t", "ext4", "-b", "4096", "-I", "256", "-L", "OTHER",
            "-O", "^resize_inode,^metadata_csum_seed,^orphan_file,meta_bg", "-d", _folder["in"], _folder["ext4.img"], "64M");
        Assert.True(exitCode == 0, output);
        using FileStream image = File.OpenRead(_folder["ext4.img"]);
        Ext4Reader volume = Ext4Reader.Open(image);
        Assert.Equal("OTHER", volume.Label);
        Assert.Equal(FatTrees.Lines(tree), Ext4Volumes.Lines(volume));
    }

    [Fact]
    public async Task Open_AnyStructureChanged_IsRefused()
    {
        byte[] image = await SampleAsync();
        Ext4Reader volume = Ext4Reader.Open(new MemoryStream(image));
        List<(string Name, long Offset, long Length)> places =
        [
            .. volume.Structures.Where(s => s.Name != "ext4 journal").Select(s => (s.Name, s.Offset, s.Length)),
            .. volume.Entries.Where(e => e.IsDirectory).SelectMany(e => e.Runs.Select(r => ("directory " + e.Path, r.Offset, r.Length))),
        ];
        Assert.True(places.Count > 8);
        foreach ((string name, long offset, long length) in places)
        {
            for (long at = offset; at < offset + length; at += 97)
            {
                if (image[at] == 0 && name.StartsWith("ext4 inodes", StringComparison.Ordinal))
                {
                    continue; // of one that is free
                }
                image[at] ^= 4;
                bool isRefused = IsRefused(image);
                image[at] ^= 4;
                bool isSuper = name == "ext4 superblock" && at is < Super or >= 2 * Super; // beside it nobody looks
                bool isBehind = (name.StartsWith("ext4 descriptors", StringComparison.Ordinal) && at >= offset + 64) // of no group
                    || (name.StartsWith("ext4 inode bitmap", StringComparison.Ordinal) && at >= offset + (1024 / 8)); // of no inode
                Assert.True(isRefused || isSuper || isBehind, $"a byte of {name} at {at}");
            }
        }
    }

    [Theory]
    [InlineData(0x38, 0x0, "the mark is")]
    [InlineData(0x60, 0x2D6, "its journal has changes that are in no place yet")] // needs_recovery
    [InlineData(0x60, 0x8210, "incompatible features is 0x8210, only 0x2d2 is read here")] // inline_data
    [InlineData(0x18, 0x0, "log_block_size is 0x0")]
    [InlineData(0x4, 0xFFFF_FFFF, "4294967295 blocks by its fields")]
    [InlineData(0x28, 0x7, "inodes for each group")]
    [InlineData(0x3A, 0xFFFF_0003, "its state is 3: not unmounted, or found damaged")]
    public async Task Open_SuperblockThatIsNotReadHere_IsRefused(int field, uint value, string problem)
    {
        byte[] image = await SampleAsync();
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(Super + field), value);
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => Ext4Reader.Open(new MemoryStream(image), areSumsChecked: false));
        Assert.Equal("ext4 superblock", e.Format);
        Assert.Contains(problem, e.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_CutShort_IsRefused()
    {
        byte[] image = await SampleAsync();
        foreach (int length in new[] { 0, 1023, 2047, 4096, image.Length - 1 })
        {
            Assert.True(IsRefused(image[..length]), $"{length} bytes");
        }
    }

    [Fact]
    public async Task IsOne_TellsItFromFat()
    {
        Assert.True(Ext4Reader.IsOne(new MemoryStream(await SampleAsync())));
        Assert.False(Ext4Reader.IsOne(await FatTrees.WriteAsync(new FileTree(), new())));
        Assert.False(Ext4Reader.IsOne(new MemoryStream()));
    }

    [Fact]
    public async Task Open_FolderThatIsItsOwnChild_IsRefused()
    {
        byte[] image = await SampleAsync();
        Ext4Reader volume = Ext4Reader.Open(new MemoryStream(image));
        Ext4Entry folder = volume.Entries.Single(e => e.Path.ToString() == "/strata/cas");
        int at = (int)folder.Runs[0].Offset + 24; // behind "." and ".."
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at), folder.Inode);
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => Ext4Reader.Open(new MemoryStream(image), areSumsChecked: false));
        Assert.Contains("it has two names", e.Problem, StringComparison.Ordinal);
    }

    private static bool IsRefused(byte[] image)
    {
        try
        {
            Ext4Reader.Open(new MemoryStream(image));
            return false;
        }
        catch (ImageFormatException)
        {
            return true;
        }
    }

    private static Task<byte[]> SampleAsync() => Ext4Volumes.WriteAsync(
        new FileTree().Add("/release.json", "{}"u8.ToArray()).Add("/strata/cas/ab/ab12", FatTrees.Bytes(9000)), Ext4Volumes.Options);
}
