using System.Diagnostics;
using System.Text;
using Strata.Core;

namespace Strata.Machines.Testing;

/// <summary>What a tool did on the host.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ToolResult(int ExitCode, string Output, string Errors);

/// <summary>Runs a short-lived tool of the toolbox to its end, with bounds on time and output.</summary>
internal static class ToolRun
{
    private const int MaximumOutput = 1 << 20;

    /// <summary>Runs it. Returns null when it was ended because time was over.</summary>
    /// <exception cref="StrataException">It does not start, or says more than 1 Mi characters.</exception>
    public static async Task<ToolResult?> RunAsync(ProcessStartInfo start, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Start(start);
        using CancellationTokenSource limit = new(deadline > TimeSpan.Zero ? deadline : TimeSpan.FromMilliseconds(1), time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            process.StandardInput.Close();
            Task<string> output = ReadAsync(process.StandardOutput, both.Token);
            Task<string> errors = ReadAsync(process.StandardError, both.Token);
            await Task.WhenAll(output, errors, process.WaitForExitAsync(both.Token));
            return new ToolResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new StrataException($"cannot start {start.FileName}: {e.Message}", innerException: e);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (text.Length + count > MaximumOutput)
            {
                throw new StrataException($"cannot take the output of a command: it is longer than {MaximumOutput} characters");
            }
            text.Append(buffer, 0, count);
        }
        return text.ToString();
    }
}
