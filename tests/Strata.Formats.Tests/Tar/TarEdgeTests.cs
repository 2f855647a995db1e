using System.Text;
using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Formats.Tests.Tar;

/// <summary>
/// Last allowed and first refused values, each alike field apart (POSIX pax, "ustar Interchange Format"; GNU tar
/// manual).
/// </summary>
public class TarEdgeTests
{
    private const string Plain = "File a 644 0:0 0\n";

    [Theory]
    [InlineData(124, "         17\0", "File a 644 0:0 15 'fifteen letters'\n")] // blanks before
    [InlineData(124, "17         \0", "File a 644 0:0 15 'fifteen letters'\n")] // and behind
    [InlineData(124, "00000000017\0", "File a 644 0:0 15 'fifteen letters'\n")]
    [InlineData(124, "000000000017", "File a 644 0:0 15 'fifteen letters'\n")] // no end at all
    public void Next_OctalNumber_MayBePaddedEitherWay(int at, string field, string expected) =>
        Assert.Equal(expected, TarBytes.Dump(TarBytes.Archive(TarBytes.Sign(TarBytes.Put(TarBytes.Header("a"), at, field)),
            TarBytes.Padded("fifteen letters"))));

    [Theory]
    [InlineData(100, "0104755\0", "File a 4755 0:0 0\n")] // the kind of a file that some writers add to its mode
    [InlineData(108, "0000007\0", "File a 644 7:0 0\n")]
    [InlineData(116, "0000007\0", "File a 644 0:7 0\n")]
    [InlineData(136, "00000000001\0", Plain)] // times are nobody's business
    public void Next_FieldsOfTheHeader_AreAtTheirPlaces(int at, string field, string expected) =>
        Assert.Equal(expected, TarBytes.Dump(TarBytes.Archive(TarBytes.Sign(TarBytes.Put(TarBytes.Header("a"), at, field)))));

    [Fact]
    public void Next_Prefix_IsThatOfPosixAlone()
    {
        Assert.Equal("File p/a 644 0:0 0\n", TarBytes.Dump(TarBytes.Archive(TarBytes.Sign(TarBytes.Put(TarBytes.Header("a"), 345, "p")))));
        Assert.Equal(Plain, TarBytes.Dump(TarBytes.Archive(TarBytes.Sign(TarBytes.Put(TarBytes.Header("a", gnu: true), 345, "p")))));
        string name = new('n', 100); // without room for a NUL
        string prefix = new('p', 155);
        Assert.Equal($"File {prefix}/{name} 644 0:0 0\n",
            TarBytes.Dump(TarBytes.Archive(TarBytes.Sign(TarBytes.Put(TarBytes.Header(name), 345, prefix)))));
        Assert.Equal($"Symlink a 644 0:0 0 -> {name}\n", TarBytes.Dump(TarBytes.Archive(TarBytes.Header("a", '2', link: name))));
    }

