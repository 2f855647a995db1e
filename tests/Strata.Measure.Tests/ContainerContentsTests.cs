using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using Strata.Core;
using Strata.Formats.Oci;
using Strata.Measure.Differences;
using Strata.Testing;

namespace Strata.Measure.Tests;

/// <summary>What a container image has, as far as its layers say; they are packed by the framework's writers.</summary>
public sealed class ContainerContentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_TwoLayers_TheUpperOneStandsOverTheLower()
    {
        ImageContents contents = Read(
            Layer(File("etc/one", "lower"), File("./etc/two", "two"), Link("bin", "usr/bin")),
            Layer(
                new PaxTarEntry(TarEntryType.Directory, "etc/") { Mode = (UnixFileMode)0b111_101_101 }, File("etc/one", "upper"),
                new PaxTarEntry(TarEntryType.HardLink, "etc/three") { LinkName = "etc/one" }));
        Assert.Equal(
            [
                "/bin link -> usr/bin", "/etc dir", $"/etc/one file {Sha256Digest.Of("upper"u8)}",
                $"/etc/three file {Sha256Digest.Of("upper"u8)}",
                $"/etc/two file {Sha256Digest.Of("two"u8)}",
            ],
            contents.Entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e =>
                $"{e.Key} {e.Value.Type} {e.Value.Digest}{(e.Value.Target.Length > 0 ? "-> " + e.Value.Target : "")}".TrimEnd()));
    }

    [Theory]
    [InlineData("etc/.wh.one", "a layer deletes '/etc/.wh.one'")]
    [InlineData("", "'/three' is another name of nothing")]
    public void Read_WhatNoEditionMakes_IsRefused(string file, string problem)
    {
        TarEntry odd = file.Length > 0 ? File(file, "") : new PaxTarEntry(TarEntryType.HardLink, "three") { LinkName = "etc/one" };
        StrataException refused = Assert.Throws<StrataException>(() => Read(Layer(odd)));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ArchiveOfSomethingElse_IsRefusedWithWhatCanBeRead()
    {
        using (FileStream archive = System.IO.File.Create(_folder["other.tar"]))
        using (TarWriter writer = new(archive))
        {
            writer.WriteEntry(File("etc/one", "x"));
        }
        StrataException refused = Assert.Throws<StrataException>(() => ImageReader.Read(_folder["other.tar"]));
        Assert.Contains("it has no files 'oci-layout' and 'index.json'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("a container image (.oci.tar)", refused.Hint, StringComparison.Ordinal);
    }

    private static PaxTarEntry File(string name, string content) => new(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)),
    };

    private static PaxTarEntry Link(string name, string target) => new(TarEntryType.SymbolicLink, name) { LinkName = target };

    private static byte[] Layer(params IEnumerable<TarEntry> entries)
    {
        using MemoryStream plain = new();
        using (TarWriter writer = new(plain, leaveOpen: true))
        {
            foreach (TarEntry entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }
        return plain.ToArray();
    }

    private ImageContents Read(params IReadOnlyList<byte[]> layers)
    {
        string path = _folder[string.Create(CultureInfo.InvariantCulture, $"{layers.Count}.oci.tar")];
        using (FileStream archive = System.IO.File.Create(path))
        {
            OciLayoutWriter.Write(
                new OciImage
                {
                    Architecture = GuestArchitecture.Amd64, Name = "sample:1", Layers = [.. layers.Select(LayerOf)],
                },
                archive);
        }
        return ImageReader.Read(path);
    }

    private static OciLayer LayerOf(byte[] plain)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(plain);
        }
        byte[] bytes = packed.ToArray();
        return new OciLayer(
            OciCompression.Gzip, Sha256Digest.Of(bytes), bytes.Length, Sha256Digest.Of(plain), "one", () => new MemoryStream(bytes));
    }
}
