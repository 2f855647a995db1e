namespace Strata.Benchmarks;

/// <summary>What one run of a command took.</summary>
/// <param name="Wall">Seconds until its end.</param>
/// <param name="Cpu">Seconds of processor time, of it and of all that it started and waited for.</param>
/// <param name="PeakBytes">Most memory that its first process held at once (VmHWM); 0 when it ended before it could be asked.</param>
internal readonly record struct Measurement(double Wall, double Cpu, long PeakBytes);

/// <summary>Several runs of the same command.</summary>
/// <param name="title">What the table calls it.</param>
internal sealed class Samples(string title)
{
    private readonly List<Measurement> _runs = [];

    public string Title => title;

    public int Count => _runs.Count;

    public double Wall => Median(m => m.Wall);

    public double Cpu => Median(m => m.Cpu);

    public long PeakBytes => _runs.Max(m => m.PeakBytes);

    public double WallLeast => _runs.Min(m => m.Wall);

    public double WallMost => _runs.Max(m => m.Wall);

    public void Add(Measurement run) => _runs.Add(run);

    private double Median(Func<Measurement, double> value)
    {
        double[] sorted = [.. _runs.Select(value).Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
