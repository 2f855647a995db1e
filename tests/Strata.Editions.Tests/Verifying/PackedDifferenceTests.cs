using System.IO.Compression;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Cpio;
using Strata.Formats.Tar;
using Strata.Measure.Bytes;

namespace Strata.Editions.Tests.Verifying;

/// <summary>Archives that are packed as a whole: what differs is found once they are unpacked.</summary>
public class PackedDifferenceTests
{
    [Theory]
    [InlineData(PackedKind.Cpio)]
    [InlineData(PackedKind.Tar)]
    public void Between_OtherContentOfAMember_NamesIt(object kind)
    {
        byte[] rebuilt = Packed((PackedKind)kind, ("etc/first", "one"), ("etc/second", "two"), ("etc/third", "three"));
        byte[] given = Packed((PackedKind)kind, ("etc/first", "one"), ("etc/second", "TWO"), ("etc/third", "three"));
        PackedDifference found = Between(given, rebuilt, (PackedKind)kind);
        Assert.Contains("etc/second", found.Member, StringComparison.Ordinal);
        Assert.StartsWith("unpacked byte ", found.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PackedKind.Cpio)]
    [InlineData(PackedKind.Tar)]
    public void Between_PackedOtherwise_SaysThatTheContentIsTheSame(object kind)
    {
        byte[] rebuilt = Packed((PackedKind)kind, ("etc/first", new string('1', 5000)));
        byte[] given = Packed((PackedKind)kind, CompressionLevel.NoCompression, ("etc/first", new string('1', 5000)));
        Assert.Equal(
            (null, "unpacks to the same bytes: only how they are packed differs"), Said(Between(given, rebuilt, (PackedKind)kind)));
    }

    [Fact]
    public void Between_Damaged_NamesTheMemberThatItStopsIn()
    {
        byte[] rebuilt = Packed(PackedKind.Cpio, ("first", Noise(1)), ("second", Noise(2)));
        byte[] given = [.. rebuilt];
        given.AsSpan(given.Length * 2 / 3, 40).Clear();
        PackedDifference found = Between(given, rebuilt, PackedKind.Cpio);
        Assert.Equal("second", found.Member);
    }

    [Fact]
    public void Between_CutOff_SaysThatItCannotBeUnpackedFurther()
    {
        byte[] rebuilt = Packed(PackedKind.Cpio, ("first", Noise(1)), ("second", Noise(2)));
        PackedDifference found = Between(rebuilt[..100], rebuilt, PackedKind.Cpio);
        Assert.Equal("first", found.Member);
        Assert.Contains("cannot be unpacked further", found.What, StringComparison.Ordinal);
    }

    /// <summary>A megabyte of it would be a gigabyte: no more is unpacked than the rebuilt one has.</summary>
    [Fact]
    public void Between_GivenUnpacksToMuchMore_IsLeftWhereTheRebuiltEnds()
    {
        byte[] rebuilt = Packed(PackedKind.Cpio, ("first", "one"));
        using MemoryStream bomb = new();
        using (GZipStream packer = new(bomb, CompressionLevel.Fastest, leaveOpen: true))
        {
            packer.Write(Archive(PackedKind.Cpio, ("first", "one")));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 1024; i++)
            {
                packer.Write(zeros);
            }
        }
        CountingStream given = new(bomb.ToArray());
        PackedDifference found = PackedDifference.Between(given, new MemoryStream(rebuilt), PackedKind.Cpio);
        Assert.EndsWith("goes on where the rebuilt one ends", found.What, StringComparison.Ordinal);
        Assert.True(given.Count < bomb.Length, "all of it was read");
    }

    [Fact]
    public void Between_ComparisonOfWholeInitramfs_SaysTheFile()
    {
        byte[] rebuilt = Packed(PackedKind.Cpio, ("etc/web.conf", "first"));
        byte[] given = Packed(PackedKind.Cpio, ("etc/web.conf", "other"));
        using MemoryStream one = new(given);
        using MemoryStream other = new(rebuilt);
        DifferentStructure found = ByteComparison.Between(one, other).Structures[0];
        Assert.Equal(("/etc/web.conf", "packed cpio archive"), (found.File, found.Structure[^1]));
    }

    private static PackedDifference Between(byte[] given, byte[] rebuilt, PackedKind kind)
    {
        using MemoryStream one = new(given);
        using MemoryStream other = new(rebuilt);
        return PackedDifference.Between(one, other, kind);
    }

    private static (string? Member, string What) Said(PackedDifference found) => (found.Member, found.What);

    private static string Noise(int seed)
    {
        Random random = new(seed);
        return new string([.. Enumerable.Range(0, 200_000).Select(_ => (char)random.Next(33, 127))]);
    }

    private static byte[] Packed(PackedKind kind, params (string, string)[] files) => Packed(kind, CompressionLevel.Optimal, files);

    private static byte[] Packed(PackedKind kind, CompressionLevel level, params (string, string)[] files)
    {
        using MemoryStream packed = new();
        using (GZipStream packer = new(packed, level, leaveOpen: true))
        {
            packer.Write(Archive(kind, files));
        }
        return packed.ToArray();
    }

    private static byte[] Archive(PackedKind kind, params (string Path, string Content)[] files)
    {
        FileTree tree = new();
        foreach ((string path, string content) in files)
        {
            tree.Add(
                GuestPath.Parse("/" + path),
                new FileNode { Permissions = Modes.File, Content = new InlineContent(Encoding.UTF8.GetBytes(content)) },
                new Origin(null, null, "test"));
        }
        using MemoryStream archive = new();
        using InlineContents contents = new();
        if (kind == PackedKind.Cpio)
        {
            CpioWriter.Write(tree, contents, archive);
        }
        else
        {
            TreeTarWriter.Write(tree, contents, archive);
        }
        return archive.ToArray();
    }

    private sealed class InlineContents : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray());

        public void Dispose()
        {
        }
    }

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long Count { get; private set; }

        // reading into a span comes to this too
        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            Count += read;
            return read;
        }
    }
}
