using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Formats.Verity;
using Strata.Testing;

namespace Strata.Formats.Tests.Verity;

public class VerityTests
{
    private const string SaltText = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    private static readonly Guid s_uuid = Guid.Parse("01234567-89ab-cdef-fedc-ba9876543210");

    [SkippableTheory]
    [InlineData(1, SaltText)]
    [InlineData(1, "")]
    [InlineData(2, SaltText)]
    [InlineData(127, SaltText)]
    [InlineData(128, SaltText)]
    [InlineData(129, "")]
    [InlineData(257, "ab")]
    [InlineData((128 * 128) - 1, SaltText)]
    [InlineData(128 * 128, SaltText)]
    [InlineData((128 * 128) + 1, SaltText)]
    public async Task Write_Data_IsBitEqualToVeritysetup(int blocks, string salt)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["data"], Data(blocks));
        (int exitCode, string output) = Oracle.Run(
            "veritysetup", "format", folder["data"], folder["theirs"], "--salt", salt.Length == 0 ? "-" : salt, "--uuid", s_uuid.ToString());
        Assert.True(exitCode == 0, output);
        string theirRoot = Regex.Match(output, @"Root hash:\s+([0-9a-f]{64})").Groups[1].Value;

        VerityTree tree = await WriteAsync(folder["data"], folder["ours"], Convert.FromHexString(salt), threads: 3);

        Assert.Equal(theirRoot, tree.RootHash.ToString());
        Assert.Equal(blocks, tree.DataBlocks);
        byte[] theirs = await File.ReadAllBytesAsync(folder["theirs"]);
        byte[] ours = await File.ReadAllBytesAsync(folder["ours"]);
        Assert.Equal(tree.HashAreaLength, ours.Length);
        // with a single block veritysetup stops behind the superblock's 512 bytes; a device has whole blocks
        Assert.True(ours.AsSpan(0, theirs.Length).SequenceEqual(theirs), "hash areas differ");
        Assert.False(ours.AsSpan(theirs.Length).ContainsAnyExcept((byte)0), "something but zeros follows");
        Assert.Equal(0, Oracle.Run("veritysetup", "verify", folder["data"], folder["ours"], theirRoot).ExitCode);
    }

    [SkippableFact]
    public async Task Verify_WhatVeritysetupWrote_IsAccepted()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["data"], Data(300));
        (_, string output) = Oracle.Run("veritysetup", "format", folder["data"], folder["hashes"]);
        Sha256Digest root = Sha256Digest.Parse(Regex.Match(output, @"Root hash:\s+([0-9a-f]{64})").Groups[1].Value);

        VeritySuperblock superblock = await VerifyAsync(folder, root);

        Assert.Equal(300, superblock.DataBlocks);
        Assert.Equal(32, superblock.Salt.Length);
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(128, "4096+4096")]
    [InlineData(129, "4096+4096 8192+8192")]
    [InlineData(128 * 128 + 1, "4096+4096 8192+8192 16384+528384")]
    public void LevelRanges_DataBlocks_RootFirstSideBySideBehindTheSuperblock(long blocks, string expected)
    {
        IReadOnlyList<(long Offset, long Length)> ranges = VerityTree.LevelRanges(blocks);
        Assert.Equal(expected, string.Join(' ', ranges.Select(r => $"{r.Offset}+{r.Length}")));
        Assert.Equal(VerityTree.HashAreaLengthOf(blocks), ranges.Select(r => r.Offset + r.Length).Append(VerityTree.BlockSize).Max());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Write_AnyThreadCount_GivesTheSameBytes(int threads)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["data"], Data(1000));

        VerityTree one = await WriteAsync(folder["data"], folder["one"], [1, 2, 3], threads: 2);
        VerityTree other = await WriteAsync(folder["data"], folder["other"], [1, 2, 3], threads);

        Assert.Equal(one, other);
        Assert.Equal(await File.ReadAllBytesAsync(folder["one"]), await File.ReadAllBytesAsync(folder["other"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-4096)]
    [InlineData(4095)]
    [InlineData(6000)]
    public async Task Write_NoWholeBlocks_IsRefused(long length)
    {
        using MemoryStream data = new(new byte[8192]);
        using MemoryStream output = new();

        await Assert.ThrowsAsync<ArgumentException>(() => VerityWriter.WriteAsync(data, length, output, new VerityOptions { Uuid = s_uuid }));

        Assert.Equal(0, output.Length);
    }

    [Fact]
    public async Task Write_DataEndsEarly_SaysSo()
    {
        using MemoryStream data = new(new byte[8192]);
        using MemoryStream output = new();

        StrataException e = await Assert.ThrowsAsync<StrataException>(() => VerityWriter.WriteAsync(data, 12288, output, new VerityOptions { Uuid = s_uuid }));

        Assert.Contains("4096 bytes early", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_AnyFlippedBit_IsFound()
    {
        using TemporaryFolder folder = new();
        byte[] data = Data(200);
        await File.WriteAllBytesAsync(folder["data"], data);
        VerityTree tree = await WriteAsync(folder["data"], folder["hashes"], [7], threads: 1);
        byte[] hashes = await File.ReadAllBytesAsync(folder["hashes"]);
        await VerifyAsync(folder, tree.RootHash);
        Random random = new(1);

        for (int i = 0; i < 60; i++)
        {
            bool isData = i % 2 == 0;
            byte[] bytes = isData ? [.. data] : [.. hashes];
            // of the superblock only salt and sizes matter for the tree; what comes behind it always does
            int at = isData ? random.Next(bytes.Length) : random.Next(4096, bytes.Length);
            bytes[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(folder["data"], isData ? bytes : data);
            await File.WriteAllBytesAsync(folder["hashes"], isData ? hashes : bytes);

            ImageFormatException e = await Assert.ThrowsAsync<ImageFormatException>(() => VerifyAsync(folder, tree.RootHash));

            if (isData)
            {
                Assert.Equal(at / 4096 * 4096, e.OffsetBytes);
            }
        }
    }

    [Fact]
    public async Task Verify_OtherRootHash_IsRefused()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["data"], Data(3));
        await WriteAsync(folder["data"], folder["hashes"], [], threads: 1);

        await Assert.ThrowsAsync<ImageFormatException>(() => VerifyAsync(folder, Sha256Digest.Of("x"u8)));
    }

    [Fact]
    public async Task Verify_AnyMutatedSuperblock_EndsInImageFormatExceptionOrSuccess()
    {
        byte[] data = Data(4);
        using MemoryStream area = new();
        VerityTree tree = await VerityWriter.WriteAsync(new MemoryStream(data), data.Length, area, new VerityOptions { Uuid = s_uuid, Salt = new byte[] { 9 } });
        Random random = new(2);
        int refused = 0;
        for (int i = 0; i < 500; i++)
        {
            byte[] bytes = area.ToArray();
            bytes[random.Next(100)] = (byte)random.Next(256);
            bytes[random.Next(100)] ^= (byte)(1 << random.Next(8));
            try
            {
                await VerityReader.VerifyAsync(new MemoryStream(data), new MemoryStream(bytes), tree.RootHash);
            }
            catch (ImageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 100, 500);
    }

    // cryptsetup lib/verity/verity.c, struct verity_sb, checked with values that occur nowhere else
    [Fact]
    public async Task Write_Superblock_FieldsLandWhereTheStructureHasThem()
    {
        using MemoryStream output = new();
        await VerityWriter.WriteAsync(
            new MemoryStream(new byte[3 * 4096]), 3 * 4096, output, new VerityOptions { Uuid = s_uuid, Salt = new byte[] { 0xA1, 0xA2 } });
        byte[] area = output.ToArray();

        Assert.Equal("verity\0\0"u8.ToArray(), area[..8]);
        Assert.Equal([1, 0, 0, 0, 1, 0, 0, 0], area[8..16]);
        Assert.Equal("0123456789ABCDEFFEDCBA9876543210", Convert.ToHexString(area, 16, 16));
        Assert.Equal("sha256\0"u8.ToArray(), area[32..39]);
        Assert.Equal([0, 0x10, 0, 0, 0, 0x10, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0xA1, 0xA2, 0], area[64..91]);
    }

    private static byte[] Data(int blocks)
    {
        byte[] data = new byte[blocks * 4096];
        new Random(blocks).NextBytes(data);
        return data;
    }

    private static async Task<VerityTree> WriteAsync(string data, string hashes, byte[] salt, int threads)
    {
        await using FileStream input = File.OpenRead(data);
        await using FileStream output = new(hashes, FileMode.CreateNew, FileAccess.ReadWrite);
        return await VerityWriter.WriteAsync(input, input.Length, output, new VerityOptions { Uuid = s_uuid, Salt = salt, Threads = threads });
    }

    private static async Task<VeritySuperblock> VerifyAsync(TemporaryFolder folder, Sha256Digest root)
    {
        await using FileStream data = File.OpenRead(folder["data"]);
        await using FileStream hashes = File.OpenRead(folder["hashes"]);
        return await VerityReader.VerifyAsync(data, hashes, root, threads: 2);
    }
}
