using System.Runtime.InteropServices;
using System.Text;
using Strata.Init.Posix;
using Strata.Init.Reports;

namespace Strata.Init.Root;

/// <summary>Leaves the initramfs for the new root and becomes the system's own init.</summary>
internal static unsafe class RootSwitch
{
    private const nint OpenAt2 = 437; // openat2(2), the same number everywhere
    private const ulong PathOnly = 0x200000; // O_PATH
    private const ulong InRoot = 0x10; // RESOLVE_IN_ROOT
    private const long TmpfsMagic = 0x01021994;
    private const long RamfsMagic = 0x858458f6;

    // what the kernel tries (init/main.c)
    private static readonly string[] s_usual = ["/sbin/init", "/etc/init", "/bin/init", "/bin/sh"];

    // in this order: nothing may be moved after what it lies below
    private static readonly string[] s_moved = ["/dev", "/proc", "/sys", "/run"];

    /// <summary>The program that will be started; found as the new system sees its links.</summary>
    /// <exception cref="BootException">There is none.</exception>
    public static string FindInit(string? wish)
    {
        string[] candidates = wish is null ? s_usual : [wish];
        using OpenFile root = OpenFile.Open(RootBuilder.MountPoint);
        ulong* how = stackalloc ulong[3]; // struct open_how: flags, mode, resolve
        (how[0], how[1], how[2]) = (PathOnly, 0, InRoot);
        foreach (string candidate in candidates)
        {
            fixed (byte* path = Text(candidate))
            {
                nint found = Libc.SystemCall(OpenAt2, root.Number, (nint)path, (nint)how, 3 * sizeof(ulong), 0);
                if (found >= 0)
                {
                    _ = Libc.Close((int)found);
                    return candidate;
                }
            }
        }
        throw new BootException(
            $"cannot hand over to the system: it has no {string.Join(" or ", candidates)}",
            [],
            [
                wish is null
                    ? "The layers that were chosen are no whole system; check caps= on the kernel command line."
                    : $"Check init={wish} on the kernel command line.",
            ]);
    }

    /// <summary>Moves over, empties the initramfs, and starts the program. Returns only by an exception.</summary>
    /// <param name="program">From <see cref="FindInit"/>.</param>
    /// <param name="arguments">Its arguments after its name.</param>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Go(string program, IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        foreach (string folder in s_moved)
        {
            string target = RootBuilder.MountPoint + folder;
            Files.MakeDirectories(target);
            Mounts.Move(folder, target);
        }
        PosixException.Check(Libc.ChangeDirectory(RootBuilder.MountPoint));
        Empty();
        Mounts.Move(".", "/");
        PosixException.Check(Libc.ChangeRoot("."));
        PosixException.Check(Libc.ChangeDirectory("/"));
        Execute(program, arguments);
    }

    /// <summary>Becomes another program, with the console as its standard streams.</summary>
    /// <exception cref="PosixException">It cannot be started.</exception>
    public static void Execute(string program, IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        int console = Libc.Open("/dev/console", Libc.ReadWrite, 0);
        if (console >= 0)
        {
            for (int stream = 0; stream <= 2; stream++)
            {
                _ = Libc.Duplicate(console, stream);
            }
            if (console > 2)
            {
                _ = Libc.Close(console);
            }
        }
        foreach (string ours in (ReadOnlySpan<string>)["caps", "state"])
        {
            _ = Libc.UnsetEnvironment(ours); // the kernel makes variables of words that it does not know
        }
        byte[][] texts = [Text(program), .. Texts(arguments)];
        GCHandle[] held = new GCHandle[texts.Length];
        byte** pointers = stackalloc byte*[texts.Length + 1];
        for (int i = 0; i < texts.Length; i++)
        {
            held[i] = GCHandle.Alloc(texts[i], GCHandleType.Pinned);
            pointers[i] = (byte*)held[i].AddrOfPinnedObject();
        }
        pointers[texts.Length] = null;
        _ = Libc.Execute(program, pointers);
        throw new PosixException(Marshal.GetLastPInvokeError());
    }

    /// <summary>Gives the memory of the initramfs back. Files that are open, such as layers in it, stay until they are closed.</summary>
    private static void Empty()
    {
        long* status = stackalloc long[32]; // struct statfs begins with its type
        if (Libc.FileSystemStatus("/", status) < 0 || (*status != TmpfsMagic && *status != RamfsMagic) || Files.TryGet("/") is not Files.Facts root)
        {
            return; // not an initramfs: nothing of it may be deleted
        }
        Delete("/", root.Device);
    }

    private static void Delete(string folder, ulong device)
    {
        foreach (string name in Files.Names(folder))
        {
            string path = folder == "/" ? "/" + name : $"{folder}/{name}";
            if (Files.TryGet(path) is not Files.Facts facts || facts.Device != device)
            {
                continue; // a mount: the new root is one
            }
            if (!facts.IsDirectory)
            {
                _ = Libc.Unlink(path);
                continue;
            }
            Delete(path, device);
            _ = Libc.RemoveDirectory(path); // those with a mount in them stay
        }
    }

    private static IEnumerable<byte[]> Texts(IReadOnlyList<string> values)
    {
        foreach (string value in values)
        {
            yield return Text(value);
        }
    }

    private static byte[] Text(string value) => [.. Encoding.UTF8.GetBytes(value), 0];
}
