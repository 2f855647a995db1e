using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Squashfs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>
/// What an image says twice must be the same: numbers, links, parents, kinds. mksquashfs writes an image whose metadata are not compressed,
/// a few bytes of it are changed, and the reader must refuse it for just that.
/// </summary>
public class SquashfsRulesTests
{
    // squashfs.rst, 3.1 and 3.3: offsets in the superblock and in inodes
    private const int InodeCount = 4;
    private const int RootInode = 32;
    private const int InodeTable = 64;
    private const int DirectoryTable = 72;
    private const int ExportTable = 88;
    private const int Number = 12;
    private const int LinksOfDirectory = 20;
    private const int ParentOfDirectory = 28;
    private const int LinksOfExtendedFile = 40;
    private const int LinksOfSymlink = 16;

    [SkippableTheory]
    [InlineData("parent", "/a/b says it is in directory")]
    [InlineData("links of a directory", "has link count 4, and 3 links")]
    [InlineData("links of a file", "has link count 3, and 2 links")]
    [InlineData("links of a symlink", "has link count 2, and 1 links")]
    [InlineData("number", "/s is listed as Symlink")]
    [InlineData("kind", "/s is listed as File")]
    [InlineData("directory twice", "/z is a second name of directory")]
    [InlineData("root", "the root inode is a File, expected a directory")]
    [InlineData("export", "the export table has inode 1 at")]
    [InlineData("fewer inodes", "inode_count is 8, and 7 inodes have names")]
    public void ReadEntries_WhatIsSaidTwiceDiffers_IsRefused(string change, string problem)
    {
        using TemporaryFolder folder = new();
        byte[] image = Make(folder, change == "fewer inodes" ? ["-no-exports"] : []); // the length of the export table would tell first
        Change(image, change);
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => Read(image));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    private static void Change(byte[] image, string what)
    {
        SquashfsInode Of(string path) => Read(image).Single(e => e.Path.ToString() == path).Inode;
        switch (what)
        {
            case "parent":
                Put32(image, PlaceOf(image, Of("/a/b")) + ParentOfDirectory, Of("/z").Number);
                break;
            case "links of a directory":
                Put32(image, PlaceOf(image, Of("/a")) + LinksOfDirectory, 4);
                break;
            case "links of a file":
                Put32(image, PlaceOf(image, Of("/g")) + LinksOfExtendedFile, 3);
                break;
            case "links of a symlink":
                Put32(image, PlaceOf(image, Of("/s")) + LinksOfSymlink, 2);
                break;
            case "number":
                Put32(image, PlaceOf(image, Of("/s")) + Number, Of("/g").Number);
                break;
            case "kind":
                image[EntryOf(image, 's', type: 3) + 4] = 2; // a file
                break;
            case "directory twice":
                image.AsSpan(EntryOf(image, 'a', type: 1), 4).CopyTo(image.AsSpan(EntryOf(image, 'z', type: 1))); // place and number
                break;
            case "root":
                int start = (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(InodeTable)) + 2;
                BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(RootInode), (ulong)(PlaceOf(image, Of("/g")) - start));
                break;
            case "export":
                int list = (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(ExportTable));
                image[(int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(list)) + 2] ^= 1;
                break;
            case "fewer inodes":
                Put32(image, InodeCount, BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(InodeCount)) + 1);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what));
        }
    }

    private static byte[] Make(TemporaryFolder folder, string[] options)
    {
        Directory.CreateDirectory(folder["tree/a/b"]);
        Directory.CreateDirectory(folder["tree/z"]);
        File.WriteAllText(folder["tree/a/b/f"], "f");
        File.WriteAllText(folder["tree/g"], "g");
        Assert.Equal(0, Oracle.Run("ln", folder["tree/g"], folder["tree/h"]).ExitCode);
        File.CreateSymbolicLink(folder["tree/s"], "g");
        (int exitCode, string output) = Oracle.Run(
            "mksquashfs",
            [folder["tree"], folder["image"], "-noI", "-noId", "-no-progress", "-all-root", "-all-time", "0", "-no-xattrs", .. options]);
        Assert.True(exitCode == 0, output);
        byte[] image = File.ReadAllBytes(folder["image"]);
        Assert.Equal(8, Read(image).Count);
        return image;
    }

    private static IReadOnlyList<SquashfsEntry> Read(byte[] image)
    {
        using SquashfsReader reader = new(new MemoryStream(image, writable: false));
        return reader.ReadEntries();
    }

    /// <summary>Where an inode begins: time 0 and its number stand 8 bytes behind, and numbers occur once.</summary>
    private static int PlaceOf(byte[] image, SquashfsInode inode)
    {
        int start = (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(InodeTable));
        int end = (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(DirectoryTable));
        byte[] time = [0, 0, 0, 0, .. BitConverter.GetBytes(inode.Number)];
        return Enumerable.Range(start + 2, end - start - 20)
            .Single(at => image.AsSpan(at + 8, 8).SequenceEqual(time) && image[at] is > 0 and < 15 && image[at + 1] == 0
                && BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(at + 2)) == inode.Permissions);
    }

    /// <summary>Where the entry of a name of one letter begins in its listing: place, number, kind, length, name.</summary>
    private static int EntryOf(byte[] image, char name, byte type)
    {
        int start = (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(DirectoryTable));
        return image.AsSpan(start).IndexOf((byte[])[type, 0, 0, 0, (byte)name]) + start - 4;
    }

    private static void Put32(byte[] image, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at), value);
}
