using System.Runtime.InteropServices;
using System.Text;

namespace Strata.Device.Posix;

/// <summary>Mounts, by the kernel's newer calls (fsopen(2), Linux 5.2), which say in words why something does not work.</summary>
public static unsafe class Mounts
{
    // the same numbers on every architecture
    private const nint MoveMount = 429;
    private const nint OpenFileSystem = 430;
    private const nint Configure = 431;
    private const nint MakeMount = 432;

    private const int SetFlag = 0;
    private const int SetString = 1;
    private const int CreateFileSystem = 6;
    private const ulong MoveFlag = 8192; // MS_MOVE
    private const ulong BindFlag = 4096; // MS_BIND
    private const ulong ChangeFlag = 32; // MS_REMOUNT
    private const ulong WritableFlags = ChangeFlag | NoSuid | NoDev | NoExec; // the last three have the numbers of fsmount's
    private const int EmptyPath = 4; // MOVE_MOUNT_F_EMPTY_PATH

    /// <summary>MOUNT_ATTR_RDONLY of fsmount(2).</summary>
    public const int ReadOnly = 1;

    /// <summary>MOUNT_ATTR_NOSUID.</summary>
    public const int NoSuid = 2;

    /// <summary>MOUNT_ATTR_NODEV.</summary>
    public const int NoDev = 4;

    /// <summary>MOUNT_ATTR_NOEXEC.</summary>
    public const int NoExec = 8;

    /// <summary>MOUNT_ATTR_NOATIME: reading changes nothing on the disk.</summary>
    public const int NoAccessTime = 16;

    /// <summary>For what the root is made of: neither devices nor programs can be used past the root and its flags.</summary>
    public const int Closed = NoSuid | NoDev | NoExec;

    /// <summary>Mounts a file system on a folder, which is made when missing.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="target">The folder.</param>
    /// <param name="attributes">Of the mount.</param>
    /// <param name="parameters">Of the file system: names with values; a null value is a flag.</param>
    /// <exception cref="PosixException">The kernel refuses; its own words where it gave some.</exception>
    public static void Mount(string type, string target, int attributes, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        Files.MakeDirectories(target);
        using OpenFile system = OpenFile.Own((int)Open(type));
        foreach ((string name, string? value) in parameters)
        {
            Set(system, value is null ? SetFlag : SetString, name, value);
        }
        Set(system, CreateFileSystem, null, null);
        nint mount = Libc.SystemCall(MakeMount, system.Number, 1, attributes, 0, 0);
        if (mount < 0)
        {
            throw Refused(system, Marshal.GetLastPInvokeError());
        }
        using OpenFile mounted = OpenFile.Own((int)mount);
        fixed (byte* empty = "\0"u8)
        fixed (byte* path = PosixText.Of(target))
        {
            PosixException.Check(Libc.SystemCall(MoveMount, mounted.Number, (nint)empty, -100, (nint)path, EmptyPath));
        }
    }

    /// <summary>Moves a mount to another folder.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Move(string from, string to) => PosixException.Check(Libc.Mount(from, to, null, MoveFlag, null));

    /// <summary>Mounts a folder or file that is there at a second place, which is there too.</summary>
    /// <param name="source">What is mounted.</param>
    /// <param name="target">Where; a link is followed.</param>
    /// <param name="attributes">Of the new mount.</param>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Bind(string source, string target, int attributes)
    {
        PosixException.Check(Libc.Mount(source, target, null, BindFlag, null));
        if (Libc.Mount("", target, null, ChangeFlag | BindFlag | (uint)attributes, null) < 0) // the first call takes no attributes
        {
            int error = Marshal.GetLastPInvokeError();
            TryUnmount(target);
            throw new PosixException(error);
        }
    }

    /// <summary>Makes a file system that was mounted for reading writable, as a <see cref="Closed"/> mount.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void MakeWritable(string target) => PosixException.Check(Libc.Mount("", target, null, WritableFlags, null));

    /// <summary>Makes a <see cref="Closed"/> mount one for reading again; false while a file on it is open for writing.</summary>
    public static bool TryMakeReadOnly(string target) => Libc.Mount("", target, null, WritableFlags | ReadOnly, null) == 0;

    /// <summary>Goes into a mount that becomes the root. What <paramref name="before"/> does finds the old root still at <c>/</c>.</summary>
    /// <param name="mount">The new root.</param>
    /// <param name="before">Done after the change of the working folder, before the change of the root.</param>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void BecomeRoot(string mount, Action before)
    {
        ArgumentNullException.ThrowIfNull(before);
        PosixException.Check(Libc.ChangeDirectory(mount));
        before();
        Move(".", "/");
        PosixException.Check(Libc.ChangeRoot("."));
        PosixException.Check(Libc.ChangeDirectory("/"));
    }

    /// <summary>Unmounts; false when it is in use or no mount.</summary>
    public static bool TryUnmount(string target) => Libc.Unmount(target, 0) == 0;

    private static void Set(OpenFile system, int command, string? name, string? value)
    {
        fixed (byte* key = name is null ? null : PosixText.Of(name))
        fixed (byte* text = value is null ? null : PosixText.Of(value))
        {
            if (Libc.SystemCall(Configure, system.Number, command, (nint)key, (nint)text, 0) < 0)
            {
                throw Refused(system, Marshal.GetLastPInvokeError());
            }
        }
    }

    private static nint Open(string type)
    {
        fixed (byte* name = PosixText.Of(type))
        {
            return PosixException.Check(Libc.SystemCall(OpenFileSystem, (nint)name, 1, 0, 0, 0)); // FSOPEN_CLOEXEC
        }
    }

    /// <summary>Reads what the kernel left in the file system's message queue: lines as <c>e overlay: …</c>.</summary>
    private static PosixException Refused(OpenFile system, int error)
    {
        StringBuilder text = new();
        Span<byte> line = stackalloc byte[512];
        for (int i = 0; i < 8; i++)
        {
            try
            {
                int count = system.Read(line);
                if (count > 2 && line[0] is (byte)'e' or (byte)'w')
                {
                    text.Append(text.Length > 0 ? "; " : "").Append(Encoding.UTF8.GetString(line[2..count]).TrimEnd());
                }
            }
            catch (PosixException)
            {
                break; // ENODATA: no more
            }
        }
        return new PosixException(error, text.Length > 0 ? $"{PosixError.Describe(error)} ({text})" : null);
    }
}
