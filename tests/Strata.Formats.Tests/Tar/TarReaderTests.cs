using Strata.Core;
using Strata.Formats.Tar;
using Strata.Formats.Tests.Streams;
using Strata.Testing;

namespace Strata.Formats.Tests.Tar;

public class TarReaderTests
{
    private static readonly string s_long = string.Join('/', Enumerable.Repeat("a-directory-of-some-length", 12)) + "/ende-ä";

    [Fact]
    public void Next_AllKinds_GivesThem()
    {
        byte[] archive = TarBytes.Archive(
            TarBytes.Header("./", '5'),
            TarBytes.Header("./hello", '0', 5), TarBytes.Padded("hello"),
            TarBytes.Header("./old", '\0', 1), TarBytes.Padded("x"),
            TarBytes.Header("./hard", '1', link: "./hello"),
            TarBytes.Header("./soft", '2', link: "/etc"),
            TarBytes.Sign(TarBytes.Put(TarBytes.Put(TarBytes.Header("./null", '3'), 329, "0000001\0"), 337, "0000003\0")),
            TarBytes.Sign(TarBytes.Put(TarBytes.Put(TarBytes.Header("./sda", '4'), 329, "0000010\0"), 337, "0000020\0")),
            TarBytes.Header("./pipe", '6'),
            TarBytes.Sign(TarBytes.Put(TarBytes.Header("name"), 345, "pre/fix")));
        Assert.Equal("""
            Directory ./ 644 0:0 0
            File ./hello 644 0:0 5 'hello'
            File ./old 644 0:0 1 'x'
            HardLink ./hard 644 0:0 0 -> ./hello
            Symlink ./soft 644 0:0 0 -> /etc
            CharacterDevice ./null 644 0:0 0 1,3
            BlockDevice ./sda 644 0:0 0 8,16
            Fifo ./pipe 644 0:0 0
            File pre/fix/name 644 0:0 0

            """, TarBytes.Dump(archive));
    }

    [Fact]
    public void Next_DataOffset_IsWhereTheContentLies()
    {
        byte[] archive = TarBytes.Archive(
            TarBytes.Extension('L', s_long), TarBytes.Header("cut", '0', 3), TarBytes.Padded("abc"), TarBytes.Header("b", '0', 3), TarBytes.Padded("def"));
        TarReader reader = new(new TricklingStream(archive, 100));
        TarEntry first = reader.Next()!;
        Assert.Equal("abc"u8, archive.AsSpan((int)first.DataOffset, 3));
        Assert.Equal(first.DataOffset - 512, first.HeaderOffset);
        TarEntry second = reader.Next()!;
        Assert.Equal("def"u8, archive.AsSpan((int)second.DataOffset, 3));
        Assert.Null(reader.Next());
        Assert.Null(reader.Next());
    }

    [Fact]
    public void Next_GnuLongNames_AreTaken()
    {
        byte[] archive = TarBytes.Archive(
            TarBytes.Extension('K', s_long + "\0"), TarBytes.Extension('L', s_long + "\0"), TarBytes.Header("cut", '2', link: "cut", gnu: true), TarBytes.Header("b"));
        Assert.Equal($"Symlink {s_long} 644 0:0 0 -> {s_long}\nFile b 644 0:0 0\n", TarBytes.Dump(archive));
    }

    [Fact]
    public void Next_PaxRecords_AreTaken()
    {
        string records = TarBytes.Record("path", s_long) + TarBytes.Record("uid", "3000000000") + TarBytes.Record("gid", "7") + TarBytes.Record("size", "3")
            + TarBytes.Record("mtime", "1.5") + TarBytes.Record("SCHILY.xattr.user.x", "=\n1");
        byte[] archive = TarBytes.Archive(
            TarBytes.Extension('g', TarBytes.Record("comment", "of git")), TarBytes.Extension('x', records), TarBytes.Header("cut"), TarBytes.Padded("abc"), TarBytes.Header("b"));
        Assert.Equal($"File {s_long} 644 3000000000:7 3 user.x=3d0a31 'abc'\nFile b 644 0:0 0\n", TarBytes.Dump(archive));
    }

    [Fact]
    public void Next_Base256Numbers_AreTaken()
    {
        byte[] header = TarBytes.Header("big");
        header.AsSpan(108, 8).Clear();
        (header[108], header[115], header[114]) = (0x80, 0x02, 0x01);
        Assert.Equal("File big 644 258:0 0\n", TarBytes.Dump(TarBytes.Archive(TarBytes.Sign(header))));
    }

