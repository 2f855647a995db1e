using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>A running QEMU that is gone after disposal, whatever happened.</summary>
internal sealed class QemuProcess : IAsyncDisposable
{
    private const int MaximumMessages = 16 * 1024;
    private static readonly TimeSpan s_killDeadline = TimeSpan.FromSeconds(10);

    private readonly ChildProcess _process;
    private readonly ParentGuard _guard;
    private readonly StringBuilder _messages = new();
    private readonly Task _reading;

    private QemuProcess(ChildProcess process, ParentGuard guard, bool takesTerminal)
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

    /// <summary>Starts QEMU for a machine that Strata drives: confined, with its images open, under a guard.</summary>
    /// <param name="qemu">Tree with QEMU.</param>
    /// <param name="config">The machine.</param>
    /// <param name="files">Its paths; what is prepared in its folder is there.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="link">The lines to it, of which QEMU takes its ends.</param>
    /// <exception cref="StrataException">An image does not open, or the program does not start.</exception>
    public static QemuProcess StartDriven(
        ToolTree qemu, MachineConfig config, QemuFiles files, AcceleratorKind accelerator, MachineLink link)
    {
        QemuProcess process = Start(qemu, config, files, accelerator, link.Arguments, takesTerminal: false, link.Descriptors);
        link.HandedOver();
        return process;
    }

    /// <summary>The same for a machine before which somebody sits: it gets our terminal.</summary>
    /// <param name="qemu">Tree with QEMU.</param>
    /// <param name="config">The machine.</param>
    /// <param name="files">Its paths; what is prepared in its folder is there.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="log">The file that gets everything the guest writes.</param>
    /// <exception cref="StrataException">An image does not open, or the program does not start.</exception>
    public static QemuProcess StartInteractive(
        ToolTree qemu, MachineConfig config, QemuFiles files, AcceleratorKind accelerator, string log) =>
        Start(qemu, config, files, accelerator, QemuCommandLine.Terminal(log), takesTerminal: true, []);

    /// <summary>Starts QEMU without a machine's images: that of a probe.</summary>
    /// <param name="qemu">Tree with QEMU.</param>
    /// <param name="files">Its paths.</param>
    /// <param name="kind">How guest code runs.</param>
    /// <param name="arguments">They name <see cref="QemuFiles.ProcessIdFile"/>.</param>
    /// <exception cref="StrataException">The program does not start.</exception>
    public static QemuProcess StartProbe(ToolTree qemu, QemuFiles files, AcceleratorKind kind, IEnumerable<string> arguments) =>
        Start(
            qemu.Confined(QemuView.OfProbe(files, kind), Board.Q35.Program, arguments),
            files, takesTerminal: false, ProcessLimits.OfTool, []);

    private static QemuProcess Start(
        ToolTree qemu, MachineConfig config, QemuFiles files, AcceleratorKind accelerator, IReadOnlyList<string> lines, bool takesTerminal,
        IReadOnlyList<SafeFileHandle> ends)
    {
        using OpenImages images = OpenImages.Of(config, files);
        files = files with { Images = images.Names, ImageArguments = images.Arguments };
        IReadOnlyList<string> arguments = QemuCommandLine.Of(config, files, accelerator, lines);
        ToolStart start = qemu.Confined(QemuView.Of(config, files, images, accelerator), config.Board.Program, arguments);
        List<SafeFileHandle> cables = [.. config.WiredCards.Select(c => c.Cable)];
        if (config.Network?.FrameSocket is SafeFileHandle cable)
        {
            cables.Add(cable);
        }
        QemuProcess process = Start(
            start, files, takesTerminal, QemuView.LimitsOf(config, images, isDriven: !takesTerminal),
            [.. images.Descriptors, .. ends, .. cables]);
        foreach (SafeFileHandle taken in cables)
        {
            taken.Dispose();
        }
        return process;
    }

    /// <summary>Starts QEMU under a guard.</summary>
    /// <param name="tool">Program, arguments and view; the arguments name <see cref="QemuFiles.ProcessIdFile"/>.</param>
    /// <param name="files">Where it may write.</param>
    /// <param name="takesTerminal">True gives it our terminal; false gives it nothing to read and collects what it says.</param>
    /// <param name="limits">What it may take.</param>
    /// <param name="descriptors">What it inherits.</param>
    /// <exception cref="StrataException">The program does not start.</exception>
    private static QemuProcess Start(
        ToolStart tool, QemuFiles files, bool takesTerminal, ProcessLimits limits, IReadOnlyList<SafeFileHandle> descriptors)
    {
        ProcessStartInfo start = tool.Command;
        start.RedirectStandardInput = !takesTerminal;
        start.RedirectStandardOutput = !takesTerminal;
        start.RedirectStandardError = !takesTerminal;
        start.Environment["TMPDIR"] = files.PrivateFolder; // where snapshot=on puts the guest's changes
        LetReadTheDisplaysKey(start, files);
        ParentGuard guard = ParentGuard.Start(files, takesTerminal);
        ChildProcess? process = null;
        try
        {
            process = ConfinedProcess.Start(start, tool.View!, limits, descriptors);
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
    private static void LetReadTheDisplaysKey(ProcessStartInfo start, QemuFiles files)
    {
        const string Variable = "XAUTHORITY";
        if (Environment.IsPrivilegedProcess && start.Environment.TryGetValue(Variable, out string? key) && File.Exists(key))
        {
            start.Environment[Variable] = Path.Combine(files.PrivateFolder, "display-key");
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
