using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Images.Building;

/// <summary>From layers to something that boots: the release, and the disk that carries the layers beside the kernel image.</summary>
/// <remarks>
/// The release goes into the initrd and with it into the signed kernel image: that is where root hashes are believed. The layers lie beside, on a
/// volume labelled <see cref="Medium.Label"/> in the form of a store (<c>strata/cas/…</c>), which nothing needs to trust.
/// </remarks>
public static class LayeredImage
{
    private static readonly PartitionType s_storeType = new("strata-store", Medium.PartitionType);

    private static readonly Origin s_origin = new(null, null, "release");

    /// <summary>The release that some layers make.</summary>
    /// <param name="edition">Name, version and architecture.</param>
    /// <param name="layers">Lowest first, and whether each is always mounted.</param>
    public static Release ReleaseOf(Edition edition, IReadOnlyList<(StoredLayer Layer, bool IsBase)> layers)
    {
        ArgumentNullException.ThrowIfNull(edition);
        ArgumentNullException.ThrowIfNull(layers);
        Release release = new()
        {
            Edition = edition.Name,
            Version = edition.Version,
            Architecture = edition.Architecture,
            Layers = [.. layers.Select(l => l.Layer.Manifest.InRelease(l.Layer.Digest, l.IsBase))],
        };
        return release.Problems().FirstOrDefault() is string problem
            ? throw new StrataException($"cannot make a release of {edition.Name}: {problem}")
            : release;
    }

    /// <summary>What lies on the volume of the layers: image, manifest and block index of each, every object once.</summary>
    public static FileTree StoreTreeOf(ObjectStore store, Release release, IEnumerable<StoredLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(layers);
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/" + Medium.ReleaseFile), new FileNode { Permissions = 0x124, Content = new InlineContent(ReleaseWriter.Write(release)) }, s_origin);
        foreach (StoredLayer layer in layers)
        {
            foreach (Sha256Digest digest in new[] { layer.Manifest.Image, layer.Manifest.BlockIndex, layer.Digest })
            {
                if (!store.TryGetSize(digest, out long size))
                {
                    throw new StrataException(
                        $"cannot write the image: layer {layer.Manifest.Name} has a part {digest.ToShortString()} that is not in the store", "Build again.");
                }
                tree.Add(
                    GuestPath.Parse("/" + Medium.PathOf(digest)),
                    new FileNode { Permissions = 0x124, Content = new StoredContent(size, digest) },
                    s_origin);
            }
        }
        return tree;
    }

    /// <summary>A disk that UEFI firmware boots: GPT with an EFI system partition for the UKI and a FAT32 volume for the layers.</summary>
    /// <param name="edition">For which processor.</param>
    /// <param name="uki">The unified kernel image, with the release in its initrd.</param>
    /// <param name="layers">From <see cref="StoreTreeOf"/>.</param>
    /// <param name="openReader">Opens a reader for the contents.</param>
    public static DiskPlan DiskOf(Edition edition, ActionOutput uki, FileTree layers, Func<IContentReader> openReader)
    {
        ArgumentNullException.ThrowIfNull(edition);
        ArgumentNullException.ThrowIfNull(uki);
        ArgumentNullException.ThrowIfNull(openReader);
        FileTree esp = new();
        string file = edition.Architecture == "arm64" ? "BOOTAA64.EFI" : "BOOTX64.EFI"; // UEFI 2.10 §3.5.1.1
        esp.Add(GuestPath.Parse("/EFI/BOOT/" + file), new FileNode { Permissions = 0x1ED, Content = new StoredContent(uki.Size, uki.Digest) }, s_origin);
        uint alignment = (uint)(DiskPlan.Alignment / 512);
        DiskPart boot = Part("ESP", PartitionType.Esp, esp, new FatOptions { Label = "ESP", VolumeId = BitConverter.ToUInt32(uki.Digest.Bytes), HiddenSectors = alignment }, openReader);
        uint storeStart = alignment + (uint)((boot.ContentBytes + DiskPlan.Alignment - 1) / DiskPlan.Alignment * DiskPlan.Alignment / 512);
        FatOptions options = new()
        {
            Label = Medium.Label,
            Type = FatType.Fat32,
            VolumeId = BitConverter.ToUInt32(TreeDigest.Of(layers).Bytes),
            HiddenSectors = storeStart,
        };
        DiskPart store = Part(Medium.Label, s_storeType, layers, options, openReader);
        return DiskPlan.Create(new DiskConfig { DiskId = DigestGuid.Of(Sha256Digest.Of([.. uki.Digest.Bytes, .. TreeDigest.Of(layers).Bytes])), Parts = [boot, store] });
    }

    private static DiskPart Part(string label, PartitionType type, FileTree tree, FatOptions options, Func<IContentReader> openReader)
    {
        FatPlan plan = FatPlan.Create(tree, options);
        return new DiskPart
        {
            Label = label,
            Type = type,
            Id = DigestGuid.Of(Sha256Digest.Of([.. System.Text.Encoding.ASCII.GetBytes(label), .. TreeDigest.Of(tree).Bytes])),
            ContentBytes = plan.SizeBytes,
            Write = async (output, token) =>
            {
                using IContentReader contents = openReader();
                await FatWriter.WriteAsync(plan, contents, output, token);
            },
        };
    }
}
