using System.Buffers.Binary;
using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Gpt;
using Strata.Formats.VirtualDisks;
using Strata.Images.Boot;
using Strata.Images.Manifests;
using Strata.Images.Steps;
using Strata.Store.Actions;

namespace Strata.Images.Media;

/// <summary>The disk of an edition in the form that a program for virtual machines takes; the disk in it is the same to the byte.</summary>
/// <remarks>
/// Where the form wants an identity it follows from the digest of the disk: other programs draw one, and no two files are alike.
/// </remarks>
internal sealed class VirtualDiskMedium : IMedium
{
    private readonly DiskMedium _disk = new(VirtualDiskLimits.MostBytes);
    private readonly Func<Disk, Stream, CancellationToken, Task> _write;

    private VirtualDiskMedium(ImageKind kind, Func<Disk, Stream, CancellationToken, Task> write) => (Kind, _write) = (kind, write);

    /// <summary>One for each form.</summary>
    public static IReadOnlyList<IMedium> All { get; } =
    [
        new VirtualDiskMedium(ImageKind.Qcow2, (disk, output, token) => Qcow2Writer.WriteAsync(disk.Bytes, output, token)),
        new VirtualDiskMedium(ImageKind.Vmdk, (disk, output, token) =>
            VmdkWriter.WriteAsync(disk.Bytes, disk.ContentId, disk.FileName, output, token)),
        new VirtualDiskMedium(ImageKind.Vhdx, (disk, output, token) => VhdxWriter.WriteAsync(disk.Bytes, disk.Id, output, token)),
        new VirtualDiskMedium(ImageKind.Vdi, (disk, output, token) => VdiWriter.WriteAsync(disk.Bytes, disk.Id, output, token)),
    ];

    /// <inheritdoc/>
    public ImageKind Kind { get; }

    /// <inheritdoc/>
    public string? Step => Kind.Name;

    /// <inheritdoc/>
    public IReadOnlyList<IBootProgram> StartedBy => _disk.StartedBy;

    /// <inheritdoc/>
    public bool NeedsTools(Edition edition) => _disk.NeedsTools(edition);

    /// <inheritdoc/>
    public BootProgram StartOf(Edition edition) => _disk.StartOf(edition);

    /// <inheritdoc/>
    public IEnumerable<string> InputsOf(Edition edition) => _disk.InputsOf(edition);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ActionOutput>> WriteAsync(MediumParts parts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ActionOutput raw = (await _disk.WriteAsync(parts, cancellationToken))[0];
        using FileStream bytes = parts.Services.Store.OpenRead(raw.Digest);
        Disk disk = new(bytes, raw.Digest, Kind.PlaceOf(parts.Edition.Name));
        return [await parts.Services.KeepAsync(Kind.Name, output => _write(disk, output, cancellationToken), cancellationToken)];
    }

    /// <inheritdoc/>
    public (string What, long Bytes)? Budgeted(IReadOnlyList<ActionOutput> files, BuildManifest manifest) =>
        _disk.Budgeted(files, manifest);

    private sealed record Disk(Stream Bytes, Sha256Digest Digest, string FileName)
    {
        public Guid Id => DigestGuid.Of(Digest);

        // all ones stands for none
        public uint ContentId => Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(Digest.Bytes), uint.MaxValue - 1);
    }
}
