using System.Diagnostics;

namespace Strata.Store.Tests;

/// <summary>This assembly once more, as a process that a test can kill.</summary>
internal sealed class HostProcess : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private HostProcess(Process process) => _process = process;

    /// <summary>Starts it and waits until it has the store open.</summary>
    public static async Task<HostProcess> StartAsync(params string[] arguments)
    {
        // The program that runs these tests may be a test host; the runtime's own folder is <dotnet>/shared/Microsoft.NETCore.App/<version>.
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        ProcessStartInfo start = new(Path.GetFullPath(Path.Combine(runtime, "../../../dotnet")))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(HostProcess).Assembly.Location);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        HostProcess host = new(Process.Start(start)!);
        using CancellationTokenSource limit = new(s_deadline);
        string? line = await host._process.StandardOutput.ReadLineAsync(limit.Token);
        if (line != "open")
        {
            host.Dispose();
            throw new InvalidOperationException($"the second process said '{line}'");
        }
        return host;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit(s_deadline);
    }

    /// <summary>Waits for its end and returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        using CancellationTokenSource limit = new(s_deadline);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }
        _process.Dispose();
    }
}
