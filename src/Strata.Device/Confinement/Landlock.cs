using Microsoft.Win32.SafeHandles;
using Strata.Device.Posix;

namespace Strata.Device.Confinement;

/// <summary>Which files and ports a thread, and what it starts, may still use: landlock(7), of Linux 5.13 and later.</summary>
/// <remarks>
/// Whatever the kernel can forbid is forbidden and then allowed for single files, folders and ports; asking for a file's properties
/// stays free.
/// </remarks>
public sealed unsafe class Landlock : IDisposable
{
    private const ulong Reading = (1 << 0) | (1 << 2) | (1 << 3) | (1 << 15); // to start, read, list, and ask devices
    private const ulong Writing = 1 << 1; // of files that are there
    private const ulong OfFiles = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 14) | (1 << 15); // the rest makes sense for folders alone
    private const ulong Listening = 1 << 0; // LANDLOCK_ACCESS_NET_BIND_TCP
    private const ulong Connecting = 1 << 1; // LANDLOCK_ACCESS_NET_CONNECT_TCP
    private const ulong Scopes = 3; // abstract sockets and signals to who stands outside
    private const int PathOnly = 0x20_0000; // O_PATH

    // kinds of rules
    private const nint Beneath = 1;
    private const nint Port = 2;

    /// <summary>landlock_restrict_self(2) of the thread that calls; takes <see cref="Number"/>.</summary>
    internal const nint EnforceCall = 446;

    // system calls, the same on all architectures
    private const nint CreateCall = 444;
    private const nint AddCall = 445;

    private static readonly string[] s_devices = ["/dev/zero", "/dev/random", "/dev/urandom"];

    private static readonly nint s_version = Libc.SystemCall(CreateCall, 0, 0, 1, 0, 0); // LANDLOCK_CREATE_RULESET_VERSION

    private readonly SafeFileHandle _rules;

    private Landlock(ProcessView view)
    {
        ulong ports = (view.ListensOn is null ? 0 : Listening) | (view.ConnectsTo is null ? 0 : Connecting);
        ulong* attributes = stackalloc ulong[] { Everything, ForbidsTcp ? ports : 0, s_version >= 6 ? Scopes : 0 };
        nint rules = PosixException.Check(Libc.SystemCall(CreateCall, (nint)attributes, 3 * sizeof(ulong), 0, 0, 0));
        _rules = new SafeFileHandle(rules, ownsHandle: true);
    }

    /// <summary>True when this kernel has it, and nothing such as a container's filter of system calls is before it.</summary>
    public static bool IsThere => s_version > 0;

    /// <summary>True when it keeps from TCP, too: Linux 6.7 and later.</summary>
    public static bool ForbidsTcp => s_version >= 4;

    /// <summary>All that this kernel can forbid about files; each version of the interface knows more.</summary>
    private static ulong Everything => s_version switch { >= 5 => 0xFFFF, >= 3 => 0x7FFF, 2 => 0x3FFF, _ => 0x1FFF };

    /// <summary>The rules as an open file; <see cref="EnforceCall"/> takes it.</summary>
    internal nint Number => _rules.DangerousGetHandle();

    /// <summary>Rules by which a thread, and what it starts, has the view and no more. It must have no new privileges then.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    internal static Landlock Of(ProcessView view)
    {
        Landlock rules = new(view);
        try
        {
            foreach (string path in s_devices.Concat(view.Reads))
            {
                rules.Allow(path, Reading);
            }
            rules.Allow("/dev/null", Reading | Writing);
            foreach (string path in view.Writes)
            {
                rules.Allow(path, Everything);
            }
            if (ForbidsTcp)
            {
                rules.Allow(view.ListensOn, Listening);
                rules.Allow(view.ConnectsTo, Connecting);
            }
            return rules;
        }
        catch
        {
            rules.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rules.Dispose();

    private void Allow(string path, ulong rights)
    {
        using OpenFile? file = OpenFile.TryOpen(path, PathOnly);
        if (file is null)
        {
            return;
        }
        ulong possible = rights & Everything & (Directory.Exists(path) ? ulong.MaxValue : OfFiles);
        ulong* rule = stackalloc ulong[] { possible, (ulong)file.Number }; // struct landlock_path_beneath_attr: 64 and 32 bits
        Add(Beneath, rule);
    }

    private void Allow(IReadOnlyList<int>? ports, ulong right)
    {
        ulong* rule = stackalloc ulong[2]; // struct landlock_net_port_attr
        foreach (int port in ports ?? [])
        {
            (rule[0], rule[1]) = (right, (ulong)port);
            Add(Port, rule);
        }
    }

    private void Add(nint kind, ulong* rule) =>
        PosixException.Check(Libc.SystemCall(AddCall, _rules.DangerousGetHandle(), kind, (nint)rule, 0, 0));
}
