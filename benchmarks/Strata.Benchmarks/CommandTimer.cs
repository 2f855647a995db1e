using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Benchmarks;

/// <summary>Runs commands one after another and measures them.</summary>
/// <param name="environment">Variables set for every command.</param>
internal sealed partial class CommandTimer(IReadOnlyDictionary<string, string> environment)
{
    private const int ChildrenOfThisProcess = -1; // RUSAGE_CHILDREN of getrusage(2)
    private const int BecomeSubreaper = 36; // PR_SET_CHILD_SUBREAPER of prctl(2)
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(5);

    static CommandTimer() => _ = SetProcessOption(BecomeSubreaper, 1, 0, 0, 0);

    /// <summary>Runs a command to its end.</summary>
    /// <exception cref="StrataException">It fails, or takes longer than a quarter of an hour.</exception>
    public (Measurement Measurement, string Output) Run(string folder, string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        double cpuBefore = CpuOfChildren();
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new StrataException($"cannot measure {program}: it does not start");
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            long peak = 0;
            while (!process.WaitForExit(s_pollInterval))
            {
                peak = Math.Max(peak, PeakOf(process.Id));
                if (Stopwatch.GetElapsedTime(started) > s_deadline)
                {
                    throw new StrataException($"cannot measure {program}: it does not end within {s_deadline}");
                }
            }
            double wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
            process.WaitForExit();
            // What left its parent behind came to this process, bubblewrap's children among it; its time counts once it is waited for.
            while (WaitForAny(-1, 0, 0) > 0)
            {
            }
            return process.ExitCode == 0
                ? (new Measurement(wall, CpuOfChildren() - cpuBefore, peak), output.Result)
                : throw new StrataException($"cannot measure {program}: it ended with {process.ExitCode}:\n{errors.Result}{output.Result}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>VmHWM of a process in bytes (proc_pid_status(5)); 0 when it has ended.</summary>
    public static long PeakOf(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line["VmHWM:".Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static double CpuOfChildren()
    {
        // struct rusage on 64-bit Linux: user and system time as two longs each (seconds, microseconds), then 14 longs
        Span<long> usage = stackalloc long[18];
        return GetResourceUsage(ChildrenOfThisProcess, ref MemoryMarshal.GetReference(usage)) == 0
            ? usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6)
            : throw new StrataException("cannot measure processor time: getrusage fails");
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcessOption(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitForAny(int process, nint status, int options);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, ref long usage);
}
