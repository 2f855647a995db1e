using System.IO.Enumeration;
using Strata.Core;
using Strata.Device.Handles;

namespace Strata.Store;

/// <summary>Removes a folder with everything in it, also when packages left folders in it that may not be written to.</summary>
internal static class TreeRemoval
{
    private const uint OwnerMayAll = Modes.SecretFolder;

    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = FileAttributes.None };

    /// <summary>Removes it; links in it are removed, not followed.</summary>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException && Directory.Exists(folder))
        {
            OpenUp(folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Folder by folder from the top, because one must be readable before it can be listed.</summary>
    private static void OpenUp(string folder)
    {
        Stack<string> folders = new([folder]);
        while (folders.TryPop(out string? path))
        {
            FileHandles.ChangeMode(path, OwnerMayAll);
            FileSystemEnumerable<string> inside = new(path, (ref FileSystemEntry e) => e.ToFullPath(), s_everything)
            {
                ShouldIncludePredicate = (ref FileSystemEntry e) => e.IsDirectory && (e.Attributes & FileAttributes.ReparsePoint) == 0,
            };
            foreach (string next in inside)
            {
                folders.Push(next);
            }
        }
    }
}
