using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Strata.Core;

namespace Strata.Device.Posix;

/// <summary>Small files, folders and names of the running system.</summary>
public static unsafe class Files
{
    private const int NotFollowed = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int Here = -100; // AT_FDCWD
    private const nint GetEntries = 217; // getdents64 of x86-64
    private const nint GetEntriesArm64 = 61;

    private const long TmpfsMagic = 0x01021994;
    private const long RamfsMagic = 0x858458f6;
    private const ulong PathOnly = 0x200000; // O_PATH

    /// <summary>Permissions of a folder that everybody may read and enter: 0755.</summary>
    public const uint Common = Modes.Folder;

    /// <summary>Permissions of a folder that only its owner may enter: 0700.</summary>
    public const uint Private = Modes.SecretFolder;

    /// <summary>What a name stands for.</summary>
    /// <param name="Mode">Type and permissions.</param>
    /// <param name="Size">Bytes.</param>
    /// <param name="Device">The file system it lies on.</param>
    public readonly record struct Facts(int Mode, long Size, ulong Device)
    {
        /// <summary>Number of the user whose it is.</summary>
        public uint User { get; init; }

        /// <summary>Number of its group.</summary>
        public uint Group { get; init; }

        /// <summary>True for a folder.</summary>
        public bool IsDirectory => (Mode & 0xF000) == 0x4000;

        /// <summary>True for a regular file.</summary>
        public bool IsFile => (Mode & 0xF000) == 0x8000;

        /// <summary>True for a symbolic link.</summary>
        public bool IsLink => (Mode & 0xF000) == 0xA000;

        /// <summary>Its permissions alone.</summary>
        public int Permissions => Mode & Modes.All;
    }

