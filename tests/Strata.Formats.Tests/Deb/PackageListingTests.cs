using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Deb;
using Strata.Formats.Digests;
using Strata.Formats.Tar;
using Strata.Formats.Tests.Elf;
using Strata.Formats.Tests.Tar;

namespace Strata.Formats.Tests.Deb;

public class PackageListingTests
{
    [Fact]
    public void FromPackage_AllKinds_KnowsEverything()
    {
        byte[] deb = DebBytes.Package(SampleTar(), CompressionKind.Xz);
        // Digests: sha256sum of "content", of nothing, of the module and program made by ElfBytes.
        string program = Sha256Digest.Of(ElfBytes.Program()).ToString()[..8];
        string module = Sha256Digest.Of(ElfBytes.Module64("license=GPL\0")).ToString()[..8];
        int size = ElfBytes.Program().Length;
        int module512 = 5632 + (((size + 511) / 512) * 512) + 512; // behind the program's blocks and its own header
        Assert.Equal($"""
            / Directory 755 0:0
            /usr Directory 755 0:0
            /usr/bin Directory 1777 0:42
            /usr/bin/a File 4755 0:0 7@2560 ed7002b4
            /usr/bin/b HardLink 4755 0:0 7@2560 ed7002b4 -> /usr/bin/a
            /usr/bin/c HardLink 4755 0:0 7@2560 ed7002b4 -> /usr/bin/a
            /usr/bin/soft Symlink 777 0:0 -> /etc/../not-there
            /usr/bin/empty File 644 0:0 0@5120 e3b0c442
            /usr/bin/prog File 755 0:0 {size}@5632 {program} [Elf64 X8664 Shared True /lib64/ld-linux-x86-64.so.2   $ORIGIN/../lib (libm.so.6,libc.so.6) (seccomp,filters,Suggested,libseccomp.so.2) ()]
            /usr/bin/mod File 644 0:0 288@{module512} {module} [Elf64 X8664 Relocatable False     () () (license=GPL)]
            /usr/bin/bad File 644 0:0 5@{module512 + 1024} {Sha256Digest.Of("\u007fELFx"u8).ToString()[..8]}ELF at byte 0: it is no ELF file or cut off in its header

            """, DebBytes.Dump(DebBytes.List(deb)));
    }

    [Fact]
    public void TryGet_Path_FindsTheEntry()
    {
        PackageListing listing = DebBytes.List(DebBytes.Package(SampleTar()));
        Assert.True(listing.TryGet(GuestPath.Parse("/usr/bin/b"), out ListingEntry? entry));
        Sha256Digest package = Sha256Digest.Of("package"u8);
        Assert.Equal(new PackageContent(7, Sha256Digest.Of("content"u8), package, 2560), entry.ContentIn(package));
        Assert.False(listing.TryGet(GuestPath.Parse("/usr/bin/none"), out _));
        Assert.Throws<InvalidOperationException>(() => listing.Entries[0].ContentIn(package));
    }

    [Fact]
    public void FromPackage_File_HasTheSha1OfItsBytes()
    {
        PackageListing listing = DebBytes.List(DebBytes.Package(DebBytes.Tar(
            DebBytes.File("./a", "abc"u8.ToArray()), DebBytes.File("./b", ElfBytes.Program()))));
        Assert.Equal("a9993e364706816aba3e25717850c26c9cd0d89d", listing.Entries[0].Sha1.ToString()); // FIPS 180-2 appendix A.1
        Assert.Equal(Sha1Digest.Of(ElfBytes.Program()).ToString(), listing.Entries[1].Sha1.ToString());
    }

    [Fact]
    public void FromPackage_FileThatIsToBeKept_IsCopiedWholeAndAlone()
    {
        byte[] deb = DebBytes.Package(DebBytes.Tar(DebBytes.File("./a", "abc"u8.ToArray()), DebBytes.File("./b", "no"u8.ToArray())));
        using MemoryStream kept = new();
        PackageListing.FromPackage(new MemoryStream(deb), keep: (path, size) => (path.Name, size) == ("a", 3) ? kept : null);
        Assert.Equal("abc"u8.ToArray(), kept.ToArray());
    }

