using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Strata.Init.Posix;

/// <summary>Small files, folders and names of the running system.</summary>
internal static unsafe class Files
{
    private const int NotFollowed = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int Here = -100; // AT_FDCWD
    private const nint GetEntries = 217; // getdents64 of x86-64
    private const nint GetEntriesArm64 = 61;

    // offsets in struct statx (statx(2)), the same everywhere
    private static class At
    {
        public const int Mode = 28;
        public const int Size = 40;
        public const int DeviceMajor = 136;
        public const int DeviceMinor = 140;
    }

    /// <summary>Permissions of a folder that only root may enter.</summary>
    public const uint Private = 0b111_000_000;

    /// <summary>What a name stands for.</summary>
    /// <param name="Mode">Type and permissions.</param>
    /// <param name="Size">Bytes.</param>
    /// <param name="Device">The file system it lies on.</param>
    public readonly record struct Facts(int Mode, long Size, ulong Device)
    {
        /// <summary>True for a folder.</summary>
        public bool IsDirectory => (Mode & 0xF000) == 0x4000;
    }

    /// <summary>Facts of a name; null when there is none. The last link of the path is not followed.</summary>
    public static Facts? TryGet(string path)
    {
        byte* status = stackalloc byte[256];
        if (Libc.Status(Here, path, NotFollowed, 0x7FF, status) < 0)
        {
            return null;
        }
        ReadOnlySpan<byte> bytes = new(status, 256);
        ulong device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[At.DeviceMajor..]) << 32)
            | BinaryPrimitives.ReadUInt32LittleEndian(bytes[At.DeviceMinor..]);
        return new Facts(BinaryPrimitives.ReadUInt16LittleEndian(bytes[At.Mode..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[At.Size..]), device);
    }

    /// <summary>True when there is something of that name.</summary>
    public static bool Exists(string path) => TryGet(path) is not null;

    /// <summary>The bytes of a small file; null when it cannot be opened.</summary>
    /// <param name="path">The file; sizes of files in /proc and /sys are not believed.</param>
    /// <param name="most">Reading stops here.</param>
    public static byte[]? TryRead(string path, int most)
    {
        int number = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec, 0);
        if (number < 0)
        {
            return null;
        }
        using OpenFile file = OpenFile.Own(number);
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

    /// <summary>A small text file; empty when it cannot be read.</summary>
    public static string ReadText(string path) => Encoding.UTF8.GetString(TryRead(path, 1 << 16) ?? []);

    /// <summary>Writes a file anew.</summary>
    /// <exception cref="PosixException">Writing failed.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using OpenFile file = OpenFile.Open(path, Libc.WriteOnly | Libc.Create | Libc.Truncate);
        file.Write(bytes);
    }

    /// <summary>Makes a folder and the missing ones above it.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void MakeDirectories(string path, uint mode = 0x1ED)
    {
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            MakeDirectory(path[..slash], mode);
        }
        MakeDirectory(path, mode);
    }

    /// <summary>Names in a folder, sorted; empty when it cannot be read.</summary>
    public static List<string> Names(string path)
    {
        List<string> names = [];
        int number = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec, 0);
        if (number < 0)
        {
            return names;
        }
        using OpenFile folder = OpenFile.Own(number);
        nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? GetEntriesArm64 : GetEntries;
        byte[] buffer = new byte[16 << 10];
        fixed (byte* start = buffer)
        {
            for (nint count; (count = Libc.SystemCall(call, number, (nint)start, buffer.Length, 0, 0)) > 0;)
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
        return names;
    }

    private static void MakeDirectory(string path, uint mode)
    {
        if (Libc.MakeDirectory(path, mode) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Libc.Exists && !Exists(path)) // a read-only file system says so before it looks whether the folder is there
            {
                throw new PosixException(error);
            }
        }
    }
}