    public static TheoryData<string, byte[][], string?> Extensions { get; } = new()
    {
        { "longest name", [TarBytes.Extension('L', new string('a', 4095)), TarBytes.Header("a")], null },
        { "longest target", [TarBytes.Extension('K', new string('a', 4095)), TarBytes.Header("a", '2')], null },
        { "one byte", [TarBytes.Extension('L', "b"), TarBytes.Header("a")], null },
        { "second target", [TarBytes.Extension('K', "a"), TarBytes.Extension('K', "a"), TarBytes.Header("a", '2')],
            "second long link target" },
        { "target twice", [TarBytes.Extension('K', "a"), TarBytes.Extension('x', TarBytes.Record("linkpath", "b")), TarBytes.Header("a",
            '2')], "both in GNU's" },
        { "name and target", [TarBytes.Extension('L', "a"), TarBytes.Extension('x', TarBytes.Record("linkpath", "b")),
            TarBytes.Header("a", '2')], null },
        { "target at the end", [TarBytes.Extension('K', "a")], "followed by no entry" },
        { "records at the end", [TarBytes.Extension('x', TarBytes.Record("path", "a"))], "followed by no entry" },
        { "global target", [TarBytes.Extension('g', TarBytes.Record("linkpath", "b")), TarBytes.Header("a")], "sets linkpath" },
        { "global size", [TarBytes.Extension('g', TarBytes.Record("size", "0")), TarBytes.Header("a")], "sets size" },
        { "global uid", [TarBytes.Extension('g', TarBytes.Record("uid", "0")), TarBytes.Header("a")], "sets uid" },
        { "global gid", [TarBytes.Extension('g', TarBytes.Record("gid", "0")), TarBytes.Header("a")], "sets gid" },
        { "global attribute", [TarBytes.Extension('g', TarBytes.Record("SCHILY.xattr.user.x", "1")), TarBytes.Header("a")],
            "sets attributes" },
        { "global nothing", [TarBytes.Extension('g', TarBytes.Record("path", "")), TarBytes.Header("a")], null },
        { "global before the records of an entry", [TarBytes.Extension('x', TarBytes.Record("gid", "1")), TarBytes.Extension('g',
            TarBytes.Record("c", "d")), TarBytes.Header("a")], null },
        { "largest owner", [TarBytes.Extension('x', TarBytes.Record("uid", "4294967294")), TarBytes.Header("a")], null },
        { "no owner", [TarBytes.Extension('x', TarBytes.Record("uid", "4294967295")), TarBytes.Header("a")], "the uid is" },
        { "no group", [TarBytes.Extension('x', TarBytes.Record("gid", "4294967295")), TarBytes.Header("a")], "the gid is" },
        { "largest header", [TarBytes.Extension('x', TarBytes.Record("comment", new string('c', (1 << 20) - 17))), TarBytes.Header("a")],
            null },
        { "empty key", [TarBytes.Extension('x', "6 =ab\n"), TarBytes.Header("a")], "'length key=value'" },
        { "no '='", [TarBytes.Extension('x', "6 abc\n"), TarBytes.Header("a")], "'length key=value'" },
        { "shortest record", [TarBytes.Extension('x', "5 a=\n"), TarBytes.Header("a")], null },
        { "length of nothing", [TarBytes.Extension('x', "2 a=\n"), TarBytes.Header("a")], "claims 2 bytes" },
        { "length of a blank", [TarBytes.Extension('x', "1 a=\n"), TarBytes.Header("a")], "claims 1 bytes" },
        { "length of eight digits", [TarBytes.Extension('x', "00000013 a=b\n"), TarBytes.Header("a")], "does not start with its length" },
        { "length of seven digits", [TarBytes.Extension('x', "0000012 a=b\n"), TarBytes.Header("a")], null },
        { "length with a sign", [TarBytes.Extension('x', "+6 a=b\n"), TarBytes.Header("a")], "does not start with its length" },
        { "one byte more than there is", [TarBytes.Extension('x', "7 a=b\n"), TarBytes.Header("a")], "claims 7 bytes, 6 are left" },
        { "old file with a slash", [TarBytes.Header("a/", '\0')], "ends with '/'" },
        { "folder with content", [TarBytes.Extension('x', TarBytes.Record("size", "1")), TarBytes.Header("a", '6')], "content of 1 bytes" },
        { "size that ends just below 2^63", [Big(0x7F, 0xFF)], "impossible size" },
        { "size of 2^63", [Big(0x80, 0)], "63 bits" },
    };

    [Theory]
    [MemberData(nameof(Extensions), DisableDiscoveryEnumeration = true)]
    public void Next_Extension_AtItsEdge(string name, byte[][] parts, string? problem)
    {
        byte[] archive = TarBytes.Archive(parts);
        if (problem is null)
        {
            Assert.True(TarBytes.Dump(archive).EndsWith('\n'), name);
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => TarBytes.Dump(archive)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path", "File a 644 0:0 0\n")]
    [InlineData("size", Plain)]
    [InlineData("uid", Plain)]
    public void Next_EmptyRecord_LeavesWhatTheHeaderSays(string key, string expected) =>
        Assert.Equal(expected, TarBytes.Dump(TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record(key, "")), TarBytes.Header("a"))));

    [Fact]
    public void Next_WhatAnExtensionSaid_EndsWithItsEntry() => Assert.Equal(
        "Symlink long 644 3:0 0 -> far\nSymlink a 644 0:0 0 -> b\n",
        TarBytes.Dump(TarBytes.Archive(
            TarBytes.Extension('L', "long"), TarBytes.Extension('K', "far"), TarBytes.Extension('x', TarBytes.Record("uid", "3")),
            TarBytes.Header("c", '2', link: "d"), TarBytes.Header("a", '2', link: "b"))));

    [Fact]
    public void Next_AsManyEntriesAsAllowed_AreRead()
    {
        TarReader reader = new(new MemoryStream(TarBytes.Archive(TarBytes.Header("a"), TarBytes.Header("b"))),
            new TarLimits { MaxEntries = 2 });
        Assert.Equal(("a", "b", null), (reader.Next()!.Name, reader.Next()!.Name, reader.Next()));
    }

    [Theory]
    [InlineData(100, 0, false)]
    [InlineData(101, 0, true)] // no slash to cut it at
    [InlineData(100, 155, false)]
    [InlineData(101, 155, true)]
    [InlineData(100, 156, true)]
    [InlineData(1, 155, false)]
    public void Write_Name_FitsPrefixAndName(int name, int prefix, bool extended)
    {
        string path = (prefix == 0 ? "" : new string('p', prefix) + "/") + new string('n', name);
        Check(new TarEntry { Name = path, Kind = TarKind.File, Mode = Modes.File }, extended, $"File {path} 644 0:0 0\n");
    }

    [Fact]
    public void Write_FolderWhoseSlashIsItsLastByte_KeepsAName()
    {
        string path = new string('d', 110) + "/"; // nothing would be left behind that slash
        Check(new TarEntry { Name = path, Kind = TarKind.Directory, Mode = Modes.Folder }, true, $"Directory {path} 755 0:0 0\n");
    }

