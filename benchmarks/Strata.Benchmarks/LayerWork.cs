using System.Diagnostics;
using System.Globalization;
using Strata.Core;
using Strata.Formats.Deb;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;
using Strata.Formats.Verity;
using Strata.Layers;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Blocks;
using Strata.Updates.Layers;

namespace Strata.Benchmarks;

/// <summary>What <see cref="LayerReport"/> measures, each in a process of its own.</summary>
internal static class LayerWork
{
    /// <summary>Threads that everybody gets.</summary>
    public const int Threads = 2;

    /// <summary>Runs the work that the arguments name; null when they name none.</summary>
    public static async Task<int?> TryRunAsync(string[] args)
    {
        long start = Stopwatch.GetTimestamp();
        switch (args)
        {
            // layer LISTING ROOT|packages STORE-OF-PACKAGES STORE CODEC BLOCK [CHANGED]: a whole layer through the block cache
            case ["layer", string listing, string root, string packages, string store, string codec, string block, .. string[] changed]:
                StoredLayer layer = await LayerAsync(listing, root, packages, store, CodecNamed(codec), Int(block), changed is [string path] ? path : null);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{layer.Manifest.Data} {Stopwatch.GetElapsedTime(start).TotalSeconds:0.000} {layer.Digest}"));
                return 0;
            // squashfs LISTING ROOT OUT CODEC BLOCK package|image: the writer alone
            case ["squashfs", string listing, string root, string target, string codec, string block, string grouping]:
                Console.WriteLine(await SquashfsAsync(listing, root, target, CodecNamed(codec), Int(block), grouping));
                return 0;
            // verity IMAGE OUT: the tree alone
            case ["verity", string image, string target]:
                VerityTree tree = await VerityAsync(image, target);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tree.RootHash} {Stopwatch.GetElapsedTime(start).TotalSeconds:0.000}"));
                return 0;
            default:
                return null;
        }
    }

    /// <summary>Codecs that are compared.</summary>
    public static SquashfsCodec CodecNamed(string name) => name switch
    {
        "xz-bcj" => SquashfsCodec.Xz(x86Filter: true),
        "zstd-22" => SquashfsCodec.Zstd(22),
        "zstd-15" => SquashfsCodec.Zstd(15),
        _ => throw new StrataException($"cannot measure codec {name}"),
    };

    private static async Task<StoredLayer> LayerAsync(
        string listing, string root, string packages, string storeRoot, SquashfsCodec codec, int block, string? changed)
    {
        bool isUnpacked = root != "packages";
        LayerInput input = new()
        {
            Name = "measured",
            Architecture = GuestArchitecture.Amd64,
            Provides = ["measured"],
            Tree = TreeListing.Read(listing, isUnpacked, changed),
            Packing = new LayerPacking(codec, block),
        };
        using ObjectStore store = new(storeRoot);
        using ObjectStore source = new(packages);
        using BlockCache blocks = new(store);
        LayerBuilder builder = new(store, new ActionCache(store), blocks);
        return await builder.BuildAsync(input, () => isUnpacked ? new UnpackedReader(root) : new PackageContentReader(source.OpenRead), Threads);
    }

    private static async Task<long> SquashfsAsync(string listing, string root, string target, SquashfsCodec codec, int block, string grouping)
    {
        SquashfsOptions options = new()
        {
            Codec = codec,
            BlockSize = block,
            Threads = Threads,
            IsExportable = false,
            Grouping = grouping == "image" ? FragmentGrouping.Image : FragmentGrouping.Package,
        };
        using UnpackedReader contents = new(root);
        await using FileStream file = new(target, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        SquashfsImage image = await SquashfsWriter.WriteAsync(new SquashfsSource(TreeListing.Read(listing, isUnpacked: true, null), contents), file, options);
        return image.Length;
    }

    private static async Task<VerityTree> VerityAsync(string image, string target)
    {
        await using FileStream data = new(image, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await using FileStream output = new(target, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        return await VerityWriter.WriteAsync(data, data.Length, output, new VerityOptions { Uuid = Guid.Empty, Threads = Threads });
    }

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
