using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

public class SquashfsReaderTests
{
    private static readonly Origin s_origin = new(null, null, "image");

    [Theory]
    [InlineData("xz-x86", 131072, FragmentPacking.TailEnds)]
    [InlineData("zstd", 4096, FragmentPacking.SmallFiles)]
    [InlineData("lz4", 16384, FragmentPacking.TailEnds)]
    [InlineData("gzip", 65536, FragmentPacking.None)]
    public async Task ReadTree_WhatWeWrote_IsTheSameTree(string codec, int blockSize, FragmentPacking fragments)
    {
        RandomTree random = new(7 + blockSize, blockSize, 500);
        using TemporaryFolder folder = new();
        await SquashfsWriterTests.WriteAsync(
            random, folder["image"], new SquashfsOptions { Codec = SquashfsWriterTests.CodecOf(codec), BlockSize = blockSize, Fragments = fragments });

        using FileStream image = File.OpenRead(folder["image"]);
        using SquashfsReader reader = new(image);
        FileTree read = reader.ReadTree(s_origin);

        Assert.Equal(TreeDump.Of(random.Tree), TreeDump.Of(read));
        Dictionary<TreeNode, GuestPath> first = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in random.Tree.Entries)
        {
            first.TryAdd(entry.Node, entry.Path);
            Assert.True(reader.TryFind(entry.Path, out SquashfsInode inode));
            Assert.Equal(
                (random.Xattrs(first[entry.Node]) ?? []).Select(Show).Order(StringComparer.Ordinal),
                reader.ReadXattrs(inode).Select(Show).Order(StringComparer.Ordinal));
        }

