using System.Globalization;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

public class SquashfsTreeTests
{
    private static readonly Origin s_origin = new(null, "package", "test");

    // Linux fs/squashfs/squashfs_fs.h, struct squashfs_super_block
    [Fact]
    public async Task Write_Superblock_FieldsLandWhereTheStructureHasThem()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/a"), File("hello"), s_origin);
        using Contents contents = new();
        using MemoryStream output = new();
        SquashfsImage image = await SquashfsWriter.WriteAsync(
            new SquashfsSource(tree, contents), output, new SquashfsOptions { Timestamp = 0x11223344, BlockSize = 65536, Codec = SquashfsCodec.Xz() });
        byte[] bytes = output.ToArray();

        Assert.Equal("hsqs"u8.ToArray(), bytes[..4]);
        Assert.Equal(2, BitConverter.ToInt32(bytes, 4)); // inodes
        Assert.Equal(0x11223344, BitConverter.ToInt32(bytes, 8)); // mkfs_time
        Assert.Equal(65536, BitConverter.ToInt32(bytes, 12)); // block_size
        Assert.Equal(1, BitConverter.ToInt32(bytes, 16)); // fragments
        Assert.Equal(4, BitConverter.ToInt16(bytes, 20)); // compression
        Assert.Equal(16, BitConverter.ToInt16(bytes, 22)); // block_log
        Assert.Equal(0x2E0, BitConverter.ToInt16(bytes, 24)); // no xattrs, exportable, duplicates, always fragments
        Assert.Equal(1, BitConverter.ToInt16(bytes, 26)); // no_ids
        Assert.Equal(4, BitConverter.ToInt16(bytes, 28)); // s_major
        Assert.Equal(0, BitConverter.ToInt16(bytes, 30)); // s_minor
        Assert.Equal(image.Superblock.BytesUsed, BitConverter.ToInt64(bytes, 40));
        Assert.Equal((long)image.Superblock.IdTable, BitConverter.ToInt64(bytes, 48));
        Assert.Equal(-1, BitConverter.ToInt64(bytes, 56)); // xattr_id_table_start
        Assert.Equal((long)image.Superblock.InodeTable, BitConverter.ToInt64(bytes, 64));
        Assert.Equal((long)image.Superblock.DirectoryTable, BitConverter.ToInt64(bytes, 72));
        Assert.Equal((long)image.Superblock.FragmentTable, BitConverter.ToInt64(bytes, 80));
        Assert.Equal((long)image.Superblock.ExportTable, BitConverter.ToInt64(bytes, 88));
    }

    [Fact]
    public async Task Dump_SmallTree_ReadsAsLines()
    {
        FileTree tree = new();
        FileNode shared = File("hello\n");
        tree.Add(GuestPath.Parse("/etc/a"), shared, s_origin);
        tree.Add(GuestPath.Parse("/etc/b"), shared, s_origin);
        tree.Add(GuestPath.Parse("/etc/copy"), File("hello\n"), s_origin);
        tree.Add(GuestPath.Parse("/lib"), new SymlinkNode { Permissions = Modes.Link, Target = "usr/lib" }, s_origin);
        tree.Add(GuestPath.Parse("/dev/null"), new SpecialNode { Permissions = 0x1B6, Kind = SpecialKind.CharacterDevice, Major = 1, Minor = 3 }, s_origin);
        tree.Add(GuestPath.Parse("/zeros"), new FileNode { Permissions = Modes.SecretFile, Uid = 7, Gid = 8, Content = new InlineContent(new byte[8193]) }, s_origin);
        using MemoryStream image = await SquashfsReaderTests.WriteAsync(tree, new SquashfsOptions { BlockSize = 4096, Codec = SquashfsCodec.Lz4() });
        using SquashfsReader reader = new(image);

        string[] lines = SquashfsDump.Of(reader).Split('\n');

        Assert.Equal(
            """
            / #8 dir 0755 0:0
            /dev #4 dir 0755 0:0
            /dev/null #3 c 0666 0:0 1:3
            /etc #5 dir 0755 0:0
            /etc/a #1 file 0644 0:0 6 fragment 0+0 links 2
            /etc/b #1 file 0644 0:0 6 fragment 0+0 links 2
            /etc/copy #2 file 0644 0:0 6 fragment 0+0
            /lib #6 symlink 0777 0:0 usr/lib
            /zeros #7 file 0600 7:8 8193 blocks zero,zero fragment 0+6

            """,
            string.Join('\n', lines[3..]));
    }

    [SkippableFact]
    public async Task Write_DirectoryOf30000Names_IsIndexedAndReadable()
    {
        FileTree tree = new();
        for (int i = 0; i < 30_000; i++)
        {
            tree.Add(GuestPath.Parse(string.Create(CultureInfo.InvariantCulture, $"/big/some-rather-long-name-{i:d6}")), File(i % 5 == 0 ? "x" : ""), s_origin);
        }
        using TemporaryFolder folder = new();
        using Contents contents = new();
        await using (FileStream output = System.IO.File.Create(folder["image"]))
        {
            await SquashfsWriter.WriteAsync(new SquashfsSource(tree, contents), output, new SquashfsOptions());
        }
        await using FileStream image = System.IO.File.OpenRead(folder["image"]);
        using SquashfsReader reader = new(image); // checks every entry of the directory index

        Assert.Equal(TreeDump.Of(tree), TreeDump.Of(reader.ReadTree(s_origin)));
        string big = SquashfsDump.Of(reader).Split('\n').Single(l => l.StartsWith("/big #", StringComparison.Ordinal));
        Assert.EndsWith(" index 132", big, StringComparison.Ordinal); // 30,000 entries of 8 + 28 bytes and their headers fill 133 blocks of 8 KiB; the first needs no signpost
        (int exitCode, string output2) = Oracle.Run("unsquashfs", "-l", folder["image"], "big/some-rather-long-name-029999", "big/some-rather-long-name-000000");
        Assert.True(exitCode == 0, output2);
        Assert.Contains("name-029999", output2, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Write_EmptyTree_UnsquashfsReadsIt()
    {
        using TemporaryFolder folder = new();
        await using (FileStream output = System.IO.File.Create(folder["image"]))
        {
            using Contents contents = new();
            SquashfsImage image = await SquashfsWriter.WriteAsync(new SquashfsSource(new FileTree(), contents), output, new SquashfsOptions());
            Assert.Equal(4096, image.Length);
            Assert.Empty(image.Blocks);
        }
        (int exitCode, string listing) = Oracle.Run("unsquashfs", "-lls", folder["image"]);
        Assert.True(exitCode == 0, listing);
        Assert.Contains("drwxr-xr-x root/root", listing, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("xz-x86", 131072, "x86")]
    [InlineData("xz", 4096, "xz")]
    [InlineData("zstd-3", 131072, "compression-level 3")]
    [InlineData("lz4", 131072, "High Compression option specified (-Xhc)")]
    [InlineData("gzip-6", 131072, "compression-level 6")]
    public async Task Write_CompressorOptions_UnsquashfsStatShowsThem(string codec, int blockSize, string shown)
    {
        using TemporaryFolder folder = new();
        await SquashfsWriterTests.WriteAsync(
            new RandomTree(1, blockSize, 40), folder["image"], new SquashfsOptions { Codec = SquashfsWriterTests.CodecOf(codec), BlockSize = blockSize });

        (int exitCode, string output) = Oracle.Run("unsquashfs", "-stat", folder["image"]);

        Assert.True(exitCode == 0, output);
        Assert.Contains(shown, output, StringComparison.Ordinal);
        Assert.Contains($"Block size {blockSize}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_EqualContents_AreReadAndStoredOnce()
    {
        byte[] bytes = new byte[10_000];
        new Random(1).NextBytes(bytes);
        FileTree tree = new();
        for (int i = 0; i < 5; i++)
        {
            tree.Add(GuestPath.Parse($"/{i}"), new FileNode { Permissions = Modes.File + i, Content = new InlineContent(bytes) }, s_origin);
        }
        using Contents contents = new();
        using MemoryStream output = new();

        SquashfsImage image = await SquashfsWriter.WriteAsync(new SquashfsSource(tree, contents), output, new SquashfsOptions { BlockSize = 4096 });

        Assert.Single(contents.Opened);
        Assert.Equal([4096, 4096, 1808], image.Blocks.Select(b => b.PlainLength));
    }

    [Theory]
    [InlineData(4, "ends before the 5 bytes")]
    [InlineData(6, "more than the 5 bytes")]
    public async Task Write_ContentOfAnotherLength_IsRefused(int length, string expected)
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/etc/a"), new FileNode { Permissions = Modes.File, Content = new StoredContent(5, Sha256Digest.Of("x"u8)) }, s_origin);
        using MemoryStream output = new();
        using WrongLength contents = new(length);

        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => SquashfsWriter.WriteAsync(new SquashfsSource(tree, contents), output, new SquashfsOptions()));

        Assert.StartsWith("cannot pack /etc/a: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_AttributeOfAnotherNameSpace_IsRefused()
    {
        using Contents contents = new();
        using MemoryStream output = new();

        StrataException e = await Assert.ThrowsAsync<StrataException>(() => SquashfsWriter.WriteAsync(
            new SquashfsSource(new FileTree(), contents, _ => [("system.posix_acl_access", new byte[4])]), output, new SquashfsOptions()));

        Assert.Contains("system.posix_acl_access of /", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(5000)]
    [InlineData(2097152)]
    public async Task Write_BlockSizeNotAllowed_IsRefused(int blockSize)
    {
        using Contents contents = new();
        using MemoryStream output = new();

        await Assert.ThrowsAsync<ArgumentException>(
            () => SquashfsWriter.WriteAsync(new SquashfsSource(new FileTree(), contents), output, new SquashfsOptions { BlockSize = blockSize }));

        Assert.Equal(0, output.Length);
    }

    private static FileNode File(string text) => new() { Permissions = Modes.File, Content = InlineContent.FromText(text) };

    private sealed class WrongLength(int length) : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(new byte[length]);

        public void Dispose()
        {
        }
    }
}
