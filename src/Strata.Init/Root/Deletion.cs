using Strata.Device.Posix;

namespace Strata.Init.Root;

/// <summary>Deletes what is in a folder, and nothing that is mounted there.</summary>
internal static class Deletion
{
    /// <summary>Deletes all that can be deleted; the folder itself stays. Nothing happens when there is none.</summary>
    public static void Below(string folder)
    {
        if (Files.TryGet(folder) is { IsDirectory: true } facts)
        {
            Below(folder, facts.Device);
        }
    }

    private static void Below(string folder, ulong device)
    {
        foreach (string name in Files.Names(folder))
        {
            string path = folder == "/" ? "/" + name : $"{folder}/{name}";
            if (Files.TryGet(path) is not Files.Facts facts || facts.Device != device)
            {
                continue; // a mount: the new root is one
            }
            if (!facts.IsDirectory)
            {
                Files.TryDelete(path);
                continue;
            }
            Below(path, device);
            Files.TryDeleteFolder(path); // those with a mount in them stay
        }
    }
}
