using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Strata.Store.Posix;

/// <summary>The few calls of the C library that .NET does not offer: advisory locks, links, durable directories.</summary>
/// <remarks>
/// Flags are those that have the same value on every Linux architecture we build for; <c>O_DIRECTORY</c> and <c>O_NOFOLLOW</c> have not
/// and are not used. Descriptors are closed on exec, so that a started tool never keeps a lock of ours.
/// </remarks>
internal static partial class Libc
{
    /// <summary>errno: no such file or directory.</summary>
    public const int NoEntry = 2;

    /// <summary>errno: a signal came first.</summary>
    public const int Interrupted = 4;

    /// <summary>errno: it is locked by somebody else (<c>EAGAIN</c> = <c>EWOULDBLOCK</c>).</summary>
    public const int WouldBlock = 11;

    /// <summary>errno: a part of the path is no folder.</summary>
    public const int NoFolder = 20;

    /// <summary>errno: the kernel does not have the call.</summary>
    public const int NoCall = 38;

    /// <summary>errno: a link where none may be.</summary>
    public const int IsLink = 40;

    /// <summary>errno: the name is taken.</summary>
    public const int Exists = 17;

    /// <summary>errno: source and target lie in different file systems.</summary>
    public const int CrossDevice = 18;

    /// <summary>errno: the file system does not know the operation.</summary>
    public const int Invalid = 22;

    /// <summary>errno: no space left.</summary>
    public const int NoSpace = 28;

    /// <summary>errno: read-only file system.</summary>
    public const int ReadOnly = 30;

    /// <summary>errno: disk quota used up.</summary>
    public const int QuotaExceeded = 122;

    private const int StatusSize = 256; // struct statx is the same on every architecture (linux/stat.h)
    private const int MostGroups = 65536; // NGROUPS_MAX (linux/limits.h)
    private const string Library = "libc";
    private const int OpenReadOnly = 0;
    private const int OpenReadWrite = 2;
    private const int OpenCreate = 0x40;
    private const int OpenNonBlocking = 0x800;
    private const int OpenCloseOnExec = 0x80000;
    private const nint Openat2 = 437; // the same number on every architecture
    private const ulong ResolveNoOtherMount = 0x01; // RESOLVE_NO_XDEV, linux/openat2.h
    private const ulong ResolveNoLinks = 0x04; // RESOLVE_NO_SYMLINKS
    private const ulong ResolveBeneath = 0x08; // RESOLVE_BENEATH
    private const uint StatType = 0x1; // STATX_TYPE
    private const uint StatSize = 0x200; // STATX_SIZE
    private const int FileTypeMask = 0xF000; // S_IFMT
    private const int RegularFile = 0x8000; // S_IFREG
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint StatMode = 0x2; // STATX_MODE
    private const uint StatLinks = 0x4; // STATX_NLINK
    private const uint StatOwners = 0x18; // STATX_UID | STATX_GID
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int LockNone = 8;

    /// <summary>
    /// Opens a file for reading and writing, making it (0644) when it is not there; null when that is not permitted or possible.
    /// </summary>
    public static SafeFileHandle? OpenOrCreate(string path, out int errno) =>
        Opened(() => OpenNative(path, OpenReadWrite | OpenCreate | OpenCloseOnExec, 0b110_100_100), out errno);

    /// <summary>Opens a file or directory for reading; null when it cannot.</summary>
    public static SafeFileHandle? OpenForReading(string path, out int errno) =>
        Opened(() => OpenNative(path, OpenReadOnly | OpenCloseOnExec, 0), out errno);

    /// <summary>
    /// Opens a file below a folder for reading, without waiting for anybody (a FIFO) and without following a link, a mount or a name that
    /// leads out of the folder; null when it cannot. What was opened may still be no regular file.
    /// </summary>
    public static unsafe SafeFileHandle? OpenBeneath(SafeFileHandle folder, string name, out int errno)
    {
        // struct open_how (linux/openat2.h): flags, mode, resolve; 64 bits each
        ulong* how = stackalloc ulong[] { OpenReadOnly | OpenNonBlocking | OpenCloseOnExec, 0,
            ResolveNoOtherMount | ResolveNoLinks | ResolveBeneath };
        nint target = (nint)how;
        return Opened(() => (int)Openat2Native(Openat2, folder, name, target, 3 * sizeof(ulong)), out errno);
    }

    /// <summary>Length in bytes of the open file; null when it is no regular file.</summary>
    public static unsafe long? RegularSize(SafeFileHandle file)
    {
        // struct statx: stx_mode is the u16 at byte 28, stx_size the u64 at byte 40 (linux/stat.h)
        Span<byte> status = stackalloc byte[256];
        status.Clear();
        fixed (byte* buffer = status)
        {
            nint target = (nint)buffer;
            int errno = Retried(() => StatxNative(file, "", EmptyPath, StatType | StatSize, target));
            if (errno != 0)
            {
                throw Failure("examine", null, errno);
            }
        }
        return (MemoryMarshal.Read<ushort>(status[28..]) & FileTypeMask) == RegularFile ? MemoryMarshal.Read<long>(status[40..]) : null;
    }

    /// <summary>Takes an advisory lock on the open file without waiting; a lock already held by this handle is converted.</summary>
    /// <returns>False when another open file has a lock in the way.</returns>
    /// <exception cref="IOException">The file system knows no locks.</exception>
    public static bool TryLock(SafeFileHandle file, bool exclusive)
    {
        int errno = Retried(() => FlockNative(file, (exclusive ? LockExclusive : LockShared) | LockNonBlocking));
        return errno switch
        {
            0 => true,
            WouldBlock => false,
            _ => throw Failure("lock", null, errno),
        };
    }

