using System.Diagnostics;
using System.Security.Cryptography;
using Strata.Core;
using Strata.Formats.Deb;
using Strata.Formats.Tests.Elf;
using Strata.Formats.Tests.Streams;

namespace Strata.Formats.Tests.Deb;

public class PackageListingFormatTests
{
    private static readonly PackageListing s_listing = DebBytes.List(DebBytes.Package(PackageListingTests.SampleTar()));

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        byte[] bytes = Write(s_listing);
        PackageListing read = PackageListing.Read(new TricklingStream(bytes, 100));
        Assert.Equal(DebBytes.Dump(s_listing), DebBytes.Dump(read));
        Assert.Equal(bytes, Write(read));
    }

    [Fact]
    public void Read_EmptyListing_IsEmpty() => Assert.Empty(PackageListing.Read(new MemoryStream(Write(DebBytes.List(DebBytes.Package(DebBytes.Tar()))))).Entries);

    [Fact]
    public void Write_SmallListing_IsByteForByteAsDocumented()
    {
        PackageListing listing = DebBytes.List(DebBytes.Package(DebBytes.Tar(DebBytes.Directory("./a"), DebBytes.Symlink("./a/b", "x"))));
        byte[] body =
        [
            .. "STRATAPL"u8, 3, // magic, version
            2, // entries
            0, 2, .. "/a"u8, 0, 0xED, 0x03, 0, 0, // nothing shared, "/a", directory, 0755, uid, gid
            2, 2, .. "/b"u8, 2, 0, 0, 1, .. "x"u8, // 2 bytes shared, "/b", symlink, uid, gid, "x"
        ];
        byte[] expected = [.. body, .. SHA256.HashData(body)];
        Assert.Equal(expected, Write(listing));
    }

    [Fact]
    public void Read_CutOffOrChanged_IsRefused()
    {
        byte[] bytes = Write(s_listing);
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 1;
            Assert.Throws<ImageFormatException>(() => PackageListing.Read(new MemoryStream(changed)));
            Assert.Throws<ImageFormatException>(() => PackageListing.Read(new MemoryStream(bytes[..at])));
        }
        Assert.Throws<ImageFormatException>(() => PackageListing.Read(new MemoryStream([.. bytes, 0])));
    }

    [Fact]
    public void Read_OtherVersion_SaysSo()
    {
        byte[] bytes = Write(s_listing);
        bytes[8] = 1;
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => PackageListing.Read(new MemoryStream(bytes)));
        Assert.Contains("version is 1, expected 3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BrokenInputsWithARightDigest_OnlyFormatExceptionsLeave()
    {
        byte[] content = Write(s_listing)[..^32];
        SeededMutations.OnlyFormatExceptionsLeave(content, 10_000, 31, bytes =>
        {
            PackageListing read = PackageListing.Read(new MemoryStream([.. bytes, .. SHA256.HashData(bytes)]));
            Assert.Equal([.. bytes, .. SHA256.HashData(bytes)], Write(read)); // one listing has one form only
        });
    }

    [Fact]
    public void Read_ThreeThousandEntries_TakesMilliseconds()
    {
        byte[] program = ElfBytes.Program();
        byte[] deb = DebBytes.Package(DebBytes.Tar(
            Enumerable.Range(0, 3000).Select(i => DebBytes.File($"./usr/share/some/where/file-{i:D4}", program))));
        byte[] bytes = Write(DebBytes.List(deb));
        PackageListing.Read(new MemoryStream(bytes));
        TimeSpan best = Enumerable.Range(0, 5).Min(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            Assert.Equal(3000, PackageListing.Read(new MemoryStream(bytes)).Entries.Count);
            return Stopwatch.GetElapsedTime(start);
        });
        Assert.InRange(best.TotalMilliseconds, 0, 200); // about 5 on an idle machine
    }

    private static byte[] Write(PackageListing listing)
    {
        using MemoryStream target = new();
        listing.Write(target);
        return target.ToArray();
    }
}
