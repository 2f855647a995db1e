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
    /// <summary>An image, the way a machine usually gets at one of its kind.</summary>
    /// <exception cref="ArgumentException">No machine starts with it.</exception>
    public static BootMedium Of(ObjectStore store, BuiltImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Kind == ImageKind.Disk ? new BootMedium.Disk(PathOf(store, image.File))
            : image.Kind == ImageKind.Iso ? new BootMedium.Iso(PathOf(store, image.File))
            : image.Kind == ImageKind.Uki ? new BootMedium.Uki(PathOf(store, image.File))
            : image.Kind == ImageKind.Pxe ? new BootMedium.Net(
                image.Files.ToDictionary(f => f.Name, f => PathOf(store, f), StringComparer.Ordinal), NetworkFiles.Script)
            : throw new ArgumentException($"no machine starts with {image.Kind.Title}", nameof(image));
    }

    /// <summary>An image of a disk or CD on a disk or stick.</summary>
    public static BootMedium OnDisk(ObjectStore store, BuiltImage image, DiskBus bus)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new BootMedium.Disk(PathOf(store, image.File), bus);
    }

    private static string PathOf(ObjectStore store, ActionOutput output) => store.TryGetPath(output.Digest, out string? path)
        ? path
        : throw new StrataException($"cannot boot {output.Name}: it is no longer in the store", "Build again.");
}
