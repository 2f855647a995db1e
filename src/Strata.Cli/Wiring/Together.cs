namespace Strata.Cli.Wiring;

/// <summary>Two pieces of work at once.</summary>
internal static class Together
{
    /// <summary>Waits for both, also when one fails: nothing may go on working behind an error message. The first failure is thrown.</summary>
    public static async Task<(TA, TB)> Do<TA, TB>(Task<TA> a, Task<TB> b)
    {
        await Task.WhenAll(a, b);
        return (await a, await b);
    }
}