    /// <summary>Gives an advisory lock back; closing the file does not while a process that is just being started still has it.</summary>
    public static void Unlock(SafeFileHandle file) => Retried(() => FlockNative(file, LockNone));

    /// <summary>Number of names the open file still has: 0 when it was deleted meanwhile.</summary>
    public static uint CountLinks(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[StatusSize];
        Examine(file, StatLinks, status);
        return MemoryMarshal.Read<uint>(status[16..]); // stx_nlink
    }

    /// <summary>Who owns the open file or folder, its group, and its permission bits.</summary>
    public static (uint User, uint Group, UnixFileMode Mode) OwnerOf(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[StatusSize];
        Examine(file, StatOwners | StatMode, status);
        ushort mode = MemoryMarshal.Read<ushort>(status[28..]); // stx_mode, with the type above the permissions
        return (MemoryMarshal.Read<uint>(status[20..]), MemoryMarshal.Read<uint>(status[24..]), (UnixFileMode)(mode & 0xFFF));
    }

    /// <summary>The user that this process acts as.</summary>
    public static uint EffectiveUser() => GeteuidNative();

    /// <summary>True when this process acts as a member of the group.</summary>
    public static bool IsMemberOf(uint group)
    {
        if (GetegidNative() == group)
        {
            return true;
        }
        uint[] groups = new uint[MostGroups];
        int count = GetgroupsNative(groups.Length, groups);
        return count > 0 && groups.AsSpan(0, count).Contains(group);
    }

    /// <summary>Makes what was written to an open file survive a power cut.</summary>
    public static void Sync(SafeFileHandle file, string path) => Check("write", path, Retried(() => FsyncNative(file)));

    /// <summary>Makes everything written to the file system that holds the open file survive a power cut.</summary>
    public static void SyncFileSystem(SafeFileHandle file, string path) => Check("write", path, Retried(() => SyncfsNative(file)));

    /// <summary>Makes the names in a directory survive a power cut. File systems that know no such thing are left alone.</summary>
    public static void SyncDirectory(string path)
    {
        using SafeFileHandle directory = OpenForReading(path, out int errno) ?? throw Failure("open", path, errno);
        errno = Retried(() => FsyncNative(directory));
        if (errno is not (0 or Invalid))
        {
            throw Failure("write", path, errno);
        }
    }

    /// <summary>Makes a folder that is its owner's alone (0700) from its first moment; one that is there stays as it is.</summary>
    public static void MakePrivateFolder(string path)
    {
        int errno = Retried(() => MkdirNative(path, 0b111_000_000));
        if (errno != Exists)
        {
            Check("make", path, errno);
        }
    }

    /// <summary>Sets the permission bits of an open file.</summary>
    public static void ChangeMode(SafeFileHandle file, uint mode, string path) =>
        Check("set the mode of", path, Retried(() => FchmodNative(file, mode)));

    /// <summary>Sets the permission bits of a file or folder.</summary>
    public static void ChangeMode(string path, uint mode) => Check("set the mode of", path, Retried(() => ChmodNative(path, mode)));

    /// <summary>Gives a file one more name; never replaces anything.</summary>
    /// <returns>0 or the errno.</returns>
    public static int Link(string existing, string name) => Retried(() => LinkNative(existing, name));

    /// <summary>Renames, replacing what has the name; atomic within a file system.</summary>
    /// <returns>0 or the errno.</returns>
    public static int Rename(string from, string to) => Retried(() => RenameNative(from, to));

    /// <summary>An <see cref="IOException"/> whose <see cref="Exception.HResult"/> is the errno, as the framework's own have it.</summary>
    public static IOException Failure(string verb, string? path, int errno) =>
        new($"{verb} {path ?? "file"}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);

    private static unsafe void Examine(SafeFileHandle file, uint mask, Span<byte> status)
    {
        status.Clear();
        fixed (byte* buffer = status)
        {
            nint target = (nint)buffer;
            int errno = Retried(() => StatxNative(file, "", EmptyPath, mask, target));
            if (errno != 0)
            {
                throw Failure("examine", null, errno);
            }
        }
    }

    private static void Check(string verb, string path, int errno)
    {
        if (errno != 0)
        {
            throw Failure(verb, path, errno);
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
        while (errno == Interrupted);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static int Retried(Func<int> call)
    {
        while (true)
        {
            int errno = call() < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (errno != Interrupted)
            {
                return errno;
            }
        }
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenNative(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Openat2Native(nint number, SafeFileHandle folder, string name, nint how, nint size);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    private static partial int FlockNative(SafeFileHandle file, int operation);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxNative(SafeFileHandle directory, string path, int flags, uint mask, nint buffer);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    private static partial uint GeteuidNative();

    [LibraryImport(Library, EntryPoint = "getegid")]
    private static partial uint GetegidNative();

    [LibraryImport(Library, EntryPoint = "getgroups", SetLastError = true)]
    private static partial int GetgroupsNative(int size, [Out] uint[] groups);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    private static partial int FsyncNative(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncfsNative(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    private static partial int FchmodNative(SafeFileHandle file, uint mode);

    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChmodNative(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkdirNative(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkNative(string existing, string name);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameNative(string from, string to);
}
