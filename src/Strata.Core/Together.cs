using System.Runtime.ExceptionServices;

namespace Strata.Core;

/// <summary>
/// Several pieces of work at once. The first that fails stops the others, so that its message does not wait for an hour of compiling; all are
/// waited for, so that nothing goes on behind the message.
/// </summary>
public static class Together
{
    /// <summary>Runs all to their end. The failure that came first is thrown, not what it made of the others.</summary>
    /// <param name="cancellationToken">Stops all.</param>
    /// <param name="works">What to do; each is given the token that stops it.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> stopped them.</exception>
    public static async Task RunAsync(CancellationToken cancellationToken, params Func<CancellationToken, Task>[] works)
    {
        ArgumentNullException.ThrowIfNull(works);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ExceptionDispatchInfo? first = null;
        await Task.WhenAll(works.Select(GuardAsync));
        first?.Throw();

        async Task GuardAsync(Func<CancellationToken, Task> work)
        {
            try
            {
                await work(stop.Token);
            }
            catch (Exception e)
            {
                if (Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(e), null) is null)
                {
                    await stop.CancelAsync();
                }
            }
        }
    }

    /// <inheritdoc cref="RunAsync(CancellationToken, Func{CancellationToken, Task}[])"/>
    /// <returns>What the two come to.</returns>
    public static async Task<(TA, TB)> RunAsync<TA, TB>(
        Func<CancellationToken, Task<TA>> a, Func<CancellationToken, Task<TB>> b, CancellationToken cancellationToken)
    {
        (TA resultA, TB resultB) = (default!, default!);
        await RunAsync(cancellationToken, async token => resultA = await a(token), async token => resultB = await b(token));
        return (resultA, resultB);
    }
}
