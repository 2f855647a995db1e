namespace Strata.Core.Progress;

/// <summary>Unit in which a task counts.</summary>
public enum ProgressUnit
{
    /// <summary>Things: packages, files.</summary>
    Items,

    /// <summary>Bytes.</summary>
    Bytes,
}

/// <summary>How long work tells a person where it is. Implementations are safe for concurrent use.</summary>
public interface IProgressReporter
{
    /// <summary>Starts a task; dispose it when done. <paramref name="total"/> is null when unknown.</summary>
    IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items);

    /// <summary>Says something worth reading, once.</summary>
    void Note(string message);

    /// <summary>Says something that may need an action, once.</summary>
    void Warn(string message);
}

/// <summary>A running task.</summary>
public interface IProgressTask : IDisposable
{
    /// <summary>That much more is done.</summary>
    void Advance(long amount);
}

/// <summary>Reports to nobody.</summary>
public sealed class SilentProgress : IProgressReporter, IProgressTask
{
    private SilentProgress()
    {
    }

    /// <summary>The one instance.</summary>
    public static SilentProgress Instance { get; } = new();

    /// <inheritdoc/>
    public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items) => this;

    /// <inheritdoc/>
    public void Note(string message)
    {
    }

    /// <inheritdoc/>
    public void Warn(string message)
    {
    }

    /// <inheritdoc/>
    public void Advance(long amount)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
