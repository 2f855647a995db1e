using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>A running program of a machine, QEMU or its TPM, that is gone after disposal, whatever happened.</summary>
internal sealed class GuardedProcess : IAsyncDisposable
{
    private const int MaximumMessages = 16 * 1024;
    private static readonly TimeSpan s_killDeadline = TimeSpan.FromSeconds(10);

    private readonly ChildProcess _process;
    private readonly ParentGuard _guard;
    private readonly StringBuilder _messages = new();
    private readonly Task _reading;

    private GuardedProcess(ChildProcess process, ParentGuard guard, bool takesTerminal)
    {
        _process = process;
        _guard = guard;
        _reading = takesTerminal ? Task.CompletedTask
            : Task.WhenAll(CollectAsync(process.StandardOutput), CollectAsync(process.StandardError));
        Exited = ExitAsync();
    }

    /// <summary>The exit code, once there is one; 128 + the signal's number after a signal.</summary>
    public Task<int> Exited { get; }

    /// <summary>Process id on the host.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a program under a guard.</summary>
    /// <param name="tool">Program, arguments and view; the arguments name <paramref name="processIdFile"/>.</param>
    /// <param name="folder">The private folder, where it may write.</param>
    /// <param name="processIdFile">In that folder: where it writes its process id.</param>
    /// <param name="takesTerminal">True gives it our terminal; false gives it nothing to read and collects what it says.</param>
    /// <param name="limits">What it may take.</param>
    /// <param name="descriptors">What it inherits.</param>
    /// <exception cref="StrataException">The program does not start.</exception>
    public static GuardedProcess Start(
        ToolStart tool, string folder, string processIdFile, bool takesTerminal, ProcessLimits limits,
        IReadOnlyList<SafeFileHandle> descriptors)
    {
        ProcessStartInfo start = tool.Command;
        start.RedirectStandardInput = !takesTerminal;
        start.RedirectStandardOutput = !takesTerminal;
        start.RedirectStandardError = !takesTerminal;
        start.Environment["TMPDIR"] = folder; // where QEMU's snapshot=on puts the guest's changes
        LetReadTheDisplaysKey(start, folder);
        ParentGuard guard = ParentGuard.Start(folder, processIdFile, takesTerminal);
        ChildProcess? process = null;
        try
        {
            process = ConfinedProcess.Start(start, tool.View!, limits, descriptors);
            if (!takesTerminal)
            {
                process.StandardInput.Close();
            }
            return new GuardedProcess(process, guard, takesTerminal);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            process?.Dispose();
            guard.Dispose();
            throw new StrataException(
                $"cannot start {start.FileName}: {e.Message}", "The toolbox may be damaged; removing it makes Strata fetch it again.", e);
        }
    }

    /// <summary>What it said on its outputs, in one line; after its end everything, bounded.</summary>
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
            _process.Kill();
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

    /// <summary>With sudo, the key to the display is another user's, and root without capabilities cannot read it.</summary>
    private static void LetReadTheDisplaysKey(ProcessStartInfo start, string folder)
    {
        const string Variable = "XAUTHORITY";
        if (Environment.IsPrivilegedProcess && start.Environment.TryGetValue(Variable, out string? key) && File.Exists(key))
        {
            start.Environment[Variable] = Path.Combine(folder, "display-key");
            File.Copy(key, start.Environment[Variable]!);
        }
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
