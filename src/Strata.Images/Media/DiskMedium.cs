using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Ext4;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Images.Boot;
using Strata.Images.Manifests;
using Strata.Images.Steps;
using Strata.Store.Actions;
using Strata.Updates.Releases;

namespace Strata.Images.Media;

/// <summary>A disk with a GPT and the partitions that the blueprint asks for.</summary>
/// <param name="mostBytes">Bytes that it may have at most.</param>
internal sealed class DiskMedium(long mostBytes = long.MaxValue) : IMedium
{
    private static readonly PartitionType s_storeType = new("strata-store", Medium.PartitionType);

    private const string StateLabel = "strata-state";

    /// <inheritdoc/>
    public ImageKind Kind => ImageKind.Disk;

    /// <inheritdoc/>
    public string? Step => Kind.Name;

    /// <inheritdoc/>
    public IReadOnlyList<IBootProgram> StartedBy { get; } = [BootPrograms.Uefi];

    /// <inheritdoc/>
    public bool NeedsTools(Edition edition) => edition.Boot != BootProgram.Uki;

    /// <inheritdoc/>
    public BootProgram StartOf(Edition edition) => edition.Boot;

    /// <inheritdoc/>
    public IEnumerable<string> InputsOf(Edition edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return [edition.Name, edition.Version, edition.Architecture.Name, edition.Boot.ToString(), edition.Disk.ToString()];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ActionOutput>> WriteAsync(MediumParts parts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parts);
        FileTree esp = EspTree.Of(parts.Edition, parts.Product.Bootable, () => parts.Tools, parts.Signer);
        FileTree? layers = parts.LayerTree();
        DiskPlan plan = PlanOf(parts.Edition, parts.Product.Bootable, esp, layers, parts.Services.OpenContents);
        if (plan.SizeBytes > mostBytes)
        {
            throw new StrataException(
                $"cannot make a virtual disk of {parts.Edition.Name}: the disk has {new ByteSize(plan.SizeBytes)}, "
                + $"expected at most {new ByteSize(mostBytes)}",
                "Give its parts less 'size' in the blueprint: state with 'grow' takes what the virtual disk is enlarged by.");
        }
        ActionOutput disk = await parts.Services.KeepAsync(
            "disk", output => DiskWriter.WriteAsync(plan, output, cancellationToken), cancellationToken);
        return [disk];
    }

    /// <inheritdoc/>
    public (string What, long Bytes)? Budgeted(IReadOnlyList<ActionOutput> files, BuildManifest manifest) =>
        null; // it is room, not a download

    /// <summary>
    /// Places everything. GUIDs and volume numbers follow from the contents: the same system is the same disk everywhere.
    /// </summary>
    /// <param name="edition">Says which partitions.</param>
    /// <param name="uki">The unified kernel image, after which the disk is named.</param>
    /// <param name="esp">What firmware starts.</param>
    /// <param name="layers">What lies in the store; null without layers.</param>
    /// <param name="openReader">Opens a reader for the contents.</param>
    /// <exception cref="StrataException">A partition is smaller than what it holds.</exception>
    internal static DiskPlan PlanOf(
        Edition edition, ActionOutput uki, FileTree esp, FileTree? layers, Func<IContentReader> openReader)
    {
        List<DiskPart> parts = [];
        long start = DiskPlan.Alignment;
        foreach (DiskPartition partition in edition.Disk.Parts)
        {
            DiskPart part = partition.Role == DiskRole.Esp ? Esp(partition, edition, uki, esp, start, openReader)
                : partition.Role == DiskRole.Store ? Store(partition, edition, layers!, start, openReader)
                : Empty(partition, uki);
            parts.Add(partition.Grows ? part with { Attributes = GptAttributes.GrowFileSystem } : part);
            long bytes = part.SizeBytes ?? part.ContentBytes;
            start += (bytes + DiskPlan.Alignment - 1) / DiskPlan.Alignment * DiskPlan.Alignment;
        }
        // of the layers too: the release in it names them by their digests
        return DiskPlan.Create(new DiskConfig { DiskId = DigestGuid.Of(uki.Digest), Parts = parts });
    }

