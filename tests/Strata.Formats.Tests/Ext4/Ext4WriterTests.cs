using System.Security.Cryptography;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Ext4;
using Strata.Formats.Tests.Fat;
using Strata.Testing;

namespace Strata.Formats.Tests.Ext4;

/// <summary>What is written, as e2fsprogs see it.</summary>
public sealed class Ext4WriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, int?, int> Volumes() => new()
    {
        { 1, null, 250 },
        { 2, null, 3000 }, // more inodes than the usual table has, folders of several blocks
        { 3, 64, 120 },
        { 4, 300, 120 }, // three groups
        { 5, 129, 120 }, // the second group holds little more than its own description
    };

    [SkippableTheory]
    [MemberData(nameof(Volumes))]
    public async Task WriteAsync_RandomTree_E2fsckFindsNothingAndDebugfsReadsIt(int seed, int? mebibytes, int files)
    {
        FileTree tree = FatTrees.Random(seed, files, 70_000);
        string image = await Ext4Volumes.WriteFileAsync(
            tree, Ext4Volumes.Options with { Size = mebibytes is int size ? ByteSize.FromMiB(size) : null }, _folder["ext4.img"]);
        AssertSound(image);
        Directory.CreateDirectory(_folder["out"]);
        (int exitCode, string output) = Oracle.Run("debugfs", "-R", $"rdump / {_folder["out"]}", image);
        Assert.True(exitCode == 0, output);
        Directory.Delete(_folder["out/lost+found"]);
        Assert.Equal(FatTrees.Lines(tree), FatTrees.Lines(_folder["out"]));

        await using FileStream stream = File.OpenRead(image);
        Assert.Equal(FatTrees.Lines(tree), Ext4Volumes.Lines(Ext4Reader.Open(stream)));
    }

    [SkippableFact]
    public async Task WriteAsync_NoTree_IsAnEmptyVolume()
    {
        string image = await Ext4Volumes.WriteFileAsync(new FileTree(), Ext4Volumes.Options, _folder["ext4.img"]);
        Assert.Equal(8 << 20, new FileInfo(image).Length);
        Assert.Contains("11/1024 files", AssertSound(image), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WriteAsync_FileOfSixGroups_HasABlockOfPlaces()
    {
        const long Size = (700L << 20) + 5;
        FileTree tree = new FileTree().Add("/a", [1, 2, 3]).Add("/z/last", FatTrees.Bytes(5000));
        tree.AddNode("/large", new FileNode { Permissions = Modes.ReadOnlyFile, Content = new StoredContent(Size, default) });
        string image = await Ext4Volumes.WriteFileAsync(tree, Ext4Volumes.Options, _folder["ext4.img"]);
        AssertSound(image);
        (int exitCode, string output) = Oracle.Run("debugfs", "-R", "stat /large", image);
        Assert.True(exitCode == 0, output);
        Assert.Contains("(ETB0):", output, StringComparison.Ordinal); // a block of extents, one level below the inode
        Assert.Contains($"Size: {Size}", output, StringComparison.Ordinal);
        (exitCode, output) = Oracle.Run("debugfs", "-R", $"dump /large {_folder["large"]}", image);
        Assert.True(exitCode == 0, output);
        using Ext4Volumes.MarkedStream expected = new(Size);
        byte[] digest = SHA256.HashData(expected);
        await using FileStream dumped = File.OpenRead(_folder["large"]);
        Assert.Equal(digest, SHA256.HashData(dumped));

        await using FileStream stream = File.OpenRead(image);
        Ext4Reader volume = Ext4Reader.Open(stream);
        Ext4Entry large = volume.Entries.Single(e => e.Path.ToString() == "/large");
        Assert.InRange(large.Runs.Count, 6, 7);
        Assert.Equal(new Sha256Digest(digest), Ext4Dump.DigestOf(volume, large));
        Assert.Contains(volume.Structures, s => s.Name == "/large, extents");
    }

    [SkippableFact]
    public async Task WriteAsync_Options_DumpNamesThem()
    {
        string image = await Ext4Volumes.WriteFileAsync(
            new FileTree().Add("/release.json", "{}"u8.ToArray()), Ext4Volumes.Options with { Time = 86400, Size = ByteSize.FromMiB(200) },
            _folder["ext4.img"]);
        (int exitCode, string output) = Oracle.Run("dumpe2fs", image);
        Assert.True(exitCode == 0, output);
        Assert.Contains("Filesystem volume name:   STRATA\n", output, StringComparison.Ordinal);
        Assert.Contains("Filesystem UUID:          00001234-0000-0000-0000-000000000000\n", output, StringComparison.Ordinal);
        Assert.Contains("Directory Hash Seed:      00005678-0000-0000-0000-000000000000\n", output, StringComparison.Ordinal);
        Assert.Contains("Errors behavior:          Remount read-only\n", output, StringComparison.Ordinal);
        Assert.Contains("Total journal blocks:     1024\n", output, StringComparison.Ordinal);
        Assert.Contains("Block count:              51200\n", output, StringComparison.Ordinal);
        Assert.Contains("metadata_csum", output, StringComparison.Ordinal);
        Assert.DoesNotContain("dir_index", output, StringComparison.Ordinal);
        (_, output) = Oracle.Run("debugfs", "-R", "stat /release.json", image);
        Assert.Contains("Mode:  0644", output, StringComparison.Ordinal);
        Assert.Contains("mtime: 0x00015180:00000000", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_SameTree_SameBytes()
    {
        FileTree tree = new FileTree().Add("/release.json", "{}"u8.ToArray()).Add("/strata/cas/ab/ab12", FatTrees.Bytes(9000))
            .Add("/empty", []);
        byte[] image = await Ext4Volumes.WriteAsync(tree, Ext4Volumes.Options);
        Assert.Equal(image, await Ext4Volumes.WriteAsync(tree, Ext4Volumes.Options));
        Assert.Equal("""
            ext4 label 'STRATA' id 00001234-0000-0000-0000-000000000000, 8388608 bytes, 944 blocks free
            / dir 0755 0:0 4096 inode 2 at 278528+4096
            /empty file 0644 0:0 0 inode 12 at none e3b0c442
            /lost+found dir 0700 0:0 16384 inode 11 at 282624+16384
            /release.json file 0644 0:0 2 inode 13 at 4505600+4096 44136fa3
            /strata dir 0755 0:0 4096 inode 14 at 4493312+4096
            /strata/cas dir 0755 0:0 4096 inode 15 at 4497408+4096
            /strata/cas/ab dir 0755 0:0 4096 inode 16 at 4501504+4096
            /strata/cas/ab/ab12 file 0644 0:0 9000 inode 17 at 4509696+12288 cc5f5b84

            """, Ext4Dump.Of(Ext4Reader.Open(new MemoryStream(image))));
        // another digest is another writer: every disk of layers is made anew, and none equals one that was made before
        Assert.Equal("5c7d8487d1a1abcfacb027e90ae5683652f308ad5104250ada55a8049aec8e5d", Sha256Digest.Of(image).ToString());
    }

    [Fact]
    public async Task WriteAsync_OwnersAndModes_ComeBack()
    {
        FileTree tree = new FileTree().AddNode("/f", new FileNode
        {
            Permissions = Modes.SecretFile | Modes.SetUid, Uid = 100_000, Gid = 70_001, Content = new InlineContent(new byte[1]),
        });
        Ext4Entry entry = Ext4Reader.Open(new MemoryStream(await Ext4Volumes.WriteAsync(tree, Ext4Volumes.Options)))
            .Entries.Single(e => e.Path.Name == "f");
        Assert.Equal((Modes.SecretFile | Modes.SetUid, 100_000u, 70_001u), (entry.Permissions, entry.Uid, entry.Gid));
    }

    [Theory]
    [InlineData(3, 5, "ended after 3 of 5 bytes")]
    [InlineData(5, 3, "longer than the 3 bytes")]
    [InlineData(1, 0, "longer than the 0 bytes")]
    public async Task WriteAsync_ContentOfAnotherLength_IsRefused(int there, int said, string problem)
    {
        FileTree tree = new FileTree().AddNode(
            "/f", new FileNode { Permissions = Modes.File, Content = new StoredContent(said, default) });
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => Ext4Writer.WriteAsync(
            Ext4Plan.Create(tree, Ext4Volumes.Options), new OneContent(there), Stream.Null));
        Assert.StartsWith("cannot write /f: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    private static string AssertSound(string image)
    {
        (int exitCode, string output) = Oracle.Run("e2fsck", "-fn", image);
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("WARNING", output, StringComparison.Ordinal);
        return output;
    }

    private sealed class OneContent(int length) : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(new byte[length]);

        public void Dispose()
        {
        }
    }
}
