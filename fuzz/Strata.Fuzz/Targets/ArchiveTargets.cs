using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Formats.Ar;
using Strata.Formats.Compression;
using Strata.Formats.Cpio;
using Strata.Formats.Deb;
using Strata.Formats.Tar;

namespace Strata.Fuzz.Targets;

/// <summary>Archives: what packages and initramfs consist of.</summary>
internal static class ArchiveTargets
{
    private const int TarBlock = 512;

    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfStream("ar", ReadAr, () => [Made.Package()], typeof(ArReader)) with { Words = ["!<arch>\n", "`\n", "/", "//"] },
        FuzzTarget.OfStream("tar", ReadTar, Tars, typeof(TarReader)) with { Words = s_tarWords },
        new FuzzTarget("tar-sealed", input => ReadTar(new MemoryStream(WithTarChecksums(input.ToArray()))), Tars)
        {
            Readers = [typeof(TarReader), typeof(PaxRecords)], Words = s_tarWords,
        },
        new FuzzTarget("pax", input => PaxRecords.Parse(input.ToArray(), 0), () =>
        [
            PaxRecord("path", "usr/bin/long-name"),
                [.. PaxRecord("mtime", "1700000000.123456789"), .. PaxRecord("SCHILY.xattr.user.a", "b")], PaxRecord("size", "4096"),
        ]) { Readers = [typeof(PaxRecords)], Words = s_tarWords },
        FuzzTarget.OfStream("cpio", ReadCpio, Cpios, typeof(CpioReader)) with
        {
            Words = ["070701", "070702", "TRAILER!!!", "00000000", "FFFFFFFF", "80000000"],
        },
        FuzzTarget.OfStream("deb", deb => DebReader.Read(deb), Debs, typeof(DebReader), typeof(DebLayout)) with { Words = s_debWords },
        FuzzTarget.OfStream("deb-files", ReadListing, Debs, typeof(PackageListing), typeof(DebDataReader), typeof(DebLayout)) with
        {
            Words = s_debWords,
        },
        FuzzTarget.OfStream("listing", source => PackageListing.Read(source), () => [Listing()], typeof(PackageListing),
            typeof(PackageListingFormat), typeof(PackageListingReader)),
        new FuzzTarget("listing-sealed", ReadSealedListing, () => [Listing()[PackageListingFormat.HeaderSize..^32]])
        {
            Readers = [typeof(PackageListing), typeof(PackageListingFormat), typeof(PackageListingReader)],
        },
        Decoder(CompressionKind.Gzip), Decoder(CompressionKind.Xz), Decoder(CompressionKind.Zstd),
    ];

    private static ReadOnlySpan<byte> ControlText => "Package: sample\nVersion: 1.0\nArchitecture: amd64\nDepends: x\n"u8;

    private static readonly string[] s_tarWords =
    [
        "ustar\0" + "00", "ustar  \0", "././@LongLink", "path=", "linkpath=", "size=", "SCHILY.xattr.", "mtime=", "../", "GNU.sparse.",
            "hdrcharset=BINARY",
        "7777777\0", "\u0080\0\0\0",
    ];

    private static readonly string[] s_debWords = [.. s_tarWords, "control.tar", "data.tar", ".xz", ".zst", ".gz", "debian-binary",
        "2.0\n", "Package: ", "Depends: "];

    private static FuzzTarget Decoder(CompressionKind kind) => FuzzTarget.OfStream(
        kind.ToString().ToLowerInvariant(),
        stream => Made.Drain(Decompression.Open(stream, kind)),
        () => [Made.Compressed([.. Enumerable.Range(0, 3000).Select(i => (byte)(i * i % 251))], kind),
            [.. Made.Compressed([], kind), .. Made.Compressed([1, 2, 3], kind)]],
        typeof(Decompression)) with { MostTime = TimeSpan.FromSeconds(10) }; // a short input may stand for very much

    private static IEnumerable<byte[]> Debs() =>
    [
        Made.Package(),
        .. ((CompressionKind[])[CompressionKind.Gzip, CompressionKind.Xz, CompressionKind.Zstd]).Select(CompressedPackage),
    ];

    private static byte[] CompressedPackage(CompressionKind kind)
    {
        string ending = kind switch { CompressionKind.Gzip => ".gz", CompressionKind.Xz => ".xz", _ => ".zst" };
        byte[] control = Made.Tar((Regular("./control", ControlText.Length), ControlText.ToArray()));
        byte[] data = Made.Tar((Regular("./usr/bin/a", 3), [1, 2, 3]));
        List<byte> bytes = [.. "!<arch>\n"u8];
        foreach ((string name, byte[] content) in (IEnumerable<(string, byte[])>)
            [("debian-binary", "2.0\n"u8.ToArray()), ("control.tar" + ending, Made.Compressed(control, kind)),
                ("data.tar" + ending, Made.Compressed(data, kind))])
        {
            bytes.AddRange(Encoding.ASCII.GetBytes($"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{content.Length,-10}`\n"));
            bytes.AddRange(content);
            bytes.AddRange(new byte[content.Length & 1]);
        }
        return [.. bytes];
    }

    private static IEnumerable<byte[]> Tars() =>
    [
        Made.Tar(
            (new TarEntry { Name = "usr/", Kind = TarKind.Directory, Mode = Modes.Folder }, []),
            (Regular("usr/a", 700), new byte[700]),
            (new TarEntry { Name = "usr/link", Kind = TarKind.Symlink, Mode = Modes.Link, LinkName = "a" }, []),
            (new TarEntry { Name = "usr/hard", Kind = TarKind.HardLink, Mode = Modes.File, LinkName = "usr/a" }, [])),
        Made.Tar((Regular(string.Concat(Enumerable.Repeat("a-long-folder/", 12)) + "file", 3), [1, 2, 3])),
        Made.Tar((Regular("umlaut-ä", 0) with { LinkName = "" }, [])),
    ];

    private static TarEntry Regular(string name, int size) => new() { Name = name, Kind = TarKind.File, Mode = Modes.File, Size = size };

    /// <summary>A record whose length counts its own digits (POSIX pax, "pax Extended Header"); for lengths of two digits.</summary>
    private static byte[] PaxRecord(string key, string value) => Encoding.UTF8.GetBytes($"{key.Length + value.Length + 5} {key}={value}\n");

    private static IEnumerable<byte[]> Cpios()
    {
        using MemoryStream target = new();
        CpioWriter.Write(Made.Tree(), Made.Contents(), target);
        return [target.ToArray()];
    }

    private static byte[] Listing()
    {
        using MemoryStream target = new();
        PackageListing.FromPackage(new MemoryStream(Made.Package())).Write(target);
        return target.ToArray();
    }

    private static void ReadAr(Stream stream)
    {
        ArReader reader = new(stream);
        while (reader.Next() is not null)
        {
            Made.Drain(reader.Content);
        }
    }

    private static void ReadTar(Stream stream)
    {
        TarReader reader = new(stream);
        while (reader.Next() is not null)
        {
            Made.Drain(reader.Content);
        }
    }

    private static void ReadCpio(Stream stream)
    {
        CpioReader reader = new(stream);
        while (reader.Next() is not null)
        {
            Made.Drain(reader.Content);
        }
    }

    private static void ReadListing(Stream deb)
    {
        PackageListing listing = PackageListing.FromPackage(deb);
        using MemoryStream written = new();
        listing.Write(written);
        written.Position = 0;
        using MemoryStream again = new();
        PackageListing.Read(written).Write(again); // what was accepted from a package is accepted from the store
        Property.WritesTheSame(written.ToArray(), again.ToArray());
    }

    private static void ReadSealedListing(ReadOnlySpan<byte> body)
    {
        byte[] content = [.. PackageListingFormat.Magic, PackageListingFormat.Version, .. body];
        byte[] file = [.. content, .. SHA256.HashData(content)];
        using MemoryStream again = new();
        PackageListing.Read(new MemoryStream(file)).Write(again);
        Property.WritesTheSame(file, again.ToArray());
    }

    /// <summary>
    /// Gives every block that looks like a header the checksum that it should have: six octal digits, NUL, blank (POSIX pax, "ustar
    /// Interchange Format").
    /// </summary>
    private static byte[] WithTarChecksums(byte[] tar)
    {
        for (int at = 0; at + TarBlock <= tar.Length; at += TarBlock)
        {
            Span<byte> block = tar.AsSpan(at, TarBlock);
            if (block[257..].StartsWith("ustar"u8))
            {
                block.Slice(148, 8).Fill((byte)' ');
                Encoding.ASCII.GetBytes(Convert.ToString(TarHeader.Sum(block), 8).PadLeft(6, '0') + "\0 ").CopyTo(block[148..]);
            }
        }
        return tar;
    }
}
