using Strata.Core.Progress;

namespace Strata.Packages.Tests;

/// <summary>Keeps what was warned of.</summary>
internal sealed class WarningList : IProgressReporter
{
    public List<string> Messages { get; } = [];

    public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items) => SilentProgress.Instance;

    public void Note(string message)
    {
    }

    public void Warn(string message) => Messages.Add(message);
}
