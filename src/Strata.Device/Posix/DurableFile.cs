using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Device.Posix;

/// <summary>
/// Small files that change, for programs without the framework's file classes: written aside with their permissions and owner, made durable,
/// renamed into place. Readers see the old or the new one; a power cut leaves one of the two.
/// </summary>
public static unsafe class DurableFile
{
    private const int Exclusive = 0x80; // O_EXCL: what is there is not followed, were it a link
    private const int Folder = 0; // a folder is opened for reading

    /// <summary>Writes a file in place of what has its name, a link included. Its folder has to be there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">Permissions, which it has before there is anything in it.</param>
    /// <param name="owner">Number of the user and the group; null for those of this program.</param>
    /// <exception cref="PosixException">The disk is full or fails, or it is not permitted.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, int mode, (uint User, uint Group)? owner = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        int slash = path.LastIndexOf('/');
        string folder = slash <= 0 ? "/" : path[..slash];
        string aside = $"{folder}/.new-{path[(slash + 1)..]}";
        Files.TryDelete(aside); // of a start that was cut
        try
        {
            const int Flags = Libc.WriteOnly | Libc.Create | Exclusive | Libc.CloseOnExec;
            using OpenFile file = OpenFile.Own(PosixException.Check(Libc.Open(aside, Flags, Modes.SecretFile)));
            file.Write(content);
            if (owner is (uint user, uint group))
            {
                PosixException.Check(Libc.ChangeOwner(aside, user, group));
            }
            PosixException.Check(Libc.ChangeMode(aside, (uint)mode)); // after the owner, which takes setuid away
            PosixException.Check(Libc.SyncFile(file.Number));
            PosixException.Check(Libc.Rename(aside, path));
        }
        catch
        {
            Files.TryDelete(aside);
            throw;
        }
        Sync(folder);
    }

    /// <summary>Makes a symbolic link in place of what has its name.</summary>
    /// <exception cref="PosixException">It is not permitted.</exception>
    public static void ReplaceWithLink(string path, string target)
    {
        string aside = path + ".new";
        Files.TryDelete(aside);
        PosixException.Check(Libc.SymbolicLink(target, aside));
        PosixException.Check(Libc.Rename(aside, path));
    }

    /// <summary>Where a symbolic link leads; null when it is none.</summary>
    public static string? TryReadLink(string path)
    {
        byte* buffer = stackalloc byte[4096];
        nint length = Libc.ReadLink(path, buffer, 4096);
        return length < 0 ? null : Marshal.PtrToStringUTF8((nint)buffer, (int)length);
    }

    /// <summary>Gives a file or folder to somebody; a link itself, not what it leads to.</summary>
    /// <exception cref="PosixException">It is not permitted.</exception>
    public static void ChangeOwner(string path, uint user, uint group) => PosixException.Check(Libc.ChangeOwner(path, user, group));

    /// <summary>Changes permissions.</summary>
    /// <exception cref="PosixException">It is not permitted.</exception>
    public static void ChangeMode(string path, int mode) => PosixException.Check(Libc.ChangeMode(path, (uint)mode));

    private static void Sync(string folder)
    {
        using OpenFile? names = OpenFile.TryOpen(folder, Folder);
        if (names is not null)
        {
            _ = Libc.SyncFile(names.Number); // a file system in memory has no such thing
        }
    }
}
