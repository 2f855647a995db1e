using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Device.Confinement;

/// <summary>A thread that gives up its rights, starts one program, which then lacks them too, and ends.</summary>
/// <remarks>
/// What a thread gives up (prctl(2), capset(2), landlock(7), seccomp(2)) is missing in every thread that it makes, as long as that lives.
/// The runtime makes threads on whichever thread is there when it wants one: for its pool, for signals, for its compiler. So nothing of
/// the runtime may run between giving up and the end: everything is prepared before, and one method that is compiled in advance calls the
/// C library by address. It neither allocates, so that no collection begins on it, nor calls managed code.
/// </remarks>
internal static unsafe class ConfinedThread
{
    private const int NoNewPrivileges = 38; // PR_SET_NO_NEW_PRIVS
    private const ulong CapabilityVersion = 0x2008_0522; // _LINUX_CAPABILITY_VERSION_3

    private static readonly nint s_library = NativeLibrary.GetMainProgramHandle();

    private static readonly delegate* unmanaged<int, nuint, nuint, nuint, nuint, int> s_controlProcess =
        (delegate* unmanaged<int, nuint, nuint, nuint, nuint, int>)NativeLibrary.GetExport(s_library, "prctl");

    private static readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint> s_systemCall =
        (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint>)NativeLibrary.GetExport(s_library, "syscall");

    private static readonly delegate* unmanaged<ulong*, uint*, int> s_setCapabilities =
        (delegate* unmanaged<ulong*, uint*, int>)NativeLibrary.GetExport(s_library, "capset");

    private static readonly delegate* unmanaged<int*, byte*, void*, void*, byte**, byte**, int> s_spawn =
        (delegate* unmanaged<int*, byte*, void*, void*, byte**, byte**, int>)NativeLibrary.GetExport(s_library, "posix_spawn");

    private static readonly delegate* unmanaged<int*> s_error =
        (delegate* unmanaged<int*>)NativeLibrary.GetExport(s_library, "__errno_location"); // glibc and musl

    private enum Step
    {
        NewPrivileges,
        Files,
        Sockets,
        Capabilities,
        Spawn,
    }

    /// <summary>Starts a program without the rights of these; returns 0 or the error number of posix_spawn(3).</summary>
    /// <param name="start">The program.</param>
    /// <param name="files">The files and ports that stay; null for all.</param>
    /// <param name="sockets">The sockets that stay; null for all.</param>
    /// <param name="process">Gets its process id.</param>
    /// <exception cref="StrataException">The kernel refuses to take something away.</exception>
    public static int Spawn(ChildStart start, Landlock? files, SocketFilter? sockets, int* process)
    {
        Order order = new()
        {
            ControlProcess = s_controlProcess,
            SystemCall = s_systemCall,
            SetCapabilities = s_setCapabilities,
            Call = s_spawn,
            ErrorNumber = s_error,
            Files = files?.Number ?? -1,
            Sockets = sockets is null ? 0 : sockets.Program,
            Path = start.Path,
            Actions = start.Actions,
            Attributes = start.Attributes,
            Arguments = start.Arguments,
            Environment = start.Environment,
            Process = process,
        };
        Order* place = &order;
        Thread thread = new(() => Obey(place), maxStackSize: 256 << 10) { IsBackground = true, Name = "confined start" };
        thread.Start();
        thread.Join();
        return order.Reached is Step.Spawn ? order.Error : throw new StrataException(
            $"cannot take {NameOf(order.Reached)} away from a program: {PosixError.Describe(order.Error)}");
    }

    private static string NameOf(Step step) => step switch
    {
        Step.NewPrivileges => "new privileges",
        Step.Files => "files",
        Step.Sockets => "sockets",
        _ => "capabilities",
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)] // compiled whole, before it runs, and never again
    private static void Obey(Order* order)
    {
        // with no new privileges, a program of root gains no capability on its start either: capabilities(7)
        ulong version = CapabilityVersion; // struct __user_cap_header_struct: 32 bits, and 32 of a process, 0 for the thread that calls
        uint* none = stackalloc uint[6];
        for (int i = 0; i < 6; i++)
        {
            none[i] = 0;
        }
        order->Reached = Step.NewPrivileges;
        if (order->ControlProcess(NoNewPrivileges, 1, 0, 0, 0) < 0)
        {
            order->Error = *order->ErrorNumber();
            return;
        }
        order->Reached = Step.Files;
        if (order->Files >= 0 && order->SystemCall(Landlock.EnforceCall, order->Files, 0, 0, 0, 0) < 0)
        {
            order->Error = *order->ErrorNumber();
            return;
        }
        order->Reached = Step.Sockets;
        if (order->Sockets != 0 && order->ControlProcess(SocketFilter.SetFilter, SocketFilter.FilterMode, order->Sockets, 0, 0) < 0)
        {
            order->Error = *order->ErrorNumber();
            return;
        }
        order->Reached = Step.Capabilities;
        if (order->SetCapabilities(&version, none) < 0)
        {
            order->Error = *order->ErrorNumber();
            return;
        }
        order->Reached = Step.Spawn;
        order->Error = order->Call(
            order->Process, order->Path, order->Actions, order->Attributes, order->Arguments, order->Environment);
    }

    /// <summary>What the thread has to do, and how far it came.</summary>
    private struct Order
    {
        public delegate* unmanaged<int, nuint, nuint, nuint, nuint, int> ControlProcess;
        public delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint> SystemCall;
        public delegate* unmanaged<ulong*, uint*, int> SetCapabilities;
        public delegate* unmanaged<int*, byte*, void*, void*, byte**, byte**, int> Call;
        public delegate* unmanaged<int*> ErrorNumber;
        public nint Files;
        public nuint Sockets;
        public byte* Path;
        public void* Actions;
        public void* Attributes;
        public byte** Arguments;
        public byte** Environment;
        public int* Process;
        public Step Reached;
        public int Error;
    }
}
