using Strata.Formats.Compression;
using Strata.Testing;

namespace Strata.Formats.Tests.Compression;

public class CompressorTests
{
    private static readonly byte[] s_plain = Samples.Text(3_000_000);

    [SkippableTheory]
    [InlineData("gzip", 0)]
    [InlineData("xz", 0)]
    [InlineData("zstd", 0)]
    [InlineData("gzip", 700_000)]
    [InlineData("xz", 700_000)]
    [InlineData("zstd", 700_000)]
    public void Open_TheirProgram_FindsNoFaultAndTheSameBytes(string program, int size)
    {
        using TemporaryFolder folder = new();
        (CompressionKind kind, string suffix) = program switch
        {
            "gzip" => (CompressionKind.Gzip, ".gz"),
            "xz" => (CompressionKind.Xz, ".xz"),
            _ => (CompressionKind.Zstd, ".zst"),
        };
        File.WriteAllBytes(folder["a" + suffix], Samples.Compress(s_plain[..size], kind));
        (int exitCode, string output) = Oracle.Run(program, "-t", folder["a" + suffix]);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = Oracle.Run(program, "-d", "-k", folder["a" + suffix]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(s_plain[..size], File.ReadAllBytes(folder["a"]));
    }

    [SkippableTheory]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("gzip")]
    public void OpenDecompressor_WhatTheirProgramWrote_IsTheSame(string program)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], s_plain);
        (int exitCode, string output) = Oracle.Run(program, "-k", "-1", folder["a"]);
        Assert.True(exitCode == 0, output);
        byte[] compressed = File.ReadAllBytes(Directory.GetFiles(folder.Path).Single(f => f != folder["a"]));
        Assert.Equal(s_plain, Samples.Decompress(compressed, Decompression.Detect(compressed)));
    }

    [SkippableFact]
    public void OpenXz_Blocks_HaveTheFixedSizeAndCrc32()
    {
        using TemporaryFolder folder = new();
        XzOptions options = new() { Preset = 0, BlockSize = 1 << 20, X86Filter = true, DictionarySize = 1 << 16 };
        File.WriteAllBytes(folder["a.xz"], Samples.Compress(s_plain, target => Compressor.OpenXz(target, options, leaveOpen: true)));
        (int exitCode, string output) = Oracle.Run("xz", "--robot", "--list", "-vv", folder["a.xz"]);
        Assert.Equal(0, exitCode);
        string[] blocks = [.. output.Split('\n').Where(line => line.StartsWith("block\t", StringComparison.Ordinal))];
        Assert.Equal(3, blocks.Length);
        Assert.All(blocks, block => Assert.Contains("\tCRC32\t", block, StringComparison.Ordinal));
        Assert.All(blocks, block => Assert.Contains("--x86 --lzma2=dict=64KiB", block, StringComparison.Ordinal));
        Assert.Equal(s_plain, Samples.Decompress(File.ReadAllBytes(folder["a.xz"]), CompressionKind.Xz));
    }

    [Fact]
    public void OpenXz_ThreadsAndPieces_DoNotShow()
    {
        XzOptions options = new() { Preset = 1, BlockSize = 1 << 19 };
        byte[] one = Samples.Compress(s_plain, target => Compressor.OpenXz(target, options, leaveOpen: true));
        byte[] four = Samples.Compress(s_plain, target => Compressor.OpenXz(target, options with { Threads = 4 }, leaveOpen: true), 10_007);
        Assert.Equal(one, four);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public void OpenZstd_WorkersAndPieces_DoNotShow(int size)
    {
        ZstdOptions options = new() { Level = 1, WindowLog = 19 };
        byte[] one = Samples.Compress(s_plain[..size], target => Compressor.OpenZstd(target, options, leaveOpen: true));
        byte[] four = Samples.Compress(s_plain[..size], target => Compressor.OpenZstd(target, options with { Workers = 4 }, leaveOpen: true), 10_007);
        Assert.Equal(one, four);
    }

    [Fact]
    public void OpenGzip_Pieces_DoNotShow()
    {
        byte[] whole = Samples.Compress(s_plain, target => Compressor.OpenGzip(target, leaveOpen: true));
        byte[] pieces = Samples.Compress(s_plain, target => Compressor.OpenGzip(target, leaveOpen: true), 10_007);
        Assert.Equal(whole, pieces);
        Assert.Equal([0, 0, 0, 0], whole[4..8]); // MTIME, RFC 1952 §2.3
        Assert.Equal(0, whole[3]); // no name, no comment
    }

    [Fact]
    public void OpenZstd_Checksum_IsThereWhenAsked()
    {
        byte[] with = Samples.Compress(s_plain[..1000], target => Compressor.OpenZstd(target, leaveOpen: true));
        byte[] without = Samples.Compress(s_plain[..1000], target => Compressor.OpenZstd(target, new ZstdOptions { Checksum = false }, leaveOpen: true));
        Assert.Equal(with.Length - 4, without.Length); // Content_Checksum, RFC 8878 §3.1.1
    }

    [Fact]
    public void OpenXz_BadOptions_AreArgumentExceptions()
    {
        foreach (XzOptions options in (XzOptions[])[new() { Preset = 10 }, new() { Threads = 0 }, new() { DictionarySize = 1 }, new() { BlockSize = 1 }])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Compressor.OpenXz(Stream.Null, options));
        }
    }

    [Fact]
    public void OpenZstd_BadOptions_AreArgumentExceptions()
    {
        foreach (ZstdOptions options in (ZstdOptions[])[new() { Level = 0 }, new() { Level = 23 }, new() { Workers = 0 }, new() { WindowLog = 28 }])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Compressor.OpenZstd(Stream.Null, options));
        }
    }

    [Fact]
    public void Write_TargetThatFails_IsReportedOnce()
    {
        Stream compressor = Compressor.OpenXz(new FullStream());
        Assert.Throws<IOException>(() => compressor.Write(new byte[100]));
        compressor.Dispose(); // nothing is written behind a gap
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("no space left");
    }
}
