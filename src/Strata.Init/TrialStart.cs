using System.Globalization;
using System.Text;
using Strata.Device.Firmware;
using Strata.Device.Kernel;
using Strata.Device.Posix;
using Strata.Init.CommandLine;

namespace Strata.Init;

/// <summary>
/// What the start of a release on trial gets besides: when it hangs or panics, the machine restarts, and the boot program counts.
/// </summary>
internal static class TrialStart
{
    /// <summary>Until somebody of the running system feeds it; a start with state that is made or checked takes its time.</summary>
    private const int WatchdogSeconds = 300;

    /// <summary>Where the running system sees that this start is counted.</summary>
    private const string Told = "/run/strata/trial";

    private const string Panic = "/proc/sys/kernel/panic";

    // of the capability 'trial': there is somebody who feeds it
    private const string Marker = "/usr/lib/strata/trial/is-here";

    private static Watchdog? s_watchdog;

    /// <summary>Does it, where the boot program counts.</summary>
    public static void Guard(BootOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!LoaderVariables.IsCounted())
        {
            return;
        }
        Files.MakeDirectories(Told[..Told.LastIndexOf('/')]);
        Files.Write(Told, "counted\n"u8);
        if (options.PanicSeconds is null)
        {
            Files.Write(Panic, Encoding.ASCII.GetBytes(EndOfStart.TrialSeconds.ToString(CultureInfo.InvariantCulture)));
        }
        s_watchdog = Watchdog.TryStart(WatchdogSeconds);
    }

    /// <summary>Leaves the watchdog counting for the system, or ends it where nobody there would take it over.</summary>
    /// <param name="root">The root of the system: <c>/</c>, or where it is mounted.</param>
    public static void HandOver(string root)
    {
        if (s_watchdog is not null && !Files.ExistsBelow(root, Marker))
        {
            s_watchdog.Stop();
        }
        s_watchdog?.Dispose();
        s_watchdog = null;
    }
}