    /// <summary>Facts of a name; null when there is none. The last link of the path is not followed.</summary>
    public static Facts? TryGet(string path)
    {
        byte* status = stackalloc byte[Libc.StatusBytes];
        if (Libc.Status(Here, path, NotFollowed, 0x7FF, status) < 0)
        {
            return null;
        }
        ReadOnlySpan<byte> bytes = new(status, Libc.StatusBytes);
        ulong device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[Libc.StatusAt.DeviceMajor..]) << 32)
            | BinaryPrimitives.ReadUInt32LittleEndian(bytes[Libc.StatusAt.DeviceMinor..]);
        return new Facts(BinaryPrimitives.ReadUInt16LittleEndian(bytes[Libc.StatusAt.Mode..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[Libc.StatusAt.Size..]), device)
        {
            User = BinaryPrimitives.ReadUInt32LittleEndian(bytes[Libc.StatusAt.User..]),
            Group = BinaryPrimitives.ReadUInt32LittleEndian(bytes[Libc.StatusAt.Group..]),
        };
    }

    /// <summary>True when there is something of that name.</summary>
    public static bool Exists(string path) => TryGet(path) is not null;

    /// <summary>The bytes of a small file; null when it cannot be opened.</summary>
    /// <param name="path">The file; sizes of files in /proc and /sys are not believed.</param>
    /// <param name="most">Reading stops here.</param>
    public static byte[]? TryRead(string path, int most)
    {
        using OpenFile? file = OpenFile.TryOpen(path);
        if (file is null)
        {
            return null;
        }
        return ReadAll(file, most);
    }

    private static byte[]? ReadAll(OpenFile file, int most)
    {
        byte[] bytes = new byte[4096];
        int length = 0;
        try
        {
            for (int count; length < most && (count = file.Read(bytes.AsSpan(length))) > 0;)
            {
                length += count;
                if (length == bytes.Length)
                {
                    Array.Resize(ref bytes, bytes.Length * 2);
                }
            }
        }
        catch (PosixException)
        {
            return null; // what vanishes while it is read was not there
        }
        return bytes[..Math.Min(length, most)];
    }

    /// <summary>The bytes of a small file below a folder; null when there is none, or a link stands in its way.</summary>
    /// <param name="folder">The folder, such as where a stranger's file system is mounted.</param>
    /// <param name="name">The file, relative to it.</param>
    /// <param name="most">Reading stops here.</param>
    public static byte[]? TryReadBelow(string folder, string name, int most)
    {
        using OpenFile? below = OpenFile.TryOpen(folder);
        if (below is null)
        {
            return null;
        }
        ulong* how = stackalloc ulong[] { Libc.CloseOnExec, 0, Libc.ResolveBeneath | Libc.ResolveNoLinks };
        nint found;
        fixed (byte* path = PosixText.Of(name))
        {
            found = Libc.SystemCall(Libc.OpenAt2, below.Number, (nint)path, (nint)how, 3 * sizeof(ulong), 0);
        }
        using OpenFile? file = found < 0 ? null : OpenFile.Own((int)found);
        return file is null ? null : ReadAll(file, most);
    }

    /// <summary>A small text file; empty when it cannot be read.</summary>
    public static string ReadText(string path) => Encoding.UTF8.GetString(TryRead(path, 1 << 16) ?? []);

    /// <summary>Writes a file anew.</summary>
    /// <exception cref="PosixException">Writing failed.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using OpenFile file = OpenFile.Create(path);
        file.Write(bytes);
    }

    /// <summary>Makes a folder and the missing ones above it.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void MakeDirectories(string path, uint mode = Common)
    {
        ArgumentNullException.ThrowIfNull(path);
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            MakeDirectory(path[..slash], mode);
        }
        MakeDirectory(path, mode);
    }

    /// <summary>Makes a folder, and the missing ones above it, below another one, and follows no link on the way.</summary>
    /// <param name="root">A folder that is there; <c>/</c> or without a slash at its end.</param>
    /// <param name="path">The folder in it, beginning with a slash.</param>
    /// <returns>True when it was not there.</returns>
    /// <exception cref="PosixException">Something on the way is no folder, or the kernel refuses.</exception>
    public static bool MakeFolderBelow(string root, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        bool isNew = false;
        string at = root == "/" ? "" : root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = $"{at}/{name}";
            Facts? there = TryGet(at);
            isNew = there is null;
            if (there is null)
            {
                MakeDirectory(at, Common);
            }
            else if (!there.Value.IsDirectory)
            {
                throw PosixException.Of("enter", at, PosixError.NoFolder);
            }
        }
        return isNew;
    }

    /// <summary>Sets owner and permissions of a folder or file, which is no link. Nothing is written where it has them already.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Give(string path, uint user, uint group, uint mode)
    {
        if (TryGet(path) is Facts facts && facts.User == user && facts.Group == group && facts.Permissions == mode)
        {
            return;
        }
        PosixException.Check(Libc.ChangeOwner(path, user, group));
        PosixException.Check(Libc.ChangeMode(path, mode)); // after the owner, whose change takes setuid bits away
    }

    /// <summary>
    /// Writes a file aside, makes it durable and renames it into place: a power cut leaves the old content or the new one.
    /// </summary>
    /// <exception cref="PosixException">The disk is full or fails.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> bytes, uint mode)
    {
        string aside = path + ".new";
        TryDelete(aside);
        using (OpenFile file = OpenFile.Create(aside))
        {
            PosixException.Check(Libc.ChangeMode(aside, mode));
            file.Write(bytes);
            file.Sync();
        }
        Rename(aside, path);
    }

    /// <summary>Renames, replacing what has the name, and makes that survive a power cut.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Rename(string from, string to)
    {
        ArgumentNullException.ThrowIfNull(to);
        PosixException.Check(Libc.Rename(from, to));
        SyncFolderOf(to);
    }

    /// <summary>Renames, replacing what has the name; it survives a power cut when its folder is synchronized.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Move(string from, string to) => PosixException.Check(Libc.Rename(from, to));

    /// <summary>Removes a folder with nothing in it.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void RemoveFolder(string path) => PosixException.Check(Libc.RemoveDirectory(path));

    /// <summary>Removes the name of a file; it stays away after a power cut when its folder is synchronized.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Remove(string path) => PosixException.Check(Libc.Unlink(path));

    /// <summary>Deletes a file, and makes that survive a power cut.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Delete(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        PosixException.Check(Libc.Unlink(path));
        SyncFolderOf(path);
    }

    /// <summary>Bytes that are free in the file system of a path, and how many it has.</summary>
    /// <exception cref="PosixException">It cannot be asked.</exception>
    public static (long Free, long All) Room(string path)
    {
        long* status = stackalloc long[32]; // struct statfs of 64 bits: type, block size, blocks, free ones, those for everybody
        PosixException.Check(Libc.FileSystemStatus(path, status));
        return (status[4] * status[1], status[2] * status[1]);
    }

    /// <summary>Names in a folder, sorted; empty when it cannot be read.</summary>
    public static string[] Names(string path)
    {
        List<string> names = [];
        using OpenFile? folder = OpenFile.TryOpen(path);
        if (folder is null)
        {
            return [];
        }
        nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? GetEntriesArm64 : GetEntries;
        byte[] buffer = new byte[16 << 10];
        fixed (byte* start = buffer)
        {
            for (nint count; (count = Libc.SystemCall(call, folder.Number, (nint)start, buffer.Length, 0, 0)) > 0;)
            {
                // struct linux_dirent64 (getdents(2)): inode u64, offset s64, length u16, type u8, name
                for (int at = 0; at < count;)
                {
                    int length = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16));
                    ReadOnlySpan<byte> name = buffer.AsSpan(at + 19, length - 19);
                    name = name[..name.IndexOf((byte)0)];
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    {
                        names.Add(Encoding.UTF8.GetString(name));
                    }
                    at += length;
                }
            }
        }
        names.Sort(StringComparer.Ordinal);
        return [.. names];
    }

    /// <summary>Deletes the name of a file; nothing happens when the kernel refuses.</summary>
    public static void TryDelete(string path) => _ = Libc.Unlink(path);

    /// <summary>Deletes an empty folder; nothing happens when the kernel refuses: it may hold a mount.</summary>
    public static void TryDeleteFolder(string path) => _ = Libc.RemoveDirectory(path);

    /// <summary>True when the path lies in memory alone, as an initramfs does: tmpfs or ramfs.</summary>
    public static bool IsInMemory(string path)
    {
        long* status = stackalloc long[32]; // struct statfs begins with its type
        return Libc.FileSystemStatus(path, status) >= 0 && *status is TmpfsMagic or RamfsMagic;
    }

    /// <summary>
    /// True when a path is there as it would be after a change of the root: its links are followed, and lead out of it nowhere.
    /// </summary>
    /// <param name="root">The folder that becomes the root.</param>
    /// <param name="path">An absolute path in it.</param>
    /// <exception cref="PosixException">There is no such root.</exception>
    public static bool ExistsBelow(string root, string path)
    {
        using OpenFile folder = OpenFile.Open(root);
        ulong* how = stackalloc ulong[] { PathOnly, 0, Libc.ResolveInRoot };
        fixed (byte* name = PosixText.Of(path))
        {
            nint found = Libc.SystemCall(Libc.OpenAt2, folder.Number, (nint)name, (nint)how, 3 * sizeof(ulong), 0);
            if (found >= 0)
            {
                _ = Libc.Close((int)found);
            }
            return found >= 0;
        }
    }

    private static void SyncFolderOf(string path)
    {
        using OpenFile folder = OpenFile.Open(path[..Math.Max(1, path.LastIndexOf('/'))]);
        folder.Sync();
    }

    private static void MakeDirectory(string path, uint mode)
    {
        if (Libc.MakeDirectory(path, mode) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != PosixError.Exists && !Exists(path)) // a read-only file system says so before it looks whether the folder is there
            {
                throw new PosixException(error);
            }
        }
    }
}
