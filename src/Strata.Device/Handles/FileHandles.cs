using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Device.Handles;

/// <summary>What .NET does not offer for its own file handles: links, durable folders, opening below a folder, owners.</summary>
public static unsafe class FileHandles
{
    private const uint FileMode = Modes.File;
    private const uint PrivateFolder = Modes.SecretFolder;
    private const int MostGroups = 65536; // NGROUPS_MAX (linux/limits.h)
    private const uint StatType = 0x1; // STATX_TYPE
    private const uint StatMode = 0x2; // STATX_MODE
    private const uint StatLinks = 0x4; // STATX_NLINK
    private const uint StatOwners = 0x18; // STATX_UID | STATX_GID
    private const uint StatSize = 0x200; // STATX_SIZE
    private const int FileTypeMask = 0xF000; // S_IFMT
    private const int RegularFile = 0x8000; // S_IFREG
    private const int Folder = 0x4000; // S_IFDIR
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const int LockShared = 1; // flock(2)
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int LockNone = 8;

    /// <summary>
    /// Opens a file for reading and writing, making it (0644) when it is not there; null when that is not permitted or possible.
    /// </summary>
    public static SafeFileHandle? OpenOrCreate(string path, out int errno) =>
        Opened(() => Libc.Open(path, Libc.ReadWrite | Libc.Create | Libc.CloseOnExec, FileMode), out errno);

