using System.Diagnostics;

namespace Strata.Fuzz;

/// <summary>How one execution ended.</summary>
/// <param name="Failure">The rule that was broken, in the same words for the same defect; null when none was.</param>
/// <param name="Shape">What the reader did, coarsely: the rule by which it refused, or nothing when it took the input.</param>
/// <param name="Details">For people: the exception.</param>
internal readonly record struct Execution(string? Failure, string Shape, string Details)
{
    private const int Tries = 3;

    /// <summary>
    /// Runs a target once. A breach of the limits on time has to show in three tries: the machine may have been busy with something else.
    /// </summary>
    public static Execution Of(FuzzTarget target, byte[] input)
    {
        Execution execution = Once(target, input, out TimeSpan time);
        for (int tried = 1; execution.Failure is null && time > target.MostTime; tried++)
        {
            if (tried == Tries)
            {
                return new Execution("takes too long", execution.Shape,
                    $"{time.TotalSeconds:0.0} s for {input.Length} bytes, allowed {target.MostTime.TotalSeconds:0.0} s");
            }
            execution = Once(target, input, out time);
        }
        return execution;
    }

    private static Execution Once(FuzzTarget target, byte[] input, out TimeSpan time)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        Exception? thrown = null;
        try
        {
            target.Read(input);
        }
#pragma warning disable CA1031 // what leaves a reader is what is looked for
        catch (Exception e)
#pragma warning restore CA1031
        {
            thrown = e;
        }
        time = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (thrown is not null && !target.Allowed.Contains(thrown.GetType()))
        {
            return new Execution($"{thrown.GetType().Name} {PlaceOf(thrown)}", "", thrown.ToString());
        }
        string shape = thrown is null ? "" : ShapeOf(thrown.Message);
        return allocated > target.MostAllocated
            ? new Execution("allocates too much", shape,
                $"{allocated} bytes for an input of {input.Length}, allowed {target.MostAllocated}")
            : new Execution(null, shape, "");
    }

    /// <summary>The nearest method of ours: two inputs that break the same one show the same defect, mostly.</summary>
    private static string PlaceOf(Exception thrown)
    {
        string? place = thrown.StackTrace?.Split('\n').Select(l => l.Trim()).FirstOrDefault(l =>
            l.StartsWith("at Strata.", StringComparison.Ordinal));
        return place is null ? "" : place.Split('(')[0];
    }

    /// <summary>A message without what differs from input to input: numbers and what is quoted.</summary>
    private static string ShapeOf(string message)
    {
        Span<char> shape = stackalloc char[Math.Min(message.Length, 160)];
        int length = 0;
        bool isQuoted = false;
        foreach (char c in message)
        {
            isQuoted ^= c == '\'';
            if (!isQuoted && !char.IsAsciiDigit(c) && length < shape.Length)
            {
                shape[length++] = c;
            }
        }
        return shape[..length].ToString();
    }
}
