namespace Strata.Fuzz;

/// <summary>Makes a failing input small, so that a person can see what is wrong with it.</summary>
internal static class Minimizer
{
    private const int MostExecutions = 20_000;

    /// <summary>
    /// A shorter and plainer input that breaks the same rule: pieces are taken out, large ones first, then bytes become zero.
    /// </summary>
    public static byte[] Minimize(byte[] input, Func<byte[], bool> isSame)
    {
        int executions = 0;
        byte[] best = input;
        for (int length = Math.Max(1, best.Length / 2); length > 0; length /= 2)
        {
            for (int at = 0; at < best.Length && executions < MostExecutions;)
            {
                byte[] shorter = [.. best.AsSpan(0, at), .. best.AsSpan(Math.Min(at + length, best.Length))];
                executions++;
                if (isSame(shorter))
                {
                    best = shorter;
                }
                else
                {
                    at += length;
                }
            }
        }
        for (int at = 0; at < best.Length && executions < MostExecutions; at++)
        {
            if (best[at] != 0)
            {
                byte[] plainer = [.. best];
                plainer[at] = 0;
                executions++;
                best = isSame(plainer) ? plainer : best;
            }
        }
        return best;
    }
}