    [Theory]
    [InlineData(100, 'l', false)]
    [InlineData(101, 'l', true)]
    [InlineData(3, 'ö', true)]
    public void Write_Target_FitsItsField(int length, char letter, bool extended)
    {
        string target = new(letter, length);
        Check(new TarEntry { Name = "a", Kind = TarKind.Symlink, Mode = Modes.Link, LinkName = target }, extended,
            $"Symlink a 777 0:0 0 -> {target}\n");
    }

    [Theory]
    [InlineData(0x1FFFFFu, 0u, false)]
    [InlineData(0x200000u, 0u, true)]
    [InlineData(0u, 0x1FFFFFu, false)]
    [InlineData(0u, 0x200000u, true)]
    public void Write_Owner_FitsSevenDigits(uint uid, uint gid, bool extended) =>
        Check(new TarEntry { Name = "a", Kind = TarKind.File, Mode = Modes.File, Uid = uid, Gid = gid }, extended,
            $"File a 644 {uid}:{gid} 0\n");

    [Theory]
    [InlineData(0x1FFFFFu, 0u, true)]
    [InlineData(0u, 0x1FFFFFu, true)]
    [InlineData(0x200000u, 0u, false)]
    [InlineData(0u, 0x200000u, false)]
    public void Write_Device_FitsSevenDigits(uint major, uint minor, bool fits)
    {
        TarEntry entry = new() { Name = "a", Kind = TarKind.BlockDevice, Mode = Modes.File, DeviceMajor = major, DeviceMinor = minor };
        if (fits)
        {
            Check(entry, false, $"BlockDevice a 644 0:0 0 {major},{minor}\n");
            return;
        }
        using TarWriter writer = new(new MemoryStream());
        Assert.Throws<ArgumentException>(() => writer.Write(entry));
    }

    [Fact]
    public void Write_ModesAndTargets_LastAllowedAndFirstRefused()
    {
        TarEntry file = new() { Name = "a", Kind = TarKind.File };
        Check(file with { Mode = 0xFFF }, false, "File a 7777 0:0 0\n");
        Check(file with { Mode = 0 }, false, "File a 0 0:0 0\n");
        using TarWriter writer = new(new MemoryStream());
        foreach (TarEntry entry in (TarEntry[])
        [
            file with { Mode = -1 }, file with { Kind = TarKind.HardLink }, file with { Kind = TarKind.Symlink, LinkName = "a\0" },
            file with { Kind = TarKind.Fifo, Size = 1 }, file with { Kind = TarKind.Directory, LinkName = "x" },
        ])
        {
            Assert.Throws<ArgumentException>(() => writer.Write(entry));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new TarWriter(new MemoryStream(), modified: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TarWriter(new MemoryStream(), modified: 1L << 33));
    }

    [Fact]
    public void Write_LatestTime_HasElevenDigits()
    {
        using MemoryStream archive = new();
        using TarWriter writer = new(archive, (1L << 33) - 1);
        writer.Write(new TarEntry { Name = "a", Kind = TarKind.File });
        Assert.Equal("77777777777\0", Encoding.ASCII.GetString(archive.ToArray(), 136, 12));
    }

    /// <summary>Keys are UTF-8, and so are values that are texts; that of an attribute is bytes. Characters are bytes here.</summary>
    [Theory]
    [InlineData("7 \u00FF=ab\n", "key in the extended header is not UTF-8")]
    [InlineData("8 \u00C0\u00AF=ab\n", "key in the extended header is not UTF-8")] // a slash in more bytes than it needs
    [InlineData("8 ab\u00C3=c\n", "key in the extended header is not UTF-8")] // half a character
    [InlineData("9 path=\u00FF\n", "path in the extended header is not UTF-8")]
    [InlineData("8 \u00C3\u00A4=ab\n", null)]
    [InlineData("25 SCHILY.xattr.user.x=\u00FF\n", null)]
    [InlineData("13 comment=\u00FF\n", null)] // nobody asks for it
    public void Parse_TextThatIsNoUtf8_IsRefused(string header, string? problem)
    {
        if (problem is null)
        {
            _ = Read();
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(Read).Message, StringComparison.Ordinal);

        string? Read() => PaxRecords.Parse(Encoding.Latin1.GetBytes(header), 0).Text("path");
    }

    private static void Check(TarEntry entry, bool extended, string expected)
    {
        using MemoryStream archive = new();
        using (TarWriter writer = new(archive, leaveOpen: true))
        {
            writer.Write(entry);
            writer.Finish();
        }
        Assert.Equal(extended, archive.ToArray()[156] == (byte)'x');
        Assert.Equal(extended ? 5 * 512 : 3 * 512, archive.Length);
        Assert.Equal(expected, TarBytes.Dump(archive.ToArray()));
    }

    private static byte[] Big(byte first, byte rest)
    {
        byte[] header = TarBytes.Header("a");
        header[124] = 0x80;
        header.AsSpan(125, 3).Clear();
        header[128] = first;
        header.AsSpan(129, 7).Fill(rest);
        return TarBytes.Sign(header);
    }
}
