namespace Strata.Core.Tests;

public class TogetherTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Run_BothSucceed_GivesBothResults() =>
        Assert.Equal((1, "two"), await Together.RunAsync(_ => Task.FromResult(1), _ => Task.FromResult("two"), default));

    [Fact]
    public async Task Run_OneFails_StopsTheOtherAndThrowsTheFirstFailure()
    {
        bool stopped = false;
        Task work = Together.RunAsync(
            default,
            async token =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, token);
                }
                finally
                {
                    stopped = true;
                }
            },
            async _ =>
            {
                await Task.Yield();
                throw new StrataException("the disk is full");
            });
        StrataException failure = await Assert.ThrowsAsync<StrataException>(() => work.WaitAsync(s_deadline));
        Assert.Equal("the disk is full", failure.Message);
        Assert.True(stopped);
    }

    [Fact]
    public async Task Run_CancelledFromOutside_IsCancelled()
    {
        using CancellationTokenSource outside = new();
        Task work = Together.RunAsync(outside.Token, token => Task.Delay(Timeout.Infinite, token), token => Task.Delay(Timeout.Infinite, token));
        await outside.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.WaitAsync(s_deadline));
    }

    [Fact]
    public async Task Run_WorkThatFailsBeforeItsFirstWait_IsCaught() =>
        await Assert.ThrowsAsync<StrataException>(() => Together.RunAsync(default, _ => throw new StrataException("at once"), _ => Task.CompletedTask));
}
