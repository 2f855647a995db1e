using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Xunit;

namespace Strata.Testing;

/// <summary>A thread on which no file can be flushed: fsync(2), fdatasync(2) and syncfs(2) end in EIO, as on a disk that loses
/// writes.</summary>
/// <remarks>
/// So the order of calls is seen without looking at calls: what must be durable before it gets its name gets none here. The filter of
/// system calls (seccomp(2)) is the thread's own and ends with it; other tests do not notice.
/// </remarks>
public static unsafe partial class FailingFlush
{
    private const int NoNewPrivileges = 38; // PR_SET_NO_NEW_PRIVS: without it only root may set a filter
    private const int SetFilter = 22; // PR_SET_SECCOMP
    private const int FilterMode = 2; // SECCOMP_MODE_FILTER
    private const ushort Load = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K
    private const uint NumberAt = 0; // struct seccomp_data: nr, arch, …
    private const uint ArchitectureAt = 4;
    private const uint Allow = 0x7FFF_0000; // SECCOMP_RET_ALLOW
    private const uint FailWithInputOutput = 0x0005_0000 | 5; // SECCOMP_RET_ERRNO | EIO

    /// <summary>Runs it to its end on such a thread, with all that it awaits; skips the test where no filter can be set.</summary>
    public static void Run(Func<Task> action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Forbid();
                Pump pump = new();
                SynchronizationContext.SetSynchronizationContext(pump);
                pump.RunUntil(action());
            }
            catch (Exception e) // anything: the thread of the test throws it
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    /// <summary>Runs it to its end on such a thread.</summary>
    public static void Run(Action action) => Run(() =>
    {
        action();
        return Task.CompletedTask;
    });

    private static void Forbid()
    {
        // AUDIT_ARCH of linux/audit.h; numbers of fsync, fdatasync and syncfs
        (uint architecture, uint file, uint data, uint fileSystem) = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? (0xC000_00B7, 82u, 83u, 267u) : (0xC000_003E, 74u, 75u, 306u);
        ReadOnlySpan<Instruction> filter =
        [
            new(Load, 0, 0, ArchitectureAt),
            new(JumpIfEqual, 0, 4, architecture),
            new(Load, 0, 0, NumberAt),
            new(JumpIfEqual, 3, 0, file),
            new(JumpIfEqual, 2, 0, data),
            new(JumpIfEqual, 1, 0, fileSystem),
            new(Return, 0, 0, Allow),
            new(Return, 0, 0, FailWithInputOutput),
        ];
        fixed (Instruction* first = filter)
        {
            Program program = new() { Length = (ushort)filter.Length, First = first };
            bool isSet = Control(NoNewPrivileges, 1, null, 0, 0) == 0 && Control(SetFilter, FilterMode, &program, 0, 0) == 0;
            Skip.IfNot(isSet, "this kernel, or the container around the tests, allows no filter of system calls");
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint value, Program* program, nuint third, nuint fourth);

    // struct sock_filter and struct sock_fprog (linux/filter.h)
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    private struct Program
    {
        public ushort Length;
        public Instruction* First;
    }

    /// <summary>Brings what follows an await back to the thread.</summary>
    private sealed class Pump : SynchronizationContext
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

        public override void Post(SendOrPostCallback d, object? state) => _posted.Add((d, state));

        public void RunUntil(Task task)
        {
            task.ContinueWith(_ => _posted.CompleteAdding(), TaskScheduler.Default);
            foreach ((SendOrPostCallback callback, object? state) in _posted.GetConsumingEnumerable())
            {
                callback(state);
            }
            task.GetAwaiter().GetResult();
        }
    }
}
