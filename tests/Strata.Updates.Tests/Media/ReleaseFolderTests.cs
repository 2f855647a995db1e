using Strata.Core;
using Strata.Testing;
using Strata.Updates.Layers;
using Strata.Updates.Media;
using Strata.Updates.Releases;
using Strata.Updates.Tests.Layers;

namespace Strata.Updates.Tests.Media;

public sealed class ReleaseFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LayerManifest _manifest;

    public ReleaseFolderTests()
    {
        _manifest = LayerFormatTests.s_manifest with { Requires = [], BlockIndex = Put(LayerFormatTests.s_index.Write()) };
        Release release = new()
        {
            Edition = "bench",
            Version = "1",
            Architecture = "amd64",
            Layers = [_manifest.InRelease(Put(LayerManifestText.Write(_manifest)), isBase: true)],
        };
        File.WriteAllBytes(_folder["release.json"], ReleaseWriter.Write(release));
    }

    public void Dispose() => _folder.Dispose();

    // the names are those of docs/formats/release.md
    [Fact]
    public void Medium_Path_IsThatOfTheFormat() => Assert.Equal(
        "strata/cas/de/de7d1b721a1e0632b7cf04edf5032c8ecffa9f9a08492152b926f1a5a7e765d7",
        Medium.PathOf(Sha256Digest.Parse("de7d1b721a1e0632b7cf04edf5032c8ecffa9f9a08492152b926f1a5a7e765d7")));

    [Fact]
    public void Read_Folder_HasReleaseLayersAndIndexes()
    {
        ReleaseFolder read = ReleaseFolder.Read(_folder.Path);
        Assert.Equal("bench 1", $"{read.Release.Edition} {read.Release.Version}");
        StoredLayer layer = Assert.Single(read.Layers);
        Assert.Equal(read.Release.Layers[0].Manifest, layer.Digest);
        Assert.Equal(["g++"], layer.Manifest.Packages.Select(p => p.Name));
        using FileStream index = read.Open(layer.Manifest.BlockIndex);
        Assert.Equal(LayerFormatTests.s_index.Blocks, layer.ReadIndex(index).Blocks);
    }

    [Fact]
    public void Read_NoRelease_SaysWhichFileIsMissing()
    {
        File.Delete(_folder["release.json"]);
        StrataException fault = Assert.Throws<StrataException>(() => ReleaseFolder.Read(_folder.Path));
        Assert.Contains("there is no release.json", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManifestMissingOrChanged_IsRefused()
    {
        string path = _folder[Medium.PathOf(ReleaseFolder.Read(_folder.Path).Layers[0].Digest)];
        byte[] good = File.ReadAllBytes(path);
        File.WriteAllBytes(path, [.. good, (byte)'\n']);
        StrataException changed = Assert.Throws<StrataException>(() => ReleaseFolder.Read(_folder.Path));
        Assert.Contains("its bytes are not those of its name", changed.Message, StringComparison.Ordinal);
        File.Delete(path);
        StrataException missing = Assert.Throws<StrataException>(() => ReleaseFolder.Read(_folder.Path));
        Assert.StartsWith($"cannot read the release in {_folder.Path}: ", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadIndex_OtherBytes_AreRefused()
    {
        StoredLayer layer = ReleaseFolder.Read(_folder.Path).Layers[0];
        BlockIndex other = LayerFormatTests.s_index with { FirstOffset = 97 }; // a good index, and another one
        StrataException fault = Assert.Throws<StrataException>(() => layer.ReadIndex(new MemoryStream(other.Write())));
        Assert.Contains("its bytes are not those of its digest", fault.Message, StringComparison.Ordinal);
    }

    private Sha256Digest Put(byte[] bytes)
    {
        Sha256Digest digest = Sha256Digest.Of(bytes);
        string path = _folder[Medium.PathOf(digest)];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return digest;
    }
}
