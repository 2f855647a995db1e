using System.Collections.Concurrent;
using Strata.Core.Progress;

namespace Strata.Store.Tests;

/// <summary>Keeps what was reported.</summary>
public sealed class RecordingProgress : IProgressReporter
{
    public ConcurrentQueue<string> Notes { get; } = [];

    public ConcurrentQueue<string> Warnings { get; } = [];

    public ConcurrentQueue<RecordedTask> Tasks { get; } = [];

    public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items)
    {
        RecordedTask task = new(label, total);
        Tasks.Enqueue(task);
        return task;
    }

    public void Note(string message) => Notes.Enqueue(message);

    public void Warn(string message) => Warnings.Enqueue(message);

    public sealed class RecordedTask(string label, long? total) : IProgressTask
    {
        private long _done;

        public string Label { get; } = label;

        public long? Total { get; } = total;

        public long Done => Interlocked.Read(ref _done);

        public bool Ended { get; private set; }

        public void Advance(long amount) => Interlocked.Add(ref _done, amount);

        public void Dispose() => Ended = true;
    }
}
