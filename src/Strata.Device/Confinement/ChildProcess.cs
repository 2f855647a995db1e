using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Strata.Device.Posix;

namespace Strata.Device.Confinement;

/// <summary>A program that we started and wait for.</summary>
/// <remarks>
/// The framework's own <see cref="Process"/> cannot be had for a program that a thread without rights starts: what it does around the start
/// makes threads, which then lack these rights as long as they live (<see cref="ConfinedProcess"/>).
/// </remarks>
public sealed class ChildProcess : IDisposable
{
    private const int SignalBits = 0x7F; // of a status of waitpid(2)
    private const int SignalBase = 128; // what shells and the framework add

    private readonly Lock _end = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AnonymousPipeServerStream? _input;
    private readonly AnonymousPipeServerStream? _output;
    private readonly AnonymousPipeServerStream? _errors;

    private unsafe ChildProcess(ProcessStartInfo start, IReadOnlyList<SafeFileHandle> descriptors, Spawner spawner)
    {
        try
        {
            _input = start.RedirectStandardInput ? new AnonymousPipeServerStream(PipeDirection.Out) : null;
            _output = start.RedirectStandardOutput ? new AnonymousPipeServerStream(PipeDirection.In) : null;
            _errors = start.RedirectStandardError ? new AnonymousPipeServerStream(PipeDirection.In) : null;
            AnonymousPipeServerStream?[] pipes = [_input, _output, _errors];
            using ChildStart prepared = new(start, [.. pipes.Select(p => p?.ClientSafePipeHandle)], descriptors);
            int id = 0;
            int error = spawner(prepared, &id);
            Array.ForEach(pipes, p => p?.DisposeLocalCopyOfClientHandle());
            GC.KeepAlive(descriptors);
            Id = error == 0 ? id : throw new Win32Exception(error, PosixError.Describe(error));
        }
        catch
        {
            Dispose();
            throw;
        }
        StandardInput = _input is null ? Stream.Null : _input;
        StandardOutput = Reader(_output);
        StandardError = Reader(_errors);
        new Thread(Wait, maxStackSize: 256 << 10) { IsBackground = true, Name = "end of a program" }.Start();
    }

    /// <summary>Calls posix_spawn(3); returns 0 or its error number.</summary>
    internal unsafe delegate int Spawner(ChildStart start, int* process);

    /// <summary>Its process id.</summary>
    public int Id { get; }

    /// <summary>What it reads; nothing comes of it when its input is ours.</summary>
    public Stream StandardInput { get; }

    /// <summary>What it puts out; empty when its output is ours.</summary>
    public StreamReader StandardOutput { get; }

    /// <summary>What it complains; empty when this output is ours.</summary>
    public StreamReader StandardError { get; }

    /// <summary>True when it has ended.</summary>
    public bool HasExited => _exited.Task.IsCompleted;

    /// <summary>What it ended with: 0 … 255, or 128 + the signal's number. Waits for the end.</summary>
    public int ExitCode => _exited.Task.GetAwaiter().GetResult();

    /// <summary>Starts a program of the host with all that we may, without limits.</summary>
    /// <param name="start">The program, its arguments, its environment and its folder; which streams are ours.</param>
    /// <exception cref="Win32Exception">It does not start.</exception>
    public static ChildProcess Start(ProcessStartInfo start) => Start(start, []);

    /// <summary>Waits for the end.</summary>
    public void WaitForExit() => _exited.Task.Wait();

    /// <summary>Waits for the end, and no longer than this; true when it has ended.</summary>
    public bool WaitForExit(TimeSpan most) => _exited.Task.Wait(most);

    /// <summary>Waits for the end.</summary>
    /// <exception cref="OperationCanceledException">Somebody does not want to wait any longer.</exception>
    public Task WaitForExitAsync(CancellationToken cancellationToken = default) => _exited.Task.WaitAsync(cancellationToken);

    /// <summary>Ends it and what it started. Does nothing when it has ended.</summary>
    public void Kill()
    {
        lock (_end) // its number is nobody else's before somebody has waited for it
        {
            if (!HasExited)
            {
                try
                {
                    using Process process = Process.GetProcessById(Id);
                    process.Kill(entireProcessTree: true);
                }
                catch (Exception e) when (e is InvalidOperationException or ArgumentException or Win32Exception or AggregateException)
                {
                    // it ended by itself just now
                }
            }
        }
    }

    /// <summary>Closes our ends of its streams; it goes on.</summary>
    public void Dispose()
    {
        _input?.Dispose();
        _output?.Dispose();
        _errors?.Dispose();
    }

    /// <summary>Starts a program on the thread that calls.</summary>
    internal static unsafe ChildProcess Start(ProcessStartInfo start, IReadOnlyList<SafeFileHandle> descriptors) =>
        new(start, descriptors, (s, id) => Libc.Spawn(id, s.Path, s.Actions, s.Attributes, s.Arguments, s.Environment));

    /// <summary>Starts a program by way of whoever calls posix_spawn(3).</summary>
    internal static ChildProcess Start(ProcessStartInfo start, IReadOnlyList<SafeFileHandle> descriptors, Spawner spawner) =>
        new(start, descriptors, spawner);

    private static StreamReader Reader(Stream? stream) =>
        stream is null ? StreamReader.Null : new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    private unsafe void Wait()
    {
        const int OfOneProcess = 1; // P_PID
        const int Exited = 4; // WEXITED
        const int LeaveIt = 0x0100_0000; // WNOWAIT
        byte* facts = stackalloc byte[128]; // siginfo_t
        while (Libc.WaitForChange(OfOneProcess, Id, facts, Exited | LeaveIt) < 0 && Marshal.GetLastPInvokeError() == PosixError.Interrupted)
        {
            // a signal, not its end
        }
        int status = 0;
        lock (_end)
        {
            _ = Libc.WaitFor(Id, &status, 0);
            int signal = status & SignalBits;
            _exited.SetResult(signal != 0 ? SignalBase + signal : (status >> 8) & 0xFF);
        }
    }
}