    private static DiskPart Esp(
        DiskPartition partition, Edition edition, ActionOutput uki, FileTree tree, long start, Func<IContentReader> openReader)
    {
        // an owner puts strata/machine.yaml there, or strata/reset
        FatOptions options = new()
        {
            Label = "ESP", VolumeId = BitConverter.ToUInt32(uki.Digest.Bytes), FreeSpace = new ByteSize(2 << 20),
        };
        return Fat(partition, edition, tree, options, start, openReader) with
        {
            Type = PartitionType.Esp,
            Id = DigestGuid.Of(Sha256Digest.Of([.. "esp"u8, .. uki.Digest.Bytes])),
        };
    }

    private static DiskPart Store(DiskPartition partition, Edition edition, FileTree layers, long start, Func<IContentReader> openReader)
    {
        Sha256Digest digest = TreeDigest.Of(layers);
        DiskPart part = partition.Format == DiskRole.Fat32
            ? Fat(partition, edition, layers, new FatOptions
            {
                Label = Medium.Label, Type = FatType.Fat32, VolumeId = BitConverter.ToUInt32(digest.Bytes),
            }, start, openReader)
            : Ext4(partition, edition, layers, new Ext4VolumeOptions
            {
                Label = Medium.Label,
                Id = DigestGuid.Of(Sha256Digest.Of([.. "STRATA ext4"u8, .. digest.Bytes])),
                HashSeed = DigestGuid.Of(Sha256Digest.Of([.. "STRATA names"u8, .. digest.Bytes])),
            }, openReader);
        return part with
        {
            Type = s_storeType,
            Id = DigestGuid.Of(Sha256Digest.Of([.. "STRATA"u8, .. digest.Bytes])),
        };
    }

    private static DiskPart Empty(DiskPartition partition, ActionOutput uki) => new()
    {
        Label = StateLabel,
        Type = PartitionType.LinuxGeneric,
        Id = DigestGuid.Of(Sha256Digest.Of([.. "state"u8, .. uki.Digest.Bytes])),
        ContentBytes = 0,
        SizeBytes = partition.Size!.Value.Bytes,
    };

    private static DiskPart Fat(
        DiskPartition partition, Edition edition, FileTree tree, FatOptions options, long start, Func<IContentReader> openReader)
    {
        FatPlan plan = Planned(
            partition, edition,
            () => FatPlan.Create(tree, options with { HiddenSectors = (uint)(start / options.SectorSize), Size = partition.Size }));
        return Part(partition, options.Label, plan.SizeBytes, openReader, (contents, output, token) =>
            FatWriter.WriteAsync(plan, contents, output, token));
    }

    private static DiskPart Ext4(
        DiskPartition partition, Edition edition, FileTree tree, Ext4VolumeOptions options, Func<IContentReader> openReader)
    {
        Ext4Plan plan = Planned(partition, edition, () => Ext4Plan.Create(tree, options with { Size = partition.Size }));
        return Part(partition, options.Label, plan.SizeBytes, openReader, (contents, output, token) =>
            Ext4Writer.WriteAsync(plan, contents, output, token));
    }

    private static T Planned<T>(DiskPartition partition, Edition edition, Func<T> plan)
    {
        try
        {
            return plan();
        }
        catch (StrataException e) when (partition.Size is { } size)
        {
            throw new StrataException(
                $"cannot make the disk of {edition.Name}: its part '{partition.Role}' of {size} cannot hold {partition.Role.Purpose}: "
                + e.Message, "Raise its 'size' in the blueprint, or leave it out.", e);
        }
    }

    private static DiskPart Part(
        DiskPartition partition, string label, long bytes, Func<IContentReader> openReader,
        Func<IContentReader, Stream, CancellationToken, Task> write) => new()
    {
        Label = label,
        Type = PartitionType.LinuxGeneric,
        Id = default,
        ContentBytes = bytes,
        SizeBytes = partition.Size?.Bytes, // a volume may be shorter by what could hold nothing
        Write = async (output, token) =>
        {
            using IContentReader contents = openReader();
            await write(contents, output, token);
        },
    };
}
