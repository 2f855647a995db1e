using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>Starts programs without the framework's class for it, which brings threads and pipes.</summary>
public static unsafe class Programs
{
    /// <summary>Becomes another program, with the console as its standard streams. Returns only by an exception.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments after its name.</param>
    /// <param name="withoutVariables">Variables of the environment that it does not get.</param>
    /// <exception cref="PosixException">It cannot be started.</exception>
    public static void Become(string program, IReadOnlyList<string> arguments, IReadOnlyList<string> withoutVariables)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(withoutVariables);
        int console = Libc.Open("/dev/console", Libc.ReadWrite, 0);
        if (console >= 0)
        {
            for (int stream = 0; stream <= 2; stream++)
            {
                _ = Libc.Duplicate(console, stream);
            }
            if (console > 2)
            {
                _ = Libc.Close(console);
            }
        }
        foreach (string variable in withoutVariables)
        {
            _ = Libc.UnsetEnvironment(variable);
        }
        List<byte[]> texts = [PosixText.Of(program)];
        foreach (string argument in arguments)
        {
            texts.Add(PosixText.Of(argument));
        }
        byte** pointers = stackalloc byte*[texts.Count + 1];
        for (int i = 0; i < texts.Count; i++)
        {
            // held until the program is another one
            pointers[i] = (byte*)GCHandle.Alloc(texts[i], GCHandleType.Pinned).AddrOfPinnedObject();
        }
        pointers[texts.Count] = null;
        _ = Libc.Execute(program, pointers);
        throw new PosixException(Marshal.GetLastPInvokeError());
    }

    /// <summary>Runs a program with our standard streams and waits for its end.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments after its name.</param>
    /// <returns>0 … 255, or 128 + the number of the signal that ended it.</returns>
    /// <exception cref="PosixException">It cannot be started.</exception>
    public static int Run(string program, IReadOnlyList<string> arguments) => EndOf(Start(program, arguments), isAwaited: true)!.Value;

    /// <summary>The same; kills it when time is over.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments after its name.</param>
    /// <returns>As <see cref="Run"/>; null when it was killed.</returns>
    /// <exception cref="PosixException">It cannot be started.</exception>
    public static int? RunWithin(TimeSpan limit, string program, IReadOnlyList<string> arguments)
    {
        const int PauseMilliseconds = 50;
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        int process = Start(program, arguments);
        while (Environment.TickCount64 < end)
        {
            if (EndOf(process, isAwaited: false) is int code)
            {
                return code;
            }
            Thread.Sleep(PauseMilliseconds);
        }
        _ = Libc.Signal(process, Kill);
        _ = EndOf(process, isAwaited: true);
        return null;
    }

    internal const int Kill = 9; // SIGKILL
    private const int NoHang = 1; // WNOHANG

    /// <summary>The exit code of a child; null when it still runs and nobody waits.</summary>
    internal static int? EndOf(int process, bool isAwaited)
    {
        while (true)
        {
            int status;
            int ended = Libc.WaitFor(process, &status, isAwaited ? 0 : NoHang);
            if (ended > 0)
            {
                return (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F); // waitpid(2)
            }
            if (ended == 0)
            {
                return null;
            }
            int failure = Marshal.GetLastPInvokeError();
            if (failure != PosixError.Interrupted)
            {
                throw new PosixException(failure);
            }
        }
    }

    private static int Start(string program, IReadOnlyList<string> arguments)
    {
        int process;
        int error = Spawn(&process, program, null, arguments);
        return error == 0 ? process : throw new PosixException(error);
    }

    /// <summary>Starts a program with nothing in its environment but a usual PATH.</summary>
    /// <param name="process">Gets its number.</param>
    /// <param name="program">Its path.</param>
    /// <param name="actions">What becomes of its files, as posix_spawn(3) takes it; null for nothing.</param>
    /// <param name="arguments">Its arguments after its name.</param>
    /// <returns>0, or the error number when it cannot be started.</returns>
    internal static int Spawn(int* process, string program, byte* actions, IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(arguments);
        nint[] texts = new nint[arguments.Count + 1];
        try
        {
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
                return Libc.Spawn(process, program, actions, null, pointers, environment);
            }
        }
        finally
        {
            Array.ForEach(texts, Marshal.FreeCoTaskMem);
        }
    }

    /// <summary>
    /// Runs a shell with our standard streams and waits for its end; returns 0, or the error number when it cannot be started.
    /// </summary>
    /// <param name="shell">Its path; it may be BusyBox, which goes by the name <c>sh</c> that it gets.</param>
    public static int RunShell(string shell)
    {
        byte** arguments = stackalloc byte*[2];
        byte** environment = stackalloc byte*[2];
        fixed (byte* applet = "sh\0"u8)
        fixed (byte* variable = "PATH=/bin:/sbin:/usr/bin:/usr/sbin\0"u8)
        {
            arguments[0] = applet;
            arguments[1] = null;
            environment[0] = variable;
            environment[1] = null;
            int process;
            int error = Libc.Spawn(&process, shell, null, null, arguments, environment);
            int status;
            while (error == 0 && Libc.WaitFor(process, &status, 0) < 0 && Marshal.GetLastPInvokeError() == PosixError.Interrupted)
            {
                // a signal, not the shell's end
            }
            return error;
        }
    }
}
