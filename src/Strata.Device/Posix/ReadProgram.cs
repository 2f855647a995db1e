namespace Strata.Device.Posix;

/// <summary>A program whose standard output is read; it reads nothing, and what it complains goes to our standard error.</summary>
public sealed unsafe class ReadProgram : IDisposable
{
    private const int ActionsBytes = 128; // posix_spawn_file_actions_t: 80 with glibc on 64 bits

    private readonly OpenFile _output;
    private int _process;

    private ReadProgram(int process, OpenFile output) => (_process, _output) = (process, output);

    /// <summary>Starts it, with nothing in its environment but a usual PATH.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments after its name.</param>
    /// <exception cref="PosixException">It cannot be started.</exception>
    public static ReadProgram Start(string program, IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(arguments);
        int* ends = stackalloc int[2];
        PosixException.Check(Libc.Pipe(ends, Libc.CloseOnExec));
        OpenFile output = OpenFile.Own(ends[0]);
        using OpenFile input = OpenFile.Own(ends[1]); // the program has its own
        byte* actions = stackalloc byte[ActionsBytes];
        _ = Libc.InitializeActions(actions);
        try
        {
            _ = Libc.AddDuplicate(actions, ends[1], 1);
            int process;
            int error = Programs.Spawn(&process, program, actions, arguments);
            return error == 0 ? new ReadProgram(process, output) : throw PosixException.Of("start", program, error);
        }
        catch
        {
            output.Dispose();
            throw;
        }
        finally
        {
            _ = Libc.DestroyActions(actions);
        }
    }

    /// <summary>Reads on; 0 at the end of what it puts out.</summary>
    /// <exception cref="PosixException">Reading failed.</exception>
    public int Read(Span<byte> buffer) => _output.Read(buffer);

    /// <summary>Waits for its end.</summary>
    /// <returns>0 … 255, or 128 + the number of the signal that ended it.</returns>
    /// <exception cref="PosixException">It is no child of ours any more.</exception>
    public int Finish()
    {
        int process = _process;
        _process = 0;
        return Programs.EndOf(process, isAwaited: true)!.Value; // who waits is told
    }

    /// <summary>Ends it, if it has not ended.</summary>
    public void Dispose()
    {
        _output.Dispose();
        if (_process != 0)
        {
            _ = Libc.Signal(_process, Programs.Kill);
            _ = Finish();
        }
    }
}
