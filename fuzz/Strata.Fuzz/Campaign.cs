using System.Diagnostics;
using System.Text;
using Strata.Testing;

namespace Strata.Fuzz;

/// <summary>How long a campaign goes on.</summary>
/// <param name="Runs">Executions; with a time, the most.</param>
/// <param name="Seed">Of all choices.</param>
/// <param name="Time">Ends earlier when this has passed, and is then not the same in another run; null for never.</param>
internal sealed record CampaignOptions(long Runs, int Seed, TimeSpan? Time = null)
{
    /// <summary>Further inputs to start from: real files.</summary>
    public IReadOnlyList<byte[]> Corpus { get; init; } = [];

    /// <summary>Called with every input before it is executed; an input that ends the whole process is known from it.</summary>
    public Action<byte[]>? Before { get; init; }

    /// <summary>Told what each execution came to.</summary>
    public Action<Execution>? After { get; init; }
}

/// <summary>One defect.</summary>
internal sealed record Finding(string Failure, string Details, byte[] Input);

/// <summary>What came of a campaign.</summary>
/// <param name="Executions">How many inputs were read.</param>
/// <param name="Taken">Those that the reader took.</param>
/// <param name="Corpus">Inputs at the end: the seeds, and what did something new.</param>
/// <param name="Branches">Branches of our code that were gone through; 0 when it is not instrumented.</param>
/// <param name="Elapsed">Time it took.</param>
/// <param name="Findings">One input for each defect.</param>
internal sealed record CampaignResult(long Executions, long Taken, int Corpus, int Branches, TimeSpan Elapsed,
    IReadOnlyList<Finding> Findings);

/// <summary>
/// Reads broken copies of a target's inputs, one after the other in this process. An input that does something new joins the inputs: where
/// the code is instrumented that takes a new branch, where it is not that is refused by another rule.
/// </summary>
internal static class Campaign
{
    private const int MostInputs = 4000;
    private const int MostFindings = 10;
    // less than a thread of the program has: what nests is to be bounded by a rule, not by the stack
    private const int StackBytes = 1 << 20;

    /// <summary>How long one execution may last before the whole campaign is given up: a thread cannot be stopped.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(2);

    public static CampaignResult Run(FuzzTarget target, CampaignOptions options)
    {
        State state = new(target, options);
        Exception? defect = null;
        Thread thread = new(() =>
        {
            try
            {
                state.Run();
            }
#pragma warning disable CA1031 // it is given to the caller
            catch (Exception e)
#pragma warning restore CA1031
            {
                defect = e;
            }
        }, StackBytes) { IsBackground = true };
        thread.Start();
        long seen = -1;
        long since = Stopwatch.GetTimestamp();
        while (!thread.Join(TimeSpan.FromSeconds(1)))
        {
            if (state.Executions != seen)
            {
                (seen, since) = (state.Executions, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) > s_longest && state.Current is byte[] hanging)
            {
                return state.Result(new Finding("does not end", $"one execution has lasted {s_longest.TotalSeconds:0} s", hanging));
            }
        }
        return defect is null ? state.Result(null) : throw new InvalidOperationException($"the target {target.Name} cannot be run", defect);
    }

    private sealed class State(FuzzTarget target, CampaignOptions options)
    {
        private readonly Mutator _mutator = new(options.Seed, [.. target.Words.Select(Encoding.UTF8.GetBytes)], target.MostBytes);
        private readonly List<byte[]> _inputs = [];
        private readonly HashSet<string> _shapes = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Finding> _findings = new(StringComparer.Ordinal);
        private readonly long _started = Stopwatch.GetTimestamp();
        private long _executions;
        private long _taken;
        private volatile byte[]? _current;

        public long Executions => Volatile.Read(ref _executions);

        public byte[]? Current => _current;

        public void Run()
        {
            Coverage.Forget();
            foreach (byte[] seed in target.Seeds().Concat(options.Corpus))
            {
                Execute(seed);
                _inputs.Add(seed); // whether it was new or not
            }
            if (_inputs.Count == 0)
            {
                throw new InvalidOperationException("it has no seeds");
            }
            while (_executions < options.Runs && _findings.Count < MostFindings && !(options.Time <= Stopwatch.GetElapsedTime(_started)))
            {
                byte[] input = _mutator.Change(Choose(), Choose());
                if (Execute(input) && _inputs.Count < MostInputs)
                {
                    _inputs.Add(input);
                }
            }
        }

        public CampaignResult Result(Finding? last) => new(
            Executions, _taken, _inputs.Count, Coverage.Branches, Stopwatch.GetElapsedTime(_started), last is null ? [.. _findings.Values]
                : [.. _findings.Values, last]);

        /// <summary>Half of the time one of the newest inputs: they have been tried least.</summary>
        private byte[] Choose()
        {
            int from = _mutator.Choose(2) == 0 ? 0 : Math.Max(0, _inputs.Count - 50);
            return _inputs[from + _mutator.Choose(_inputs.Count - from)];
        }

        /// <summary>Executes an input; true when it did something new.</summary>
        private bool Execute(byte[] input)
        {
            _current = input;
            options.Before?.Invoke(input);
            Coverage.Start();
            Execution execution = Execution.Of(target, input);
            options.After?.Invoke(execution);
            bool isNew = Coverage.IsOn ? Coverage.TakeNew() : _shapes.Add(execution.Shape);
            Volatile.Write(ref _executions, _executions + 1);
            _taken += execution.Failure is null && execution.Shape.Length == 0 ? 1 : 0;
            if (execution.Failure is string failure)
            {
                _findings.TryAdd(failure, new Finding(failure, execution.Details, input));
            }
            return isNew && execution.Failure is null;
        }
    }
}
