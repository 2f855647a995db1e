using System.Diagnostics;
using System.Text;
using Strata.Core;
using Strata.Device.Confinement;

namespace Strata.Toolbox;

/// <summary>Runs a short-lived tool to its end, without input and with bounds on time and output.</summary>
public static class ToolRun
{
    /// <summary>Most characters that are taken of each of the two outputs.</summary>
    public const int MaximumOutput = 1 << 20;

    /// <summary>Runs it. Returns null when time was over; then it has been killed with all its children.</summary>
    /// <param name="start">The program and its arguments.</param>
    /// <param name="deadline">Time it has.</param>
    /// <param name="time">The clock of the deadline.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="StrataException">It does not start, or says more than <see cref="MaximumOutput"/>.</exception>
    public static Task<ToolResult?> RunAsync(ToolStart start, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(time);
        return RunAsync(start, deadline, time, cutOutput: false, cancellationToken);
    }

    /// <summary>Runs a tool of which only the end matters; what it says beyond <see cref="MaximumOutput"/> is dropped.</summary>
    /// <exception cref="StrataException">It does not start, or does not end in time; then it has been killed with all its children.</exception>
    public static ToolResult ToEnd(ToolStart start, TimeSpan deadline)
    {
        ArgumentNullException.ThrowIfNull(start);
        return RunAsync(start, deadline, TimeProvider.System, cutOutput: true, CancellationToken.None).GetAwaiter().GetResult()
            ?? throw new StrataException($"cannot wait for {ToolTree.NameOf(start.Command)} any longer: it did not end within {deadline.TotalSeconds:0} s");
    }

    /// <summary>Runs a tool as long as it says something now and then, line by line.</summary>
    /// <param name="start">The program and its arguments.</param>
    /// <param name="line">Told each line of its output as it comes; null for nothing.</param>
    /// <param name="longestSilence">How long it may say nothing before it is killed.</param>
    /// <param name="time">The clock of that.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="StrataException">
    /// It does not start, says nothing for too long, or more than <see cref="MaximumOutput"/>; then it has been killed with its children.
    /// </exception>
    public static async Task<ToolResult> FollowAsync(
        ToolStart start, Action<string>? line, TimeSpan longestSilence, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(time);
        using CancellationTokenSource silence = new(longestSilence, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        using ChildProcess process = Start(start);
        try
        {
            process.StandardInput.Close();
            Task<string> errors = ReadAsync(process.StandardError, cut: true, both);
            StringBuilder output = new();
            while (await process.StandardOutput.ReadLineAsync(both.Token).ConfigureAwait(false) is string said)
            {
                silence.CancelAfter(longestSilence);
                if (output.Length + said.Length >= MaximumOutput)
                {
                    throw TooLong();
                }
                output.Append(said).Append('\n');
                line?.Invoke(said);
            }
            await Task.WhenAll(errors, process.WaitForExitAsync(both.Token)).ConfigureAwait(false);
            return new ToolResult(process.ExitCode, output.ToString(), await errors.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StrataException(
                $"cannot wait for {ToolTree.NameOf(start.Command)} any longer: "
                + $"it said nothing for {longestSilence.TotalMinutes:0} minutes");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static StrataException TooLong() =>
        new($"cannot take the output of a command: it is longer than {MaximumOutput} characters");

    private static async Task<ToolResult?> RunAsync(
        ToolStart start, TimeSpan deadline, TimeProvider time, bool cutOutput, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(deadline > TimeSpan.Zero ? deadline : TimeSpan.FromMilliseconds(1), time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using ChildProcess process = Start(start);
        try
        {
            process.StandardInput.Close();
            Task<string> output = ReadAsync(process.StandardOutput, cutOutput, both);
            Task<string> errors = ReadAsync(process.StandardError, cutOutput, both);
            await Task.WhenAll(output, errors, process.WaitForExitAsync(both.Token)).ConfigureAwait(false);
            return new ToolResult(process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static ChildProcess Start(ToolStart tool)
    {
        ProcessStartInfo start = tool.Command;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        start.Environment["LC_ALL"] = "C"; // what it says is quoted in messages and read by tests
        try
        {
            // without limits for programs of the host: the SDK, for one, reserves more memory than it uses
            return ToolTree.IsTool(start) ? ToolStarter.Start(tool) : ChildProcess.Start(start);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new StrataException($"cannot start {ToolTree.NameOf(start)}: {e.Message}", innerException: e);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, bool cut, CancellationTokenSource stop)
    {
        StringBuilder text = new();
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer, stop.Token).ConfigureAwait(false)) > 0)
        {
            int room = MaximumOutput - text.Length;
            if (count > room && !cut)
            {
                await stop.CancelAsync().ConfigureAwait(false); // else the tool would block on its full pipe until the deadline
                throw TooLong();
            }
            text.Append(buffer, 0, Math.Min(count, room)); // read on even so: a tool must not block on a full pipe
        }
        return text.ToString();
    }
}
