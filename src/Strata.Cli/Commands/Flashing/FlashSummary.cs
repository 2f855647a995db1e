using Strata.Device.Disks;
using Strata.Flash.Contents;
using Strata.Flash.Targets;

namespace Strata.Cli.Commands.Flashing;

/// <summary>A disk in what <c>flash --json</c> lists. Sizes in bytes.</summary>
internal sealed record DiskRow(
    string Device, string Model, long Bytes, bool Removable, bool WriteProtected, string Table, IReadOnlyList<VolumeRow> Volumes,
    IReadOnlyList<string> Uses)
{
    public static DiskRow Of(FlashTarget target, DiskContents contents) => new(
        target.Path, BlockDevice.Printable(target.Model), target.Size, target.IsRemovable, target.IsReadOnly, contents.Table,
        [.. contents.Volumes.Select(VolumeRow.Of)], [.. target.Uses.Select(u => $"{u.Device} {u.How}")]);
}

/// <summary>A file system or partition on a disk; <paramref name="Partition"/> is 0 for the whole disk.</summary>
internal sealed record VolumeRow(int Partition, long Bytes, string Name, string? FileSystem, string? Label)
{
    public static VolumeRow Of(DiskVolume volume) => new(
        volume.Number, volume.Size, BlockDevice.Printable(volume.Label), volume.FileSystem?.Type,
        volume.FileSystem is { Label.Length: > 0 } facts ? BlockDevice.Printable(facts.Label) : null);
}

/// <summary>What <c>flash --json</c> prints when an image was written. Sizes in bytes.</summary>
/// <param name="Image">The file.</param>
/// <param name="ImageBytes">Its size.</param>
/// <param name="Sha256">Its digest, as it was read and written.</param>
/// <param name="Device">Where it is now.</param>
/// <param name="DeviceBytes">Size of that.</param>
/// <param name="WriteSeconds">Until everything was on the disk.</param>
/// <param name="ReadBackSeconds">Until all of it had been read again and compared.</param>
/// <param name="ReadFromDisk">True when the disk itself was read, not a copy in memory.</param>
internal sealed record FlashSummary(
    string Image, long ImageBytes, string Sha256, string Device, long DeviceBytes, double WriteSeconds, double ReadBackSeconds,
    bool ReadFromDisk);
