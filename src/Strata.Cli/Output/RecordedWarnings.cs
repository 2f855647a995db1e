using Strata.Core.Progress;

namespace Strata.Cli.Output;

/// <summary>Passes everything on and keeps the warnings, each once, so that a result and an error can repeat them.</summary>
internal sealed class RecordedWarnings(IProgressReporter inner) : IProgressReporter
{
    private static readonly Lock s_gate = new();
    private static readonly List<string> s_all = [];

    /// <summary>Every warning of this run, in order, each once.</summary>
    public static IReadOnlyList<string> All
    {
        get
        {
            lock (s_gate)
            {
                return [.. s_all];
            }
        }
    }

    public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items) => inner.Begin(label, total, unit);

    public void Note(string message) => inner.Note(message);

    public void Warn(string message)
    {
        lock (s_gate)
        {
            if (s_all.Contains(message))
            {
                return; // what three indexes of one mirror lack is one piece of news
            }
            s_all.Add(message);
        }
        inner.Warn(message);
    }
}
