using System.Globalization;
using Strata.Device.Posix;
using Strata.Init.CommandLine;
using Strata.Init.Reports;

namespace Strata.Init;

/// <summary>What happens to the machine after a failure: a message that can be read, and never a kernel panic because process 1 ended.</summary>
internal static class EndOfStart
{
    /// <summary>How long a message stays before the machine switches itself off, in seconds.</summary>
    public const int ReadingSeconds = 60;

    /// <summary>The same for a release on trial, which is tried again or another one in its place: nobody has to be there.</summary>
    public const int TrialSeconds = 10;

    private static readonly string[] s_shells = ["/bin/sh", "/bin/busybox", "/usr/bin/busybox"];

    /// <summary>What to do, in words: the last line of the message.</summary>
    /// <param name="options">What the kernel command line asks.</param>
    /// <param name="isOnTrial">Whether the boot program counts this start.</param>
    public static string Announcement(BootOptions options, bool isOnTrial = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.PanicSeconds switch
        {
            null when isOnTrial => $"This release is on trial: the machine restarts in {TrialSeconds} s.",
            null => $"The machine switches itself off in {ReadingSeconds} s. Ctrl-Alt-Del restarts it.",
            < 0 => "The machine restarts now (panic= on the kernel command line).",
            int seconds => string.Create(CultureInfo.InvariantCulture, $"The machine restarts in {seconds} s (panic= on the kernel command line)."),
        };
    }

    /// <summary>Does it. Does not return.</summary>
    /// <param name="options">What the kernel command line asks.</param>
    /// <param name="screen">Where people look.</param>
    /// <param name="isOnTrial">Whether the boot program counts this start.</param>
    public static void Go(BootOptions options, Screen screen, bool isOnTrial)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(screen);
        if (options.IsDebug)
        {
            OfferShell(screen);
        }
        screen.Write(Announcement(options, isOnTrial) + "\n");
        int wait = options.PanicSeconds ?? (isOnTrial ? TrialSeconds : ReadingSeconds);
        if (wait > 0)
        {
            Thread.Sleep(TimeSpan.FromSeconds(wait));
        }
        screen.Drain();
        if (options.PanicSeconds is null && !isOnTrial)
        {
            Power.Off();
        }
        else
        {
            Power.Restart();
        }
        screen.Write("The machine can be switched off now.\n");
        screen.Drain();
        Power.Halt();
        Thread.Sleep(Timeout.Infinite);
    }

    private static void OfferShell(Screen screen)
    {
        foreach (string shell in s_shells)
        {
            if (Files.Exists(shell))
            {
                screen.Write("A shell follows (strata.debug). When it ends, the machine goes on as below.\n");
                int error = Programs.RunShell(shell);
                if (error == 0)
                {
                    return;
                }
                screen.Warn($"cannot start the shell {shell}: {PosixError.Describe(error)}");
            }
        }
        screen.Write("There is no shell in this initramfs (strata.debug).\n");
    }
}
