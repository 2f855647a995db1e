using System.Diagnostics;
using System.Text;
using Strata.Core;

namespace Strata.Machines;

/// <summary>A running QEMU that is gone after disposal, whatever happened.</summary>
internal sealed class QemuProcess : IAsyncDisposable
{
    private const int MaximumMessages = 16 * 1024;
    private static readonly TimeSpan s_killDeadline = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly ParentGuard _guard;
    private readonly StringBuilder _messages = new();
    private readonly Task _reading;

    private QemuProcess(Process process, ParentGuard guard, bool takesTerminal)
    {
        _process = process;
        _guard = guard;
        _reading = takesTerminal ? Task.CompletedTask : Task.WhenAll(CollectAsync(process.StandardOutput), CollectAsync(process.StandardError));
        Exited = ExitAsync();
    }

    /// <summary>The exit code, once there is one; 128 + the signal's number after a signal.</summary>
    public Task<int> Exited { get; }

    /// <summary>Process id on the host.</summary>
    public int Id => _process.Id;

    /// <summary>Starts QEMU under a guard.</summary>
    /// <param name="start">Program and arguments; the arguments name <see cref="QemuFiles.ProcessIdFile"/>.</param>
    /// <param name="files">Where it may write.</param>
    /// <param name="takesTerminal">True gives it our terminal; false gives it nothing to read and collects what it says.</param>
    /// <exception cref="StrataException">The program does not start.</exception>
    public static QemuProcess Start(ProcessStartInfo start, QemuFiles files, bool takesTerminal)
    {
        start.RedirectStandardInput = !takesTerminal;
        start.RedirectStandardOutput = !takesTerminal;
        start.RedirectStandardError = !takesTerminal;
        start.Environment["TMPDIR"] = files.PrivateFolder; // where snapshot=on puts the guest's changes
        ParentGuard guard = ParentGuard.Start(files, takesTerminal);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            if (!takesTerminal)
            {
                process.StandardInput.Close();
            }
            return new QemuProcess(process, guard, takesTerminal);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            process?.Dispose();
            guard.Dispose();
            throw new StrataException(
                $"cannot start {start.FileName}: {e.Message}", "The toolbox may be damaged; removing it makes Strata fetch it again.", e);
        }
    }

    /// <summary>What QEMU said on its outputs, in one line; after its end everything, bounded.</summary>
    public async Task<string> MessagesAsync()
    {
        await Task.WhenAny(_reading, Task.Delay(TimeSpan.FromSeconds(1)));
        lock (_messages)
        {
            string[] lines = _messages.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return string.Join("; ", lines.Select(Shorten));
        }
    }

    /// <summary>Ends it at once. Does nothing when it has ended.</summary>
    public async Task KillAsync()
    {
        if (!Exited.IsCompleted)
        {
            try
            {
                _process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // it ended by itself just now
            }
        }
        await Exited.WaitAsync(s_killDeadline);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _guard.Dispose();
        _process.Dispose();
    }

    /// <summary>QEMU begins each message with its program name, here a long path.</summary>
    private static string Shorten(string line)
    {
        int name = line.IndexOf("qemu-system-", StringComparison.Ordinal);
        int end = name < 0 ? -1 : line.IndexOf(": ", name, StringComparison.Ordinal);
        return end < 0 ? line : line[(end + 2)..];
    }

    private async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private async Task CollectAsync(StreamReader reader)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            lock (_messages)
            {
                _messages.Append(buffer, 0, Math.Min(count, MaximumMessages - _messages.Length));
            }
        }
    }
}
