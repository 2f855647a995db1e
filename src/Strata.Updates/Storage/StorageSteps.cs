namespace Strata.Updates.Storage;

/// <summary>What is done with several calls of a storage, always in the same order.</summary>
public static class StorageSteps
{
    /// <summary>First part of the names of files that are being written. Nobody else reads them; a collection removes them.</summary>
    public const string Aside = ".new-";

    /// <summary>Whether there is a file of that name.</summary>
    public static bool HasFile(this IStorage storage, string path) => storage.SizeOf(path) is not null;

    /// <summary>Bytes of a file; null when there is none.</summary>
    public static long? SizeOf(this IStorage storage, string path)
    {
        ArgumentNullException.ThrowIfNull(storage);
        (string folder, string name) = Split(path);
        foreach (StoredName there in storage.List(folder))
        {
            if (there.Name == name && !there.IsFolder)
            {
                return there.Size;
            }
        }
        return null;
    }

    /// <summary>All of a small file; null when there is none, or it is longer.</summary>
    /// <param name="storage">Has it.</param>
    /// <param name="path">Its name.</param>
    /// <param name="most">The most bytes that it may have.</param>
    public static byte[]? TryRead(this IStorage storage, string path, int most)
    {
        ArgumentNullException.ThrowIfNull(storage);
        using IStoredFile? file = storage.TryOpen(path);
        if (file is null || file.Length > most)
        {
            return null;
        }
        byte[] content = new byte[file.Length];
        return file.TryReadAt(0, content) ? content : null;
    }

    /// <summary>
    /// Writes a small file in the place of what has its name: a power cut leaves the old one or the new one, and afterwards the new one.
    /// </summary>
    /// <param name="storage">Gets it.</param>
    /// <param name="path">Its name; the folder is there.</param>
    /// <param name="content">All of it.</param>
    public static void Write(this IStorage storage, string path, ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(storage);
        (string folder, string name) = Split(path);
        string aside = Join(folder, Aside + name);
        storage.Remove(aside); // of a time that was cut
        using (IWrittenFile file = storage.Create(aside))
        {
            file.Append(content);
            file.Sync();
        }
        storage.Rename(aside, path);
        storage.SyncFolder(folder);
    }

    /// <summary>Makes a folder and those above it, each of which survives a power cut.</summary>
    public static void MakeFolders(this IStorage storage, string path)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(path);
        string at = "";
        foreach (string name in path.Split('/'))
        {
            string above = at;
            at = Join(above, name);
            if (!storage.List(above).Any(n => n.Name == name && n.IsFolder))
            {
                storage.MakeFolder(at);
                storage.SyncFolder(above);
            }
        }
    }

    /// <summary>Removes a file, and makes that survive a power cut.</summary>
    public static void RemoveDurably(this IStorage storage, string path)
    {
        ArgumentNullException.ThrowIfNull(storage);
        storage.Remove(path);
        storage.SyncFolder(Split(path).Folder);
    }

    /// <summary>A path in a folder; the root is the empty text.</summary>
    public static string Join(string folder, string name)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return folder.Length == 0 ? name : $"{folder}/{name}";
    }

    /// <summary>Folder and name of a path.</summary>
    public static (string Folder, string Name) Split(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        int slash = path.LastIndexOf('/');
        return slash < 0 ? ("", path) : (path[..slash], path[(slash + 1)..]);
    }
}
