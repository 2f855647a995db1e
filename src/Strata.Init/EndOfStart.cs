using System.Globalization;
using System.Runtime.InteropServices;
using Strata.Init.CommandLine;
using Strata.Init.Posix;
using Strata.Init.Reports;

namespace Strata.Init;

/// <summary>What happens to the machine after a failure: a message that can be read, and never a kernel panic because process 1 ended.</summary>
internal static unsafe class EndOfStart
{
    /// <summary>How long a message stays before the machine switches itself off, in seconds.</summary>
    public const int ReadingSeconds = 60;

    private const int Restart = 0x01234567;
    private const int PowerOff = 0x4321FEDC;
    private const int Halt = unchecked((int)0xCDEF0123);

    private static readonly string[] s_shells = ["/bin/sh", "/bin/busybox", "/usr/bin/busybox"];

    /// <summary>What to do, in words: the last line of the message.</summary>
    public static string Announcement(BootOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.PanicSeconds switch
        {
            null => $"The machine switches itself off in {ReadingSeconds} s. Ctrl-Alt-Del restarts it.",
            < 0 => "The machine restarts now (panic= on the kernel command line).",
            int seconds => string.Create(CultureInfo.InvariantCulture, $"The machine restarts in {seconds} s (panic= on the kernel command line)."),
        };
    }

    /// <summary>Does it. Does not return.</summary>
    public static void Go(BootOptions options, Screen screen)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(screen);
        if (options.IsDebug)
        {
            OfferShell(screen);
        }
        screen.Write(Announcement(options) + "\n");
        int wait = options.PanicSeconds ?? ReadingSeconds;
        if (wait > 0)
        {
            Thread.Sleep(TimeSpan.FromSeconds(wait));
        }
        screen.Drain();
        Libc.Sync();
        _ = Libc.Reboot(options.PanicSeconds is null ? PowerOff : Restart);
        screen.Write("The machine can be switched off now.\n");
        screen.Drain();
        _ = Libc.Reboot(Halt);
        Thread.Sleep(Timeout.Infinite);
    }

    private static void OfferShell(Screen screen)
    {
        foreach (string shell in s_shells)
        {
            if (Files.Exists(shell))
            {
                screen.Write("A shell follows (strata.debug). When it ends, the machine goes on as below.\n");
                int error = RunShell(shell);
                if (error == 0)
                {
                    return;
                }
                screen.Warn($"cannot start the shell {shell}: {Libc.Describe(error)}");
            }
        }
        screen.Write("There is no shell in this initramfs (strata.debug).\n");
    }

    private static int RunShell(string shell)
    {
        byte** arguments = stackalloc byte*[2];
        byte** environment = stackalloc byte*[2];
        fixed (byte* applet = "sh\0"u8)
        fixed (byte* variable = "PATH=/bin:/sbin:/usr/bin:/usr/sbin\0"u8)
        {
            arguments[0] = applet;
            arguments[1] = null;
            environment[0] = variable;
            environment[1] = null;
            int process;
            int error = Libc.Spawn(&process, shell, null, null, arguments, environment);
            int status;
            while (error == 0 && Libc.WaitFor(process, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Libc.Interrupted)
            {
                // a signal, not the shell's end
            }
            return error;
        }
    }
}
