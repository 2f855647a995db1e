using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Compression.Native;
using Strata.Formats.Tests.Streams;

namespace Strata.Formats.Tests.Compression;

public class DecompressionTests
{
    public static TheoryData<CompressionKind> Kinds { get; } =
        [CompressionKind.Gzip, CompressionKind.Xz, CompressionKind.Zstd, CompressionKind.Bzip2];

    private static readonly byte[] s_plain = Samples.Text(300_000);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_OneStream_GivesThePlainBytes(CompressionKind kind)
    {
        byte[] compressed = Samples.Compress(s_plain, kind);
        Assert.True(compressed.Length < s_plain.Length);
        Assert.Equal(kind, Decompression.Detect(compressed));
        Assert.Equal(s_plain, Samples.Decompress(compressed, kind));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_TricklingInput_GivesThePlainBytes(CompressionKind kind)
    {
        byte[] plain = s_plain[..5000];
        Assert.Equal(plain, Samples.Decompress(new TricklingStream(Samples.Compress(plain, kind), 1), kind));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_EmptyContent_GivesNothing(CompressionKind kind) => Assert.Empty(Samples.Decompress(Samples.Compress([], kind), kind));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_ConcatenatedStreams_GivesAllOfThem(CompressionKind kind)
    {
        byte[] compressed = [.. Samples.Compress(s_plain, kind), .. Samples.Compress([], kind), .. Samples.Compress([1, 2, 3], kind)];
        byte[] expected = [.. s_plain, 1, 2, 3];
        Assert.Equal(expected, Samples.Decompress(compressed, kind));
        Assert.Equal(expected, Samples.Decompress(new TricklingStream(compressed, 977), kind));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_CutOffAnywhere_IsRefusedAtTheEnd(CompressionKind kind)
    {
        byte[] compressed = Samples.Compress(s_plain[..3000], kind);
        for (int length = 0; length < compressed.Length; length++)
        {
            ImageFormatException e = Assert.Throws<ImageFormatException>(() => Samples.Decompress(compressed[..length], kind));
            Assert.InRange(e.OffsetBytes, 0, length);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_BytesBehindTheEnd_AreRefused(CompressionKind kind)
    {
        byte[] compressed = Samples.Compress(s_plain, kind);
        foreach (byte[] garbage in (byte[][])[[0], [(byte)'x'], "further bytes"u8.ToArray()])
        {
            ImageFormatException e = Assert.Throws<ImageFormatException>(() => Samples.Decompress([.. compressed, .. garbage], kind));
            Assert.InRange(e.OffsetBytes, compressed.Length - 1, compressed.Length + garbage.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_AnyOtherBytes_AreRefused(CompressionKind kind) =>
        Assert.Throws<ImageFormatException>(() => Samples.Decompress("this is no compressed stream at all"u8.ToArray(), kind));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_AfterAnError_RepeatsIt(CompressionKind kind)
    {
        using Stream plain = Decompression.Open(new MemoryStream([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]), kind);
        byte[] buffer = new byte[10];
        string first = Assert.Throws<ImageFormatException>(() => plain.Read(buffer)).Message;
        Assert.Equal(first, Assert.Throws<ImageFormatException>(() => plain.Read(buffer)).Message);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_BrokenInputs_OnlyFormatExceptionsLeave(CompressionKind kind) => SeededMutations.OnlyFormatExceptionsLeave(
        Samples.Compress(s_plain[..20_000], kind), 2000, 42, bytes => Samples.Decompress(bytes, kind));

    [Fact]
    public void Open_XzPadding_IsAllowedInFours()
    {
        byte[] compressed = Samples.Compress(s_plain, CompressionKind.Xz);
        Assert.Equal(s_plain, Samples.Decompress([.. compressed, 0, 0, 0, 0], CompressionKind.Xz));
    }

    [Fact]
    public void Open_XzThatNeedsMoreMemoryThanAllowed_IsRefused()
    {
        byte[] compressed = Samples.Compress(s_plain, target => Compressor.OpenXz(target, new XzOptions { Preset = 6 }, leaveOpen: true));
        ImageFormatException e = Assert.Throws<ImageFormatException>(
            () => Samples.Decompress(compressed, CompressionKind.Xz, new DecompressionLimits { XzMemoryBytes = 4 << 20 }));
        Assert.Contains("4.00 MiB of memory", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ZstdWithAWindowLargerThanAllowed_IsRefused()
    {
        byte[] compressed = Samples.Compress(s_plain, target => Compressor.OpenZstd(target, new ZstdOptions { WindowLog = 24 }, leaveOpen: true));
        Assert.Equal(s_plain, Samples.Decompress(compressed, CompressionKind.Zstd));
        Assert.Throws<ImageFormatException>(
            () => Samples.Decompress(compressed, CompressionKind.Zstd, new DecompressionLimits { ZstdWindowLog = 20 }));
    }

    [Fact]
    public void Open_None_PassesTheBytesOn() => Assert.Equal(s_plain, Samples.Decompress(s_plain, CompressionKind.None));

    [Fact]
    public void Detect_Unknown_IsNone() => Assert.Equal(CompressionKind.None, Decompression.Detect("BZh9"u8));

    [Fact]
    public void Detect_SkippableFrame_IsZstd() => Assert.Equal(CompressionKind.Zstd, Decompression.Detect([0x5F, 0x2A, 0x4D, 0x18]));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dispose_LeaveOpen_DecidesAboutTheSource(bool leaveOpen)
    {
        MemoryStream source = new(Samples.Compress([1], CompressionKind.Zstd));
        Decompression.Open(source, CompressionKind.Zstd, leaveOpen: leaveOpen).Dispose();
        Assert.Equal(leaveOpen, source.CanRead);
    }

    [Fact]
    public void Require_MissingLibrary_NamesItAndItsPackage()
    {
        StrataException e = Assert.Throws<StrataException>(() => NativeLibraries.Require("libnosuch.so.9", "libnosuch9", "read nosuch"));
        Assert.Equal("cannot read nosuch: the library libnosuch.so.9 cannot be loaded", e.Message);
        Assert.Contains("libnosuch9", e.Hint, StringComparison.Ordinal);
    }
}
