using System.ComponentModel;
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
public static class ConfinedProcess
{
    private static readonly string[] s_own = [AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory()];

    /// <summary>Starts it.</summary>
    /// <param name="start">The program, by a full path; its arguments and its whole environment.</param>
    /// <param name="view">What it may use beside the program itself.</param>
    /// <param name="limits">What it may take.</param>
    /// <param name="descriptors">Open files that it gets under the same numbers.</param>
    /// <exception cref="StrataException">The kernel refuses to take something away from it.</exception>
    /// <exception cref="Win32Exception">It does not start.</exception>
    public static ChildProcess Start(
        ProcessStartInfo start, ProcessView view, ProcessLimits limits, params IReadOnlyList<SafeFileHandle> descriptors)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(descriptors);
        ProcessStartInfo bounded = Bounded(start, limits);
        ProcessView wider = view with { Reads = [.. view.Reads, .. s_own, start.FileName, .. HostProgram.NeedsOf(bounded.FileName)] };
        using Landlock? files = Take("files", () => view.IsWhole || !Landlock.IsThere ? null : Landlock.Of(wider));
        using SocketFilter? sockets = view.IsWhole || !SocketFilter.IsThere ? null : SocketFilter.Of(view);
        unsafe
        {
            return ChildProcess.Start(bounded, descriptors, (prepared, id) => ConfinedThread.Spawn(prepared, files, sockets, id));
        }
    }

    /// <summary>Starts a program that makes its room by itself, as bubblewrap does: on the thread that calls, with limits alone.</summary>
    /// <exception cref="StrataException">The host has nothing that sets limits.</exception>
    /// <exception cref="Win32Exception">It does not start.</exception>
    public static ChildProcess StartRoom(ProcessStartInfo start, ProcessLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return ChildProcess.Start(Bounded(start, limits));
    }

    /// <summary>The same program with the same streams, started by way of what sets its limits.</summary>
    private static ProcessStartInfo Bounded(ProcessStartInfo start, ProcessLimits limits)
    {
        ArgumentNullException.ThrowIfNull(start);
        if (!File.Exists(start.FileName))
        {
            throw new Win32Exception(PosixError.NoEntry); // as without limits, and not a word of the setter's
        }
        IReadOnlyList<string> setter = limits.Command();
        ProcessStartInfo bounded = new(setter[0], [.. setter.Skip(1), start.FileName, .. start.ArgumentList])
        {
            WorkingDirectory = start.WorkingDirectory,
            RedirectStandardInput = start.RedirectStandardInput,
            RedirectStandardOutput = start.RedirectStandardOutput,
            RedirectStandardError = start.RedirectStandardError,
        };
        bounded.Environment.Clear();
        foreach ((string name, string? value) in start.Environment)
        {
            bounded.Environment[name] = value;
        }
        return bounded;
    }

    private static Landlock? Take(string what, Func<Landlock?> prepare)
    {
        try
        {
            return prepare();
        }
        catch (PosixException e)
        {
            throw new StrataException($"cannot take {what} away from a program: {e.Message}", innerException: e);
        }
    }
}