    [Fact]
    public void FromPackage_DirectoryAgainUnchanged_IsListedOnce() =>
        Assert.Equal("/a Directory 755 0:0\n", DebBytes.Dump(DebBytes.List(DebBytes.Package(DebBytes.Tar(DebBytes.Directory("./a/"), DebBytes.Directory("./a"))))));

    public static TheoryData<string, byte[]> Hostile { get; } = new()
    {
        { "'/etc/passwd' is refused: it is no path in a package: it is absolute", DebBytes.Tar(DebBytes.File("/etc/passwd", "")) },
        { "'..'", DebBytes.Tar(DebBytes.File("./../x", "")) },
        { "'..'", DebBytes.Tar(DebBytes.File("./a/../../x", "")) },
        { "'.'", DebBytes.Tar(DebBytes.File("./a/./x", "")) },
        { "empty component", DebBytes.Tar(DebBytes.File(".//x", "")) },
        { "longer than 255", DebBytes.Tar(DebBytes.File("./" + new string('x', 256), "")) },
        { "root of the package is no directory", DebBytes.Tar(DebBytes.File(".", "")) },
        { "root of the package is no directory", DebBytes.Tar(DebBytes.Symlink("./", "/")) },
        { "comes twice", DebBytes.Tar(DebBytes.File("./a", "1"), DebBytes.File("a", "1")) },
        { "comes twice", DebBytes.Tar(DebBytes.Directory("./a"), DebBytes.Directory("a/", 0x1C0)) },
        { "comes twice", DebBytes.Tar(DebBytes.Directory("./a"), DebBytes.Symlink("a", "/etc")) },
        { "comes twice", DebBytes.Tar(DebBytes.Symlink("a", "/etc"), DebBytes.Directory("./a")) },
        { "below /a, which is a Symlink", DebBytes.Tar(DebBytes.Symlink("./a", "/etc"), DebBytes.File("./a/x", "")) },
        { "below /a, which is a Symlink", DebBytes.Tar(DebBytes.Symlink("./a", "/etc"), DebBytes.File("./a/b/c/x", "")) },
        { "below /a, which is a File", DebBytes.Tar(DebBytes.File("./a", ""), DebBytes.Directory("./a/x")) },
        { "earlier entries lie below it", DebBytes.Tar(DebBytes.File("./a/b/x", ""), DebBytes.Symlink("./a", "/etc")) },
        { "earlier entries lie below it", DebBytes.Tar(DebBytes.File("./a/b/x", ""), DebBytes.File("./a/c", ""), DebBytes.File("./a/b", "")) },
        { "no earlier file", DebBytes.Tar(DebBytes.HardLink("./a", "./b"), DebBytes.File("./b", "")) },
        { "no earlier file", DebBytes.Tar(DebBytes.HardLink("./a", "./a")) },
        { "no earlier file", DebBytes.Tar(DebBytes.Directory("./b"), DebBytes.HardLink("./a", "./b")) },
        { "no earlier file", DebBytes.Tar(DebBytes.Symlink("./b", "/etc/shadow"), DebBytes.HardLink("./a", "./b")) },
        { "its target is no path in a package: it is absolute", DebBytes.Tar(DebBytes.HardLink("./a", "/etc/shadow")) },
        { "its target is no path in a package", DebBytes.Tar(DebBytes.HardLink("./a", "../../etc/shadow")) },
        { "packages bring no devices", DebBytes.Tar(DebBytes.Special("./a", TarKind.CharacterDevice)) },
        { "packages bring no devices", DebBytes.Tar(DebBytes.Special("./a", TarKind.BlockDevice)) },
        { "packages bring no devices", DebBytes.Tar(DebBytes.Special("./a", TarKind.Fifo)) },
        { "target is empty", TarBytes.Archive(TarBytes.Header("./a", '2')) },
        { "NUL", TarBytes.Archive(TarBytes.Extension('K', "a\0b"), TarBytes.Header("./a", '2')) },
        { "extended attributes", TarBytes.Archive(TarBytes.Extension('x', TarBytes.Record("SCHILY.xattr.security.capability", "x")), TarBytes.Header("./a")) },
        { "cut off", [.. TarBytes.Header("./a", '0', 5000), .. new byte[1024]] },
        { "cut off", TarBytes.Header("./a")[..511] },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void FromPackage_HostileData_IsRefused(string problem, byte[] dataTar) => Assert.Contains(
        problem, Assert.Throws<ImageFormatException>(() => DebBytes.List(DebBytes.Package(dataTar, CompressionKind.Zstd))).Message, StringComparison.Ordinal);

    [Fact]
    public void FromPackage_MoreThanTheLimits_IsRefused()
    {
        byte[] deb = DebBytes.Package(DebBytes.Tar(DebBytes.File("./a", new byte[100_000]), DebBytes.File("./b", "x")), CompressionKind.Zstd);
        foreach ((string problem, PackageLimits limits) in ((string, PackageLimits)[])
        [
            ("more than the 50000 bytes", new PackageLimits { MaxPlainBytes = 50_000 }),
            ("more than", new PackageLimits { FreePlainBytes = 1000, MaxRatio = 100 }),
            ("more than 1 entries", new PackageLimits { MaxEntries = 1 }),
            ("more than 3 characters", new PackageLimits { MaxNameCharacters = 3 }),
        ])
        {
            Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => DebBytes.List(deb, limits)).Message, StringComparison.Ordinal);
        }
        Assert.Equal(2, DebBytes.List(deb, new PackageLimits { FreePlainBytes = 1000, MaxRatio = 1000, MaxEntries = 2 }).Entries.Count);
    }

    [Fact]
    public void FromPackage_DeepNamesWithoutTheirDirectories_CountTowardsTheLimit()
    {
        string deep = string.Join('/', Enumerable.Repeat("d", 1000));
        byte[] deb = DebBytes.Package(DebBytes.Tar(Enumerable.Range(0, 20).Select(i => DebBytes.File($"./{i}/{deep}", ""))));
        Assert.Throws<ImageFormatException>(() => DebBytes.List(deb, new PackageLimits { MaxNameCharacters = 100_000 }));
    }

    [Fact]
    public void FromPackage_ElfFileLargerThanTheMemoryLimit_IsReadFromATemporaryFile()
    {
        byte[] large = [.. ElfBytes.Program(), .. new byte[9 << 20]];
        byte[] deb = DebBytes.Package(DebBytes.Tar(DebBytes.File("./large", large), DebBytes.File("./after", "x")), CompressionKind.Zstd);
        PackageListing listing = DebBytes.List(deb);
        Assert.Equal(Sha256Digest.Of(large), listing.Entries[0].Digest);
        Assert.Equal(["libm.so.6", "libc.so.6"], listing.Entries[0].Elf!.Needed);
        Assert.Equal("/after", listing.Entries[1].Path.ToString());
    }

    internal static byte[] SampleTar() => DebBytes.Tar(
        DebBytes.Directory("./"),
        DebBytes.Directory("./usr/"),
        (new TarEntry { Name = "./usr/bin/", Kind = TarKind.Directory, Mode = 0x3FF, Gid = 42 }, []),
        DebBytes.Directory("./usr/bin/".Replace("bin/", "", StringComparison.Ordinal)),
        DebBytes.File("./usr/bin/a", "content"u8.ToArray(), 0x9ED),
        DebBytes.HardLink("./usr/bin/b", "./usr/bin/a"),
        DebBytes.HardLink("./usr/bin/c", "usr/bin/b"),
        DebBytes.Symlink("./usr/bin/soft", "/etc/../not-there"),
        DebBytes.File("./usr/bin/empty", ""),
        DebBytes.File("./usr/bin/prog", ElfBytes.Program(), Modes.Program),
        DebBytes.File("./usr/bin/mod", ElfBytes.Module64("license=GPL\0")),
        DebBytes.File("./usr/bin/bad", "\u007fELFx"u8.ToArray()));
}
