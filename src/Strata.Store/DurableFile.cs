using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Store.Posix;

namespace Strata.Store;

/// <summary>Small files of the store that change: written aside, made durable, renamed into place.</summary>
public static class DurableFile
{
    /// <summary>Readers see the old content or the new one, never a part; a power cut leaves one of the two.</summary>
    /// <param name="store">The store, for a temporary place.</param>
    /// <param name="path">The file, anywhere in the store.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="action">What this is for, for the message: <c>remember the result of x</c>.</param>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public static void Replace(ObjectStore store, string path, ReadOnlySpan<byte> content, string action)
    {
        string temporary = store.NewTemporaryPath();
        try
        {
            string folder = Path.GetDirectoryName(path)!;
            bool folderIsNew = !Directory.Exists(folder);
            Directory.CreateDirectory(folder);
            using (SafeFileHandle file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, content, 0);
                Libc.Sync(file, temporary);
            }
            int errno = Libc.Rename(temporary, path);
            if (errno != 0)
            {
                throw Libc.Failure("rename", path, errno);
            }
            Libc.SyncDirectory(folder);
            if (folderIsNew)
            {
                Libc.SyncDirectory(Path.GetDirectoryName(folder)!);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw StoreFault.Describe(e, action, store.Root, content.Length);
        }
    }
}
