using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Strata.Device.Posix;

namespace Strata.Device.Handles;

/// <summary>
/// Two connected sockets without a name: one for us, and one that a program inherits. Nobody else can connect to them, and the program
/// needs no right to any socket.
/// </summary>
/// <remarks>Both are closed in programs that are started, unless one is handed on (<see cref="Confinement.ConfinedProcess"/>).</remarks>
public sealed class SocketPair : IDisposable
{
    private const int Local = 1; // AF_UNIX
    private const int Stream = 1; // SOCK_STREAM

    private SocketPair(Socket ours, SafeFileHandle theirs)
    {
        Ours = new NetworkStream(ours, ownsSocket: true);
        Theirs = theirs;
    }

    /// <summary>Our end.</summary>
    public NetworkStream Ours { get; }

    /// <summary>The other end. Once a program has it, it has to be closed here, or our end never learns that the program is gone.</summary>
    public SafeFileHandle Theirs { get; }

    /// <summary>Makes them.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static SocketPair Make()
    {
        (int ours, int theirs) = Connected();
        return new SocketPair(new Socket(new SafeSocketHandle(ours, ownsHandle: true)), new SafeFileHandle(theirs, ownsHandle: true));
    }

    /// <summary>Makes two ends for two programs, none of which is ours.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static (SafeFileHandle One, SafeFileHandle Other) MakeForTwo()
    {
        (int one, int other) = Connected();
        return (new SafeFileHandle(one, ownsHandle: true), new SafeFileHandle(other, ownsHandle: true));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ours.Dispose();
        Theirs.Dispose();
    }

    private static unsafe (int One, int Other) Connected()
    {
        int* ends = stackalloc int[2];
        PosixException.Check(Libc.ConnectedSockets(Local, Stream | Libc.CloseOnExec, 0, ends));
        return (ends[0], ends[1]);
    }
}
