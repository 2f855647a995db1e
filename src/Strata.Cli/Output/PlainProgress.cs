using Strata.Core.Progress;

namespace Strata.Cli.Output;

/// <summary>Progress for logs: one line when a task begins, notes and warnings as they come.</summary>
internal sealed class PlainProgress(TextWriter output) : IProgressReporter
{
    private readonly Lock _lock = new();

    public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items)
    {
        string amount = total is not > 0 ? "" : unit == ProgressUnit.Bytes ? $" ({new Core.ByteSize(total.Value)})" : $" ({total})";
        Say(label + amount);
        return SilentProgress.Instance;
    }

    public void Note(string message) => Say(message);

    public void Warn(string message) => Say("warning: " + message);

    private void Say(string line)
    {
        lock (_lock)
        {
            output.WriteLine(line);
        }
    }
}