        static string Show((string Name, ReadOnlyMemory<byte> Value) attribute) => attribute.Name + Convert.ToHexString(attribute.Value.Span);
    }

    [SkippableTheory]
    [InlineData("gzip", "131072")]
    [InlineData("xz", "1048576")]
    [InlineData("zstd", "4096")]
    [InlineData("lz4", "65536")]
    public async Task ReadTree_WhatMksquashfsWrote_IsWhatUnsquashfsExtracts(string compression, string blockSize)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "owners and devices can only be extracted by root");
        RandomTree random = new(99, 65536, 500);
        using TemporaryFolder folder = new();
        await SquashfsWriterTests.WriteAsync(random, folder["ours"], new SquashfsOptions { Codec = SquashfsCodec.Lz4(1), BlockSize = 65536 });
        Assert.Equal(0, Oracle.Run("unsquashfs", "-no-progress", "-d", folder["out"], folder["ours"]).ExitCode);
        // mksquashfs 4.6.1 at times damages files with holes while it looks for duplicates (3 of 25 runs, as unsquashfs shows), hence -no-duplicates;
        // and with lz4 it may do so still, so what unsquashfs extracts is what to compare with
        string[] options = compression == "lz4" ? ["-Xhc"] : [];
        (int exitCode, string output) = Oracle.Run(
            "mksquashfs",
            [folder["out"], folder["theirs"], "-comp", compression, "-b", blockSize, "-no-progress", "-tailends", "-no-duplicates", "-root-mode", "755", .. options]);
        Assert.True(exitCode == 0, output);

        (exitCode, output) = Oracle.Run("unsquashfs", "-no-progress", "-d", folder["out2"], folder["theirs"]);
        Assert.True(exitCode == 0, output);

        using FileStream image = File.OpenRead(folder["theirs"]);
        using SquashfsReader reader = new(image);

        Assert.Equal(Lines.OfFolder(folder["out2"]), Lines.Of(reader.ReadTree(s_origin)));
    }

    [Fact]
    public async Task OpenFile_ReadInAnyOrder_GivesTheSameBytes()
    {
        byte[] bytes = new byte[50_000];
        new Random(5).NextBytes(bytes);
        bytes.AsSpan(8192, 8192).Clear(); // a hole in the middle
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/f"), new FileNode { Permissions = Modes.File, Content = new InlineContent(bytes) }, s_origin);
        using MemoryStream image = await WriteAsync(tree, new SquashfsOptions { BlockSize = 4096 });
        using SquashfsReader reader = new(image);
        Assert.True(reader.TryFind(GuestPath.Parse("/f"), out SquashfsInode inode));
        using Stream file = reader.OpenFile(inode);
        Random random = new(6);

        for (int i = 0; i < 200; i++)
        {
            int start = random.Next(bytes.Length);
            int length = random.Next(bytes.Length - start);
            byte[] part = new byte[length];
            file.Position = start;
            file.ReadExactly(part);
            Assert.True(part.AsSpan().SequenceEqual(bytes.AsSpan(start, length)), $"{length} bytes at {start}");
        }
        file.Position = bytes.Length;
        Assert.Equal(-1, file.ReadByte());
    }

    /// <summary>A block that cannot be read must not spoil the one before it, whose bytes lie in the same memory.</summary>
    [Theory]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("lz4")]
    [InlineData("gzip")]
    public async Task OpenFile_BlockThatIsDamaged_LeavesTheOthersReadable(string codec)
    {
        byte[] bytes = [.. Enumerable.Range(0, 3 * 4096).Select(i => (byte)((i / 4096 * 80) + (i * 31 % 7)))];
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/f"), new FileNode { Permissions = Modes.File, Content = new InlineContent(bytes) }, s_origin);
        SquashfsOptions options = new() { Codec = SquashfsWriterTests.CodecOf(codec), BlockSize = 4096 };
        using MemoryStream image = await WriteAsync(tree, options);
        byte[] damaged = image.ToArray();
        using SquashfsReader sound = new(new MemoryStream(damaged, writable: false));
        Assert.True(sound.TryFind(GuestPath.Parse("/f"), out SquashfsInode inode));
        int[] lengths = [.. inode.SizeWords.Select(w => (int)w)];
        Assert.All(lengths, l => Assert.InRange(l, 8, 4095)); // compressed
        int second = (int)inode.Start + lengths[0];
        damaged.AsSpan(second + (lengths[1] / 2), lengths[1] - (lengths[1] / 2)).Fill(0xFF); // its beginning can still be decompressed

        using Stream file = sound.OpenFile(inode);
        byte[] part = new byte[4096];
        foreach (int block in (int[])[0, 1, 0, 2, 1, 2, 1, 1, 0])
        {
            file.Seek((block - 3) * 4096, SeekOrigin.End);
            Assert.Equal(block * 4096, file.Position);
            if (block == 1)
            {
                Assert.Throws<ImageFormatException>(() => file.ReadExactly(part));
            }
            else
            {
                file.ReadExactly(part);
                Assert.True(part.AsSpan().SequenceEqual(bytes.AsSpan(block * 4096, 4096)), $"block {block}");
            }
        }
    }

    /// <summary>
    /// Two files that do not fit into one fragment of 4096 bytes, the longer one read first: what is left of its fragment in memory must
    /// not
    /// be taken for bytes of the other.
    /// </summary>
    [SkippableTheory]
    [InlineData(0u, null)]
    [InlineData(1u, "a tail of 100 bytes at 1 reaches behind the 100 bytes of fragment 1")]
    [InlineData(3996u, "a tail of 100 bytes at 3996 reaches behind the 100 bytes of fragment 1")]
    [InlineData(3997u, "a tail of 100 bytes at 3997 reaches beyond a fragment of 4096")] // seen in the inode, before any content is read
    [InlineData(uint.MaxValue, "a tail of 100 bytes at 4294967295 reaches beyond a fragment of 4096")]
    public void OpenFile_TailAtAnOffset_LiesWithinItsFragment(uint offset, string? problem)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["tree"]);
        File.WriteAllText(folder["tree/long"], new string('l', 4000));
        File.WriteAllText(folder["tree/short"], new string('s', 100));
        (int exitCode, string output) = Oracle.Run(
            "mksquashfs", folder["tree"], folder["image"], "-b", "4096", "-noI", "-noF", "-no-progress", "-all-root");
        Assert.True(exitCode == 0, output);
        byte[] image = File.ReadAllBytes(folder["image"]);
        // the end of a basic file inode (squashfs.rst, 3.3): number of the fragment, offset in it, size of the file
        byte[] end = [1, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0];
        int at = image.AsSpan().IndexOf(end);
        Assert.Equal(at, image.AsSpan().LastIndexOf(end));
        BitConverter.TryWriteBytes(image.AsSpan(at + 4), offset);

        using SquashfsReader reader = new(new MemoryStream(image, writable: false));
        Assert.Equal(new string('l', 4000), Content("/long"));
        if (problem is null)
        {
            Assert.Equal(new string('s', 100), Content("/short"));
        }
        else
        {
            Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => Content("/short")).Message, StringComparison.Ordinal);
        }

        string Content(string path)
        {
            Assert.True(reader.TryFind(GuestPath.Parse(path), out SquashfsInode inode));
            using StreamReader text = new(reader.OpenFile(inode));
            return text.ReadToEnd();
        }
    }

    internal static async Task<MemoryStream> WriteAsync(FileTree tree, SquashfsOptions options)
    {
        using Contents contents = new();
        MemoryStream image = new();
        await SquashfsWriter.WriteAsync(new SquashfsSource(tree, contents), image, options);
        image.Position = 0;
        return image;
    }
}
