using Strata.Device.Posix;
using Strata.Init.CommandLine;
using Strata.Init.Root;
using Strata.Updates.State;

namespace Strata.Init.State;

/// <summary>Mounts the folders that are kept where the system has them; everything else is clean at every start.</summary>
/// <remarks>
/// A folder that is empty in the image is bound as it is, so that what wants a file system of its own below it (containers) has one. One
/// with files in it is joined with them: files of the image show below those of the machine, and a new version of the image brings new ones.
/// </remarks>
internal static class KeptFolders
{
    private const string Kept = "/kept";
    private const string Work = "/work";
    private const int Attributes = Mounts.NoSuid | Mounts.NoDev; // what writes there is no reason to trust devices or setuid programs

    /// <summary>Mounts all of them and returns those that are.</summary>
    /// <param name="root">The root of the system: <c>/</c>, or where it is mounted.</param>
    /// <param name="state">The state of the edition.</param>
    /// <param name="plan">What is kept.</param>
    /// <param name="note">Gets what cannot be kept, a sentence each.</param>
    public static IReadOnlyList<string> Mount(string root, OpenedState state, StatePlan plan, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(note);
        List<string> mounted = [];
        foreach (KeptFolder folder in plan.Folders)
        {
            try
            {
                Mount(root, state.Folder, folder, note);
                mounted.Add(folder.Path);
            }
            catch (PosixException e)
            {
                note($"cannot keep {folder.Path} on {state.Device.Name}: {e.Message}; what changes there until the next start is then gone");
            }
        }
        return mounted;
    }

    private static void Mount(string root, string state, KeptFolder folder, Action<string> note)
    {
        string target = (root == "/" ? "" : root) + folder.Path;
        string own = folder.Limit > 0 ? LimitedFolder.Mount(state, folder, note) : state;
        string kept = own + Kept + folder.Path;
        Files.MakeFolderBelow(root, folder.Path);
        Files.MakeFolderBelow(own, Kept + folder.Path);
        Files.Give(kept, folder.User, folder.Group, (uint)folder.Mode);
        if (Files.Names(target).Length == 0)
        {
            Mounts.Bind(kept, target, Attributes);
            return;
        }
        string work = own + Work + folder.Path;
        Files.MakeFolderBelow(own, Work + folder.Path);
        (string, string?)[] parameters = [.. OverlayOptions.Of([target], kept, work, ChangesKind.Partition)];
        Mounts.Mount("overlay", target, Attributes, parameters);
    }
}
