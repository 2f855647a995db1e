using System.Diagnostics;
using System.Globalization;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Store;
using Strata.Toolbox;

namespace Strata.Kernel.Building;

/// <summary>The source of a kernel, unpacked once for each version of its package and only read afterwards.</summary>
internal static class KernelSource
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(30);

    /// <summary>Folder with the unpacked source.</summary>
    /// <param name="package">Its locked package.</param>
    /// <param name="tools">The tree that holds the archive, and tar and xz to unpack it.</param>
    /// <param name="store">Keeps it.</param>
    /// <param name="trees">Keeps it.</param>
    /// <param name="time">The clock of the deadline.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    public static Task<string> GetAsync(LockedPackage package, ToolTree tools, ObjectStore store, TreeStore trees, TimeProvider time, CancellationToken cancellationToken)
    {
        string version = KernelRecipe.SourceVersion.ToString(CultureInfo.InvariantCulture);
        Sha256Digest digest = Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes($"kernel-source {version} {package.Sha256}"));
        return trees.GetOrAddAsync(digest, $"the source of {package.Name} {package.Version}", async (folder, token) =>
        {
            string archive = $"/usr/src/{package.Name}.tar.xz";
            if (!File.Exists(tools.PathOf(archive[1..])))
            {
                throw new StrataException($"cannot unpack the kernel's source: package {package.Name} has no {archive}");
            }
            RoomSpace.Check(store.Root, "unpack the kernel's source");
            List<string> said = [];
            int exit;
            using (BuildRoom room = BuildRoom.Open(tools, [new RoomFolder(folder, KernelRecipe.BuildFolder, IsWritable: true)], store.NewTemporaryPath()))
            {
                ProcessStartInfo start = room.Command(
                    KernelRecipe.Environment, KernelRecipe.BuildFolder, "/usr/bin/tar",
                    "--extract", "--file=" + archive, "--strip-components=1", "--no-same-owner", "--no-same-permissions");
                exit = await RoomRun.RunAsync(start, said.Add, s_deadline, time, token);
            }
            if (exit != 0)
            {
                throw new StrataException($"cannot unpack the kernel's source: tar ended with {exit}: {string.Join(' ', said.TakeLast(3))}");
            }
        }, cancellationToken);
    }
}
