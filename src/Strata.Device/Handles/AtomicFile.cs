using Microsoft.Win32.SafeHandles;
using Strata.Device.Posix;

namespace Strata.Device.Handles;

/// <summary>Small files that change: written aside, made durable, renamed into place.</summary>
public static class AtomicFile
{
    /// <summary>Readers see the old content or the new one, never a part; a power cut leaves one of the two.</summary>
    /// <param name="path">The file; its folder is made when it is missing, below one that is there.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="temporary">A name that nobody has, in the same file system; it is gone afterwards, whatever happens.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not permitted.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, string temporary)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        bool folderIsNew = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        try
        {
            using (SafeFileHandle file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, content, 0);
                FileHandles.Sync(file, temporary);
            }
            int errno = FileHandles.Rename(temporary, path);
            if (errno != 0)
            {
                throw PosixException.Of("rename", path, errno);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw;
        }
        FileHandles.SyncFolder(folder);
        if (folderIsNew)
        {
            FileHandles.SyncFolder(Path.GetDirectoryName(folder)!);
        }
    }
}
