namespace Strata.Updates.Applying;

/// <summary>How often something is asked again that did not come, and how long is waited between.</summary>
/// <param name="wait">Lets time pass.</param>
internal sealed class Patience(Action<TimeSpan> wait)
{
    private const int MostFailures = 5;

    private int _failures;

    /// <summary>Something came: what failed before does not count any more.</summary>
    public void Reward() => _failures = 0;

    /// <summary>Waits before the next try; longer each time.</summary>
    /// <exception cref="SourceException">There were enough of them, or another try does not help.</exception>
    public void Endure(SourceException failure)
    {
        if (failure.Fault != SourceFault.Passing || ++_failures >= MostFailures)
        {
            throw failure;
        }
        wait(TimeSpan.FromSeconds(1 << (_failures - 1)));
    }
}
