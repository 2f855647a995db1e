using System.Diagnostics;
using Strata.Core;

namespace Strata.Toolbox;

/// <summary>Runs a tool to its end.</summary>
public static class ToolRun
{
    private const int MostOutput = 1 << 20;

    /// <summary>Runs it without input; its two outputs are returned together, at most 1 MiB.</summary>
    /// <exception cref="StrataException">It cannot be started, or does not end in time; then it has been killed.</exception>
    public static (int ExitCode, string Output) ToEnd(ProcessStartInfo start, TimeSpan deadline)
    {
        ArgumentNullException.ThrowIfNull(start);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        start.Environment["LC_ALL"] = "C";
        string name = start.ArgumentList.Count > 2 ? Path.GetFileName(start.ArgumentList[2]) : start.FileName;
        try
        {
            using Process process = Process.Start(start) ?? throw new StrataException($"cannot start {name}");
            process.StandardInput.Close();
            Task<string> output = ReadAsync(process.StandardOutput);
            Task<string> errors = ReadAsync(process.StandardError);
            if (!process.WaitForExit(deadline))
            {
                process.Kill(entireProcessTree: true);
                throw new StrataException($"cannot wait for {name} any longer: it did not end within {deadline.TotalSeconds:0} s");
            }
            return (process.ExitCode, output.Result + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new StrataException($"cannot start {name}: {e.Message}", innerException: e);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader)
    {
        char[] text = new char[MostOutput];
        int length = 0;
        char[] rest = new char[4096];
        for (int read; length < text.Length && (read = await reader.ReadAsync(text.AsMemory(length))) > 0;)
        {
            length += read;
        }
        while (await reader.ReadAsync(rest.AsMemory()) > 0)
        {
            // a tool that says more than the limit must not block on a full pipe
        }
        return new string(text, 0, length);
    }
}