    // The end of the content is the end of an archive without its zero blocks, and part of the zeros may be missing: see the two tests
    // below.
    [Fact]
    public void Next_CutOffWithinAnEntry_IsRefused()
    {
        byte[] archive = TarBytes.Archive(TarBytes.Extension('L', s_long), TarBytes.Header("cut", '0', 3), TarBytes.Padded("abc"));
        int end = archive.Length - (2 * 512);
        for (int length = 1; length < end; length++)
        {
            Assert.Throws<ImageFormatException>(() => TarBytes.Dump(archive[..length]));
        }
    }

    // POSIX asks for two blocks of zeros; dpkg and GNU tar read these all the same.
    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(512 + 100)]
    [InlineData(1024)]
    [InlineData(10 * 1024)]
    [InlineData(1024 + 7)]
    public void Next_AnyNumberOfZerosAtTheEnd_EndsTheArchive(int zeros)
    {
        byte[] archive = [.. TarBytes.Header("a", '0', 3), .. TarBytes.Padded("abc"), .. new byte[zeros]];
        Assert.Equal("File a 644 0:0 3 'abc'\n", TarBytes.Dump(archive));
        Assert.Equal("", TarBytes.Dump(new byte[zeros]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(511)]
    public void Next_PartOfAHeaderAtTheEnd_IsCutOff(int length) => Assert.Contains(
        $"the next header is cut off after {length} of 512 bytes",
        Assert.Throws<ImageFormatException>(() => TarBytes.Dump([.. TarBytes.Header("a"), .. TarBytes.Header("b")[..length]])).Message,
        StringComparison.Ordinal);

    public static TheoryData<string, byte[]> Hostile { get; } = new()
    {
        { "magic", TarBytes.Archive(TarBytes.Sign(TarBytes.Put(TarBytes.Header("v7"), 257, "\0\0\0\0\0\0\0\0"))) },
        { "checksum", TarBytes.Archive(TarBytes.Put(TarBytes.Header("a"), 0, "b")) },
        { "octal", TarBytes.Archive(TarBytes.Sign(TarBytes.Put(TarBytes.Header("a"), 124, "0000000008\0"))) },
        { "octal", TarBytes.Archive(TarBytes.Sign(TarBytes.Put(TarBytes.Header("a"), 124, "-0000000001"))) },
        { "negative", TarBytes.Archive(Base256("a", 0xFF, 0xFF)) },
        { "63 bits", TarBytes.Archive(Base256("a", 0x80, 0xFF)) },
        { "uid", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("uid", "4294967295")), TarBytes.Header("a")) },
        { "name is empty", TarBytes.Archive(TarBytes.Header("")) },
        { "target is empty", TarBytes.Archive(TarBytes.Header("a", '2')) },
        { "longer than 4095", TarBytes.Archive(TarBytes.Extension('L', new string('a', 4096)), TarBytes.Header("a")) },
        { "longer than 4095", TarBytes.Archive(TarBytes.Extension('K', new string('a', 4096)), TarBytes.Header("a", '2')) },
        { "NUL", TarBytes.Archive(TarBytes.Extension('L', "a\0b"), TarBytes.Header("a")) },
        { "NUL", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("path", "a\0b")), TarBytes.Header("a")) },
        { "not UTF-8", TarBytes.Archive(NotUtf8()) },
        { "content of 4 bytes", TarBytes.Archive(TarBytes.Header("a", '5', 4), TarBytes.Padded("abcd")) },
        { "content of 4 bytes", TarBytes.Archive(TarBytes.Header("a", '1', 4, "b"), TarBytes.Padded("abcd")) },
        { "ends with '/'", TarBytes.Archive(TarBytes.Header("a/", '0')) },
        { "sparse", TarBytes.Archive(TarBytes.Header("a", 'S', gnu: true)) },
        { "sparse", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("GNU.sparse.major", "1")), TarBytes.Header("a")) },
        { "type 0x56", TarBytes.Archive(TarBytes.Header("a", 'V', gnu: true)) },
        { "extension header has 1048577", TarBytes.Archive(TarBytes.Header("x", 'x', 1048577)) },
        { "extension header has 0", TarBytes.Archive(TarBytes.Header("x", 'L', 0)) },
        { "second long name", TarBytes.Archive(TarBytes.Extension('L', "a"), TarBytes.Extension('L', "b"), TarBytes.Header("a")) },
        { "second extended header", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("path", "a")), TarBytes.Extension('x', TarBytes.Record("path", "b")), TarBytes.Header("a")) },
        { "both in GNU's and in pax's way", TarBytes.Archive(TarBytes.Extension('L', "a"), TarBytes.Extension('x', TarBytes.Record("path", "b")), TarBytes.Header("a")) },
        { "followed by no entry", TarBytes.Extension('L', "a") },
        { "followed by no entry", TarBytes.Archive(TarBytes.Extension('L', "a")) },
        { "global extended header sets path", TarBytes.Archive(TarBytes.Extension('g', TarBytes.Record("path", "b")), TarBytes.Header("a")) },
        { "twice", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("path", "b") + TarBytes.Record("path", "c")), TarBytes.Header("a")) },
        { "length", TarBytes.Archive(TarBytes.Extension('x', "path=b\n"), TarBytes.Header("a")) },
        { "claims 99 bytes", TarBytes.Archive(TarBytes.Extension('x', "99 path=b\n"), TarBytes.Header("a")) },
        { "'length key=value'", TarBytes.Archive(TarBytes.Extension('x', "9 path=bb"), TarBytes.Header("a")) },
        { "decimal", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("size", "-1")), TarBytes.Header("a")) },
        { "decimal", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("size", "9223372036854775808")), TarBytes.Header("a")) },
        { "impossible size", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("size", "9223372036854775807")), TarBytes.Header("a")) },
        { "follows the first zero block", [.. new byte[512], .. TarBytes.Header("a"), .. new byte[1024]] },
        { "follows the first zero block", [.. TarBytes.Header("a"), .. new byte[512], .. "x"u8] },
        { "follows the first zero block", [.. TarBytes.Archive(TarBytes.Header("a")), .. TarBytes.Header("b")] },
        { "cut off", [.. TarBytes.Header("a", '0', 1L << 40), .. new byte[2048]] },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void Next_HostileArchive_IsRefused(string problem, byte[] archive) =>
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => TarBytes.Dump(archive)).Message, StringComparison.Ordinal);

    [Fact]
    public void Next_MoreEntriesThanAllowed_IsRefused()
    {
        TarReader reader = new(new MemoryStream(TarBytes.Archive(TarBytes.Header("a"), TarBytes.Header("b"))), new TarLimits { MaxEntries = 1 });
        reader.Next();
        Assert.Throws<ImageFormatException>(() => reader.Next());
    }

    [Fact]
    public void Next_BrokenInputs_OnlyFormatExceptionsLeave()
    {
        byte[] valid = TarBytes.Archive(
            TarBytes.Extension('x', TarBytes.Record("path", s_long) + TarBytes.Record("size", "3")), TarBytes.Header("cut", '0', 3), TarBytes.Padded("abc"),
            TarBytes.Extension('L', s_long), TarBytes.Header("cut", '2', link: "x", gnu: true));
        SeededMutations.OnlyFormatExceptionsLeave(valid, 5000, 3, bytes => TarBytes.Dump(bytes));
        // Most of the mutations above die of the checksum; these get past it.
        Random random = new(4);
        for (int i = 0; i < 5000; i++)
        {
            byte[] header = TarBytes.Header("name", "01234567LKxgSV"[random.Next(14)], 600, "link", gnu: i % 2 == 0);
            header[random.Next(500)] = (byte)random.Next(256);
            byte[] archive = TarBytes.Archive(TarBytes.Sign(header), TarBytes.Padded(TarBytes.Record("path", "x")), TarBytes.Padded("y"), TarBytes.Header("b"));
            try
            {
                TarBytes.Dump(archive);
            }
            catch (ImageFormatException e)
            {
                Assert.Equal("tar", e.Format);
            }
        }
    }

    [SkippableTheory]
    [InlineData("--format=gnu")]
    [InlineData("--format=posix")]
    [InlineData("--format=ustar")]
    public void Next_ArchiveOfGnuTar_GivesItsEntries(string format)
    {
        using TemporaryFolder folder = new();
        string name = format == "--format=ustar" ? new string('n', 90) : new string('n', 200);
        string directory = Path.Combine(folder.Path, "in", new string('d', 80));
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, name), "content");
        File.CreateSymbolicLink(Path.Combine(directory, "soft"), format == "--format=ustar" ? "/short" : "/" + new string('t', 150));
        (int exitCode, string output) = Oracle.Run(
            "tar", format, "--sort=name", "--owner=0", "--group=0", "--mode=u=rw,go=r,a+X", "-cf", folder["a.tar"], "-C", folder["in"], ".");
        Assert.True(exitCode == 0, output);
        string d = $"./{new string('d', 80)}/";
        string target = format == "--format=ustar" ? "/short" : "/" + new string('t', 150);
        Assert.Equal(
            $"Directory ./ 755 0:0 0\nDirectory {d} 755 0:0 0\nFile {d}{name} 644 0:0 7 'content'\nSymlink {d}soft 644 0:0 0 -> {target}\n",
            TarBytes.Dump(File.ReadAllBytes(folder["a.tar"])));
    }

    private static byte[] Base256(string name, byte first, byte rest)
    {
        byte[] header = TarBytes.Header(name);
        header.AsSpan(124, 12).Fill(rest);
        header[124] = first;
        return TarBytes.Sign(header);
    }

    private static byte[] NotUtf8()
    {
        byte[] header = TarBytes.Header("abc");
        header[1] = 0xFF;
        return TarBytes.Sign(header);
    }
}
