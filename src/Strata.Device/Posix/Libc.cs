using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Strata.Device.Posix;

/// <summary>
/// All calls of the C library that Strata makes by itself. Numbers are those of Linux on every 64-bit architecture unless said otherwise.
/// </summary>
/// <remarks>
/// <c>O_DIRECTORY</c> and <c>O_NOFOLLOW</c> differ between architectures and are not used. Descriptors are closed on exec, so that a
/// started program never keeps a lock of ours.
/// </remarks>
internal static unsafe partial class Libc
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80; // O_EXCL; of a block device: nobody else may use it (open(2))
    public const int NoTerminal = 0x100; // O_NOCTTY
    public const int Truncate = 0x200;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    public const nint OpenAt2 = 437; // openat2(2), struct open_how of linux/openat2.h: flags, mode, resolve; 64 bits each
    public const ulong ResolveNoOtherMount = 0x01; // RESOLVE_NO_XDEV
    public const ulong ResolveNoLinks = 0x04; // RESOLVE_NO_SYMLINKS
    public const ulong ResolveBeneath = 0x08; // RESOLVE_BENEATH
    public const ulong ResolveInRoot = 0x10; // RESOLVE_IN_ROOT

    public const int StatusBytes = 256; // struct statx (linux/stat.h), the same on every architecture

    private const string Library = "libc";

    // offsets in struct statx
    public static class StatusAt
    {
        public const int Links = 16; // u32
        public const int User = 20; // u32
        public const int Group = 24; // u32
        public const int Mode = 28; // u16: the type above the permissions
        public const int Size = 40; // u64
        public const int DeviceMajor = 136; // u32
        public const int DeviceMinor = 140; // u32
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, byte* buffer, nint count);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(int file, byte* buffer, nint count, long offset);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int file, byte* buffer, nint count);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint WriteAt(int file, byte* buffer, nint count, long offset);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int file, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int SetLength(int file, long length);

    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    public static partial int Advise(int file, long offset, long length, int advice);

    [LibraryImport(Library, EntryPoint = "tcdrain", SetLastError = true)]
    public static partial int Drain(int terminal);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int file, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int file, ulong request, byte* argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int ControlValue(int file, ulong request, long argument);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(int file, int operation);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int SyncFile(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int SyncFile(int file);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncContent(int file);

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "sync")]
    public static partial void Sync();

    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string? type, ulong flags, string? data);

    [LibraryImport(Library, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);

    [LibraryImport(Library, EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectory(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string existing, string name);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport(Library, EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveDirectory(string path);

    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "symlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SymbolicLink(string target, string name);

    [LibraryImport(Library, EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ReadLink(string path, byte* buffer, nint size);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle file, uint mode);

    [LibraryImport(Library, EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport(Library, EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeDirectory(string path);

    [LibraryImport(Library, EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeRoot(string path);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport(Library, EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int file, int target);

    [LibraryImport(Library, EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Execute(string path, byte** arguments);

    [LibraryImport(Library, EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Spawn(int* process, string path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawn")]
    public static partial int Spawn(int* process, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    public static partial int InitializeAttributes(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroyAttributes(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetAttributeFlags(void* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetSignalDefaults(void* attributes, void* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetSignalMask(void* attributes, void* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitializeActions(void* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyActions(void* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(void* actions, int file, int target);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    public static partial int AddChangeDirectory(void* actions, byte* path);

    [LibraryImport(Library, EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitForChange(int kind, int process, byte* facts, int options);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitFor(int process, int* status, int options);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Signal(int process, int signal);

    [LibraryImport(Library, EntryPoint = "unsetenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnsetEnvironment(string name);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport(Library, EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    [LibraryImport(Library, EntryPoint = "getgroups", SetLastError = true)]
    public static partial int Groups(int size, [Out] uint[] groups);

    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static partial int ControlProcess(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Library, EntryPoint = "capset", SetLastError = true)]
    public static partial int SetCapabilities(ulong* header, uint* sets);

    [LibraryImport(Library, EntryPoint = "prlimit64", SetLastError = true)]
    public static partial int Limit(int process, int resource, ulong* wanted, ulong* present);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int ControlFile(SafeFileHandle file, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "socketpair", SetLastError = true)]
    public static partial int ConnectedSockets(int family, int type, int protocol, int* ends);

    [LibraryImport(Library, EntryPoint = "reboot", SetLastError = true)]
    public static partial int Reboot(int command);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Status(int directory, string path, int flags, uint mask, byte* status);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Status(SafeFileHandle directory, string path, int flags, uint mask, byte* status);

    [LibraryImport(Library, EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FileSystemStatus(string path, long* status);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint SystemCall(nint number, SafeFileHandle folder, string name, ulong* how, nint size);
}
