using Strata.Core;
using Strata.Formats.Compression;
using Strata.Testing;

namespace Strata.Formats.Tests.Compression;

public sealed class CompressionLibrariesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CompressionLibrariesTests()
    {
        HostLibrary.Copy("libzstd.so.1", _folder["libraries"]);
        HostLibrary.Copy("liblzma.so.5", _folder["libraries"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Identity_OfAFolder_IsTheFile()
    {
        CompressionLibraries libraries = CompressionLibraries.In(_folder["libraries"]);
        Assert.Equal(DigestOf("libraries/libzstd.so.1"), libraries.Zstd.Identity);
        Assert.Equal(DigestOf("libraries/liblzma.so.5"), libraries.Lzma.Identity);

        // a byte behind the end of an ELF file changes nothing but the file
        Directory.CreateDirectory(_folder["other"]);
        File.WriteAllBytes(_folder["other/libzstd.so.1"], [.. File.ReadAllBytes(_folder["libraries/libzstd.so.1"]), 0]);
        Assert.NotEqual(libraries.Zstd.Identity, CompressionLibraries.In(_folder["other"]).Zstd.Identity);
    }

    [Fact]
    public void Load_OfAFolder_MapsThatFileBesideTheMachines()
    {
        _ = CompressionLibraries.Host.Zstd;
        _ = CompressionLibraries.Host.Lzma;
        CompressionLibraries libraries = CompressionLibraries.In(_folder["libraries"]);
        _ = libraries.Zstd;
        _ = libraries.Lzma;
        string maps = File.ReadAllText("/proc/self/maps");
        Assert.Contains(_folder["libraries/libzstd.so.1"], maps, StringComparison.Ordinal);
        Assert.Contains(_folder["libraries/liblzma.so.5"], maps, StringComparison.Ordinal);
    }

    [Fact]
    public void Zstd_OfAFolder_GivesWhatItsVersionGives()
    {
        byte[] plain = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(((i / 13) ^ (i % 251)) & 0xFF))];
        ZstdOptions options = new() { Level = 19 };
        byte[] host = Samples.Compress(plain, target => Compressor.OpenZstd(target, options, leaveOpen: true));
        ZstdOptions other = options with { Libraries = CompressionLibraries.In(_folder["libraries"]) };
        Assert.Equal(host, Samples.Compress(plain, target => Compressor.OpenZstd(target, other, leaveOpen: true)));
    }

    [Fact]
    public void Load_NoSuchFile_NamesItAndItsPackage()
    {
        StrataException e = Assert.Throws<StrataException>(() => CompressionLibraries.In(_folder["none"]).Zstd);
        Assert.Equal($"cannot write Zstandard: {_folder["none/libzstd.so.1"]} is missing", e.Message);
        Assert.Contains("libzstd1", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoLibrary_SaysWhatTheLoaderSays()
    {
        Directory.CreateDirectory(_folder["text"]);
        string file = _folder["text/liblzma.so.5"];
        File.WriteAllText(file, "no library");
        StrataException e = Assert.Throws<StrataException>(() => CompressionLibraries.In(_folder["text"]).Lzma);
        Assert.Equal($"cannot read or write xz: {file} cannot be loaded: {file}: file too short", e.Message);
        Assert.Contains("glibc 2.34", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NeedsANewerCLibrary_NamesItsVersion()
    {
        byte[] bytes = File.ReadAllBytes(_folder["libraries/libzstd.so.1"]);
        "GLIBC_9.99"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("GLIBC_2.14"u8))); // that of memcpy
        Directory.CreateDirectory(_folder["newer"]);
        File.WriteAllBytes(_folder["newer/libzstd.so.1"], bytes);
        StrataException e = Assert.Throws<StrataException>(() => CompressionLibraries.In(_folder["newer"]).Zstd);
        Assert.Contains("version `GLIBC_9.99' not found", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Load_AnotherLibraryOfThatName_IsRefused()
    {
        Directory.CreateDirectory(_folder["swapped"]);
        File.Copy(_folder["libraries/liblzma.so.5"], _folder["swapped/libzstd.so.1"]);
        StrataException e = Assert.Throws<StrataException>(() => CompressionLibraries.In(_folder["swapped"]).Zstd);
        Assert.Equal($"cannot use {_folder["swapped/libzstd.so.1"]}: it has no function ZSTD_createCCtx", e.Message);
    }

    private string DigestOf(string relative) => Sha256Digest.Of(File.ReadAllBytes(_folder[relative])).ToString();
}
