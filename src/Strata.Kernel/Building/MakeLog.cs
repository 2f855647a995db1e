namespace Strata.Kernel.Building;

/// <summary>What make said: all of it into a file, the end of it at hand for messages.</summary>
/// <param name="writer">Gets every line; nobody when null.</param>
internal sealed class MakeLog(StreamWriter? writer)
{
    private const int Kept = 200;

    private readonly Queue<string> _last = new();

    /// <summary>Takes a line.</summary>
    public void Take(string line)
    {
        writer?.WriteLine(line);
        _last.Enqueue(line);
        if (_last.Count > Kept)
        {
            _last.Dequeue();
        }
    }

    /// <summary>The last lines; from the first that tells of an error, when one of those at hand does.</summary>
    public IReadOnlyList<string> Last(int count)
    {
        string[] lines = [.. _last];
        int first = Array.FindIndex(lines, l => l.Contains(": error:", StringComparison.Ordinal) || l.Contains("*** ", StringComparison.Ordinal));
        return [.. first < 0 ? lines.TakeLast(count) : lines.Skip(first).Take(count)];
    }

    /// <summary>True when one of the last lines holds a text.</summary>
    public bool Mentions(string text) => _last.Any(l => l.Contains(text, StringComparison.Ordinal));
}
