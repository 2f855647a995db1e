using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>The last value that each field of a foreign image may have, and the first that it may not.</summary>
public class SquashfsEdgeTests
{
    private const ulong NoTable = ulong.MaxValue;

    private static readonly SquashfsSuperblock s_sound = new()
    {
        InodeCount = 0x01020304, ModificationTime = 0x05060708, BlockSize = 131072, FragmentCount = 1,
            Compression = SquashfsCompression.Zstd, Features = (SquashfsFeatures)0x80, IdCount = 0x0102,
        RootInode = 0x1112131415161718, BytesUsed = 800, InodeTable = 200, DirectoryTable = 300, FragmentTable = 400, ExportTable = 500,
            IdTable = 600, XattrTable = 700,
    };

    [Fact]
    public void Superblock_EveryField_IsReadBack()
    {
        byte[] block = new byte[SquashfsSuperblock.Size];
        s_sound.WriteTo(block);
        Assert.Equal(s_sound, SquashfsSuperblock.Read(block, 800));
    }

    /// <summary>Images of more than 4 GiB: every place has 64 bits, and so has the length.</summary>
    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(1UL << 32)]
    [InlineData((1UL << 32) + 1)]
    [InlineData(5UL << 40)]
    public void Superblock_PlacesBeyond32Bits_AreReadBack(ulong start)
    {
        SquashfsSuperblock large = s_sound with
        {
            InodeTable = start + 200, DirectoryTable = start + 300, FragmentTable = start + 400, ExportTable = start + 500,
            IdTable = start + 600, XattrTable = start + 700, BytesUsed = (long)start + 800,
        };
        Assert.Equal(large, SquashfsSuperblock.Read(Bytes(large), (long)start + 800));
        Judge(Bytes(large), (long)start + 799, isTaken: false);
    }

    // squashfs.rst 3.1; offsets in the superblock, the value, whether it may be
    [Theory]
    [InlineData(0, 0x68737173u, false)] // the other byte order
    [InlineData(4, 1u, true)]
    [InlineData(4, 0u, false)]
    [InlineData(20, 0x00110001u, true)] // compressor and block_log: the number of a power
    [InlineData(20, 0x00110004u, true)]
    [InlineData(20, 0x00110005u, true)]
    [InlineData(20, 0x00110006u, true)]
    [InlineData(20, 0x00110000u, false)]
    [InlineData(20, 0x00110002u, false)]
    [InlineData(20, 0x00110003u, false)]
    [InlineData(20, 0x00110007u, false)]
    [InlineData(20, 0x00100006u, false)]
    [InlineData(20, 0x00120006u, false)]
    [InlineData(28, 0x00000004u, true)]
    [InlineData(28, 0x00010004u, false)]
    [InlineData(28, 0x00000003u, false)]
    [InlineData(28, 0x00000005u, false)]
    public void Superblock_Number_IsTakenOrRefused(int at, uint value, bool isTaken)
    {
        byte[] block = new byte[SquashfsSuperblock.Size];
        s_sound.WriteTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), value);
        Judge(block, 800, isTaken);
    }

    [Theory]
    [InlineData(2048, false)]
    [InlineData(4096, true)]
    [InlineData(1 << 20, true)]
    [InlineData(1 << 21, false)]
    [InlineData(12288, false)]
    public void Superblock_BlockSize_IsAPowerFrom4KiBTo1MiB(int size, bool isTaken) => Judge(Bytes(s_sound with { BlockSize = size }), 800,
        isTaken);

    [Fact]
    public void Superblock_NoOwners_IsRefused() => Judge(Bytes(s_sound with { IdCount = 0 }), 800, isTaken: false);

    public static TheoryData<string, ulong, bool> Tables => new()
    {
        { "used", 800, true }, { "used", 801, false }, { "used", 701, true }, { "used", 700, false }, { "used", 95, false },
        { "inode", 96, true }, { "inode", 95, false }, { "inode", 299, true }, { "inode", 300, false },
        { "directory", 201, true }, { "directory", 200, false }, { "directory", 399, true }, { "directory", 400, false },
        { "fragment", 301, true }, { "fragment", 300, false }, { "fragment", 499, true }, { "fragment", 500, false }, { "fragment",
            NoTable, false },
        { "export", 401, true }, { "export", 400, false }, { "export", 599, true }, { "export", 600, false }, { "export", NoTable, true },
        { "id", 501, true }, { "id", 500, false }, { "id", 699, true }, { "id", 700, false },
        { "xattr", 601, true }, { "xattr", 600, false }, { "xattr", 799, true }, { "xattr", 800, false }, { "xattr", NoTable, true },
        { "fragment of none", 0, true }, { "fragment of none", NoTable, true }, { "export of no fragments", 301, true },
            { "export of no fragments", 300, false },
        { "last fragment", 799, false }, { "last export", 799, false }, { "id alone", 301, true }, { "id alone", 300, false },
            { "id alone", 799, true }, { "id alone", 800, false },
        { "directory alone", 800, false },
    };

    /// <summary>Linux (fs/squashfs/super.c) insists on the order of the tables.</summary>
    [Theory]
    [MemberData(nameof(Tables))]
    public void Superblock_Table_LiesBehindTheOneBefore(string table, ulong place, bool isTaken)
    {
        SquashfsSuperblock alone = s_sound with { FragmentCount = 0, FragmentTable = NoTable, ExportTable = NoTable, XattrTable = NoTable };
        Judge(
            Bytes(table switch
            {
                "used" => s_sound with { BytesUsed = (long)place },
                "inode" => s_sound with { InodeTable = place },
                "directory" => s_sound with { DirectoryTable = place },
                "fragment" => s_sound with { FragmentTable = place },
                "export" => s_sound with { ExportTable = place },
                "id" => s_sound with { IdTable = place },
                "xattr" => s_sound with { XattrTable = place },
                "fragment of none" => s_sound with { FragmentCount = 0, FragmentTable = place },
                "export of no fragments" => s_sound with { FragmentCount = 0, FragmentTable = NoTable, ExportTable = place },
                "last fragment" => s_sound with { FragmentTable = place, ExportTable = NoTable },
                "last export" => s_sound with { ExportTable = place },
                "id alone" => alone with { IdTable = place },
                _ => alone with { DirectoryTable = place },
            }),
            800, isTaken);
    }

    // each: the bytes that are looked for (numbers, then text), where in them something is changed, to what, and what the reader says of it
    [SkippableTheory]
    [InlineData("2,0,4,0,short", 0, 0, "type 0")] // a directory entry (squashfs.rst 3.4): type, length of the name less one, name
    [InlineData("2,0,4,0,short", 0, 8, "type 8")]
    [InlineData("2,0,4,0,short", 1, 1, "type 258")]
    [InlineData("2,0,4,0,short", 2, 255, "256 bytes of name")]
    [InlineData("2,0,4,0,short", 5, '/', "'s/ort' is no name")]
    [InlineData("2,0,4,0,short", 6, 0, "contains a NUL")]
    [InlineData("2,0,4,0,short", 6, 0xFF, "not UTF-8")]
    [InlineData("2,0,4,0,short", 4, 'a', "not in the order")]
    [InlineData("2,0,4,0,short", 4, 'z', null)]
    [InlineData("1,0,0,0,5,0,0,0,tarGt", 4, 0, "has 0 bytes")] // a link: names, bytes of the target, target
    [InlineData("1,0,0,0,5,0,0,0,tarGt", 4, 4, null)]
    [InlineData("1,0,0,0,5,0,0,0,tarGt", 9, 0, "contains a NUL")]
    [InlineData("1,0,0,0,5,0,0,0,tarGt", 6, 2, "allowed are 1 to")]
    [InlineData("0,0,0,0,0,0,0,0,100,0,0,0", 0, 1, "fragment 1 is outside 0..0")] // a file: fragment, offset in it, size
    [InlineData("255,255,255,255,0,0,0,0,0,32,0,0,0,16,0,1,0,16,0,1", 13, 17, "size word")] // a block of 4352 bytes
    [InlineData("255,255,255,255,0,0,0,0,0,32,0,0,0,16,0,1,0,16,0,1", 13, 15, "size word")] // stored and shorter than its plain bytes
    [InlineData("255,255,255,255,0,0,0,0,0,32,0,0,0,16,0,1,0,16,0,1", 15, 3, "size word")]
    [InlineData("255,255,255,255,0,0,0,0,0,32,0,0,0,16,0,1,0,16,0,1", 15, 0, null)] // compressed to 4096 bytes: found out when it is read
    public void ReadEntries_FieldChanged_IsSeen(string bytes, int at, int value, string? problem)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["tree/d"]);
        File.WriteAllText(folder["tree/full"], new string('f', 8192));
        File.WriteAllText(folder["tree/short"], new string('s', 100));
        File.CreateSymbolicLink(folder["tree/l"], "tarGt");
        (int exitCode, string output) = Oracle.Run(
            "mksquashfs", folder["tree"], folder["image"], "-b", "4096", "-noI", "-noF", "-noD", "-no-progress", "-all-root",
                "-no-exports");
        Assert.True(exitCode == 0, output);
        byte[] image = File.ReadAllBytes(folder["image"]);
        byte[] wanted = [.. bytes.Split(',').SelectMany(b => byte.TryParse(b, out byte number) ? [number] : Encoding.ASCII.GetBytes(b))];
        int place = image.AsSpan().IndexOf(wanted);
        Assert.True(place > 0 && place == image.AsSpan().LastIndexOf(wanted), "the bytes are not there once");
        Assert.Null(ProblemOf(image));
        image[place + at] = (byte)value;
        string? found = ProblemOf(image);
        if (problem is null)
        {
            Assert.DoesNotContain("size word", found ?? "", StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains(problem, found, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(SquashfsFormat.MaxSymlinkTarget)]
    public async Task ReadEntries_TargetOfALink_MayBeThatLong(int length)
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/l"), new SymlinkNode { Permissions = Modes.Link, Target = new string('t', length) }, new Origin(null,
            null, "test"));
        using MemoryStream image = await SquashfsReaderTests.WriteAsync(tree, new SquashfsOptions());
        using SquashfsReader reader = new(image);
        Assert.True(reader.TryFind(GuestPath.Parse("/l"), out SquashfsInode inode));
        Assert.Equal(length, inode.Target.Length);
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(2, 257)] // a header has no more than 256 entries (squashfs.rst 3.4)
    [InlineData(255, 1)]
    public async Task ReadEntries_NamesAtTheirLimits_AreAllThere(int length, int count)
    {
        FileTree tree = new();
        string[] names = [.. Enumerable.Range(0, count).Select(i => length == 255 ? new string('n',
            255) : char.ConvertFromUtf32(0x100 + i) + new string('n', length - 1))];
        foreach (string name in names)
        {
            tree.Add(GuestPath.Parse("/d/" + name), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(name) },
                new Origin(null, null, "test"));
        }
        using MemoryStream image = await SquashfsReaderTests.WriteAsync(tree, new SquashfsOptions());
        using SquashfsReader reader = new(image);
        Assert.Equal(names.Select(n => "/d/" + n).Order(StringComparer.Ordinal),
            reader.ReadEntries().Select(e => e.Path.ToString()).Where(p => p.Length > 2).Order(StringComparer.Ordinal));
    }

    private static string? ProblemOf(byte[] image)
    {
        try
        {
            using SquashfsReader reader = new(new MemoryStream(image, writable: false));
            _ = reader.ReadEntries();
            return null;
        }
        catch (ImageFormatException e)
        {
            return e.Message;
        }
    }

    private static byte[] Bytes(SquashfsSuperblock superblock)
    {
        byte[] block = new byte[SquashfsSuperblock.Size];
        superblock.WriteTo(block);
        return block;
    }

    private static void Judge(byte[] block, long length, bool isTaken)
    {
        if (isTaken)
        {
            _ = SquashfsSuperblock.Read(block, length);
        }
        else
        {
            Assert.Throws<ImageFormatException>(() => SquashfsSuperblock.Read(block, length));
        }
    }
}
