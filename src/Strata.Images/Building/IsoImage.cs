using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Formats.Iso;
using Strata.Formats.Pe;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.Building;

/// <summary>The hybrid ISO image of an edition: a CD, and a disk when it is written to one; for BIOS and UEFI.</summary>
/// <remarks>
/// Kernel and initramfs are in it once, inside the UKI, inside the EFI system partition. The files <c>/boot/vmlinuz</c> and <c>/boot/initrd.img</c>,
/// which ISOLINUX loads, are ranges of that partition (docs/decisions/0030).
/// </remarks>
internal static class IsoImage
{
    private const int LargestProgram = 1 << 20;
    private const string IsoLinux = "usr/lib/ISOLINUX/isolinux.bin";
    private const string DiskLoader = "usr/lib/ISOLINUX/isohdpfx.bin";
    private const string Core = "usr/lib/syslinux/modules/bios/ldlinux.c32";

    private static readonly Origin s_origin = new(null, null, "ISO image");

    /// <summary>Places everything.</summary>
    /// <param name="edition">Names, command line, processor.</param>
    /// <param name="uki">The unified kernel image.</param>
    /// <param name="layers">What lies beside it for the early init; null without layers.</param>
    /// <param name="tools">Has ISOLINUX.</param>
    /// <param name="store">Has the UKI.</param>
    /// <param name="openReader">Opens a reader for contents.</param>
    public static IsoPlan PlanOf(Edition edition, ActionOutput uki, FileTree? layers, ToolTree tools, ObjectStore store, Func<IContentReader> openReader)
    {
        PlacedUki placed = PlacedUki.Read(store, uki);
        string program = edition.Architecture == "arm64" ? "BOOTAA64.EFI" : "BOOTX64.EFI"; // UEFI 2.10 §3.5.1.1
        GuestPath path = GuestPath.Parse("/EFI/BOOT/" + program);
        FileTree tree = new();
        tree.Add(path, new FileNode { Permissions = 0x1ED, Content = new StoredContent(uki.Size, uki.Digest) }, s_origin);
        FatOptions options = SmallestVolume(tree, new FatOptions
        {
            VolumeId = BitConverter.ToUInt32(uki.Digest.Bytes),
            Label = "ESP",
            DataAlignment = UkiPlan.ContentAlignment,
            RootRecords = 16, // one sector; nothing is ever added
        });
        // where the partition begins does not depend on what is in it, but is written into it: placed once to find out
        IsoPlan first = Plan(options);
        return Plan(options with { HiddenSectors = (uint)(first.OffsetOf(first.Config.Efi!.System) / options.SectorSize) });

        IsoPlan Plan(FatOptions with)
        {
            FatPlan volume = FatPlan.Create(tree, with);
            IsoExtent system = new()
            {
                Name = "the EFI system partition",
                SizeBytes = volume.SizeBytes,
                Write = async (output, token) =>
                {
                    using IContentReader contents = openReader();
                    await FatWriter.WriteAsync(volume, contents, output, token);
                },
            };
            long at = volume.OffsetOf(path);
            List<IsoFile> files =
            [
                new(GuestPath.Parse("/boot/vmlinuz"), system, at + placed.Linux.Offset, placed.Linux.Length),
                new(GuestPath.Parse("/boot/initrd.img"), system, at + placed.Initrd.Offset, placed.Initrd.Length),
                new(path, system, at, uki.Size),
            ];
            IsoBiosBoot? bios = null;
            if (edition.Architecture == "amd64")
            {
                bios = new IsoBiosBoot(GuestPath.Parse("/isolinux/isolinux.bin"), Tool(tools, IsoLinux), Tool(tools, DiskLoader));
                files.Insert(0, Small("/isolinux/ldlinux.c32", Tool(tools, Core)));
                if (BootTexts.IsoLinuxMessage(edition) is string message)
                {
                    files.Insert(0, Small(BootTexts.IsoLinuxMessagePath, System.Text.Encoding.ASCII.GetBytes(message)));
                }
                files.Insert(0, Small("/isolinux/isolinux.cfg", System.Text.Encoding.ASCII.GetBytes(BootTexts.IsoLinux(edition))));
            }
            files.AddRange(LayerFiles(layers, openReader));
            return IsoPlan.Create(new IsoConfig
            {
                Label = BootTexts.Label(edition),
                Application = BootTexts.Application(edition),
                DiskId = DigestGuid.Of(Sha256Digest.Of([.. "iso"u8, .. uki.Digest.Bytes])),
                Files = files,
                Bios = bios,
                Efi = new IsoEfiBoot(system, DigestGuid.Of(Sha256Digest.Of([.. "esp"u8, .. uki.Digest.Bytes]))),
            });
        }
    }

