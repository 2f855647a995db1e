using System.Text;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Cpio;
using Strata.Formats.Gpt;
using Strata.Formats.Iso;
using Strata.Formats.Oci;
using Strata.Formats.Tar;
using Strata.Measure.Bytes;
using Strata.Measure.Differences;
using Strata.Testing;

namespace Strata.Fuzz.Targets;

/// <summary>Whole images: what their bytes are, and where another one differs.</summary>
internal static class ImageTargets
{
    private static readonly byte[] s_archive = Cpio();

    private static readonly byte[] s_packed = Made.Compressed(s_archive, CompressionKind.Gzip);

    private static readonly byte[] s_tar = Made.Tar(
        (new TarEntry { Name = "./etc/", Kind = TarKind.Directory, Mode = Modes.Folder }, []),
        (new TarEntry { Name = "./etc/one", Kind = TarKind.File, Mode = Modes.File, Size = 3 }, "one"u8.ToArray()),
        (new TarEntry { Name = "./etc/two", Kind = TarKind.HardLink, Mode = Modes.File, LinkName = "./etc/one" }, []),
        (new TarEntry { Name = "./etc/three", Kind = TarKind.Symlink, Mode = Modes.Link, LinkName = "one" }, []));

    private static readonly OciIndexEntry s_referrer = new(OciDescriptor.OfManifest(Sha256Digest.Of("one"u8), 3));

    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfStream(
            "image-map", ReadMap,
            () => [Iso(), Oci(), s_packed, s_archive, TinyPe.Program(1024, 0, ".linux", ".initrd")], typeof(ImageMap)) with
        {
            Allowed = [], Words = ["CD001", "EFI PART", "ustar", "070701", ".initrd"],
        },
        new FuzzTarget(
            "oci-referrers", input => OciIndex.WriteReferrers(input.ToArray(), [s_referrer]),
            () => [OciIndex.Write([s_referrer, s_referrer with { ArtifactType = "a/b", Architecture = GuestArchitecture.Arm64 }])])
        {
            Readers = [typeof(OciIndex)], Words = ["manifests", "digest", "sha256:", "annotations"],
        },
        FuzzTarget.OfStream("oci-archive", archive => OciArchiveReader.Read(archive), () => [Oci()], typeof(OciArchiveReader)) with
        {
            Words = ["oci-layout", "index.json", "blobs/sha256/", "sha256:", "manifests", "config", "layers", "mediaType", "size"],
        },
        new FuzzTarget("oci-archive-sealed", input => ReadSealed(input.ToArray()), () => [Index(), Manifest()])
        {
            Readers = [typeof(OciArchiveReader)], Words = ["manifests", "config", "layers", "mediaType", "digest", "sha256:", "size"],
        },
        FuzzTarget.OfStream(
            "oci-archive-contents", archive => ContainerContents.Read(archive, "image"), () => [Oci(s_tar)],
            typeof(ContainerContents)) with
        {
            Words = ["blobs/sha256/", "sha256:", "layers", ".wh."],
        },
        FuzzTarget.OfStream("iso-files", ReadIso, () => [Iso()], typeof(IsoFiles)) with { Words = ["CD001", "NM", "RR"] },
        FuzzTarget.OfStream(
            "image-differs", ReadGiven,
            () => [s_packed, s_packed[..^9], Made.Compressed(Encoding.UTF8.GetBytes("other"), CompressionKind.Gzip)],
            typeof(ByteComparison), typeof(PackedDifference)) with
        {
            Allowed = [], Runs = 500,
        },
    ];

    // whatever the bytes are, each of them is in one region
    private static void ReadMap(Stream image)
    {
        long at = 0;
        foreach (ImageRegion region in ImageMap.Of(image))
        {
            Property.Holds(region.Start == at && region.Length > 0, "a byte is in no region, or in two");
            region.Detail?.Invoke(region.Start - region.Whole);
            at = region.End;
        }
        Property.Holds(at == image.Length, "the last byte is in no region");
    }

    // as a manifest whose digest is right: what an archive of a stranger says of itself
    private static void ReadSealed(byte[] manifest)
    {
        OciDescriptor described = new(OciLayoutWriter.ManifestType, Sha256Digest.Of(manifest), manifest.Length);
        byte[] index = OciIndex.Write([new OciIndexEntry(described)]);
        OciArchiveReader.Read(new MemoryStream(Made.Tar(
            (Member("oci-layout", 2), "{}"u8.ToArray()), (Member("index.json", index.Length), index),
            (Member("blobs/sha256/" + described.Digest, manifest.Length), manifest),
            (Member("blobs/sha256/" + Sha256Digest.Of("one"u8), 3), "one"u8.ToArray()))));

        static TarEntry Member(string name, int size) => new() { Name = name, Kind = TarKind.File, Mode = Modes.File, Size = size };
    }

    private static byte[] Index() => OciIndex.Write([new OciIndexEntry(new OciDescriptor("a/b", Sha256Digest.Of("one"u8), 3))]);

    private static byte[] Manifest() => Encoding.UTF8.GetBytes($$"""
        {"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:{{Sha256Digest.Of("one"u8)}}","size":3},"layers":[]}
        """);

    private static void ReadGiven(Stream given)
    {
        using MemoryStream rebuilt = new(s_packed);
        ByteComparison comparison = ByteComparison.Between(given, rebuilt);
        Property.Holds(
            comparison.DifferentBytes == comparison.Structures.Sum(s => s.DifferentBytes), "a byte that differs is in no structure");
    }

    private static byte[] Cpio()
    {
        using MemoryStream archive = new();
        CpioWriter.Write(Made.Tree(), Made.Contents(), archive);
        return archive.ToArray();
    }

    private static byte[] Iso()
    {
        using MemoryStream image = new();
        IsoWriter.WriteAsync(
            IsoPlan.Create(new IsoConfig
            {
                Label = "SAMPLE",
                DiskId = DigestGuid.Of(Sha256Digest.Of("disk"u8)),
                Files =
                [
                    IsoFile.Whole(GuestPath.Parse("/boot/a name that is long.text"), IsoExtent.Of("one", "one"u8.ToArray())),
                    IsoFile.Whole(GuestPath.Parse("/release.json"), IsoExtent.Of("two", "{}"u8.ToArray())),
                ],
            }),
            image, CancellationToken.None).GetAwaiter().GetResult();
        return image.ToArray();
    }

    private static void ReadIso(Stream image)
    {
        foreach (LocatedFile file in IsoFiles.Of(image))
        {
            Property.Holds(file.Path.StartsWith('/'), "a file has a name that does not begin at the root");
        }
    }

    private static byte[] Oci() => Oci(s_archive);

    private static byte[] Oci(byte[] plain)
    {
        byte[] packed = Made.Compressed(plain, CompressionKind.Gzip);
        using MemoryStream image = new();
        OciLayoutWriter.Write(
            new OciImage
            {
                Architecture = GuestArchitecture.Amd64,
                Name = "sample:1",
                Layers =
                [
                    new OciLayer(
                        OciCompression.Gzip, Sha256Digest.Of(packed), packed.Length, Sha256Digest.Of(plain), "one",
                        () => new MemoryStream(packed)),
                ],
            },
            image);
        return image.ToArray();
    }
}
