using Strata.Blueprints;
using Strata.Core;
using Strata.Images.Boot;
using Strata.Images.Building;
using Strata.Machines;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Editions.Guests;

/// <summary>What was built, as something that a machine boots from. The files stay in the store, which nothing changes.</summary>
public static class BootMedia
{
    // as a small stick leaves: it takes room on this host only where something is written
    private const long Rest = 1L << 30;

    /// <summary>
    /// An image, the way a machine usually gets at one of its kind. A disk has free room behind the image where the edition keeps
    /// something.
    /// </summary>
    /// <exception cref="ArgumentException">No machine starts with it.</exception>
    public static BootMedium Of(ObjectStore store, BuildResult built, ImageKind kind)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(built);
        BuiltImage image = built[kind];
        return image.Kind == ImageKind.Disk
            ? new BootMedium.Disk(PathOf(store, image.File)) { RoomBytes = RoomFor(built.Blueprint.Edition.State) }
            : image.Kind == ImageKind.Iso ? new BootMedium.Iso(PathOf(store, image.File))
            : image.Kind == ImageKind.Uki ? new BootMedium.Uki(PathOf(store, image.File))
            : image.Kind == ImageKind.Pxe ? new BootMedium.Net(
                image.Files.ToDictionary(f => f.Name, f => PathOf(store, f), StringComparer.Ordinal), NetworkFiles.Script)
            : throw new ArgumentException($"no machine starts with {image.Kind.Title}", nameof(kind));
    }

    /// <summary>An image of a disk or CD on a disk or stick.</summary>
    public static BootMedium OnDisk(ObjectStore store, BuiltImage image, DiskBus bus)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(image);
        return new BootMedium.Disk(PathOf(store, image.File), bus);
    }

    private static long RoomFor(EditionState? state)
    {
        long room = state is null ? 0 : Rest;
        foreach (ByteSize limit in (state?.Kept ?? []).Select(k => k.Limit).OfType<ByteSize>())
        {
            // it is taken at once, and the file system around the folder's takes a little of its own
            long taken = Math.Min(limit.Bytes, MachineConfig.MaximumRoomBytes) / 8 * 9;
            room = Math.Min(room + taken, MachineConfig.MaximumRoomBytes);
        }
        return room;
    }

    /// <summary>The file of an image in the store.</summary>
    internal static string PathOf(ObjectStore store, ActionOutput output) => store.TryGetPath(output.Digest, out string? path)
        ? path
        : throw new StrataException($"cannot use {output.Name}: it is no longer in the store", "Build again.");
}
