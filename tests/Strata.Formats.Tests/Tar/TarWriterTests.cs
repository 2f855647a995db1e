using System.Globalization;
using Strata.Core;
using Strata.Formats.Tar;
using Strata.Testing;

namespace Strata.Formats.Tests.Tar;

public class TarWriterTests
{
    private static readonly string s_splittable = new string('p', 120) + "/" + new string('n', 90);
    private static readonly string s_long = new('l', 250);

    private static readonly (TarEntry Entry, byte[] Content)[] s_entries =
    [
        (new TarEntry { Name = "./", Kind = TarKind.Directory, Mode = Modes.Folder }, []),
        (new TarEntry { Name = "./file", Kind = TarKind.File, Mode = 0x9A4, Uid = 7, Gid = 42, Size = 5 }, "hello"u8.ToArray()),
        (new TarEntry { Name = "./block", Kind = TarKind.File, Mode = Modes.File, Size = 512 }, new byte[512]),
        (new TarEntry { Name = "./hard", Kind = TarKind.HardLink, Mode = Modes.File, LinkName = "./file" }, []),
        (new TarEntry { Name = "./soft", Kind = TarKind.Symlink, Mode = Modes.Link, LinkName = "/" + s_long }, []),
        (new TarEntry { Name = s_splittable, Kind = TarKind.File, Mode = Modes.File }, []),
        (new TarEntry { Name = s_long, Kind = TarKind.File, Mode = Modes.File, Size = 1 }, "x"u8.ToArray()),
        (new TarEntry { Name = "./größe", Kind = TarKind.File, Mode = Modes.File, Uid = 3_000_000, Gid = uint.MaxValue - 1 }, []),
        (new TarEntry { Name = "./null", Kind = TarKind.CharacterDevice, Mode = 0x1B6, DeviceMajor = 1, DeviceMinor = 3 }, []),
        (new TarEntry { Name = "./pipe", Kind = TarKind.Fifo, Mode = 0x1B6 }, []),
        (new TarEntry
        {
            Name = "./caps",
            Kind = TarKind.File,
            Mode = Modes.Program,
            ExtendedAttributes = new Dictionary<string, ReadOnlyMemory<byte>> { ["security.capability"] = new byte[] { 0, 10, 61 } },
        }, []),
    ];

    [Fact]
    public void Write_AllKinds_OurReaderGivesThemBack() => Assert.Equal($"""
        Directory ./ 755 0:0 0
        File ./file 4644 7:42 5 'hello'
        File ./block 644 0:0 512
        HardLink ./hard 644 0:0 0 -> ./file
        Symlink ./soft 777 0:0 0 -> /{s_long}
        File {s_splittable} 644 0:0 0
        File {s_long} 644 0:0 1 'x'
        File ./größe 644 3000000:4294967294 0
        CharacterDevice ./null 666 0:0 0 1,3
        Fifo ./pipe 666 0:0 0
        File ./caps 755 0:0 0 security.capability=000a3d

        """, TarBytes.Dump(WriteAll(0)));

