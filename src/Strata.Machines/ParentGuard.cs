using System.Diagnostics;
using Strata.Core;

namespace Strata.Machines;

/// <summary>Sees to it that QEMU, or its TPM, and its private folder do not outlive us, however we end.</summary>
/// <remarks>
/// QEMU 10.0 cannot end with its parent by itself, and PR_SET_PDEATHSIG is bound to the *thread* that forked, which in .NET may end at
/// any time.
/// So a small shell waits on a pipe only we hold. We say goodbye on it when all is well; when it closes without a word, the shell kills
/// the process whose id the program wrote, after making sure that it is still ours, puts the terminal back and removes the folder.
/// </remarks>
internal sealed class ParentGuard : IDisposable
{
    private const string Shell = "/bin/sh";

    // $1 private folder, $2 pid file, $3 "terminal" when QEMU may change the terminal's modes.
    // The second look is for a QEMU that was just being started. tr: the arguments in cmdline are separated by zero bytes.
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' HUP INT QUIT TERM TTIN TTOU
        modes=
        if [ "$3" = terminal ]; then modes=$(stty -g </dev/tty); fi
        read -r goodbye && exit 0
        for pause in 0 1; do
            sleep "$pause"
            if read -r pid <"$2"; then
                case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
                    *"$1/"*) kill -9 "$pid" ;;
                esac
                break
            fi
        done
        if [ -n "$modes" ]; then stty "$modes" </dev/tty; fi
        rm -rf -- "$1"
        """;

    private readonly Process _process;

    private ParentGuard(Process process) => _process = process;

    /// <summary>Starts watching; before the program starts, so that there is no gap.</summary>
    /// <param name="folder">The private folder, which the program's arguments name.</param>
    /// <param name="processIdFile">Where the program writes its process id.</param>
    /// <param name="takesTerminal">True when it may change the terminal's modes.</param>
    /// <exception cref="StrataException">The host has no shell.</exception>
    public static ParentGuard Start(string folder, string processIdFile, bool takesTerminal)
    {
        ProcessStartInfo start = new(Shell) { RedirectStandardInput = true };
        string terminal = takesTerminal ? "terminal" : "";
        foreach (string argument in (string[])["-c", Script, "strata-guard", folder, processIdFile, terminal])
        {
            start.ArgumentList.Add(argument);
        }
        try
        {
            return new ParentGuard(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new StrataException($"cannot start {Shell}, which would end QEMU if Strata were killed: {e.Message}", innerException: e);
        }
    }

    /// <summary>All is well: the program has ended.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Write("goodbye\n");
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // somebody killed the guard; nothing is left to guard
        }
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
        }
        _process.Dispose();
    }
}
