using System.Text;
using Strata.Core;
using Strata.Formats.Oci;
using Strata.Formats.Tar;

namespace Strata.Formats.Tests.Oci;

public sealed class OciArchiveReaderTests
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    private static readonly byte[] s_config = "{}"u8.ToArray();
    private static readonly byte[] s_layer = "a layer"u8.ToArray();

    [Fact]
    public void Read_WhatTheWriterWrites_FindsEveryBlobWhereItLies()
    {
        OciLayer layer = new(
            OciCompression.Gzip, Sha256Digest.Of(s_layer), s_layer.Length, Sha256Digest.Of("plain"u8), "one",
            () => new MemoryStream(s_layer));
        using MemoryStream archive = new();
        OciDescriptor manifest = OciLayoutWriter.Write(
            new OciImage { Architecture = GuestArchitecture.Amd64, Name = "test:1", Layers = [layer, layer] }, archive);
        archive.Position = 0;

        OciArchiveImage image = OciArchiveReader.Read(archive);

        Assert.Equal(manifest, image.Root.Descriptor);
        Assert.Equal([true, false, false], image.Blobs.Select(b => b.IsDocument)); // the layer, though twice in it, once
        Assert.Equal(layer.Digest, image.Blobs[2].Descriptor.Digest);
        foreach (OciArchiveBlob blob in image.Blobs)
        {
            Assert.Equal(
                blob.Descriptor.Digest, Sha256Digest.Of(archive.ToArray().AsSpan((int)blob.Offset, (int)blob.Descriptor.Size)));
        }
    }

    [Fact]
    public void Read_IndexForTwoProcessors_IsOneImageWithBothManifests()
    {
        byte[] other = "{ }"u8.ToArray();
        byte[] one = Manifest(Descriptor("c/c", s_config), Descriptor("l/l", s_layer));
        byte[] two = Manifest(Descriptor("c/c", other), Descriptor("l/l", s_layer));
        byte[] both = Index(Descriptor(ManifestType, one), Descriptor(ManifestType, two));
        OciArchiveImage image = Read(Index(Descriptor(OciIndex.MediaType, both)), both, one, two, s_config, other, s_layer);
        Assert.Equal(OciIndex.MediaType, image.Root.Descriptor.MediaType);
        Assert.Equal([true, true, true, false, false, false], image.Blobs.Select(b => b.IsDocument));
    }

    [Theory]
    [InlineData("no index", "it has no files 'oci-layout' and 'index.json'")]
    [InlineData("two images", "its index names 2 images, expected one")]
    [InlineData("no image", "its index names 0 images, expected one")]
    [InlineData("missing layer", "is missing")]
    [InlineData("changed layer", "has other bytes than its name says")]
    [InlineData("wrong size", "has other bytes than its name says, or another size than 8")]
    [InlineData("twice", "is there twice")]
    [InlineData("no manifest", "its image is a blob of type l/l, expected a manifest or an index")]
    [InlineData("empty manifest", "is no index and no manifest")]
    [InlineData("no JSON", "is no index and no manifest")]
    [InlineData("a header in a type", "a descriptor needs a 'mediaType'")]
    [InlineData("another digest", "a descriptor needs a 'mediaType'")]
    public void Read_ArchiveThatIsNotWhatItSays_IsRefused(string what, string problem)
    {
        byte[] manifest = what switch
        {
            "wrong size" => Manifest(Descriptor("c/c", s_config), LongerLayer()),
            "empty manifest" => """{"schemaVersion":2}"""u8.ToArray(),
            "no JSON" => "{"u8.ToArray(),
            "a header in a type" => Manifest(Descriptor("c/c\\r\\nX: y", s_config)),
            "another digest" => Manifest(Descriptor("c/c", s_config).Replace("sha256", "sha512", StringComparison.Ordinal)),
            _ => Manifest(Descriptor("c/c", s_config), Descriptor("l/l", s_layer)),
        };
        string one = what == "no manifest" ? Descriptor("l/l", s_layer) : Descriptor(ManifestType, manifest);
        byte[] index = what switch { "two images" => Index(one, one), "no image" => Index(), _ => Index(one) };
        List<(string, byte[])> members =
        [
            ("oci-layout", "{}"u8.ToArray()), (what == "no index" ? "manifest.json" : "index.json", index),
            (NameOf(manifest), manifest), (NameOf(s_config), s_config),
        ];
        if (what != "missing layer")
        {
            members.Add((NameOf(s_layer), what == "changed layer" ? "A layer"u8.ToArray() : s_layer));
        }
        if (what == "twice")
        {
            members.Add(("./" + NameOf(s_layer), s_layer));
        }
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => OciArchiveReader.Read(Archive(members)));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    private static OciArchiveImage Read(byte[] index, params byte[][] blobs) => OciArchiveReader.Read(Archive(
        [("./oci-layout", "{}"u8.ToArray()), ("./index.json", index), .. blobs.Select(b => ("./" + NameOf(b), b))]));

    private static MemoryStream Archive(IEnumerable<(string Name, byte[] Bytes)> members)
    {
        MemoryStream archive = new();
        using (TarWriter writer = new(archive, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in members)
            {
                writer.Write(
                    new TarEntry { Name = name, Kind = TarKind.File, Mode = Modes.File, Size = bytes.Length }, new MemoryStream(bytes));
            }
            writer.Finish();
        }
        archive.Position = 0;
        return archive;
    }

    private static byte[] Manifest(string config, params string[] layers) =>
        Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"config":{{config}},"layers":[{{string.Join(',', layers)}}]}""");

    private static byte[] Index(params string[] manifests) =>
        Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[{{string.Join(',', manifests)}}]}""");

    private static string Descriptor(string type, byte[] bytes) =>
        $$"""{"mediaType":"{{type}}","digest":"sha256:{{Sha256Digest.Of(bytes)}}","size":{{bytes.Length}}}""";

    private static string LongerLayer() => Descriptor("l/l", s_layer).Replace("\"size\":7", "\"size\":8", StringComparison.Ordinal);

    private static string NameOf(byte[] bytes) => "blobs/sha256/" + Sha256Digest.Of(bytes);
}
