using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Formats.Iso;
using Strata.Formats.Pe;
using Strata.Images.Boot;
using Strata.Images.Manifests;
using Strata.Images.Steps;
using Strata.Store.Actions;

namespace Strata.Images.Media;

/// <summary>The hybrid ISO image of an edition: a CD, and a disk when it is written to one; for BIOS and UEFI.</summary>
/// <remarks>
/// Kernel and initramfs are in it once, inside the UKI, inside the EFI system partition. The files <c>/boot/vmlinuz</c> and
/// <c>/boot/initrd.img</c>, which a BIOS boot program loads, are ranges of that partition (docs/decisions/0030).
/// </remarks>
internal sealed class IsoMedium : IMedium
{
    private const int LongestLabel = 32;
    private const int LongestApplication = 128;
    private static readonly Origin s_origin = new(null, null, "ISO image");

    /// <inheritdoc/>
    public ImageKind Kind => ImageKind.Iso;

    /// <inheritdoc/>
    public string? Step => Kind.Name;

    /// <inheritdoc/>
    public IReadOnlyList<IBootProgram> StartedBy { get; } = [BootPrograms.Uefi, BootPrograms.IsoLinux];

    /// <inheritdoc/>
    public bool NeedsTools(Edition edition) => BootPrograms.IsoLinux.StartsOn(edition.Architecture);

    /// <inheritdoc/>
    public IEnumerable<string> InputsOf(Edition edition) =>
        [edition.Name, edition.Title, edition.Version, edition.Architecture.Name, edition.CommandLine];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ActionOutput>> WriteAsync(MediumParts parts, CancellationToken cancellationToken)
    {
        IsoPlan plan = PlanOf(parts);
        return [await parts.Services.KeepAsync("iso", output => IsoWriter.WriteAsync(plan, output, cancellationToken), cancellationToken)];
    }

    /// <inheritdoc/>
    public (string What, long Bytes)? Budgeted(IReadOnlyList<ActionOutput> files, BuildManifest manifest) => ("ISO image", files[0].Size);

    // the kernel image itself and nothing before it, whatever a disk would have: there is one system on a CD
    private static IsoPlan PlanOf(MediumParts parts)
    {
        (Edition edition, ActionOutput uki, BuildServices services) = (parts.Edition, parts.Product.Bootable, parts.Services);
        UkiSections sections = UkiSections.Read(services.Store, uki);
        GuestPath path = edition.Architecture.FallbackProgram;
        FileTree tree = new();
        tree.Add(path, new FileNode { Permissions = Modes.Program, Content = new StoredContent(uki.Size, uki.Digest) }, s_origin);
        FatOptions options = SmallestVolume(tree, new FatOptions
        {
            VolumeId = BitConverter.ToUInt32(uki.Digest.Bytes),
            Label = "ESP",
            DataAlignment = UkiPlan.ContentAlignment,
            RootRecords = 16, // one sector; nothing is ever added
        });
        List<IsoFile> bootFiles = [];
        IsoBiosBoot? bios = null;
        if (BootPrograms.IsoLinux.StartsOn(edition.Architecture))
        {
            bootFiles.AddRange(BootPrograms.IsoLinux.FilesFor(edition, parts.Tools)
                .Select(f => IsoFile.Whole(GuestPath.Parse(f.Path), IsoExtent.Of(f.Path, f.Bytes))));
            (GuestPath loaderPath, byte[] loader, byte[] diskLoader) = IsoLinux.ProgramsOf(parts.Tools);
            bios = new IsoBiosBoot(loaderPath, loader, diskLoader);
        }
        List<IsoFile> layerFiles = [.. LayerFiles(parts.LayerTree(), services.OpenContents)];
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
                    using IContentReader contents = services.OpenContents();
                    await FatWriter.WriteAsync(volume, contents, output, token);
                },
            };
            long at = volume.OffsetOf(path);
            return IsoPlan.Create(new IsoConfig
            {
                Label = Label(edition),
                Application = Application(edition),
                DiskId = DigestGuid.Of(Sha256Digest.Of([.. "iso"u8, .. uki.Digest.Bytes])),
                Files =
                [
                    .. bootFiles,
                    new(GuestPath.Parse("/boot/vmlinuz"), system, at + sections.Linux.Offset, sections.Linux.Length),
                    new(GuestPath.Parse("/boot/initrd.img"), system, at + sections.Initrd.Offset, sections.Initrd.Length),
                    new(path, system, at, uki.Size),
                    .. layerFiles,
                ],
                Bios = bios,
                Efi = new IsoEfiBoot(system, DigestGuid.Of(Sha256Digest.Of([.. "esp"u8, .. uki.Digest.Bytes]))),
            });
        }
    }

    /// <summary>Name of the ISO volume: <c>NANO_1_0</c>.</summary>
    internal static string Label(Edition edition)
    {
        string label = string.Concat($"{edition.Name}_{edition.Version}".ToUpperInvariant().Select(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) ? c : '_'));
        return label[..Math.Min(label.Length, LongestLabel)];
    }

    /// <summary>What the volume is of: <c>NANOLINUX 1.0</c>; whatever cannot stand there is an underscore.</summary>
    internal static string Application(Edition edition)
    {
        string text = string.Concat($"{edition.Title} {edition.Version}".ToUpperInvariant().Select(c => IsoText.IsACharacter(c) ? c : '_'));
        return text[..Math.Min(text.Length, LongestApplication)];
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

    private static IEnumerable<IsoFile> LayerFiles(FileTree? layers, Func<IContentReader> openReader) => layers is null ? [] :
        layers.InContentOrder()
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
}