    /// <summary>Opens a file or directory for reading; null when it cannot.</summary>
    public static SafeFileHandle? OpenForReading(string path, out int errno) =>
        Opened(() => Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec, 0), out errno);

    /// <summary>
    /// Opens a file below a folder for reading, without waiting for anybody (a FIFO) and without following a link, a mount or a name that
    /// leads out of the folder; null when it cannot. What was opened may still be no regular file.
    /// </summary>
    public static SafeFileHandle? OpenBeneath(SafeFileHandle folder, string name, out int errno)
    {
        ulong* how = stackalloc ulong[]
        {
            Libc.ReadOnly | Libc.NonBlocking | Libc.CloseOnExec, 0, Libc.ResolveNoOtherMount | Libc.ResolveNoLinks | Libc.ResolveBeneath,
        };
        nint target = (nint)how;
        return Opened(() => (int)Libc.SystemCall(Libc.OpenAt2, folder, name, (ulong*)target, 3 * sizeof(ulong)), out errno);
    }

    /// <summary>Length in bytes of the open file; null when it is no regular file.</summary>
    public static long? RegularSize(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[Libc.StatusBytes];
        Examine(file, StatType | StatSize, status);
        return (MemoryMarshal.Read<ushort>(status[Libc.StatusAt.Mode..]) & FileTypeMask) == RegularFile
            ? MemoryMarshal.Read<long>(status[Libc.StatusAt.Size..]) : null;
    }

    /// <summary>True when what is open is a folder.</summary>
    public static bool IsFolder(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[Libc.StatusBytes];
        Examine(file, StatType, status);
        return (MemoryMarshal.Read<ushort>(status[Libc.StatusAt.Mode..]) & FileTypeMask) == Folder;
    }

    /// <summary>Who owns the open file or folder, its group, and its permission bits.</summary>
    public static (uint User, uint Group, UnixFileMode Mode) OwnerOf(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[Libc.StatusBytes];
        Examine(file, StatOwners | StatMode, status);
        ushort mode = MemoryMarshal.Read<ushort>(status[Libc.StatusAt.Mode..]);
        return (MemoryMarshal.Read<uint>(status[Libc.StatusAt.User..]), MemoryMarshal.Read<uint>(status[Libc.StatusAt.Group..]),
            (UnixFileMode)(mode & Modes.All));
    }

    /// <summary>The user that this process acts as.</summary>
    public static uint EffectiveUser() => Libc.EffectiveUser();

    /// <summary>True when this process acts as a member of the group.</summary>
    public static bool IsMemberOf(uint group)
    {
        if (Libc.EffectiveGroup() == group)
        {
            return true;
        }
        uint[] groups = new uint[MostGroups];
        int count = Libc.Groups(groups.Length, groups);
        return count > 0 && groups.AsSpan(0, count).Contains(group);
    }

    /// <summary>Makes what was written to an open file survive a power cut.</summary>
    /// <exception cref="PosixException">The disk is full or fails.</exception>
    public static void Sync(SafeFileHandle file, string path) => Check("write", path, Retried(() => Libc.SyncFile(file)));

    /// <summary>Makes everything written to the file system that holds the open file survive a power cut.</summary>
    /// <exception cref="PosixException">The disk is full or fails.</exception>
    public static void SyncFileSystem(SafeFileHandle file, string path) => Check("write", path, Retried(() => Libc.SyncFileSystem(file)));

    /// <summary>Makes the names in a folder survive a power cut. File systems that know no such thing are left alone.</summary>
    /// <exception cref="PosixException">It cannot be opened, or the disk fails.</exception>
    public static void SyncFolder(string path)
    {
        using SafeFileHandle folder = OpenForReading(path, out int errno) ?? throw PosixException.Of("open", path, errno);
        errno = Retried(() => Libc.SyncFile(folder));
        if (errno is not (0 or PosixError.Invalid))
        {
            throw PosixException.Of("write", path, errno);
        }
    }

    /// <summary>Makes a folder that is its owner's alone (0700) from its first moment; one that is there stays as it is.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void MakePrivateFolder(string path)
    {
        int errno = Retried(() => Libc.MakeDirectory(path, PrivateFolder));
        if (errno != PosixError.Exists)
        {
            Check("make", path, errno);
        }
    }

    /// <summary>Sets the permission bits of an open file.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void ChangeMode(SafeFileHandle file, uint mode, string path) =>
        Check("set the mode of", path, Retried(() => Libc.ChangeMode(file, mode)));

    /// <summary>Sets the permission bits of a file or folder.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void ChangeMode(string path, uint mode) => Check("set the mode of", path, Retried(() => Libc.ChangeMode(path, mode)));

    /// <summary>Gives a file one more name; never replaces anything.</summary>
    /// <returns>0 or the error number.</returns>
    public static int Link(string existing, string name) => Retried(() => Libc.Link(existing, name));

    /// <summary>Renames, replacing what has the name; atomic within a file system.</summary>
    /// <returns>0 or the error number.</returns>
    public static int Rename(string from, string to) => Retried(() => Libc.Rename(from, to));

    /// <summary>Takes an advisory lock on the open file without waiting; a lock already held by this handle is converted.</summary>
    /// <returns>False when another open file has a lock in the way.</returns>
    /// <exception cref="PosixException">The file system knows no locks.</exception>
    internal static bool TryLock(SafeFileHandle file, bool exclusive)
    {
        int errno = Retried(() => Libc.Lock(file, (exclusive ? LockExclusive : LockShared) | LockNonBlocking));
        return errno switch
        {
            0 => true,
            PosixError.WouldBlock => false,
            _ => throw PosixException.Of("lock", null, errno),
        };
    }

    /// <summary>Gives an advisory lock back; closing the file does not while a process that is just being started still has it.</summary>
    internal static void Unlock(SafeFileHandle file) => Retried(() => Libc.Lock(file, LockNone));

    /// <summary>Number of names the open file still has: 0 when it was deleted meanwhile.</summary>
    internal static uint CountLinks(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[Libc.StatusBytes];
        Examine(file, StatLinks, status);
        return MemoryMarshal.Read<uint>(status[Libc.StatusAt.Links..]);
    }

    private static void Examine(SafeFileHandle file, uint mask, Span<byte> status)
    {
        status.Clear();
        fixed (byte* buffer = status)
        {
            nint target = (nint)buffer;
            int errno = Retried(() => Libc.Status(file, "", EmptyPath, mask, (byte*)target));
            if (errno != 0)
            {
                throw PosixException.Of("examine", null, errno);
            }
        }
    }

    private static void Check(string verb, string path, int errno)
    {
        if (errno != 0)
        {
            throw PosixException.Of(verb, path, errno);
        }
    }

    private static SafeFileHandle? Opened(Func<int> open, out int errno)
    {
        int descriptor;
        do
        {
            descriptor = open();
            errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (errno == PosixError.Interrupted);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static int Retried(Func<int> call)
    {
        while (true)
        {
            int errno = call() < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (errno != PosixError.Interrupted)
            {
                return errno;
            }
        }
    }
}
