using System.Runtime.InteropServices;
using Strata.Device.Posix;

namespace Strata.Device.Confinement;

/// <summary>
/// Which sockets a thread, and what it starts, may still make: a filter on system calls, seccomp(2). It stands beside
/// <see cref="Landlock"/>, which knows ports of TCP and nothing else of networks: no UDP, no sockets of the file system, no other protocol.
/// </summary>
/// <remarks>
/// A classic BPF program over struct seccomp_data (linux/seccomp.h): number and architecture of the call, and its arguments as 64 bits
/// each. All architectures of ours are little-endian, so the low half of an argument comes first, and the calls here take 32 bits.
/// Sockets that are open already stay usable: what a program needs beyond this it inherits.
/// </remarks>
public sealed unsafe class SocketFilter : IDisposable
{
    /// <summary>PR_SET_SECCOMP of prctl(2).</summary>
    internal const int SetFilter = 22;

    /// <summary>SECCOMP_MODE_FILTER.</summary>
    internal const int FilterMode = 2;

    private const int BadAddress = 14; // EFAULT

    // what a program may answer: SECCOMP_RET_ALLOW, and SECCOMP_RET_ERRNO with a number
    private const uint Allowed = 0x7FFF_0000;
    private const uint Refused = 0x0005_0000 + 13; // EACCES, as Landlock refuses
    private const uint Missing = 0x0005_0000 + 38; // ENOSYS

    // instructions: linux/filter.h
    private const ushort Load = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort And = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private const ushort IfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort IfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    private const ushort IfAnyBit = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K

    // socket(2)
    private const uint Local = 1; // AF_UNIX
    private const uint Stream = 1; // SOCK_STREAM
    private const uint Datagram = 2; // SOCK_DGRAM
    private const uint TypeBits = 0xF; // the others are SOCK_CLOEXEC and SOCK_NONBLOCK
    private const uint FastOpen = 0x2000_0000; // MSG_FASTOPEN connects while it sends
    private const uint SecondCalls = 0x4000_0000; // x86-64: every call once more, as x32 has it

    private static readonly uint[] s_internet = [2, 10]; // AF_INET, AF_INET6
    private static readonly uint[] s_datagramProtocols = [17, 1, 58]; // UDP, and ICMP for a guest's ping

    private static readonly Calls? s_calls = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => new Calls(0xC000_003E, Socket: 41, Connect: 42, Send: 44, SendMessage: 46, SendMessages: 307),
        Architecture.Arm64 => new Calls(0xC000_00B7, Socket: 198, Connect: 203, Send: 206, SendMessage: 211, SendMessages: 269),
        _ => null,
    };

    private SocketFilter(Instruction[] instructions)
    {
        nuint bytes = (nuint)(sizeof(FilterProgram) + (instructions.Length * sizeof(Instruction)));
        FilterProgram* program = (FilterProgram*)NativeMemory.AllocZeroed(bytes);
        *program = new FilterProgram() { Length = (ushort)instructions.Length, First = (Instruction*)(program + 1) };
        instructions.CopyTo(new Span<Instruction>(program->First, instructions.Length));
        Program = (nuint)program;
    }

    /// <summary>True when this kernel has it: it then looks for the program before it knows the mode.</summary>
    public static bool IsThere { get; } = s_calls is not null
        && Libc.ControlProcess(SetFilter, FilterMode, 0, 0, 0) != 0 && Marshal.GetLastPInvokeError() == BadAddress;

    /// <summary>struct sock_fprog, by its address; <see cref="SetFilter"/> takes it.</summary>
    internal nuint Program { get; }

    /// <summary>A filter by which a thread, and what it starts, makes the view's sockets. It must have no new privileges then.</summary>
    internal static SocketFilter Of(ProcessView view) => new([.. ProgramFor(view, s_calls!)]);

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free((void*)Program);

    private static IEnumerable<Instruction> ProgramFor(ProcessView view, Calls calls) =>
    [
        new(Load, 4), // the architecture
        new(IfEqual, calls.Architecture, whenTrue: 1),
        new(Return, Refused),
        new(Load, 0), // the call
        new(IfAtLeast, SecondCalls, whenFalse: 1),
        new(Return, Refused),
        .. On(Calls.RingSetup, [new(Return, Missing)]), // io_uring(7) makes and connects sockets past every filter; programs go on without
        .. On(calls.Connect, [new(Return, view.Connects ? Allowed : Refused)]),
        .. On(calls.Send, Sending(flags: 3)),
        .. On(calls.SendMessage, Sending(flags: 2)),
        .. On(calls.SendMessages, Sending(flags: 3)),
        .. On(calls.Socket, [.. SocketsOf(view).SelectMany(Socket), new(Return, Refused)]),
        new(Return, Allowed),
    ];

    private static IEnumerable<(uint Family, uint Type, uint Protocol)> SocketsOf(ProcessView view) =>
    [
        .. view.MakesFileSockets ? [(Local, Stream, 0u)] : Array.Empty<(uint, uint, uint)>(),
        .. view.UsesTcp ? s_internet.Select(family => (family, Stream, 6u)) : [], // not SCTP or MPTCP, whose ports Landlock does not know
        .. view.UsesUdp ? s_internet.SelectMany(_ => s_datagramProtocols, (family, protocol) => (family, Datagram, protocol)) : [],
    ];

    /// <summary>What ends in an answer, for one call.</summary>
    private static Instruction[] On(uint call, Instruction[] block) => [new(IfEqual, call, whenFalse: (byte)block.Length), .. block];

    private static Instruction[] Sending(int flags) =>
        [LoadArgument(flags), new(IfAnyBit, FastOpen, whenFalse: 1), new(Return, Refused), new(Return, Allowed)];

    /// <summary>Allows one kind of socket, by the protocol's number or none; goes on behind itself for any other.</summary>
    private static Instruction[] Socket((uint Family, uint Type, uint Protocol) kind) =>
    [
        LoadArgument(0),
        new(IfEqual, kind.Family, whenFalse: 7),
        LoadArgument(1),
        new(And, TypeBits),
        new(IfEqual, kind.Type, whenFalse: 4),
        LoadArgument(2),
        new(IfEqual, 0, whenTrue: 1),
        new(IfEqual, kind.Protocol, whenFalse: 1),
        new(Return, Allowed),
    ];

    private static Instruction LoadArgument(int index) => new(Load, (uint)(16 + (8 * index)));

    /// <summary>Numbers of calls on an architecture, and its own (linux/audit.h).</summary>
    private sealed record Calls(uint Architecture, uint Socket, uint Connect, uint Send, uint SendMessage, uint SendMessages)
    {
        /// <summary>io_uring_setup(2), the same everywhere.</summary>
        public const uint RingSetup = 425;
    }

    /// <summary>struct sock_filter; the jumps count instructions that are left out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Instruction(ushort code, uint value, byte whenTrue = 0, byte whenFalse = 0)
    {
        private readonly ushort _code = code;
        private readonly byte _whenTrue = whenTrue;
        private readonly byte _whenFalse = whenFalse;
        private readonly uint _value = value;
    }

    /// <summary>struct sock_fprog.</summary>
    private struct FilterProgram
    {
        public ushort Length;
        public Instruction* First;
    }
}