    [SkippableFact]
    public void Write_AllKinds_GnuTarListsThem()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.tar"], WriteAll(86400));
        (int exitCode, string output) = Oracle.Run("tar", "--utc", "--full-time", "--numeric-owner", "--quoting-style=literal", "-tvf", folder["a.tar"]);
        Assert.True(exitCode == 0, output);
        string[] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Equal(
        [
            "drwxr-xr-x 0/0 0 1970-01-02 00:00:00 ./",
            "-rwSr--r-- 7/42 5 1970-01-02 00:00:00 ./file",
            "-rw-r--r-- 0/0 512 1970-01-02 00:00:00 ./block",
            "hrw-r--r-- 0/0 0 1970-01-02 00:00:00 ./hard link to ./file",
            $"lrwxrwxrwx 0/0 0 1970-01-02 00:00:00 ./soft -> /{s_long}",
            $"-rw-r--r-- 0/0 0 1970-01-02 00:00:00 {s_splittable}",
            $"-rw-r--r-- 0/0 1 1970-01-02 00:00:00 {s_long}",
            "-rw-r--r-- 3000000/4294967294 0 1970-01-02 00:00:00 ./größe",
            "crw-rw-rw- 0/0 1,3 1970-01-02 00:00:00 ./null",
            "prw-rw-rw- 0/0 0 1970-01-02 00:00:00 ./pipe",
            "-rwxr-xr-x 0/0 0 1970-01-02 00:00:00 ./caps",
        ], lines);
    }

    [SkippableFact]
    public void Write_AllKinds_BsdTarListsThem()
    {
        using TemporaryFolder folder = new();
        (TarEntry Entry, byte[] Content)[] ascii = [.. s_entries.Where(e => e.Entry.Name.All(char.IsAscii))]; // its locale here is C
        File.WriteAllBytes(folder["a.tar"], WriteAll(0, ascii));
        (int exitCode, string output) = Oracle.Run("bsdtar", "-tf", folder["a.tar"]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(ascii.Select(e => e.Entry.Name), output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Write_LargeFile_NeedsAnExtendedHeader()
    {
        // 8 GiB is the first size that 11 octal digits do not hold (POSIX pax, "ustar Interchange Format").
        using PrefixStream target = new(4096);
        using TarWriter writer = new(target);
        Assert.Throws<ArgumentException>(() => writer.Write(new TarEntry { Name = "big", Kind = TarKind.File, Size = 8L << 30 }, Stream.Null));
        Assert.Equal("19 size=8589934592\n", System.Text.Encoding.ASCII.GetString(target.Prefix, 512, 19));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void Write_ContentOfAnotherLength_IsRefused(int length)
    {
        using TarWriter writer = new(new MemoryStream());
        Assert.Throws<ArgumentException>(() => writer.Write(s_entries[1].Entry, new MemoryStream(new byte[length])));
    }

    [Fact]
    public void Write_EntryThatContradictsItself_IsRefused()
    {
        using TarWriter writer = new(new MemoryStream());
        TarEntry file = new() { Name = "a", Kind = TarKind.File };
        foreach (TarEntry entry in (TarEntry[])
        [
            file with { Name = "" }, file with { Mode = 0x1000 }, file with { Size = -1 }, file with { LinkName = "b" }, file with { Name = "a\0" },
            file with { Kind = TarKind.Symlink }, file with { Kind = TarKind.Directory, Size = 1 }, file with { Kind = TarKind.BlockDevice, DeviceMajor = 1 << 21 },
        ])
        {
            Assert.Throws<ArgumentException>(() => writer.Write(entry));
        }
    }

    [Fact]
    public void Write_AfterFinish_IsRefused()
    {
        using TarWriter writer = new(new MemoryStream());
        writer.Finish();
        Assert.Throws<ObjectDisposedException>(() => writer.Write(s_entries[0].Entry));
    }

    [Fact]
    public void Write_Record_LengthCountsItself()
    {
        // The sum crosses a power of ten: 98 + 2 digits is 100, which has 3.
        for (int size = 80; size < 110; size++)
        {
            TarEntry entry = new()
            {
                Name = "a",
                Kind = TarKind.File,
                ExtendedAttributes = new Dictionary<string, ReadOnlyMemory<byte>> { ["x"] = new byte[size] },
            };
            using MemoryStream target = new();
            using TarWriter writer = new(target);
            writer.Write(entry);
            writer.Finish();
            string zeros = string.Concat(Enumerable.Repeat("00", size));
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"File a 0 0:0 0 x={zeros}\n"), TarBytes.Dump(target.ToArray()));
        }
    }

    private static byte[] WriteAll(long modified, (TarEntry Entry, byte[] Content)[]? entries = null)
    {
        using MemoryStream target = new();
        using TarWriter writer = new(target, modified);
        foreach ((TarEntry entry, byte[] content) in entries ?? s_entries)
        {
            writer.Write(entry, new MemoryStream(content));
        }
        writer.Finish();
        return target.ToArray();
    }

    private sealed class PrefixStream(int size) : MemoryStream
    {
        public byte[] Prefix { get; } = new byte[size];

        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, count);
            GetBuffer().AsSpan(0, (int)Math.Min(Length, Prefix.Length)).CopyTo(Prefix);
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);
    }
}
