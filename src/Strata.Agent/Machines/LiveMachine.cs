using System.Text;
using Strata.Device.Kernel;
using Strata.Device.Posix;

namespace Strata.Agent.Machines;

/// <summary>The machine that we run on.</summary>
internal sealed class LiveMachine : ILiveMachine, IDisposable
{
    /// <summary>What was told at this start, for whoever could not read the console.</summary>
    public const string ToldPath = "/run/strata/first-start.log";

    private const int WatchdogSeconds = 120; // longer than a health check may take
    private static readonly TimeSpan s_restart = TimeSpan.FromSeconds(60);

    private readonly OpenFile? _console = OpenFile.TryOpenForWriting("/dev/console");
    private readonly StringBuilder _told = new();

    /// <inheritdoc/>
    public int Run(string program, params IReadOnlyList<string> arguments) => Programs.Run(program, arguments);

    /// <inheritdoc/>
    public int? RunWithin(TimeSpan limit, string program, params IReadOnlyList<string> arguments) =>
        Programs.RunWithin(limit, program, arguments);

    /// <inheritdoc/>
    public TimeSpan Now => TimeSpan.FromMilliseconds(Environment.TickCount64);

    /// <inheritdoc/>
    public void Wait(TimeSpan time) => Thread.Sleep(time);

    /// <inheritdoc/>
    public void Restart()
    {
        try
        {
            _ = RunWithin(s_restart, "/sbin/reboot");
            Wait(s_restart);
        }
        catch (PosixException)
        {
            // there is no such program
        }
        Power.Restart();
    }

    /// <inheritdoc/>
    public IWatchdog StartWatchdog() => new HardwareWatchdog();

    /// <inheritdoc/>
    public void SetHostname(string name)
    {
        if (Files.ReadText("/proc/sys/kernel/hostname").Trim() != name)
        {
            Files.Write("/proc/sys/kernel/hostname", Encoding.UTF8.GetBytes(name));
        }
    }

    /// <inheritdoc/>
    public void Tell(string text)
    {
        StringBuilder lines = new();
        foreach (string line in text.Split('\n'))
        {
            lines.Append(lines.Length == 0 ? "strata: " : "  ");
            foreach (char c in line.Trim())
            {
                lines.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c); // a terminal must not get what a stranger's disk says
            }
            lines.Append('\n');
        }
        _told.Append(lines);
        try
        {
            _console?.Write(Encoding.UTF8.GetBytes(lines.ToString()));
            Files.MakeDirectories("/run/strata");
            Files.Write(ToldPath, Encoding.UTF8.GetBytes(_told.ToString()));
        }
        catch (PosixException)
        {
            // nobody is there to read it
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _console?.Dispose();

    private sealed class HardwareWatchdog : IWatchdog
    {
        private readonly Watchdog? _watchdog = Watchdog.TryStart(WatchdogSeconds);

        public void Feed() => _watchdog?.Feed();

        public void Stop() => _watchdog?.Stop();

        public void Dispose() => _watchdog?.Dispose();
    }
}