    /// <summary>The type and cluster size that make the volume smallest; clusters of at least a block of the CD keep the UKI on a block's border.</summary>
    private static FatOptions SmallestVolume(FileTree tree, FatOptions options)
    {
        List<(long Size, FatOptions Options)> possible = [];
        foreach (FatType type in Enum.GetValues<FatType>())
        {
            for (int cluster = UkiPlan.ContentAlignment; cluster <= 32 * 1024; cluster *= 2)
            {
                FatOptions candidate = options with { Type = type, ClusterSize = cluster };
                try
                {
                    possible.Add((FatPlan.Create(tree, candidate).SizeBytes, candidate));
                }
                catch (StrataException)
                {
                    // too many clusters for this type: another one will do
                }
            }
        }
        return possible.Count > 0 ? possible.OrderBy(p => p.Size).First().Options : options;
    }

    private static IEnumerable<IsoFile> LayerFiles(FileTree? layers, Func<IContentReader> openReader) => layers is null ? [] : layers.InContentOrder()
        .Where(e => e.Node is FileNode)
        .Select(e =>
        {
            FileContent content = ((FileNode)e.Node).Content;
            return IsoFile.Whole(e.Path, new IsoExtent
            {
                Name = e.Path.ToString(),
                SizeBytes = content.Size,
                Write = async (output, token) =>
                {
                    using IContentReader contents = openReader();
                    await using Stream stream = contents.Open(content);
                    await stream.CopyToAsync(output, token);
                },
            });
        });

    private static IsoFile Small(string path, byte[] bytes) => IsoFile.Whole(GuestPath.Parse(path), IsoExtent.Of(path, bytes));

    private static byte[] Tool(ToolTree tools, string path)
    {
        FileInfo file = new(tools.PathOf(path));
        return file.Exists && file.Length <= LargestProgram
            ? File.ReadAllBytes(file.FullName)
            : throw new StrataException(
                $"cannot make an ISO image: the toolbox has no {path} of a sensible size",
                "Packages 'isolinux' and 'syslinux-common' should bring it; see toolbox/tools.yaml.");
    }
}

/// <summary>Where kernel and initramfs lie in a UKI.</summary>
/// <param name="Linux">First byte and length of the kernel.</param>
/// <param name="Initrd">First byte and length of the initramfs.</param>
internal sealed record PlacedUki((long Offset, long Length) Linux, (long Offset, long Length) Initrd)
{
    /// <summary>Looks into a UKI of the store.</summary>
    /// <exception cref="StrataException">It is none of ours: a section is missing or lies elsewhere than at a multiple of 2048.</exception>
    public static PlacedUki Read(ObjectStore store, ActionOutput uki)
    {
        using FileStream file = store.OpenRead(uki.Digest);
        PeImage image = PeImage.Read(file);
        return new PlacedUki(Section(".linux"), Section(".initrd"));

        (long, long) Section(string name) => image.Sections.FirstOrDefault(s => s.Name == name) is PeSection section && section.RawOffset % UkiPlan.ContentAlignment == 0
            ? (section.RawOffset, section.ContentSize)
            : throw new StrataException($"cannot share the bytes of the bootable file: its section {name} is missing or does not begin at a multiple of {UkiPlan.ContentAlignment}");
    }
}
