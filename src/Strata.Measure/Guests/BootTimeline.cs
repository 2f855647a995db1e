namespace Strata.Measure.Guests;

/// <summary>When what was seen during a boot. The host's clock, from power-on.</summary>
internal sealed class BootTimeline
{
    private readonly Lock _lock = new();
    private TimeSpan? _loader;

    /// <summary>Told of each line of the serial log and when it came.</summary>
    public void Saw(string line, TimeSpan at)
    {
        if (line.Contains("BdsDxe: starting", StringComparison.Ordinal))
        {
            lock (_lock)
            {
                _loader ??= at; // the firmware hands over to what it boots
            }
        }
    }

    /// <summary>
    /// The phases. The guest tells times since its kernel's start; <paramref name="askedAt"/> and what it said then tell when that was. Each phase ends no
    /// earlier than the one before, and what is not known is part of the phase behind it.
    /// </summary>
    /// <param name="ready">When the guest said that it is ready.</param>
    /// <param name="askedAt">When it was asked for its uptime.</param>
    /// <param name="facts">What it said; null when it could not be asked.</param>
    public IReadOnlyList<BootPhase> Phases(TimeSpan ready, TimeSpan askedAt, GuestFacts? facts)
    {
        TimeSpan? loader;
        lock (_lock)
        {
            loader = _loader;
        }
        TimeSpan? kernel = facts?.Uptime is TimeSpan uptime ? askedAt - uptime : null;
        List<BootPhase> phases = [];
        TimeSpan at = TimeSpan.Zero;
        Add("firmware", loader);
        Add(loader is null ? "firmware and loader" : "loader", kernel);
        Add("kernel", kernel + facts?.FirstProgram);
        Add("early init", kernel + facts?.FirstService);
        Add(kernel is null ? "loader, kernel and system" : "services", ready);
        return phases;

        void Add(string name, TimeSpan? end)
        {
            if (end is not TimeSpan known)
            {
                return;
            }
            known = known < at ? at : known > ready ? ready : known;
            phases.Add(new BootPhase(name, Milliseconds(known) - Milliseconds(at)));
            at = known;
        }
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
