using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Cpio;
using Strata.Formats.Deb;
using Strata.Testing;

namespace Strata.Formats.Tests.Cpio;

public class CpioWriterTests
{
    private static readonly Origin s_origin = new("test", null, "test");

    [Fact]
    public void Write_SmallTree_IsByteForByteAsSpecified()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/init"), File("abc", Modes.Program), s_origin);
        // Documentation/driver-api/early-userspace/buffer-format.rst: magic ino mode uid gid nlink mtime filesize maj min rmaj rmin namesize chksum
        string expected =
            "070701" + "00000001" + "000041ED" + "00000000" + "00000000" + "00000002" + "00000007" + "00000000" + "00000000" + "00000000"
            + "00000000" + "00000000" + "00000002" + "00000000" + ".\0" // 110 + 2 is a multiple of 4
            + "070701" + "00000002" + "000081ED" + "00000000" + "00000000" + "00000001" + "00000007" + "00000003" + "00000000" + "00000000"
            + "00000000" + "00000000" + "00000005" + "00000000" + "init\0" + "\0" + "abc\0"
            + "070701" + "00000000" + "00000000" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" + "00000000" + "00000000"
            + "00000000" + "00000000" + "0000000B" + "00000000" + "TRAILER!!!\0" + "\0\0\0";
        Assert.Equal(expected, Encoding.ASCII.GetString(CpioBytes.Write(tree, 7)));
    }

    [Fact]
    public void Write_AllKinds_OurReaderGivesThemBack() => Assert.Equal("""
        1 . 40755 0:0 n2 0 d0:0 ''
        2 bin 40755 0:0 n2 0 d0:0 ''
        3 bin/a 104755 7:42 n3 4 d0:0 'data'
        3 bin/b 104755 7:42 n3 0 d0:0 ''
        4 bin/soft 120777 0:0 n1 1 d0:0 'a'
        5 dev 40755 0:0 n2 0 d0:0 ''
        6 dev/console 20600 0:5 n1 0 d5:1 ''
        7 dev/log 140666 0:0 n1 0 d0:0 ''
        8 dev/pipe 10600 0:0 n1 0 d0:0 ''
        9 dev/ram0 60600 0:0 n1 0 d1:0 ''
        10 empty 100644 0:0 n1 0 d0:0 ''
        11 sub 41777 0:0 n2 0 d0:0 ''
        3 sub/c 104755 7:42 n3 0 d0:0 ''

        """, CpioBytes.Dump(CpioBytes.Write(CpioBytes.AllKinds(), 0)));

    [SkippableFact]
    public void Write_AllKinds_GnuCpioListsThem()
    {
        using TemporaryFolder folder = new();
        System.IO.File.WriteAllBytes(folder["a.cpio"], CpioBytes.Write(CpioBytes.AllKinds(), 0));
        (int exitCode, string output) = Oracle.Run("cpio", "--quiet", "-itvn", "-F", folder["a.cpio"]);
        Assert.True(exitCode == 0, output);
        string[] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Equal(13, lines.Length);
        Assert.Contains("drwxr-xr-x 2 0 0 0 Jan 1 1970 .", lines);
        Assert.Contains("-rwsr-xr-x 3 7 42 4 Jan 1 1970 bin/a", lines);
        Assert.Contains("lrwxrwxrwx 1 0 0 1 Jan 1 1970 bin/soft -> a", lines);
        Assert.Contains("crw------- 1 0 5 5, 1 Jan 1 1970 dev/console", lines);
        Assert.Contains("drwxrwxrwt 2 0 0 0 Jan 1 1970 sub", lines);
    }

    [SkippableTheory]
    [InlineData("cpio")]
    [InlineData("bsdtar")]
    public void Write_FilesAndLinks_TheirExtractionIsTheTree(string program)
    {
        using TemporaryFolder folder = new();
        FileTree tree = new();
        FileNode linked = File(new string('x', 70_001), Modes.Program);
        tree.Add(GuestPath.Parse("/a/one"), linked, s_origin);
        tree.Add(GuestPath.Parse("/b/two"), linked, s_origin);
        tree.Add(GuestPath.Parse("/three"), linked, s_origin);
        tree.Add(GuestPath.Parse("/a/empty"), File("", 0x180), s_origin);
        tree.Add(GuestPath.Parse("/soft"), new SymlinkNode { Permissions = Modes.Link, Target = "a/one" }, s_origin);
        System.IO.File.WriteAllBytes(folder["a.cpio"], CpioBytes.Write(tree, 0));
        Directory.CreateDirectory(folder["out"]);
        (int exitCode, string output) = program == "cpio"
            ? Oracle.Run("cpio", "--quiet", "-idm", "--no-absolute-filenames", "-D", folder["out"], "-F", folder["a.cpio"])
            : Oracle.Run("bsdtar", "-xf", folder["a.cpio"], "-C", folder["out"]);
        Assert.True(exitCode == 0, output);
        (_, output) = Oracle.Run("find", folder["out"], "-mindepth", "1", "-printf", "%P %M %n %s %l\n");
        Assert.Equal(
        [
            "a drwxr-xr-x", "a/empty -rw------- 1 0 ", "a/one -rwxr-xr-x 3 70001 ", "b drwxr-xr-x", "b/two -rwxr-xr-x 3 70001 ",
            "soft lrwxrwxrwx 1 5 a/one", "three -rwxr-xr-x 3 70001 ",
        ], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Contains(" d", StringComparison.Ordinal) ? l[..l.IndexOf(' ', l.IndexOf(' ', StringComparison.Ordinal) + 1)] : l).Order(StringComparer.Ordinal));
        Assert.Equal(new string('x', 70_001), System.IO.File.ReadAllText(Path.Combine(folder["out"], "three")));
    }

    [Fact]
    public void Write_LinkWithTwoNames_BecomesTwoLinks()
    {
        FileTree tree = new();
        SymlinkNode link = new() { Permissions = Modes.Link, Target = "x" };
        tree.Add(GuestPath.Parse("/a"), link, s_origin);
        tree.Add(GuestPath.Parse("/b"), link, s_origin);
        Assert.EndsWith("2 a 120777 0:0 n1 1 d0:0 'x'\n3 b 120777 0:0 n1 1 d0:0 'x'\n", CpioBytes.Dump(CpioBytes.Write(tree, 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_FileOf4GiB_IsRefused()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/big"), new FileNode { Permissions = Modes.File, Content = new StoredContent(1L << 32, default) }, s_origin);
        StrataException e = Assert.Throws<StrataException>(() => CpioBytes.Write(tree, 0));
        Assert.Equal("cannot write /big into a cpio archive: it has 4.00 GiB, the format holds less than 4 GiB a file", e.Message);
    }

    [Fact]
    public void Write_FileNamedLikeTheTrailer_IsRefused()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/TRAILER!!!"), File("", Modes.File), s_origin);
        Assert.Throws<StrataException>(() => CpioBytes.Write(tree, 0));
    }

    private static FileNode File(string content, int permissions) => new() { Permissions = permissions, Content = InlineContent.FromText(content) };
}

/// <summary>cpio archives made and described in the test.</summary>
internal static class CpioBytes
{
    public static byte[] Write(FileTree tree, uint modified)
    {
        using PackageContentReader contents = new(_ => throw new InvalidOperationException("there is no store in this test"));
        using MemoryStream target = new();
        CpioWriter.Write(tree, contents, target, modified);
        Assert.Equal(0, target.Length % 4);
        return target.ToArray();
    }

    public static FileTree AllKinds()
    {
        Origin origin = new("test", null, "test");
        FileTree tree = new();
        FileNode file = new() { Permissions = 0x9ED, Uid = 7, Gid = 42, Content = InlineContent.FromText("data") };
        tree.Add(GuestPath.Parse("/bin/a"), file, origin);
        tree.Add(GuestPath.Parse("/bin/b"), file, origin);
        tree.Add(GuestPath.Parse("/bin/soft"), new SymlinkNode { Permissions = Modes.Link, Target = "a" }, origin);
        tree.Add(GuestPath.Parse("/dev/console"), new SpecialNode { Permissions = Modes.SecretFile, Gid = 5, Kind = SpecialKind.CharacterDevice, Major = 5, Minor = 1 }, origin);
        tree.Add(GuestPath.Parse("/dev/log"), new SpecialNode { Permissions = 0x1B6, Kind = SpecialKind.Socket }, origin);
        tree.Add(GuestPath.Parse("/dev/pipe"), new SpecialNode { Permissions = Modes.SecretFile, Kind = SpecialKind.Fifo }, origin);
        tree.Add(GuestPath.Parse("/dev/ram0"), new SpecialNode { Permissions = Modes.SecretFile, Kind = SpecialKind.BlockDevice, Major = 1 }, origin);
        tree.Add(GuestPath.Parse("/empty"), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText("") }, origin);
        tree.Add(GuestPath.Parse("/sub"), new DirectoryNode { Permissions = 0x3FF }, origin);
        tree.Add(GuestPath.Parse("/sub/c"), file, origin);
        return tree;
    }

    public static string Dump(byte[] archive)
    {
        StringBuilder text = new();
        CpioReader reader = new(new MemoryStream(archive));
        while (reader.Next() is CpioEntry e)
        {
            using StreamReader content = new(reader.Content, Encoding.Latin1);
            text.Append(CultureInfo.InvariantCulture, $"{e.Inode} {e.Name} {Convert.ToString(e.Mode, 8)} {e.Uid}:{e.Gid} n{e.Links} {e.Size} ");
            text.Append(CultureInfo.InvariantCulture, $"d{e.DeviceMajor}:{e.DeviceMinor} '{content.ReadToEnd()}'\n");
        }
        return text.ToString();
    }
}
