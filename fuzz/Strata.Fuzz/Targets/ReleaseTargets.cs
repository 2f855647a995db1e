using Strata.Core;
using Strata.Device.Kernel;
using Strata.Device.Disks;
using Strata.Init.CommandLine;
using Strata.Init.Modules;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Fuzz.Targets;

/// <summary>What a device reads at its start and for an update: releases, layers, disks that are plugged in.</summary>
internal static class ReleaseTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("release-manifest", text => Property.WritesTheSame(text, ReleaseWriter.Write(ReleaseReader.Read(text))), () =>
            [ReleaseWriter.Write(Release())])
        {
            Readers = [typeof(ReleaseReader)], Words = PackageTargets.s_jsonWords,
        },
        new FuzzTarget("published-release", text => Property.WritesTheSame(
            text, PublishedReleaseText.Write(PublishedReleaseText.Read(text))), () => [PublishedReleaseText.Write(Published())])
        {
            Readers = [typeof(PublishedReleaseText)], Words = PackageTargets.s_jsonWords,
        },
        new FuzzTarget("layer-manifest", text => Property.WritesTheSame(text, LayerManifestText.Write(LayerManifestText.Read(text))), () =>
            [LayerManifestText.Write(Manifest())])
        {
            Readers = [typeof(LayerManifestText)], Words = PackageTargets.s_jsonWords,
        },
        new FuzzTarget("stored-layer", text => StoredLayer.Read(new MemoryStream(text.ToArray()), Sha256Digest.Of(text)), () =>
            [LayerManifestText.Write(Manifest())])
        {
            Readers = [typeof(StoredLayer)], Words = PackageTargets.s_jsonWords, Allowed = [typeof(StrataException)],
        },
        new FuzzTarget("layer-index", bytes => Property.WritesTheSame(bytes, BlockIndex.Read(bytes).Write()), () => [Index()])
        {
            Readers = [typeof(BlockIndex)],
        },
        new FuzzTarget("layer-index-sealed", body => BlockIndex.Read([.. body, .. Sha256Digest.Of(body).Bytes]), () =>
            [Index()[..^Sha256Digest.Size]])
        {
            Readers = [typeof(BlockIndex)],
        },
        new FuzzTarget("module-list", text => ModuleList.Parse(text), () =>
            ["# drivers\n/lib/modules/a.ko\n/lib/modules/b.ko.xz debug=1 x=\"y z\"\n"u8.ToArray()])
        {
            Readers = [typeof(ModuleList)],
        },
        FuzzTarget.OfText("uevent", text => UeventFile.Parse(text), () =>
            ["MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\nPARTN=1\nPARTNAME=EFI system\n"], typeof(UeventFile)) with
        {
            Allowed = [],
        },
        FuzzTarget.OfText("boot-line", ReadBootLine, () =>
            ["root=x caps=shell,network strata.store=LABEL=X quiet \"a b\"=c strata.verify=now -- 3 s"], typeof(BootOptionsParser),
            typeof(KernelWords)) with
        {
            Allowed = [typeof(Strata.Init.Reports.BootException)],
                Words = ["caps=", "strata.", "\"", "--", "=", " ", "store=", "UUID=", "verify=", "changes=", "debug"],
        },
        new FuzzTarget("file-system-probe", ReadFileSystem, FileSystems)
        {
            Readers = [typeof(FileSystemProbe)], Allowed = [], MostBytes = 0x12000,
        },
        new FuzzTarget("boot-partition", variable => BootPartition.Parse(variable), () => [BootVariable()])
        {
            Readers = [typeof(BootPartition)], Allowed = [],
        },
        new FuzzTarget("partition-entry", ReadPartition, () => [PartitionTable()])
        {
            Readers = [typeof(PartitionEntry)], Allowed = [], Words = ["EFI PART"],
        },
    ];

    private static readonly Sha256Digest s_digest = Sha256Digest.Of("x"u8);

    private static PublishedRelease Published()
    {
        Release release = Release();
        PublishedFile file = new(Sha256Digest.Of("f"u8), 7);
        return new PublishedRelease
        {
            Counter = 3, SecurityVersion = 1, UpgradeFrom = 2, LeastAgent = 1, Release = release, Uki = file,
            Layers = [.. release.Layers.Select(_ => new PublishedLayer(1, 2, file))], Bills = [("cyclonedx", file)],
        };
    }

    private static Release Release() => new()
    {
        Edition = "capability",
        Version = "0.1+b1",
        Architecture = "amd64",
        Layers = [Layer("shell", true), Layer("network", false), Layer("containers", false, "network")],
    };

    private static ReleaseLayer Layer(string name, bool isBase, params string[] requires) => new()
    {
        Name = name, IsBase = isBase, Requires = requires, Manifest = s_digest, Image = s_digest, Size = 3 * 4096, Data = 4096,
            Root = s_digest, Salt = "0a0b",
    };

    private static LayerManifest Manifest() => new()
    {
        Name = "network", Architecture = "amd64", Requires = ["shell"], Provides = ["wifi"],
            Packages = [new LayerPackage("curl", "8.0-1", s_digest, 3, 4096, ["MIT"])], Effects = ["users"],
        Entries = 3, PlainBytes = 4096, Codec = "zstd-15", BlockSize = 131072, Image = s_digest, Size = 3 * 4096, Data = 4096,
            Root = s_digest, Salt = "0a0b", BlockIndex = s_digest,
    };

    private static byte[] Index() => new BlockIndex(4096, 96, [new IndexedBlock(s_digest, 100, 4096),
        new IndexedBlock(s_digest, 7, 7)]).Write();

    private static void ReadBootLine(string line)
    {
        BootOptionsParser.Parse(line);
        KernelWords.Split(line);
    }

    private static IEnumerable<byte[]> FileSystems()
    {
        byte[] ext4 = new byte[4096];
        (ext4[0x438], ext4[0x439], ext4[0x478]) = (0x53, 0xEF, (byte)'S'); // s_magic, s_volume_name
        byte[] f2fs = new byte[4096];
        (f2fs[1024], f2fs[1025], f2fs[1026], f2fs[1027]) = (0x10, 0x20, 0xF5, 0xF2);
        byte[] iso = new byte[0x9000];
        "\u0001CD001"u8.CopyTo(iso.AsSpan(0x8000));
        byte[] btrfs = new byte[0x11000];
        "_BHRfS_M"u8.CopyTo(btrfs.AsSpan(0x10040));
        return [ext4, f2fs, iso, btrfs, [.. "XFSB"u8, .. new byte[4092]], [0xEB, 0x3C, 0x90, .. "mkfs.fat"u8, .. new byte[4085]]];
    }

    private static ReadBytes Reader(byte[] device) => (offset, buffer) =>
    {
        Property.Holds(offset >= 0, $"byte {offset} of a device is asked for");
        if (offset > device.Length - buffer.Length)
        {
            return false;
        }
        device.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        return true;
    };

    private static void ReadFileSystem(ReadOnlySpan<byte> device) => FileSystemProbe.Probe(Reader(device.ToArray()));

    private static byte[] PartitionTable()
    {
        byte[] disk = new byte[3 * 512];
        "EFI PART"u8.CopyTo(disk.AsSpan(512));
        (disk[512 + 72], disk[512 + 80], disk[512 + 84]) = (2, 4, 128); // place, number and size of entries
        return disk;
    }

    // attributes (four bytes: set at this start, not kept), then UTF-16 text
    private static byte[] BootVariable() =>
        [6, 0, 0, 0, .. System.Text.Encoding.Unicode.GetBytes("0fc63daf-8483-4772-8e79-3d69d8477de4\0")];

    private static void ReadPartition(ReadOnlySpan<byte> disk)
    {
        ReadBytes read = Reader(disk.ToArray());
        PartitionEntry.Read(read, 1);
        PartitionEntry.Read(read, int.MaxValue);
    }
}
