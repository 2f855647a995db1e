using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>A program whose standard output is read; it reads nothing, and what it complains goes to our standard error.</summary>
public sealed unsafe class ReadProgram : IDisposable
{
    private const int ActionsBytes = 128; // posix_spawn_file_actions_t: 80 with glibc on 64 bits
    private const int Kill = 9; // SIGKILL
    private const int SignalBits = 0x7F; // of a status of waitpid(2)

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
        nint[] texts = new nint[arguments.Count + 1];
        byte* actions = stackalloc byte[ActionsBytes];
        _ = Libc.InitializeActions(actions);
        try
        {
            _ = Libc.AddDuplicate(actions, ends[1], 1);
            texts[0] = Marshal.StringToCoTaskMemUTF8(program);
            for (int i = 0; i < arguments.Count; i++)
            {
                texts[i + 1] = Marshal.StringToCoTaskMemUTF8(arguments[i]);
            }
            byte** pointers = stackalloc byte*[texts.Length + 1];
            for (int i = 0; i < texts.Length; i++)
            {
                pointers[i] = (byte*)texts[i];
            }
            pointers[texts.Length] = null;
            byte** environment = stackalloc byte*[2];
            fixed (byte* variable = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\0"u8)
            {
                environment[0] = variable;
                environment[1] = null;
                int process;
                int error = Libc.Spawn(&process, program, actions, null, pointers, environment);
                return error == 0 ? new ReadProgram(process, output) : throw PosixException.Of("start", program, error);
            }
        }
        catch
        {
            output.Dispose();
            throw;
        }
        finally
        {
            _ = Libc.DestroyActions(actions);
            Array.ForEach(texts, Marshal.FreeCoTaskMem);
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
        int status;
        while (Libc.WaitFor(process, &status, 0) < 0)
        {
            int failure = Marshal.GetLastPInvokeError();
            if (failure != PosixError.Interrupted)
            {
                throw new PosixException(failure);
            }
        }
        int signal = status & SignalBits;
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal;
    }

    /// <summary>Ends it, if it has not ended.</summary>
    public void Dispose()
    {
        _output.Dispose();
        if (_process != 0)
        {
            _ = Libc.Signal(_process, Kill);
            _ = Finish();
        }
    }
}
