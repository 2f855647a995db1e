using Strata.Device.Posix;
using Strata.Init.Reports;

namespace Strata.Init.Root;

/// <summary>Leaves the initramfs for the new root and becomes the system's own init.</summary>
internal static class RootSwitch
{
    // what the kernel tries (init/main.c)
    private static readonly string[] s_usual = ["/sbin/init", "/etc/init", "/bin/init", "/bin/sh"];

    // in this order: nothing may be moved after what it lies below
    private static readonly string[] s_moved = ["/dev", "/proc", "/sys", "/run"];

    // the kernel makes variables of words that it does not know
    private static readonly string[] s_ourVariables = ["caps", "state"];

    /// <summary>The program that will be started; found as the new system sees its links.</summary>
    /// <exception cref="BootException">There is none.</exception>
    public static string FindInit(string? wish)
    {
        string[] candidates = wish is null ? s_usual : [wish];
        foreach (string candidate in candidates)
        {
            if (Files.ExistsBelow(RootBuilder.MountPoint, candidate))
            {
                return candidate;
            }
        }
        throw new BootException(
            $"cannot hand over to the system: it has no {string.Join(" or ", candidates)}",
            [],
            [
                wish is null
                    ? "The layers that were chosen are no whole system; check caps= on the kernel command line."
                    : $"Check init={wish} on the kernel command line.",
            ]);
    }

    /// <summary>Moves over, empties the initramfs, and starts the program. Returns only by an exception.</summary>
    /// <param name="program">From <see cref="FindInit"/>.</param>
    /// <param name="arguments">Its arguments after its name.</param>
    /// <param name="isOldRootNeeded">Whether the new root shows files of the initramfs, which must then stay.</param>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Go(string program, IReadOnlyList<string> arguments, bool isOldRootNeeded = false)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        foreach (string folder in s_moved)
        {
            string target = RootBuilder.MountPoint + folder;
            Files.MakeDirectories(target);
            Mounts.Move(folder, target);
        }
        Mounts.BecomeRoot(RootBuilder.MountPoint, isOldRootNeeded ? () => { } : EmptyOldRoot);
        Become(program, arguments);
    }

    /// <summary>Starts the program in the root that is there. Returns only by an exception.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Become(string program, IReadOnlyList<string> arguments) => Programs.Become(program, arguments, s_ourVariables);

    /// <summary>Gives the memory of the initramfs back. Files that are open, such as layers in it, stay until they are closed.</summary>
    private static void EmptyOldRoot()
    {
        if (Files.IsInMemory("/")) // else it is no initramfs, and nothing of it may be deleted
        {
            Deletion.Below("/");
        }
    }
}
