using System.Text;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Deb;
using Strata.Formats.Tar;
using Strata.Formats.Tests.Ar;
using Strata.Formats.Tests.Streams;

namespace Strata.Formats.Tests.Deb;

public class DebReaderTests
{
    private static readonly byte[] s_data = DebBytes.Tar(DebBytes.Directory("./"), DebBytes.File("./a", "content"));

    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Xz)]
    [InlineData(CompressionKind.Zstd)]
    public void Read_EachCompression_GivesControlAndScripts(CompressionKind kind)
    {
        byte[] deb = DebBytes.Package(s_data, kind, DebBytes.ControlTar(
            ("./control", DebBytes.Control), ("./postinst", "#!/bin/sh\n"), ("./md5sums", "x"), ("conffiles", "/etc/a\n")));
        DebPackage package = DebReader.Read(new MemoryStream(deb));
        Assert.Equal(DebBytes.Control, package.Control);
        Assert.Equal(kind, package.DataCompression);
        Assert.Equal(["conffiles", "postinst"], package.Files.Keys);
        Assert.Equal("#!/bin/sh\n", Encoding.UTF8.GetString(package.Files["postinst"].Span));
        Assert.Equal("/a File 644 0:0 7@1024 ed7002b4\n", DebBytes.Dump(DebBytes.List(deb))["/ Directory 755 0:0\n".Length..]);
    }

    [Fact]
    public void Read_LaterMinorVersionAndUnderscoreMembers_AreAllowed()
    {
        byte[] deb = ArBytes.Archive(
            ("debian-binary", "2.1\nmore\n"u8.ToArray()), ("_x", [1]), ("control.tar", DebBytes.ControlTar(("control", "Package: x\n"))), ("_y", []),
            ("data.tar", s_data), ("_gpgorigin", [2]));
        Assert.Equal("Package: x\n", DebReader.Read(new MemoryStream(deb)).Control);
        Assert.Equal(2, DebBytes.List(deb).Entries.Count);
    }

    [Fact]
    public void DataReader_Entries_ComeWithTheirContents()
    {
        using DebDataReader reader = new(new MemoryStream(DebBytes.Package(s_data, CompressionKind.Xz)));
        Assert.Equal("./", reader.Next()!.Name);
        Assert.Equal("./a", reader.Next()!.Name);
        Assert.Equal("content", new StreamReader(reader.Content).ReadToEnd());
        Assert.Null(reader.Next());
    }

    [Fact]
    public void OpenData_GivesTheWholeTar()
    {
        using Stream data = DebDataReader.OpenData(new MemoryStream(DebBytes.Package(s_data, CompressionKind.Zstd)));
        using MemoryStream all = new();
        data.CopyTo(all);
        Assert.Equal(s_data, all.ToArray());
    }

    public static TheoryData<string, byte[]> Hostile { get; } = new()
    {
        { "debian-binary", ArBytes.Archive(("control.tar", DebBytes.ControlTar())) },
        { "debian-binary", "!<arch>\n"u8.ToArray() },
        { "'3.0'", WithVersion("3.0\n") },
        { "debian-binary has 3 bytes", WithVersion("2.0") },
        { "format version is ''", WithVersion("2.0 without end") },
        { "format version", WithVersion("2.x\n") },
        { "debian-binary has 2000 bytes", WithVersion(new string('2', 2000)) },
        { "no member control.tar", ArBytes.Archive(("debian-binary", "2.0\n"u8.ToArray())) },
        { "no member data.tar", ArBytes.Archive(("debian-binary", "2.0\n"u8.ToArray()), ("control.tar", DebBytes.ControlTar(("control", "x")))) },
        {
            "'data.tar' stands where control.tar", ArBytes.Archive(
                ("debian-binary", "2.0\n"u8.ToArray()), ("data.tar", s_data), ("control.tar", DebBytes.ControlTar(("control", "x"))))
        },
        {
            "not supported", ArBytes.Archive(
                ("debian-binary", "2.0\n"u8.ToArray()), ("control.tar.bz2", "BZh"u8.ToArray()), ("data.tar", s_data))
        },
        {
            "'extra' follows", ArBytes.Archive(
                ("debian-binary", "2.0\n"u8.ToArray()), ("control.tar", DebBytes.ControlTar(("control", "x"))), ("data.tar", s_data), ("extra", []))
        },
        { "no file 'control'", DebBytes.Package(s_data, controlTar: DebBytes.ControlTar(("./postinst", ""))) },
        { "comes twice", DebBytes.Package(s_data, controlTar: DebBytes.ControlTar(("./control", "x"), ("control", "y"))) },
        { "plain files", DebBytes.Package(s_data, controlTar: DebBytes.Tar(DebBytes.Symlink("control", "/etc/passwd"))) },
        { "plain files", DebBytes.Package(s_data, controlTar: DebBytes.Tar(DebBytes.Special("control", TarKind.Fifo))) },
        { "plain files", DebBytes.Package(s_data, controlTar: DebBytes.Tar(DebBytes.File("sub/control", ""))) },
        { "'..'", DebBytes.Package(s_data, controlTar: DebBytes.Tar(DebBytes.File("../control", ""))) },
        { "not UTF-8", DebBytes.Package(s_data, controlTar: DebBytes.Tar(DebBytes.File("control", [0xFF]))) },
        { "allowed 4194304", DebBytes.Package(s_data, controlTar: DebBytes.Tar(DebBytes.File("postinst", new byte[(4 << 20) + 1]))) },
        { "more than 256 entries", DebBytes.Package(s_data, controlTar: DebBytes.Tar(Enumerable.Range(0, 257).Select(i => DebBytes.File($"f{i}", "")))) },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void Read_HostilePackage_IsRefused(string problem, byte[] deb) =>
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => DebReader.Read(new MemoryStream(deb))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_CutOffAnywhere_IsRefused()
    {
        byte[] deb = DebBytes.Package(s_data, CompressionKind.Xz);
        for (int length = 0; length < deb.Length; length += 3)
        {
            byte[] part = deb[..length];
            Assert.Throws<ImageFormatException>(() =>
            {
                DebReader.Read(new MemoryStream(part));
                DebBytes.List(part);
            });
        }
    }

    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Xz)]
    public void Read_BrokenInputs_OnlyFormatExceptionsLeave(CompressionKind kind) =>
        SeededMutations.OnlyFormatExceptionsLeave(DebBytes.Package(s_data, kind), 3000, 21, bytes =>
        {
            DebReader.Read(new MemoryStream(bytes));
            DebBytes.List(bytes);
        });

    [Fact]
    public void Read_StreamThatCannotSeek_IsTheCallersMistake() =>
        Assert.Throws<ArgumentException>(() => DebReader.Read(Decompression.Open(new MemoryStream([1]), CompressionKind.None)));

    private static byte[] WithVersion(string version) => ArBytes.Archive(
        ("debian-binary", Encoding.ASCII.GetBytes(version)), ("control.tar", DebBytes.ControlTar(("control", "x"))), ("data.tar", s_data));
}
