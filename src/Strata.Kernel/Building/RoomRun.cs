using System.Diagnostics;
using System.Text;
using Strata.Core;

namespace Strata.Kernel.Building;

/// <summary>Runs a long program and hands over what it says, line by line.</summary>
public static class RoomRun
{
    private const int LongestLine = 16_384; // what is longer is handed over in pieces: a line without an end must not fill the memory
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(10);

    /// <summary>Runs it to its end; returns its exit code.</summary>
    /// <param name="start">The program.</param>
    /// <param name="line">Gets each line of both outputs, one at a time, control characters replaced by '?': it reaches terminals.</param>
    /// <param name="deadline">Time it has.</param>
    /// <param name="time">The clock of the deadline.</param>
    /// <param name="cancellationToken">Kills it with everything it started.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <exception cref="StrataException">It does not start, or its time is over; then it has been killed with everything it started.</exception>
    /// <remarks>
    /// The program is started by a thread of its own that waits for its end: bubblewrap dies with the <em>thread</em> that started it
    /// (PR_SET_PDEATHSIG), and one of the thread pool may end at any time.
    /// </remarks>
    public static Task<int> RunAsync(
        ProcessStartInfo start, Action<string> line, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken,
        string what = "the kernel build")
    {
        ArgumentNullException.ThrowIfNull(start);
        TaskCompletionSource<int> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                done.SetResult(Run(start, line, deadline, time, what, cancellationToken));
            }
            catch (OperationCanceledException e)
            {
                done.SetCanceled(e.CancellationToken);
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = what,
        };
        thread.Start();
        return done.Task;
    }

    private static int Run(
        ProcessStartInfo start, Action<string> line, TimeSpan deadline, TimeProvider time, string what, CancellationToken cancellationToken)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        cancellationToken.ThrowIfCancellationRequested();
        using CancellationTokenSource limit = new(deadline, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using Process process = StartOrExplain(start);
        using CancellationTokenRegistration killing = both.Token.Register(() => Kill(process));
        Lock gate = new();
        void Take(string text)
        {
            lock (gate)
            {
                line(text);
            }
        }
        process.StandardInput.Close();
        Task said = Task.WhenAll(((StreamReader[])[process.StandardOutput, process.StandardError])
            .Select(r => Task.Run(() => Hear(process, r, Take), CancellationToken.None)));
        process.WaitForExit();
        // who was started by it and is still there may hold the outputs open for ever
        bool heard = Task.WaitAny([said], s_lastWords) == 0;
        cancellationToken.ThrowIfCancellationRequested();
        return limit.IsCancellationRequested
            ? throw new StrataException($"cannot wait for {what} any longer: it did not end within {deadline.TotalMinutes:0} min")
            : heard ? ExitCodeOf(process, said)
            : throw new StrataException(
                $"cannot end {what}: programs that it started go on after its end and hold its outputs open");
    }

    private static int ExitCodeOf(Process process, Task said)
    {
        said.GetAwaiter().GetResult(); // who took the lines may have failed
        return process.ExitCode;
    }

    private static void Hear(Process process, StreamReader reader, Action<string> take)
    {
        try
        {
            ReadLines(reader, take);
        }
        catch
        {
            Kill(process); // else it would wait for a reader until the deadline
            throw;
        }
    }

    private static void ReadLines(StreamReader reader, Action<string> take)
    {
        StringBuilder line = new();
        char[] buffer = new char[4096];
        int count;
        while ((count = reader.Read(buffer)) > 0)
        {
            foreach (char c in buffer.AsSpan(0, count))
            {
                if (c == '\n' || line.Length == LongestLine)
                {
                    take(line.ToString());
                    line.Clear();
                }
                if (c is not ('\n' or '\r'))
                {
                    line.Append(c is '\t' || !char.IsControl(c) ? c : '?');
                }
            }
        }
        if (line.Length > 0)
        {
            take(line.ToString());
        }
    }

    private static Process StartOrExplain(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new StrataException($"cannot start {start.FileName}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new StrataException($"cannot start {start.FileName}: {e.Message}", innerException: e);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // it ended by itself meanwhile
        }
    }
}
