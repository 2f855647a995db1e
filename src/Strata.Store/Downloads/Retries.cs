namespace Strata.Store.Downloads;

/// <summary>Decides whether and when to try again: pauses double, without jitter, so that a build behaves the same each time.</summary>
internal sealed class Retries(DownloadOptions options, TimeProvider timeProvider)
{
    private const int MostTriesWithProgress = 200; // a server that sends one byte for each connection is given up as well

    private int _inVain;
    private int _all;

    /// <summary>The last try brought something: the next failure counts as the first.</summary>
    public void Progressed() => _inVain = 0;

    /// <summary>Waits for the next try.</summary>
    /// <returns>False when there is none.</returns>
    public async Task<bool> WaitAsync(TransferFault fault, CancellationToken cancellationToken)
    {
        _inVain++;
        _all++;
        if (!fault.CanRetry || _inVain >= options.Tries || _all >= MostTriesWithProgress)
        {
            return false;
        }
        TimeSpan pause = options.FirstPause * Math.Pow(2, _inVain - 1);
        pause = pause < options.LongestPause ? pause : options.LongestPause;
        if (fault.RetryAfter is { } asked)
        {
            if (asked > options.LongestPause)
            {
                return false;
            }
            pause = asked > pause ? asked : pause;
        }
        await Task.Delay(pause, timeProvider, cancellationToken);
        return true;
    }
}
