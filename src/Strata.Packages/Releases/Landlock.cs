using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Strata.Core;

namespace Strata.Packages.Releases;

/// <summary>Which files a thread, and what it starts, may still use: landlock(7), of Linux 5.13 and later.</summary>
/// <remarks>Whatever the kernel can forbid is forbidden and then allowed for single files and folders; asking for a file's properties stays free.</remarks>
internal sealed partial class Landlock : IDisposable
{
    /// <summary>To start programs, and to read files and folders.</summary>
    public const ulong Reading = (1 << 0) | (1 << 2) | (1 << 3);

    /// <summary>To write files that are there.</summary>
    public const ulong Writing = 1 << 1;

    private const ulong OfFiles = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 14) | (1 << 15); // the rest makes sense for folders alone
    private const ulong Tcp = 3; // to bind and to connect
    private const ulong Scopes = 3; // abstract sockets and signals to who stands outside
    private const int PathOnly = 0x20_0000 | 0x8_0000; // O_PATH, O_CLOEXEC

    // system calls, the same on all architectures
    private const nint CreateCall = 444;
    private const nint AddCall = 445;
    private const nint EnforceCall = 446;

    private static readonly nint s_version = syscall(CreateCall, 0, 0, 1, 0); // LANDLOCK_CREATE_RULESET_VERSION

    private readonly SafeFileHandle _rules;

    /// <summary>Begins with nothing allowed.</summary>
    public Landlock()
    {
        ulong[] attributes = [Everything, ForbidsTcp ? Tcp : 0, s_version >= 6 ? Scopes : 0];
        using Pin pin = new(attributes);
        _rules = new SafeFileHandle(Check(syscall(CreateCall, pin.Address, 3 * sizeof(ulong), 0, 0)), ownsHandle: true);
    }

    /// <summary>True when this kernel has it, and nothing such as a container's filter of system calls is before it.</summary>
    public static bool IsThere => s_version > 0;

    /// <summary>True when it keeps from TCP, too: Linux 6.7 and later.</summary>
    public static bool ForbidsTcp => s_version >= 4;

    /// <summary>All that this kernel can forbid about files; each version of the interface knows more.</summary>
    public static ulong Everything => s_version switch { >= 5 => 0xFFFF, >= 3 => 0x7FFF, 2 => 0x3FFF, _ => 0x1FFF };

    /// <summary>Allows something for a file, or for a folder and all below it; nothing when there is none.</summary>
    public void Allow(string path, ulong rights)
    {
        int opened = open(path, PathOnly);
        if (opened < 0)
        {
            return;
        }
        using SafeFileHandle handle = new(opened, ownsHandle: true);
        ulong possible = rights & Everything & (Directory.Exists(path) ? ulong.MaxValue : OfFiles);
        using Pin pin = new([possible, (ulong)opened]); // struct landlock_path_beneath_attr: 64 and 32 bits
        Check(syscall(AddCall, _rules.DangerousGetHandle(), 1, pin.Address, 0));
    }

    /// <summary>From now on, for this thread and what it starts, for ever. The thread must have no new privileges.</summary>
    public void Enforce() => Check(syscall(EnforceCall, _rules.DangerousGetHandle(), 0, 0, 0));

    /// <inheritdoc/>
    public void Dispose() => _rules.Dispose();

    private static nint Check(nint result) => result >= 0 ? result
        : throw new StrataException($"cannot take files away from a program: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    /// <summary>Numbers at an address, for the time of a call.</summary>
    private readonly ref struct Pin(ulong[] numbers) : IDisposable
    {
        private readonly GCHandle _handle = GCHandle.Alloc(numbers, GCHandleType.Pinned);

        public nint Address => _handle.AddrOfPinnedObject();

        public void Dispose() => _handle.Free();
    }
}
