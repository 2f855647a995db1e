using Strata.Core;

namespace Strata.Flash.Targets;

/// <summary>Which disks an image may be written to.</summary>
public static class TargetCheck
{
    /// <summary>Why a disk must not be written; null when nothing speaks against it.</summary>
    /// <param name="target">The disk.</param>
    /// <param name="imageBytes">How much is to be written.</param>
    /// <param name="anyDisk">True when disks that are built in may be written too.</param>
    public static StrataException? ProblemOf(FlashTarget target, long imageBytes, bool anyDisk)
    {
        ArgumentNullException.ThrowIfNull(target);
        string cannot = $"cannot write to {target.Path}: ";
        if (target.Uses.FirstOrDefault(u => u.IsSystem) is DiskUse system)
        {
            return new StrataException(
                $"{cannot}this system itself lies on it; {system.Device} {system.How}", "'strata flash' lists what can be written.");
        }
        if (target.Uses.Count > 0)
        {
            string[] places = [.. target.Uses.Select(u => u.MountPoint).OfType<string>().Select(ShellArgument.Quote)];
            return new StrataException(
                $"{cannot}it is in use; {string.Join(", ", target.Uses.Select(u => $"{u.Device} {u.How}"))}",
                places.Length == target.Uses.Count ? $"If it is the right one: umount {string.Join(' ', places)}"
                    : "'lsblk' shows what lies on it; end that first, if it is the right one.");
        }
        if (target.IsReadOnly)
        {
            return new StrataException($"{cannot}it is write-protected", "A card or stick may have a switch for that.");
        }
        if (!target.IsRemovable && !anyDisk)
        {
            return new StrataException(
                $"{cannot}it is no stick, card or other disk that one plugs in", "'--all' allows it, if it is the right one.");
        }
        return TooSmall(target.Path, target.Size, imageBytes);
    }

    /// <summary>The error for a target without room; null when there is.</summary>
    public static StrataException? TooSmall(string path, long size, long imageBytes) => size >= imageBytes ? null : new StrataException(
        $"cannot write to {path}: the image has {imageBytes} bytes and it has {size}; {new ByteSize(imageBytes - size)} are missing",
        "Take a larger one.");
}
