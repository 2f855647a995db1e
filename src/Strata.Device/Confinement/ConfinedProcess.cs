using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Device.Confinement;

/// <summary>
/// Starts a program that reads bytes of strangers: without capabilities, with none to gain, with limits, and, where the kernel has
/// Landlock and seccomp, with no more of the host than its view. Nobody has to be root for that.
/// </summary>
/// <remarks>
/// All of it binds the thread that asks for it and what that thread starts (prctl(2), capset(2), landlock(7), seccomp(2)). So a thread of
/// its own asks, starts and ends; it loads code of this program meanwhile, so the program's own folders stay readable.
/// </remarks>
public static class ConfinedProcess
{
    private const int NoNewPrivileges = 38; // PR_SET_NO_NEW_PRIVS
    private const ulong CapabilityVersion = 0x2008_0522; // _LINUX_CAPABILITY_VERSION_3

    /// <summary>While a start hands descriptors on, no other one may inherit them.</summary>
    private static readonly Lock s_starting = new();

    private static readonly string[] s_own = [AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory()];

    /// <summary>Starts it.</summary>
    /// <param name="start">The program, by a full path; its arguments and its whole environment.</param>
    /// <param name="view">What it may use beside the program itself.</param>
    /// <param name="limits">What it may take.</param>
    /// <param name="descriptors">Open files that it gets under the same numbers.</param>
    /// <exception cref="StrataException">The kernel refuses to take something away from it.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">It does not start.</exception>
    public static Process? Start(
        ProcessStartInfo start, ProcessView view, ProcessLimits limits, params IReadOnlyList<SafeFileHandle> descriptors)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(descriptors);
        ProcessStartInfo bounded = Bounded(start, limits);
        ProcessView wider = view with { Reads = [.. view.Reads, .. s_own, start.FileName, .. HostProgram.NeedsOf(bounded.FileName)] };
        TaskCompletionSource<Process?> started = new();
        Thread thread = new(() =>
        {
            try
            {
                GiveUp(wider);
                started.SetResult(Start(bounded, descriptors));
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "confined start",
        };
        thread.Start();
        thread.Join();
        return started.Task.GetAwaiter().GetResult();
    }

    /// <summary>Starts a program that makes its room by itself, as bubblewrap does: on the thread that calls, with limits alone.</summary>
    /// <exception cref="StrataException">The host has nothing that sets limits.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">It does not start.</exception>
    public static Process? StartRoom(ProcessStartInfo start, ProcessLimits limits) => Start(Bounded(start, limits), []);

    private static Process? Start(ProcessStartInfo start, IReadOnlyList<SafeFileHandle> descriptors)
    {
        lock (s_starting)
        {
            try
            {
                SetInherited(descriptors, true);
                return Process.Start(start);
            }
            finally
            {
                SetInherited(descriptors, false);
            }
        }
    }

    /// <summary>The same program with the same streams, started by way of what sets its limits.</summary>
    private static ProcessStartInfo Bounded(ProcessStartInfo start, ProcessLimits limits)
    {
        const int NoSuchFile = 2; // ENOENT
        if (!File.Exists(start.FileName))
        {
            throw new System.ComponentModel.Win32Exception(NoSuchFile); // as without limits, and not a word of the setter's
        }
        IReadOnlyList<string> setter = limits.Command();
        ProcessStartInfo bounded = new(setter[0], [.. setter.Skip(1), start.FileName, .. start.ArgumentList])
        {
            WorkingDirectory = start.WorkingDirectory,
            RedirectStandardInput = start.RedirectStandardInput,
            RedirectStandardOutput = start.RedirectStandardOutput,
            RedirectStandardError = start.RedirectStandardError,
            StandardInputEncoding = start.StandardInputEncoding,
            StandardOutputEncoding = start.StandardOutputEncoding,
            StandardErrorEncoding = start.StandardErrorEncoding,
        };
        bounded.Environment.Clear();
        foreach ((string name, string? value) in start.Environment)
        {
            bounded.Environment[name] = value;
        }
        return bounded;
    }

    private static void SetInherited(IReadOnlyList<SafeFileHandle> descriptors, bool inherited)
    {
        const int SetFlags = 2; // F_SETFD
        const int CloseOnExec = 1; // FD_CLOEXEC
        foreach (SafeFileHandle descriptor in descriptors)
        {
            Check(Libc.ControlFile(descriptor, SetFlags, inherited ? 0 : CloseOnExec), "hand an open file on");
        }
    }

    private static unsafe void GiveUp(ProcessView view)
    {
        Check(Libc.ControlProcess(NoNewPrivileges, 1, 0, 0, 0), "give up new privileges");
        if (!view.IsWhole)
        {
            if (Landlock.IsThere)
            {
                Take("files", () => Landlock.Enforce(view));
            }
            if (SocketFilter.IsThere)
            {
                Take("sockets", () => SocketFilter.Enforce(view));
            }
        }
        // with no new privileges, a program of root gains none on its start either: capabilities(7)
        ulong version = CapabilityVersion; // struct __user_cap_header_struct: 32 bits, and 32 of a process, 0 for the thread that calls
        uint* none = stackalloc uint[6];
        new Span<uint>(none, 6).Clear();
        Check(Libc.SetCapabilities(&version, none), "give up capabilities");
    }

    private static void Take(string what, Action enforce)
    {
        try
        {
            enforce();
        }
        catch (PosixException e)
        {
            throw new StrataException($"cannot take {what} away from a program: {e.Message}", innerException: e);
        }
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw new StrataException($"cannot {what} for a program: {PosixError.Describe(Marshal.GetLastPInvokeError())}");
        }
    }
}
