using Strata.Blueprints;
using Strata.Images.Building;
using Strata.Machines;
using Strata.Machines.Testing;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Editions.Guests;

/// <summary>What was built, as something that a machine boots from. The files stay in the store, which nothing changes.</summary>
public static class BootMedia
{
    /// <summary>The disk image.</summary>
    public static BootMedium Disk(ObjectStore store, BuildResult built) => new BootMedium.Disk(PathOf(store, built.Disk));

    /// <summary>The bootable file alone.</summary>
    public static BootMedium Uki(ObjectStore store, BuildResult built) => new BootMedium.Uki(PathOf(store, built.Uki));

    /// <summary>The ISO image in a drive.</summary>
    public static BootMedium Cd(ObjectStore store, BuildResult built) => new BootMedium.Iso(PathOf(store, built[ImageKind.Iso]));

    /// <summary>The ISO image on a disk or stick.</summary>
    public static BootMedium IsoOn(ObjectStore store, BuildResult built, DiskBus bus) => new BootMedium.Disk(PathOf(store, built[ImageKind.Iso]), bus);

    /// <summary>The files for the network.</summary>
    public static BootMedium Net(ObjectStore store, BuildResult built) =>
        new BootMedium.Net(built.Pxe.ToDictionary(PxeFiles.NameOf, f => PathOf(store, f), StringComparer.Ordinal), PxeFiles.Script);

    /// <summary>Programs that its init should keep running.</summary>
    public static IReadOnlyList<KeptProgram> KeptPrograms(BuildResult built) =>
    [
        .. built.Blueprint.Capabilities.SelectMany(c => c.Services).Where(s => s.Kind is ServiceKind.Daemon or ServiceKind.Console)
            .Select(s => new KeptProgram(s.Name, s.Command[0], s.Kind == ServiceKind.Daemon)),
    ];

    private static string PathOf(ObjectStore store, ActionOutput output) => store.TryGetPath(output.Digest, out string? path)
        ? path
        : throw new Strata.Core.StrataException($"cannot boot {output.Name}: it is no longer in the store", "Build again.");
}
